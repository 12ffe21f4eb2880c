"""Keeps findings by what decides them: the template's bytes, the options, the rules and the versions of the engines."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from generator.build.up_to_date import identity, libraries
from generator.lint.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.lint.findings import Template

MAX_ENTRIES = 4_000
# A nested stack's local template is read by cfn-lint, but is not part of the key.
_READS_OTHER_FILES = b"AWS::CloudFormation::Stack"


class Cache:
    """Findings of single templates in files of a few hundred bytes.

    What cannot be read is worked out again, and what cannot be written is not kept: a cache never fails a command.
    ``folder`` None switches it off.
    """

    def __init__(self, folder: Path | None, options: Sequence[str]) -> None:
        self.folder = folder
        self._salt = "\0".join([engines_digest(), *options]).encode() if folder else b""

    def load(self, template: Template) -> list[Finding] | None:
        """The findings of an equal template, or None where none are kept."""
        if self.folder is None:
            return None
        try:
            return msgspec.msgpack.decode((self.folder / self._key(template)).read_bytes(), type=list[Finding])
        except (OSError, msgspec.DecodeError):
            return None

    def store(self, template: Template, findings: list[Finding]) -> None:
        """Keep the findings, whole or not at all."""
        if self.folder is None or _READS_OTHER_FILES in template.content:
            return
        try:
            _prepare(self.folder)
            descriptor, temporary = tempfile.mkstemp(dir=self.folder, prefix="new-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(msgspec.msgpack.encode(findings))
                Path(temporary).replace(self.folder / self._key(template))
            except OSError:
                Path(temporary).unlink(missing_ok=True)
        except OSError:
            self.folder = None  # read-only or full: continue without

    def prune(self, most: int = MAX_ENTRIES) -> None:
        """Remove the oldest entries, and what an interrupted run left, until ``most`` remain."""
        if self.folder is None or not self.folder.is_dir():
            return
        try:
            with os.scandir(self.folder) as entries:
                kept = [(entry.stat().st_mtime, entry.path) for entry in entries if entry.name != ".gitignore"]
            for _, path in sorted(kept, reverse=True)[most:]:
                Path(path).unlink(missing_ok=True)
        except OSError:
            return  # another run prunes at the same time

    def _key(self, template: Template) -> str:
        digest = hashlib.blake2b(self._salt, digest_size=16)
        digest.update("\0".join(template.regions).encode() + b"\0\0")
        digest.update(template.content)
        return digest.hexdigest()


def engines_digest() -> str:
    """A digest of everything but the template that decides findings: this package's files and the engines' versions."""
    digest = hashlib.blake2b(f"{sys.version_info[:2]}".encode(), digest_size=16)
    for path in code_files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for name in libraries():
        digest.update(Path(name).name.encode() + b"\0")
    updated = identity(schema_downloads())
    digest.update(repr(updated).encode())
    return digest.hexdigest()


def code_files() -> list[Path]:
    """The files of the rules and of the engines' wrappers, and the tables they read; examples decide nothing."""
    here = Path(__file__).parent
    places = (here / "rules", here / "engines")
    found = [here / "findings.py"]
    for place in places:
        found += [p for p in place.rglob("*") if p.suffix in {".py", ".json"} and "examples" not in p.parts]
    return sorted(found)


def schema_downloads() -> str:
    """Where `cfn-lint -u` puts newer schemas, which win over the bundled ones without a word (cfnlint.helpers)."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return str(base / "aws" / "cfn-lint" / "schemas" / "providers")


def _prepare(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n")
