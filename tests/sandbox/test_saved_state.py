"""What the sandbox saves is one whole state: it is read again, or refused with what to do, and never read in half."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.sandbox.server.persistence import Stores
from generator.sandbox.server.snapshot import Snapshot, Unreadable

ROOT = Path(__file__).parents[2]


class Box:
    """A store."""

    def __init__(self) -> None:
        self.held: Any = None

    def dump(self) -> Any:
        return self.held

    def load(self, data: Any) -> None:
        self.held = data["value"]

    def reset(self) -> None:
        self.held = None


def nothing(_: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """No services."""
    return iter(())


def saved(stores: Stores, *, ended: bool = False) -> bool:
    """Save what has changed; whether anything was written."""
    assert stores.snapshot is not None
    return stores.snapshot.write(stores.dump(nothing), ended=ended)


def test_stores_are_saved_and_loaded(tmp_path: Path) -> None:
    """What was saved is loaded when the engine registers again; nothing is written for an empty store."""
    first, box, empty = Stores(), Box(), Box()
    first.keep_in(tmp_path)
    first.register("box", box)
    first.register("empty", empty)
    box.held = {"value": 7}
    first.touch()
    assert saved(first)
    second, again = Stores(), Box()
    second.keep_in(tmp_path)
    assert second.saved() == {"box"}
    second.register("box", again)
    assert again.held == 7
    with pytest.raises(ValueError, match="box"):
        second.register("box", Box())
    second.reset()
    assert (again.held, second.saved()) == (None, set())
    assert list((tmp_path / "parts").iterdir()) == []


@pytest.mark.parametrize(
    ("service", "action", "method", "changes"),
    [
        ("sqs", "ReceiveMessage", "POST", True),
        ("sqs", "GetQueueUrl", "POST", False),
        ("ecs", "DescribeTasks", "POST", False),
        ("ecs", "UpdateService", "POST", True),
        ("s3", "", "GET", False),
        ("s3", "", "PUT", True),
        ("sts", "GetSessionToken", "POST", True),
        ("", "", "", True),
    ],
)
def test_what_makes_the_state_old(service: str, action: str, method: str, changes: bool) -> None:
    """Whatever may change something starts the clock of the next save; a call that only reads does not."""
    stores = Stores()
    assert stores.age() == 0
    stores.touch(service, action, method)
    assert (stores.age() > 0) is changes


def test_an_engine_that_works_by_itself_makes_the_state_old() -> None:
    """A rollout goes on without calls, and is saved all the same."""
    stores, works = Stores(), [True, False]
    stores.register("engine", Box(), lambda: works.pop(0))
    stores.age()
    assert stores.age() > 0
    stores.dump(nothing)
    works.append(False)
    assert stores.age() == 0


def test_a_queue_alone_is_saved_alone() -> None:
    """A worker that polls its queue does not make every other service be written again and again."""
    stores, box, asked = Stores(), Box(), []
    stores.register("box", box)
    box.held = {"value": 1}

    def services(included: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
        asked.extend(key for key in ("sqs", "sns") if included(key))
        return iter(())

    stores.touch("sqs", "ReceiveMessage", "POST")
    assert (stores.dump(services), asked) == ({}, ["sqs"])
    stores.touch("sns", "Publish", "POST")
    assert set(stores.dump(services)) == {"engines/box"}
    assert asked == ["sqs", "sqs", "sns"]


def test_what_did_not_change_is_not_written(tmp_path: Path) -> None:
    """A part that is the same keeps its file, and a save without a change touches nothing."""
    snapshot = Snapshot(tmp_path)
    assert snapshot.write({"a": b"1", "b": b"1"})
    assert not snapshot.write({"a": b"1", "b": b"1"})
    assert snapshot.write({"a": b"2", "b": b"1"})
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == ["a.2.json", "b.1.json"]
    again = Snapshot(tmp_path)
    assert (again.read("a"), again.read("b"), again.read("c")) == (b"2", b"1", None)


def test_it_knows_whether_it_ended_in_order(tmp_path: Path) -> None:
    """A state whose sandbox was killed is told from one whose sandbox ended; a new one is neither."""
    first = Snapshot(tmp_path)
    assert not first.crashed
    first.write({"a": b"1"})
    assert Snapshot(tmp_path).crashed
    first.write({}, ended=True)
    assert not Snapshot(tmp_path).crashed


def cut(path: Path) -> None:
    """Lose the second half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def newer(path: Path) -> None:
    """A manifest of a Slipway to come."""
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))


