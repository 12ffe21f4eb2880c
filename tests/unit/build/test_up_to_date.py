"""An unchanged run is answered from its record; anything else is not."""

import os
import time
from pathlib import Path

import pytest

from generator.build import up_to_date


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def old(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def record(argv: list[str], *files: str, later_ns: int = 10**9) -> None:
    watch = up_to_date.Watch()
    watch.add(files)
    watch.record(argv, time.time_ns() + later_ns, stdout="all well\n", stderr="", code=0)


def test_the_same_run_prints_the_same_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing changed: the recorded text and exit code come back."""
    old(here / "a.yaml")
    record(["build"], "a.yaml", "missing.json")
    assert up_to_date.replay(["build"]) == 0
    assert capsys.readouterr().out == "all well\n"


@pytest.mark.parametrize("change", ["content", "touch", "remove", "appear", "replace", "folder"])
def test_any_change_asks_the_run_itself(here: Path, change: str) -> None:
    """A file edited, touched, removed, created or swapped, or an entry in a watched folder, ends the record's life."""
    file = old(here / "conf" / "a.yaml")
    record(["build"], "conf", "conf/a.yaml", "out.json")
    match change:
        case "content":
            file.write_text("y")
        case "touch":
            os.utime(file, ns=(1, 1))
        case "remove":
            file.unlink()
        case "appear":
            (here / "out.json").write_text("hand made")
        case "replace":
            (here / "b").write_text("x")
            (here / "b").replace(file)
        case _:
            (here / "conf" / "new.yaml").write_text("")
    assert up_to_date.replay(["build"]) is None


@pytest.mark.usefixtures("here")
def test_other_options_have_their_own_record() -> None:
    """`build prod` is never answered by what `build` printed."""
    record(["build"], "a")
    assert up_to_date.replay(["build", "prod"]) is None
    assert up_to_date.record_path(["a", "b"]) != up_to_date.record_path(["a/b"])
    assert "/" not in up_to_date.record_path(["../../etc"]).removeprefix(f"{up_to_date.FOLDER}/gate/")


def test_a_file_that_may_still_change_unseen_leaves_no_record(here: Path) -> None:
    """Right after an edit nothing is recorded: a second edit in the same clock tick would not show."""
    old(here / "a.yaml")
    record(["build"], "a.yaml", later_ns=0)
    assert up_to_date.replay(["build"]) is None


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff" * 64, b"i\x01\x00\x00\x00"])
def test_a_broken_record_is_no_record(here: Path, content: bytes) -> None:
    """A truncated or foreign file in the cache is ignored."""
    path = here / up_to_date.record_path(["build"])
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert up_to_date.replay(["build"]) is None


def test_sources_are_all_files_but_bytecode(here: Path) -> None:
    """Code and data count as inputs; what Python writes beside them does not."""
    for name in ("p/a.py", "p/data/t.json", "p/__pycache__/a.pyc", "p/b.pyc"):
        old(here / name)
    assert up_to_date.sources("p") == ["p", "p/a.py", "p/data", "p/data/t.json"]
