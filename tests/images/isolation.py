"""Runs an image's command as ECS would: its own user, a root that can't be written, /tmp in memory, no other network.

``python -m tests.images.isolation FOLDER SPEC`` is started in new namespaces (mount, network, processes) by
:func:`started`; SPEC is JSON with ``command``, ``check``, ``user``, ``environ``, ``signal``.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

_TRIES, _PAUSE, _END = 120, 0.5, 60


class Started(NamedTuple):
    """What became of a container: whether its health check passed, what it ended with, what it could write, and its output."""

    healthy: bool
    code: int
    wrote: bool
    output: str


def started(root: Path, spec: dict[str, Any]) -> Started:
    """Start an image's command on its own file system, wait until its health check passes, and stop it."""
    line = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--propagation", "private"]
    ran = subprocess.run(
        [*line, sys.executable, "-m", __spec__.name, str(root), json.dumps(spec)], cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if ran.returncode:
        raise RuntimeError(f"namespaces could not be created:\n{ran.stdout}\n{ran.stderr}")
    return Started(**json.loads(ran.stdout.splitlines()[-1]))


def main(root: str, spec: dict[str, Any]) -> Started:
    """Inside of the namespaces."""
    _mount("--bind", root, root)
    _mount("-o", "remount,bind,ro", root)
    _mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", f"{root}/tmp")  # noqa: S108 - the image's own
    # What ECS gives a container: /dev, and names of its neighbors.
    _mount("--rbind", "/dev", f"{root}/dev")
    _mount("-t", "proc", "proc", f"{root}/proc")
    hosts = Path(root, "tmp/hosts")
    hosts.write_text("127.0.0.1 localhost app\n")
    _mount("--bind", str(hosts), f"{root}/etc/hosts")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    output = Path(root, "tmp/output")
    environ = dict(one.split("=", 1) for one in spec["environ"])
    line = ["chroot", f"--userspec={spec['user']}", f"--groups={spec['user'].split(':')[-1]}", root]
    inside = [*line, "/usr/bin/env", "-C", spec["folder"]]
    with output.open("wb") as file:
        output.chmod(0o666)  # nginx opens /dev/stderr again, as nobody
        process = subprocess.Popen([*inside, *spec["command"]], env=environ, stdout=file, stderr=file)
        healthy = False
        for _ in range(_TRIES):
            check = subprocess.run([*inside, *spec["check"]], env=environ, capture_output=True, check=False)
            healthy = check.returncode == 0
            if healthy or process.poll() is not None:
                break
            time.sleep(_PAUSE)
        wrote = subprocess.run([*line, "/usr/bin/touch", "/srv/x"], env=environ, capture_output=True, check=False)
        process.send_signal(getattr(signal, spec["signal"]))
        try:
            code = process.wait(_END)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
    return Started(healthy, code, wrote.returncode == 0, output.read_text(errors="replace")[-3000:])


def _mount(*line: str) -> None:
    subprocess.run(["mount", *line], check=True)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]))._asdict()))  # noqa: T201
    os._exit(0)
