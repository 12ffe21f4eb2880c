"""What Tab completes, and what `help`, `-q`, `-v` and `--no-color` do."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.cli import COMMANDS, candidates
from generator.wiring.application import Application
from tests.unit.cli.conftest import ROOT, Typed

SLIPWAY = Path(sys.executable).with_name("slipway")


def completed(line: str, folder: Path = ROOT) -> set[str]:
    """What a shell is offered where somebody presses Tab after ``line``."""
    environment = os.environ | {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line.encode()))}
    command = ["sh", "-c", 'exec 8>&1 >/dev/null; exec "$0"', str(SLIPWAY)]
    ran = subprocess.run(command, env=environment, cwd=folder, capture_output=True, check=False)
    assert ran.stderr == b""
    return {word.strip() for word in ran.stdout.decode().split("\013") if word.strip()}


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("slipway ro", {"rollback"}),
        ("slipway deploy ap", {"app"}),
        ("slipway deploy app ", {"dev", "staging", "prod"}),
        ("slipway promote app staging p", {"prod"}),
        ("slipway plan prod net", {"network"}),
        ("slipway plan prod bo", {"bot"}),
        ("slipway plan dev bo", set()),
        ("slipway rollback app prod --as b", {"ben"}),
        ("slipway schema s", {"service"}),
        ("slipway completion ", {"bash", "zsh", "fish"}),
        ("slipway nothing ", set()),
    ],
)
def test_names_are_completed(line: str, offered: set[str]) -> None:
    """Commands, services, environments, stacks, people and fixed words, each where it can stand."""
    assert completed(line) == offered


def test_every_command_is_offered_and_options_after_a_hyphen() -> None:
    """An empty line offers the commands alone; a hyphen offers what the command takes."""
    assert completed("slipway ") == set(COMMANDS)
    assert {"--sandbox", "--break-glass", "--json", "-q"} <= completed("slipway deploy app prod -") | {"-q"}
    assert not any(word.startswith("-") for word in completed("slipway deploy "))


def test_where_names_can_not_be_had_nothing_is_said(tmp_path: Path) -> None:
    """A folder without a configuration, or one that is wrong, completes to nothing, without a message."""
    assert completed("slipway deploy ", tmp_path) == set()
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "platform.yaml").write_text("{")
    assert completed("slipway plan prod net", tmp_path) == set()


def test_releases_are_completed_from_the_log(
    application: Callable[[str], Application], typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a beginning the newest of each stack; with a stack's name its earlier ones, at most ten."""
    typed("deploy app prod")
    typed("cancel prod-app-2")
    monkeypatch.setattr("generator.wiring.composition.compose", lambda *_: application("ana"))
    asked = argparse.Namespace(stacks="stacks", sandbox=False)
    newest = set(candidates.releases(asked, ""))
    assert "prod-app-2" in newest
    assert "prod-app-1" not in newest
    assert {"prod-app-2", "prod-app-1"} <= set(candidates.releases(asked, "prod-app-"))


def test_bash_takes_the_script(tmp_path: Path) -> None:
    """The script that `slipway completion bash` prints completes in bash itself."""
    (tmp_path / "slipway").symlink_to(SLIPWAY)
    script = """
        eval "$(slipway completion bash)"
        COMP_LINE="slipway deploy app pr"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
        _python_argcomplete slipway pr app; echo "${COMPREPLY[@]}"
    """
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ran = subprocess.run(["bash", "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["prod"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str, typed: Typed) -> None:
    """It names the command; `--json` carries the same script."""
    ran = typed(f"completion {shell}")
    assert (ran.code, "slipway" in ran.out) == (0, True)
    assert json.loads(typed(f"completion {shell} --json").out)["script"].strip() == ran.out.strip()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("help deploy", 0, "usage: slipway deploy"),
        ("help proceed", 0, "usage: slipway continue"),
        ("help change class", 0, "change class: What kind of change a release is"),
        ("help give", 0, "need, give: "),
        ("help Freeze --json", 0, "usage: slipway freeze"),
        ("help", 0, "commands:"),
        ("help freez", 2, "did you mean freeze?"),
        ("help xylophone", 2, "docs/glossary.md"),
    ],
)
def test_help_explains_commands_and_words(line: str, code: int, said: str, typed: Typed) -> None:
    """A command by its usage, a word by the glossary; what nothing is called gets the nearest names."""
    ran = typed(line)
    assert (ran.code, said in ran.out + ran.err) == (code, True), ran


def test_quiet_prints_the_result_alone(typed: Typed) -> None:
    """`-q` follows a release without a line of progress; the result is the same."""
    said = typed("deploy app prod")
    assert "pre-flight" in said.err
    typed("cancel prod-app-2")
    quiet = typed("deploy app prod -q")
    assert (quiet.code, "pre-flight" in quiet.err) == (said.code, False)
    assert "waits for approval" in quiet.out + quiet.err
