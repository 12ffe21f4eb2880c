"""Runs a workflow as GitHub's runners do: jobs in the order of their needs, each step with its environment, the first failure ends it.

What a runner has and this machine has not is played by programs in ``tests/integration/tools``: ``docker`` (whose builds
go into the embedded AWS's registry), ``aws`` (the login) and ``trivy``. Steps that are actions of others are left out.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TOOLS = Path(__file__).parent / "tools"
_EXPRESSION = re.compile(r"\$\{\{ *([\w.]+) *\}\}")


class Runner:
    """A folder with the commit that was pushed. ``values`` are what expressions such as ``vars.SLIPWAY_REGION`` stand for."""

    def __init__(self, folder: Path, values: Mapping[str, str], environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.ran: list[str] = []
        self._values = values
        (folder / ".venv").symlink_to(sys.prefix)
        # The packages are there already, and anyone who runs the steps is one person in all of them.
        self._made = ["RUN=", "DEV=", "DEMO="]
        self._environ = {
            "PATH": f"{TOOLS}:{sys.prefix}/bin:{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "CI": "true",
            **environ,
        }

    def pushed(self, commit: str) -> None:
        """What runs from now on runs for another commit."""
        self.ran.clear()
        # In the sandbox `apply` would release the checkout.
        self._environ |= {"GITHUB_SHA": commit, "VERSION": commit}

    def run(self, workflow: str) -> None:
        """Run a workflow's jobs, those of other files that it uses included."""
        for job in _ordered(self._read(workflow)["jobs"]):
            if "uses" in job:
                self.run(Path(job["uses"]).stem)
                continue
            for step in job["steps"]:
                if "run" in step and not step["run"].startswith("make setup"):
                    self._step(step)

    def _step(self, step: Mapping[str, Any]) -> None:
        given = {name: self._text(str(value)) for name, value in step.get("env", {}).items()}
        argv = [*step["run"].split(), *self._made]
        ran = subprocess.run(
            argv, cwd=self.folder, env={**self._environ, **given}, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False, timeout=300,
        )  # fmt: skip
        assert ran.returncode == 0, f"{step['run']}: exit {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        self.ran.append(step["run"])

    def _text(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self._values[found[1]], text)

    def _read(self, workflow: str) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load((self.folder / f".github/workflows/{workflow}.yml").read_text())
        return found


def _ordered(jobs: Mapping[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each job after those that it needs."""
    done: set[str] = set()
    while len(done) < len(jobs):
        for name, job in jobs.items():
            needs = job.get("needs", [])
            before = {needs} if isinstance(needs, str) else set(needs)
            if name not in done and before <= done:
                done.add(name)
                yield job
