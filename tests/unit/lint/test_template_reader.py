"""Reading templates that anyone may have written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.lint.template_reader import MAX_BYTES, UnreadableError, is_template, read, refuse_harmful

BUCKET = b"Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"


def bomb(levels: int = 9) -> bytes:
    """Nine aliases of nine aliases of ...: a few hundred bytes for a billion values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, levels)]
    return "\n".join(lines).encode() + b"\n" + BUCKET


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"\x7fELF\0\0\0", "binary"),
        ("Resources: {}".encode("utf-16"), "UTF-16"),
        (b"Resources:\n  caf\xe9: 1\n", "not UTF-8 (line 2)"),
        (b"Resources: " + b"[" * 300 + b"]" * 300, "levels deep"),
        (b"Resources:\n  " + b"- " * 100_000 + b"x", "levels deep"),
        (b'{"Resources":' + b'{"a":' * 300 + b"1" + b"}" * 301, "levels deep"),
        (bomb(), "aliases"),
        (b"x" * (MAX_BYTES + 1), "larger than"),
    ],
    ids=["empty", "blank", "binary", "utf-16", "latin-1", "flow", "block", "json", "bomb", "huge"],
)
def test_harmful_text_is_one_sentence(content: bytes, text: str) -> None:
    """What would hang or crash a linter gets a reason and what to do, before any engine sees it."""
    with pytest.raises(UnreadableError, match=r"; |: ") as caught:
        refuse_harmful(content)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        BUCKET,
        b"\xef\xbb\xbf" + BUCKET,
        json.dumps({"Resources": {"A": {"Type": "T", "Properties": {"L": [[1]] * 3000}}}}).encode(),
        b"x: &x {a: 1}\ny: *x\nz: {<<: *x}\n" + BUCKET,
        b"Description: |\n" + b" " * 130 + b"deep text, not deep structure\n" + BUCKET,
        b"Resources: [\t}",
    ],
    ids=["plain", "byte order mark", "many lists", "honest aliases", "indented text", "broken"],
)
def test_honest_text_passes(content: bytes) -> None:
    """Templates with aliases, long lists or deep indentation are linted; broken syntax is for the engines to explain."""
    refuse_harmful(content)


@given(st.binary(max_size=300) | st.text("[]{}-&*: \nax", max_size=300).map(str.encode))
def test_any_bytes_are_judged(content: bytes) -> None:
    """Whatever bytes a file holds, they are let through or refused with a reason; nothing else is raised."""
    try:
        refuse_harmful(content)
    except UnreadableError as error:
        assert str(error)


@pytest.mark.parametrize("make", ["missing", "folder", "huge"])
def test_unreadable_files(tmp_path: Path, make: str) -> None:
    """A missing file, a folder and a huge file each say what they are."""
    path = tmp_path / "t.yaml"
    if make == "folder":
        path.mkdir()
    elif make == "huge":
        with path.open("wb") as file:
            file.truncate(MAX_BYTES + 1)
    with pytest.raises(UnreadableError, match=r"cannot be read|1 MB"):
        read(str(path))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (BUCKET, True),
        (b"AWSTemplateFormatVersion: '2010-09-09'\n", True),
        (b'{"Resources": {"A": {"Type": "T"}}}', True),
        (b'{"Resources": {"A": ', False),
        (b'{"Resources": {"A": }}', True),
        (b'{"Resources": ["a"]}', False),
        (b'{"name": "package", "dependencies": {}}', False),
        (b"services:\n  Resources: 1\n", False),
        (b"- Resources: 1\n", False),
    ],
)
def test_templates_are_distinguished_from_other_files(content: bytes, expected: bool) -> None:
    """In a folder only templates are linted, not every JSON or YAML file; a broken template still is."""
    assert is_template(content) is expected
