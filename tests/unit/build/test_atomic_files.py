"""Files are replaced whole or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.build.atomic_files import read, replace


def test_a_file_and_its_folders_appear(tmp_path: Path) -> None:
    """The first write makes what is missing on the way."""
    path = tmp_path / "a" / "b" / "c.json"
    assert read(path) is None
    assert replace(path, [b"one", b"two"])
    assert read(path) == b"onetwo"


def test_the_same_content_leaves_the_file_alone(tmp_path: Path) -> None:
    """Its times stay, so that other tools see no change either."""
    path = tmp_path / "c"
    replace(path, [b"same"])
    before = path.stat()
    assert not replace(path, [b"sa", b"me"])
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


def test_a_write_that_breaks_leaves_the_old_file(tmp_path: Path) -> None:
    """Nothing lost, nothing half-written, no draft."""
    path = tmp_path / "c"
    replace(path, [b"old"])

    def pieces() -> Iterator[bytes]:
        yield b"new, but"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(path, pieces())
    assert [p.name for p in tmp_path.iterdir()] == ["c"]
    assert read(path) == b"old"
