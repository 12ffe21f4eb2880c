"""Whatever is in a file, the answer is a configuration or a list of printable lines."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.config.errors import ConfigurationError
from generator.config.read import read_configuration

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(path.relative_to(ROOT / "stacks") for path in (ROOT / "stacks").rglob("*.yaml"))
PIECES = st.one_of(
    st.binary(min_size=1, max_size=3),
    st.sampled_from(
        [b"null", b"true", b"017", b"- x", b"{}", b"[]", b"&a ", b"*a", b"<<: ", b"!!x ", b"'", b'"', b"\t", b"\n", b": ", b"1e400",
         b".5", b"-1", b"\x00", b"|\n  x\n", b"environments:", b"prod: ", b"port: ", b"9" * 30, b"- ", b"  ", b"a: 1\n", b"? ", b"#",
         b"---\n", b"{a: [b]}", b"\xe2\x80\xa8", b"\xef\xbb\xbf"]
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One copy of the shipped files for all examples; each puts back what it changed."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "stacks"
        shutil.copytree(ROOT / "stacks", root)
        yield root


def check(folder: Path, file: Path, data: bytes) -> None:
    """Read ``folder`` with ``data`` in place of ``file``."""
    before = (folder / file).read_bytes()
    (folder / file).write_bytes(data)
    try:
        read_configuration(folder)
    except ConfigurationError as error:
        assert error.errors
        for line in str(error).split("\n"):
            assert line.isprintable()
            assert ", " in line
        for mistake in error.errors:
            assert mistake.line >= 1
            assert mistake.fix
    finally:
        (folder / file).write_bytes(before)


@pytest.mark.no_cover
@settings(max_examples=100)
@given(st.sampled_from(SHIPPED), st.binary(max_size=200))
@example(Path("platform.yaml"), b"\xff\xfe")
@example(Path("platform.yaml"), b"null")
@example(Path("platform.yaml"), b"a: " + b"9" * 5000)
def test_random_bytes(folder: Path, file: Path, data: bytes) -> None:
    """No bytes lead to a traceback."""
    check(folder, file, data)


@pytest.mark.no_cover
@settings(max_examples=150)
@given(
    st.sampled_from(SHIPPED),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 15), PIECES), min_size=1, max_size=4),
)
def test_random_edits_of_the_shipped_files(folder: Path, file: Path, edits: list[tuple[int, int, bytes]]) -> None:
    """No slip of the hand in a shipped file leads to a traceback."""
    data = (folder / file).read_bytes()
    for at, remove, insert in edits:
        position = at % (len(data) + 1)
        data = data[:position] + insert + data[position + remove :]
    check(folder, file, data)
