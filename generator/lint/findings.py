"""What lint says: one frozen value a fault, the same for every engine and every output format."""

from __future__ import annotations

import hashlib
from typing import Literal, TypeAlias

from msgspec import Struct

Severity: TypeAlias = Literal["error", "warning", "info"]
EngineName: TypeAlias = Literal["cfn-lint", "slipway", "cloudformation-validate"]
Path: TypeAlias = tuple[str | int, ...]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Template(Struct, frozen=True):
    """One template to lint: its text, and where that came from.

    ``file`` is the name that findings show and, where ``on_disk``, the path that was read. ``stack`` is a key such as
    ``prod/network`` for what `slipway build` wrote. ``regions`` are the Regions that the stack goes to, where known.
    """

    file: str
    content: bytes
    stack: str | None = None
    regions: tuple[str, ...] = ()
    on_disk: bool = True


class Finding(Struct, frozen=True):
    """One fault in one template.

    Lines and columns count from 1; the end lies behind the last character. ``path`` walks the template as written.
    ``engines`` names every engine that found it; ``why``, ``fix`` and ``source`` (a URL) are empty where no engine tells.
    """

    id: str
    severity: Severity
    message: str
    engines: tuple[EngineName, ...]
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1
    path: Path = ()
    title: str = ""
    why: str = ""
    fix: str = ""
    source: str = ""
    file: str = ""
    stack: str | None = None

    @property
    def resource(self) -> str | None:
        """Logical id of the resource that the fault is in."""
        return str(self.path[1]) if len(self.path) > 1 and self.path[0] == "Resources" else None

    @property
    def place(self) -> str:
        """The path as text: ``Resources.Vpc.Properties.CidrBlock``."""
        return ".".join(map(str, self.path))

    @property
    def fingerprint(self) -> str:
        """Stays the same when lines move: file, rule, place and message, but no line number."""
        parts = (self.file, self.id, self.place, self.message)
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


class Report(Struct, frozen=True):
    """The result of one run: the findings in order, and how many templates were looked at, and how many from cache."""

    findings: tuple[Finding, ...]
    templates: int
    cached: int = 0

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity == severity for finding in self.findings)


def in_order(finding: Finding) -> tuple[str, int, int, str, str]:
    """Sort key: file, then place in the file, then rule."""
    return finding.file, finding.line, finding.column, finding.id, finding.message


def at_least(severity: Severity) -> frozenset[Severity]:
    """The given severity and every graver one."""
    return frozenset(SEVERITIES[: SEVERITIES.index(severity) + 1])