def earlier(path: Path) -> None:
    """The folder of a Slipway that had no manifest."""
    path.unlink()
    (path.parent / "engines").mkdir()


@pytest.mark.parametrize(
    ("file", "damage", "says"),
    [
        ("parts/a.1.json", cut, "parts/a.1.json is damaged"),
        ("parts/a.1.json", lambda path: path.write_bytes(b"9" * 100), "parts/a.1.json is damaged"),
        ("parts/a.1.json", Path.unlink, "parts/a.1.json can't be read"),
        ("manifest.json", cut, "manifest.json is damaged"),
        ("manifest.json", lambda path: path.write_text("[]"), "manifest.json is damaged"),
        ("manifest.json", newer, "format 99, and this Slipway reads format 1"),
        ("manifest.json", earlier, "written by an earlier Slipway"),
    ],
)
def test_a_state_that_is_not_whole_is_refused(
    tmp_path: Path, file: str, damage: Callable[[Path], Any], says: str
) -> None:
    """The sentence says which file it is, that nothing was lost by looking, and how to start without it."""
    Snapshot(tmp_path).write({"a": b"1" * 100})
    damage(tmp_path / file)
    with pytest.raises(Unreadable, match=says) as refused:
        Snapshot(tmp_path)
    assert str(tmp_path) in str(refused.value)
    assert "Nothing was changed" in str(refused.value)
    assert "slipway sandbox --fresh" in str(refused.value)


def test_a_store_that_the_code_no_longer_reads_is_refused(tmp_path: Path) -> None:
    """After an upgrade nobody gets half of a state: the store is named."""
    Snapshot(tmp_path).write({"engines/box": b'{"other": 1}'})
    stores = Stores()
    stores.keep_in(tmp_path)
    with pytest.raises(Unreadable, match=r"box .* --fresh"):
        stores.register("box", Box())


def test_files_of_a_save_that_was_cut_off_are_never_read(tmp_path: Path) -> None:
    """A process that dies before its manifest is there has saved nothing, and leaves no files for long."""
    Snapshot(tmp_path).write({"a": b"1"})
    (tmp_path / "parts" / "a.2.json").write_bytes(b"half")
    (tmp_path / "manifest.json.partial").write_bytes(b"{")
    assert Snapshot(tmp_path).read("a") == b"1"
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["a.1.json"]


_WRITER = """
import sys
from pathlib import Path
from generator.sandbox.server.snapshot import Snapshot
snapshot, number = Snapshot(Path(sys.argv[1])), 0
while True:
    number += 1
    text = b"%d " % number
    snapshot.write({"a": text * 20000, "b": text * 20000})
    if number == 3:
        print("saving", flush=True)
"""


def test_a_process_that_is_killed_while_it_saves_leaves_one_whole_state(tmp_path: Path) -> None:
    """Killed anywhere in a save, the parts that are read afterwards belong together."""
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path)],
            stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)},
        ) as writer:  # fmt: skip
            assert writer.stdout
            assert writer.stdout.readline() == b"saving\n"
            writer.send_signal(signal.SIGKILL)
        snapshot = Snapshot(tmp_path)
        first, second = snapshot.read("a"), snapshot.read("b")
        assert first
        assert first == second
    shutil.rmtree(tmp_path)


def test_numbers_without_end_are_saved(tmp_path: Path) -> None:
    """An engine may keep an infinite number, such as when nothing was ever done."""
    first, box = Stores(), Box()
    first.keep_in(tmp_path)
    first.register("box", box)
    box.held = {"value": float("-inf")}
    first.touch()
    saved(first)
    second, again = Stores(), Box()
    second.keep_in(tmp_path)
    second.register("box", again)
    assert again.held == float("-inf")
