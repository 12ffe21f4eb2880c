"""The state folder: named parts, each in a file of its own, and a manifest that says which files are one state.

A save writes the parts that changed into new files and then replaces the manifest, so a process that is killed leaves the
old state or the new one, and never half of one. A file that the manifest does not name is never read.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# Raise it when a release can't read what an earlier one wrote.
FORMAT = 1
_MANIFEST = "manifest.json"
_FILES = "parts"
# Where the sandbox kept its state before there was a manifest.
_OLD = "engines"

ADVICE = "Nothing was changed. To start without this state: slipway sandbox --fresh"


class Unreadable(Exception):  # noqa: N818 - the state is unreadable; nothing is an error of this program
    """The state can't be read; the text says which file, why, and what to do."""


class Part(msgspec.Struct, frozen=True):
    """A file of the state folder, as the manifest names it: its name, its length in bytes and its CRC-32."""

    file: str
    size: int
    crc32: int


class Manifest(msgspec.Struct, kw_only=True):
    """`manifest.json`. `ended` says that the sandbox ended in order, so that nothing was cut off."""

    format: int
    ended: bool = False
    number: int = 0
    parts: dict[str, Part] = {}


class Write(NamedTuple):
    """A part that changed."""

    name: str
    part: Part
    data: bytes


class Snapshot:
    """The state in a folder. Used by one process, and there by one thread at a time.

    Args:
        folder: Is created if it is not there.

    Raises:
        Unreadable: The folder holds a state that is damaged or of another format.
    """

    def __init__(self, folder: Path) -> None:
        (folder / _FILES).mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._manifest = self._found()
        self.crashed = bool(self._manifest.parts) and not self._manifest.ended
        for name in self._manifest.parts:
            self.read(name)
        self._sweep()

    def names(self) -> set[str]:
        """The names of all parts."""
        return set(self._manifest.parts)

    def read(self, name: str) -> bytes | None:
        """A part, or None if it was never saved.

        Raises:
            Unreadable: Its file is not what the manifest says.
        """
        part = self._manifest.parts.get(name)
        if part is None:
            return None
        try:
            data = (self._folder / _FILES / part.file).read_bytes()
        except OSError as error:
            raise self._unreadable(f"{_FILES}/{part.file} can't be read ({error.strerror})") from error
        if len(data) != part.size or zlib.crc32(data) != part.crc32:
            raise self._unreadable(f"{_FILES}/{part.file} is damaged: it is not what was saved")
        return data

    def write(self, parts: Mapping[str, bytes], *, ended: bool = False) -> bool:
        """Save the parts that changed since the last time and keep the others; whether anything was written."""
        before = self._manifest
        number = before.number + 1
        changed = list(_changed(before, parts, number))
        if not changed and before.ended == ended:
            return False
        for write in changed:
            (self._folder / _FILES / write.part.file).write_bytes(write.data)
        after = Manifest(
            format=FORMAT,
            ended=ended,
            number=number,
            parts=before.parts | {write.name: write.part for write in changed},
        )
        partial = self._folder / f"{_MANIFEST}.partial"
        partial.write_bytes(msgspec.json.encode(after))
        partial.replace(self._folder / _MANIFEST)
        self._manifest = after
        for write in changed:
            if write.name in before.parts:
                (self._folder / _FILES / before.parts[write.name].file).unlink(missing_ok=True)
        return True

    def clear(self) -> None:
        """Forget everything."""
        number = self._manifest.number
        (self._folder / _MANIFEST).unlink(missing_ok=True)
        self._manifest = Manifest(format=FORMAT, number=number)
        self._sweep()

    def _found(self) -> Manifest:
        path = self._folder / _MANIFEST
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            if (self._folder / _OLD).is_dir():
                raise self._unreadable("it was written by an earlier Slipway, which kept no manifest") from None
            return Manifest(format=FORMAT)
        try:
            written = json.loads(raw).get("format")
            if written == FORMAT:
                return msgspec.json.decode(raw, type=Manifest)
        except (ValueError, AttributeError) as error:
            raise self._unreadable(f"{_MANIFEST} is damaged ({error})") from error
        raise self._unreadable(f"{_MANIFEST} has format {written}, and this Slipway reads format {FORMAT}")

    def _unreadable(self, why: str) -> Unreadable:
        return Unreadable(f"the state in {self._folder} can't be read: {why}. {ADVICE}")

    def _sweep(self) -> None:
        """Remove the files of a save that was cut off."""
        known = {part.file for part in self._manifest.parts.values()}
        for path in (self._folder / _FILES).iterdir():
            if path.name not in known:
                path.unlink(missing_ok=True)


def _changed(before: Manifest, parts: Mapping[str, bytes], number: int) -> Iterator[Write]:
    for name, data in parts.items():
        old, crc = before.parts.get(name), zlib.crc32(data)
        if old is None or (old.size, old.crc32) != (len(data), crc):
            yield Write(name, Part(f"{name.replace('/', '-')}.{number}.json", len(data), crc), data)
