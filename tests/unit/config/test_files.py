"""Files that are missing, hostile or not files at all are told in one clear line, never by a traceback."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.config.errors import ConfigurationError
from generator.config.read import read_configuration
from generator.errors import UsageError

Read = Callable[[dict[str, str]], list[str]]


def test_a_missing_folder_says_where_to_run(tmp_path: Path) -> None:
    """Anyone who runs in the wrong folder is told so."""
    with pytest.raises(UsageError, match=r"does not exist, run in the folder that holds stacks/"):
        read_configuration(tmp_path / "stacks")


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    """`--stacks platform.yaml` is told that it names a file."""
    (tmp_path / "stacks").write_text("")
    with pytest.raises(ConfigurationError, match="is not a folder"):
        read_configuration(tmp_path / "stacks")


def test_a_directory_in_place_of_a_file(stacks: Path, mistakes: Read) -> None:
    """A folder called like a service's file is told, not read."""
    (stacks / "services" / "web.yaml").mkdir()
    assert mistakes({}) == ["services/web.yaml:1: is a directory, put a file in its place"]


def test_a_missing_platform_file(stacks: Path, mistakes: Read) -> None:
    """The file that must be there is named when it isn't."""
    (stacks / "platform.yaml").unlink()
    (line,) = mistakes({})
    assert line.startswith("platform.yaml:1: does not exist, create it")


def test_no_environment_at_all(stacks: Path, mistakes: Read) -> None:
    """Without an environment the first one to write is shown."""
    for path in (stacks / "environments").iterdir():
        path.unlink()
    assert "environments:1: no environment is defined, write" in mistakes({})[0]


def test_an_ending_that_is_not_read(mistakes: Read) -> None:
    """A file that ends in .yml would be ignored in silence elsewhere; here it is told."""
    assert mistakes({"services/web.yml": "port: 80\n"}) == [
        "services/web.yml:1: ends in .yml and is not read, rename it to web.yaml"
    ]


def test_a_folder_with_a_typo(stacks: Path, mistakes: Read) -> None:
    """`service/` instead of `services/` is told instead of ignored."""
    (stacks / "service").mkdir()
    assert mistakes({}) == ["service:1: is not read, rename it to services"]


def test_a_link_that_leaves_the_folder(stacks: Path, tmp_path: Path, mistakes: Read) -> None:
    """A link to a file elsewhere on the machine is not followed."""
    (tmp_path / "secret").write_text("port: 80\n")
    (stacks / "services" / "web.yaml").symlink_to(tmp_path / "secret")
    (line,) = mistakes({})
    assert line.startswith("services/web.yaml:1: lies outside ")


def test_a_link_inside_the_folder_is_followed(stacks: Path, mistakes: Read) -> None:
    """Two services may share one file."""
    (stacks / "services" / "web.yaml").symlink_to("app.yaml")
    assert mistakes({}) == []


def test_a_link_to_itself(stacks: Path, mistakes: Read) -> None:
    """A loop of links ends in a message."""
    (stacks / "services" / "web.yaml").symlink_to("web.yaml")
    (line,) = mistakes({})
    assert line.startswith("services/web.yaml:1: ")


def test_a_named_pipe_does_not_block(stacks: Path, mistakes: Read) -> None:
    """Reading from a pipe that nobody writes to would wait for ever."""
    os.mkfifo(stacks / "services" / "web.yaml")
    assert mistakes({}) == ["services/web.yaml:1: is not a regular file, put a file in its place"]


def test_a_huge_file_is_not_read(stacks: Path, mistakes: Read) -> None:
    """A file of more than 1 MiB is refused by its size."""
    (stacks / "services" / "web.yaml").write_bytes(b"#" * (1024 * 1024 + 1))
    assert mistakes({}) == ["services/web.yaml:1: has 1,048,577 bytes and may have 1,048,576, shorten it"]


def test_a_file_that_is_not_utf8(stacks: Path, mistakes: Read) -> None:
    """The byte and its line are named."""
    (stacks / "services" / "web.yaml").write_bytes("port: 80\n# Caf\xe9\n".encode("latin-1"))
    assert mistakes({}) == ["services/web.yaml:2: byte 0xe9 is not UTF-8, save the file as UTF-8"]


def test_a_file_with_a_byte_order_mark_is_read(stacks: Path, mistakes: Read) -> None:
    """Editors on Windows put one in front; YAML allows it."""
    (stacks / "services" / "web.yaml").write_bytes(b"\xef\xbb\xbfport: 80\r\n")
    assert mistakes({}) == []


def test_a_bomb_of_aliases(mistakes: Read) -> None:
    """Ten lines that stand for a billion values are refused before they unfold."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
    lines = mistakes({"services/web.yaml": bomb})
    assert "services/web.yaml:4: a3[0]: aliases repeat more than 1,000 values, write out what is needed" in lines


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 200_000, "- " * 200_000, "? " * 200_000])
def test_brackets_that_crash_other_readers(mistakes: Read, text: str) -> None:
    """PyYAML's own loader ends the process with a segmentation fault here."""
    (line,) = mistakes({"services/web.yaml": text})
    assert "is nested deeper than 32 levels" in line or "is used as a key" in line


def test_an_alias_inside_its_own_anchor(mistakes: Read) -> None:
    """A value that holds itself has no end."""
    assert mistakes({"services/web.yaml": "port: 80\nroute: &r {hosts: *r}\n"}) == [
        "services/web.yaml:2: route.hosts: no anchor &r ends before this alias, write the value out"
    ]


def test_a_file_name_of_control_characters(stacks: Path, mistakes: Read) -> None:
    """A message stays one printable line, whatever a file is called."""
    (stacks / "services" / "we\n\x1b[31mb.yaml").write_text("port: 80\n")
    (line,) = mistakes({})
    assert line.isprintable()
    assert r"services/we\n\x1b[31mb.yaml:1: the name" in line


def test_a_key_of_control_characters(mistakes: Read) -> None:
    """Nor does a key break the line or colour the terminal."""
    (line,) = mistakes({"services/web.yaml": 'port: 80\n"a\\n\\e[31m": 1\n'})
    assert line.isprintable()


def test_what_only_the_converter_refuses_is_reported_too(mistakes: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the two readings ever disagree, the mistake is told nevertheless, with its line."""
    monkeypatch.setattr("generator.config.diagnosis.check", lambda *_: ([], set()))
    (line,) = mistakes({"services/app.yaml": "port: 80\nscaling:\n  min: x\n"})
    assert line.startswith("services/app.yaml:3: scaling.min: is not valid together with its overrides (Expected `int`")


def test_a_folder_that_is_a_file(stacks: Path, mistakes: Read) -> None:
    """`services` must be a folder."""
    for path in (stacks / "functions").iterdir():
        path.unlink()
    (stacks / "functions").rmdir()
    (stacks / "functions").write_text("")
    (line,) = mistakes({})
    assert line.startswith("functions:1: cannot be listed")


def test_a_secret_is_not_repeated(mistakes: Read) -> None:
    """The message about a secret goes to logs; the secret does not."""
    text = "port: 80\nenvironment: {A: password=hunter2hunter2, B: AKIAIOSFODNN7EXAMPLE}\n"
    lines = mistakes({"services/web.yaml": text})
    assert len(lines) == 2
    assert not any("hunter2" in line or "AKIA" in line for line in lines)
