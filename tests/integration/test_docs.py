"""What README and docs show is what happens: every command in them runs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator.cli import COMMANDS
from tests.command_table import README, expected, usages

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "app" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
EXIT = re.compile(r"^(?P<command>.*?)\s+# exit (?P<code>\d+)$")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def script(text: str) -> str:
    """The document's ``sh`` blocks as one script; ``# exit N`` says which exit code a line ends with."""
    lines = ["set -euo pipefail"]
    for line in "\n".join(blocks(text, "sh")).splitlines():
        expected = EXIT.match(line)
        if line.startswith("make "):
            # The targets would run these very tests; that they exist is what can be shown from inside.
            lines.append(f"make -C '{ROOT}' --dry-run {line.split()[1]} > /dev/null")
        elif line.startswith(".venv/bin/pytest "):
            lines.append(f"( cd '{ROOT}' && '{sys.executable}' -m pytest -q {line.partition(' ')[2]} )")
        elif expected:
            lines.append(f"{{ {expected['command']}; }} && code=0 || code=$?; test $code -eq {expected['code']}")
        else:
            lines.append(line)
    return "\n".join(lines)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_do_what_the_document_says(document: Path, tmp_path: Path) -> None:
    """A reader who types what is written gets what is written: exit codes, and the text that is shown as output."""
    text = document.read_text()
    for name in ("templates", "generator", "docs", "app"):
        (tmp_path / name).symlink_to(ROOT / name)
    # A copy: the sandbox of a checkout is found by where its configuration really is.
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT / "app" / "backend")}
    run = subprocess.run(
        ["bash", "-c", script(text)],
        cwd=tmp_path,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=900,
    )
    assert run.returncode == 0, run.stdout[-4000:]
    for shown in blocks(text, "text"):
        for line in shown.splitlines():
            assert line in run.stdout, f"{document.name} shows {line!r}, which nothing printed:\n{run.stdout[-4000:]}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """Relative links point at files that exist."""
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_every_command_is_in_the_readme() -> None:
    """A command that people can't read about does not exist for them; the table of all of them is made from the code."""
    assert [name for name in COMMANDS if not usages(name)] == []
    assert README.read_text() == expected(), "run `make fresh-write`"
