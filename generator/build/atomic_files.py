"""Files below ``build/``, each written completely or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO


def read(path: Path) -> bytes | None:
    """Content of ``path``. None if there is no readable file."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def replace(path: Path, pieces: Iterable[bytes]) -> bool:
    """Write ``pieces`` to ``path``, completely or not at all, also when the process is killed.

    Returns whether anything changed: a file with the same content keeps its times.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with _create(draft) as file:
            for piece in pieces:
                file.write(piece)
        if _same(path, draft):
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


def _same(one: Path, other: Path) -> bool:
    """Whether two files have the same content. A missing file has none."""
    try:
        with one.open("rb") as old, other.open("rb") as new:
            while piece := old.read(1 << 16):
                if piece != new.read(1 << 16):
                    return False
            return not new.read(1)
    except OSError:
        return False
