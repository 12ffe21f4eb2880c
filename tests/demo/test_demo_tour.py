"""`python -m bot demo --tour`: the whole story without a browser."""

import os
import subprocess
import sys
from pathlib import Path

from tests.demo.checkout import ROOT, checkout


def bot(folder: Path, *arguments: str, seconds: float = 900.0) -> subprocess.CompletedProcess[str]:
    """Run ``python -m bot`` in a folder."""
    # Without what makes a process measure its coverage: see tests/integration/without_coverage.py.
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], cwd=folder, env=env, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=seconds,
    )  # fmt: skip


def test_the_tour_plays_the_whole_story(tmp_path: Path) -> None:
    """Set-up, approval, a crash that goes back, a race, a rollback, a refusal, an audit that holds: exit code 0."""
    ran = bot(checkout(tmp_path), "demo", "--tour", "--speed", "0.003")
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    for text in (
        "clicks Approve on prod-app-2",
        "you requested this release, so you can't approve it",
        "KeyError: 'DATABASE_URL'",
        "the other click changed nothing",
        "guests can't use this bot",
        "signed heads, no fault",
        "All steps succeeded",
    ):
        assert text in ran.stdout
    assert "Traceback" not in ran.stderr


def test_a_demo_says_what_is_missing(tmp_path: Path) -> None:
    """Without stacks, without app in prod, with a wrong port: one sentence each, exit code 2, no traceback."""
    nothing = bot(tmp_path, "demo", "--quiet")
    assert (nothing.returncode, "Traceback" in nothing.stderr) == (2, False)
    assert "stacks" in nothing.stderr
    other = checkout(tmp_path / "other")
    (other / "stacks" / "services" / "app.yaml").unlink()
    asked = bot(other, "demo", "--quiet")
    assert asked.returncode == 2
    assert "the demo releases the service 'app' to 'prod'" in asked.stderr
    port = bot(tmp_path, "demo", "--port", "99999")
    assert port.returncode == 2
    assert "write a number from 1 to 65535" in port.stderr
