"""However many commands come at once and however slow the machine is, a checkout has one sandbox, and nobody sees a traceback."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.errors import UsageError
from generator.sandbox import process
from generator.sandbox.process import Control, Endpoint, Options

ROOT = Path(__file__).parents[2]
# Python runs this file before anything else: a machine on which the sandbox's process takes its time.
_SLOW = """
import sys, time
if "generator.sandbox.server" in sys.orig_argv:
    time.sleep(2)
"""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A checkout whose sandbox ends with the test."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "sitecustomize.py").write_text(_SLOW)
    yield tmp_path
    process.stop(tmp_path)


def command(root: Path) -> subprocess.Popen[str]:
    """A command with --sandbox, on a machine on which a sandbox starts slowly."""
    path = os.pathsep.join([str(root / "slow"), str(ROOT)])
    return subprocess.Popen(
        [sys.executable, "-m", "generator", "status", "dev", "--sandbox"],
        cwd=root, env=os.environ | {"PYTHONPATH": path}, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def log(root: Path) -> Path:
    """What the sandbox complains of."""
    return process.folder(root) / "log"


class Looks:
    """Counts how often somebody looked for a sandbox in vain, and says when it was twice."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.twice = threading.Event()
        self._count = 0
        self._real = process._look
        monkeypatch.setattr(process, "_look", self.look)

    def look(self, root: Path) -> object:
        found = self._real(root)
        self._count += found is None
        if self._count >= 2:
            self.twice.set()
        return found


def test_several_commands_at_once_share_one(root: Path) -> None:
    """Four commands find no sandbox and a slow start: one starts it, the others wait for it, and all do their work."""
    running = [command(root) for _ in range(4)]
    told = [one.communicate(timeout=300)[1] for one in running]
    assert [one.returncode for one in running] == [1, 1, 1, 1], told
    assert all("nothing is deployed in this sandbox yet" in one for one in told), told
    assert "Traceback" not in "".join(told)
    assert sum("a sandbox was started at" in text for text in told) == 1
    found = process.find(root)
    assert found
    assert found.url in "".join(told)


def test_a_command_that_dies_while_it_starts_one_leaves_it_to_the_next(root: Path) -> None:
    """The sandbox says itself where it answers: the next command waits for it instead of starting another."""
    dying = command(root)
    while not process.running(root):
        assert dying.poll() is None
    dying.send_signal(signal.SIGKILL)
    dying.communicate()
    found = process.ensure(root)
    assert Control(found.port).status()["pid"] == found.pid
    assert process.ensure(root) == found
    assert log(root).read_text() == ""


@pytest.fixture
def stopped(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """A sandbox that lives and does not answer, as on a machine that is far too busy; its log has a line."""
    found = process.ensure(root, Options(port=0))
    log(root).write_text("a line of the one that lives\n")
    monkeypatch.setattr(process, "ANSWER_WITHIN", 0.1)
    os.kill(found.pid, signal.SIGSTOP)
    yield found
    os.kill(found.pid, signal.SIGCONT)


def test_a_busy_one_is_waited_for(root: Path, stopped: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """No second one is started on its state, and its log stays; as soon as it answers it is used."""
    looks, found = Looks(monkeypatch), []
    waiting = threading.Thread(target=lambda: found.append(process.ensure(root)))
    waiting.start()
    assert looks.twice.wait(120)
    monkeypatch.setattr(process, "ANSWER_WITHIN", 30.0)
    os.kill(stopped.pid, signal.SIGCONT)
    waiting.join(120)
    assert found == [stopped]
    assert log(root).read_text() == "a line of the one that lives\n"


def _in_front(root: Path) -> None:
    """`slipway sandbox`."""
    with process.foreground(root, Options()):
        pass


@pytest.mark.parametrize("act", ["ensure", "stop", "foreground"])
def test_one_that_never_answers_is_told(
    root: Path, stopped: Endpoint, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """After a while the command says what lives and how to end it; it starts nothing and changes nothing."""
    monkeypatch.setattr(process, "PATIENCE", 0.3)
    acts = {"ensure": process.ensure, "stop": process.stop, "foreground": _in_front}
    with pytest.raises(UsageError, match=f"has not answered for 0.3 s.*kill -9 {stopped.pid}"):
        acts[act](root)
    assert process.running(root)
    assert log(root).read_text() == "a line of the one that lives\n"


def test_the_status_of_one_that_does_not_answer(root: Path, stopped: Endpoint) -> None:
    """`slipway sandbox status` tells a busy one from none."""
    del stopped
    told = subprocess.run(
        [sys.executable, "-m", "generator", "sandbox", "status"],
        cwd=root, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert (told.returncode, "starting, ending or busy" in told.stderr) == (1, True)


def test_a_state_in_use_is_no_traceback(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anyone who starts a second one on a state, past all locks, gets a sentence; the first one keeps its log."""
    process.ensure(root, Options(port=0))
    log(root).write_text("a line of the one that lives\n")
    monkeypatch.setattr(process, "_settled", lambda _: None)
    with pytest.raises(UsageError, match="another sandbox uses"):
        process.ensure(root)
    assert log(root).read_text() == "a line of the one that lives\n"
    monkeypatch.undo()
    second = subprocess.run(
        [sys.executable, "-m", "generator.sandbox.server", "--state", str(process.folder(root) / "state")],
        cwd=root, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert second.returncode == 1
    assert second.stderr.startswith("another sandbox uses")
