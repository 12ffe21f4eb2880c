"""The README's twelve lines: plain AWS CLI commands against `slipway sandbox`, from an environment of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.without_coverage import unmeasured

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "tests" / "awscli.lock"


@pytest.fixture(scope="session")
def aws_cli() -> Path:
    """Folder of an AWS CLI that shares nothing with Slipway; made once below ``.cache``."""
    venv = ROOT / ".cache" / "awscli"
    if not (venv / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", LOCK]
        subprocess.run([venv / "bin" / "python", *install], check=True)
        (venv / "ready").touch()
    return venv / "bin"


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What a sandbox prints to export, as a mapping; it ends on Ctrl-C.

    It goes faster than the README's: `aws ... wait` looks at once, and then only every 30 seconds.
    """
    command = [sys.executable, "-m", "generator", "sandbox", "--fresh", "--speed", "0.001", "--port", "0"]
    with (
        unmeasured(),
        subprocess.Popen(
            command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            assert process.stdout
            exported = {}
            for line in process.stdout:
                name, _, value = line.removeprefix("export ").strip().partition("=")
                exported[name] = value
                if name == "AWS_DEFAULT_REGION":
                    break
            yield exported
            process.send_signal(2)
            assert process.wait(120) in {0, 130}
        finally:
            process.kill()


def test_create_break_and_see_it_roll_back(aws_cli: Path, endpoint: dict[str, str]) -> None:
    """Change set, preview, execution, a bad image, the circuit breaker's words, and the stack where it was."""
    walk = re.findall(r"^```bash\n(alias cfn.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)[0]
    assert len(walk.splitlines()) == 12
    # `wait` ends with 255 when the update was rolled back, as the README says beside it.
    script = f"set -eu\nshopt -s expand_aliases\n{walk}".replace("# fails:", "|| test $? -eq 255 #")
    env = {"PATH": f"{aws_cli}:/usr/bin:/bin", "HOME": "/nonexistent", **endpoint}
    run = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=900
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Modify\tService\tFalse\nModify\tTask\tTrue\n" in run.stdout
    assert "ECS Deployment Circuit Breaker was triggered" in run.stdout
    assert run.stdout.endswith("UPDATE_ROLLBACK_COMPLETE\n")
