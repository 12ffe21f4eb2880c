"""Leads findings in templates that `build` wrote back to the Python that made them.

What `build` writes is not committed, so GitHub could annotate no line of it. A fault of a template shows in every
environment; here it is one finding, at the line that names the resource.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from generator.lint.findings import Report, in_order

if TYPE_CHECKING:
    from generator.lint.findings import Finding

SOURCES = Path("templates")


def to_source(report: Report, sources: Path = SOURCES) -> Report:
    """The report with every finding in a stack moved to its line below ``sources``; others stay where they are.

    The message then names the stacks and the place in their templates. A line that cannot be told is line 1 of the stack's
    module; a stack without a module keeps its place.
    """
    unique: list[Finding] = []
    moved: dict[tuple[str, str, str, str, int], list[Finding]] = {}
    for finding in report.findings:
        place = _place(finding, sources)
        if place is None:
            unique.append(finding)
        else:
            moved.setdefault((finding.id, finding.place, finding.message, *place), []).append(finding)
    for (_, place_in_template, message, file, line), same in moved.items():
        stacks = ", ".join(dict.fromkeys(finding.stack or "" for finding in same))
        text = f"{message} (in {stacks}{f', at {place_in_template}' if place_in_template else ''})"
        unique.append(
            replace(same[0], file=file, line=line, end_line=line, column=1, end_column=1, message=text, stack=None)
        )
    return replace(report, findings=tuple(sorted(unique, key=in_order)))


def _place(finding: Finding, sources: Path) -> tuple[str, int] | None:
    if finding.stack is None:
        return None
    files = _files(sources, finding.stack.partition("/")[2])
    if not files:
        return None
    if finding.resource:
        # Numbered resources are written as f"PublicSubnet{n}".
        stem = re.sub(r"\d+$", "", finding.resource)
        for pattern in (f"[\"']{re.escape(finding.resource)}[\"']", f"[\"']{re.escape(stem)}(?:[\"']|{{)"):
            for file, lines in files:
                for number, line in enumerate(lines, 1):
                    if re.search(pattern, line):
                        return file, number
    return files[0][0], 1


@cache
def _files(sources: Path, stack: str) -> list[tuple[str, list[str]]]:
    """The files of a stack's module: ``service-web`` is made by ``service.py``, ``service_*.py`` or ``service/*.py``."""
    for module in (stack.replace("-", "_"), stack.partition("-")[0]):
        found = [
            *sources.glob(f"{module}.py"),
            *sorted(sources.glob(f"{module}/*.py")),
            *sorted(sources.glob(f"{module}_*.py")),
        ]
        if found:
            return [(path.as_posix(), path.read_text(encoding="utf-8").splitlines()) for path in found]
    return []
