"""No process outlives who started it: the sandbox, its supervisor, or the container that it belongs to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from generator.sandbox.process import Control, Endpoint, spawn
from generator.sandbox.processes.process_host import Listener, ProcessHost, Program
from tests.sandbox.conftest import ACCOUNT, REGION
from tests.sandbox.ecs.conftest import Stage
from tests.sandbox.ecs.test_process_tasks import LOGGED, ROLE, lines, program

# A program that starts another one, which leaves its session, and tells the numbers of both.
FAMILY = """
import os, subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(os.getpid(), other.pid, flush=True)
time.sleep(600)
"""


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not until():
        if time.monotonic() > end:
            pytest.fail("a process is still there after 60 s")
        time.sleep(0.01)


class Heard:
    """What a container said, and how it ended."""

    def __init__(self, host: ProcessHost, code: str) -> None:
        self.lines: list[str] = []
        self.ends: list[tuple[int | None, bool, str]] = []
        self.spoke, self.ended = threading.Event(), threading.Event()
        argv = (sys.executable, "-u", "-c", code)
        self.container = host.start(Program(argv), Listener(self._hear, lambda *_: None, self._end))

    def _hear(self, lines: tuple[str, ...]) -> None:
        self.lines += lines
        self.spoke.set()

    def _end(self, code: int | None, oom: bool, why: str) -> None:
        self.ends.append((code, oom, why))
        self.ended.set()

    def pids(self) -> list[int]:
        assert self.spoke.wait(60)
        return [int(word) for word in self.lines[0].split()]


def test_a_sandbox_that_is_killed_leaves_no_process_behind() -> None:
    """Whoever kills the sandbox with -9 has nothing to clean up: tasks die with it, and so does all that they started."""
    with tempfile.TemporaryFile() as log:
        child, ready = spawn(["--idle", "0"], port=0, log=log.fileno())
    assert ready is not None
    endpoint = Endpoint(ready["port"], ready["pid"])
    control = Control(endpoint.port)

    def client(service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=endpoint.url,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="sandbox",  # noqa: S106 - root of the sandbox, with any secret
        )

    stage = Stage(client, control)
    control.speed(0.02)
    stage.aws("logs").create_log_group(logGroupName="app")
    program(stage, "app:1", FAMILY)
    stage.ecs.run_task(
        cluster="c", taskDefinition=stage.define(container=LOGGED, **ROLE), networkConfiguration=stage.network
    )
    pids = [int(word) for word in lines(stage)[0].split()]
    assert not any(gone(pid) for pid in pids)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    wait(lambda: all(gone(pid) for pid in pids))


def test_a_supervisor_that_is_killed_takes_its_program_with_it() -> None:
    """Also where the process between the two is killed alone, the program does not go on, and the task ends with 137."""
    heard = Heard(ProcessHost(), FAMILY)
    main, other = heard.pids()
    heard.container.child.kill()
    wait(lambda: gone(main))
    os.kill(other, signal.SIGKILL)
    assert heard.ended.wait(60)
    assert heard.ends == [(137, False, "")]


def test_a_container_takes_what_it_started_with_it() -> None:
    """A program that ends, or is killed, leaves none of its children behind, as a container does not."""
    code = FAMILY.replace("time.sleep(600)\n", "raise SystemExit(4)\n")
    ended = Heard(ProcessHost(), code)
    assert ended.ended.wait(60)
    assert ended.ends == [(4, False, "")]
    assert all(gone(pid) for pid in ended.pids())
    killed = Heard(ProcessHost(), FAMILY)
    pids = killed.pids()
    killed.container.kill()
    assert killed.ended.wait(60)
    assert killed.ends == [(137, False, "")]
    assert all(gone(pid) for pid in pids)


def test_nobody_sees_the_environment_of_a_program_on_a_command_line() -> None:
    """A secret of a task stands on no command line of this machine."""
    host = ProcessHost()
    done = threading.Event()
    program = Program((sys.executable, "-c", "import time; time.sleep(600)"), environment={"TOKEN": "xyzzy-4711"})
    found = host.start(program, Listener(lambda _: None, lambda *_: None, lambda *_: done.set()))
    wait(lambda: found.pid > 0)
    assert "xyzzy-4711" not in subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout
    found.kill()
    assert done.wait(60)
