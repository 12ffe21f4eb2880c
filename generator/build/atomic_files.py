"""Files below ``build/``: read if there, replaced whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from generator.digests import blake2b


def read(path: Path) -> bytes | None:
    """Content of ``path``, or None if there is no readable file."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def replace(path: Path, pieces: Iterable[bytes]) -> bool:
    """Put ``pieces`` at ``path``, whole or not at all, also when the process is killed.

    Returns whether anything changed: a file that says the same already keeps its times.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    new = blake2b()
    try:
        with _create(draft) as file:
            for piece in pieces:
                new.update(piece)
                file.write(piece)
        if same(path, new.digest()):
            draft.unlink()
            return False
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return True


def _create(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")


def same(path: Path, wanted: bytes) -> bool:
    """Whether the file at ``path`` has this BLAKE2b digest."""
    try:
        with path.open("rb") as file:
            old = blake2b()
            while piece := file.read(1 << 16):
                old.update(piece)
    except OSError:
        return False
    return bool(old.digest() == wanted)
