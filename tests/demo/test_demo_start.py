"""How the demo begins: its folder, its options, its progress and its first words."""

import io
import json
import sys
from pathlib import Path

import pytest

from bot.demo.demo import Progress, arguments
from bot.demo.environments import EnvironmentProgress
from bot.demo.folder import TABLE, Folder
from bot.demo.versions import STORY
from bot.demo.welcome import EVERY, Welcome
from bot.workspace.seed import default_seed
from bot.workspace.server import Workspace
from generator.config.read import read_configuration
from tests.demo.checkout import checkout


def test_the_demo_has_the_workspace_people(tmp_path: Path) -> None:
    """What is configured fits the local Slack, and the checkout's own files stay as they are."""
    home = checkout(tmp_path)
    before = {path: path.read_bytes() for path in (home / "stacks").rglob("*") if path.is_file()}
    folder, seed = Folder(home), default_seed()
    folder.prepare(seed)
    config = read_configuration(folder.stacks)
    slack = config.platform.slack
    assert slack is not None
    assert (slack.team_id, slack.app_id) == (seed.team_id, seed.app.id)
    assert {name: person.slack for name, person in config.platform.people.items()} == {
        person.handle: person.id for person in seed.people if person.handle in {"ana", "ben", "cleo"}
    }
    assert TABLE in config.environments["prod"].data.tables
    assert {path: path.read_bytes() for path in before} == before


def test_every_version_of_the_story_is_a_configuration(tmp_path: Path) -> None:
    """Six versions beside the one that runs; the newest goes well, and each can be built."""
    folder, seed = Folder(checkout(tmp_path)), default_seed()
    for one in STORY:
        service = read_configuration(folder.variant(one.name, seed, one.change)).services["prod"]["app"]
        if one.name == "widens":
            assert TABLE in service.uses.tables
    assert len(STORY) == 7
    assert [one.hours for one in STORY] == sorted((one.hours for one in STORY), reverse=True)
    assert STORY[-1].name == "good"


def test_what_was_set_up_is_remembered(tmp_path: Path) -> None:
    """A second start finds the versions; a file that was torn counts as nothing."""
    folder = Folder(tmp_path)
    folder.root.mkdir(parents=True)
    assert folder.versions() == {}
    folder.ready({"good": "a" * 40})
    assert Folder(tmp_path).versions() == {"good": "a" * 40}
    (folder.root / "ready.json").write_text('{"good": ')
    assert folder.versions() == {}
    folder.forget()
    assert not folder.root.exists()


def test_a_pipe_gets_a_line_for_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is drawn twice where nobody draws."""
    progress = Progress()
    progress.show([EnvironmentProgress("prod", 0, 3, "network: proposed")])
    progress.show([EnvironmentProgress("prod", 0, 3, "network: approved")])
    progress.show([EnvironmentProgress("prod", 1, 3)])
    progress.close()
    assert capsys.readouterr().err == "prod: 0 of 3\nprod: 1 of 3\n"


def test_a_terminal_gets_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars grow in place."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = Progress()
    progress.show([EnvironmentProgress("prod", 1, 2, "network: CloudFormation works")])
    progress.show([EnvironmentProgress("prod", 2, 2)])
    assert "network: CloudFormation works" in terminal.getvalue()
    assert "\x1b[1F" in terminal.getvalue()
    assert "█" * 24 in terminal.getvalue()


def test_the_page_shows_how_far_the_set_up_is() -> None:
    """Anyone who opens the page before all is set up reads what is going on, at most as often as Slack allows an edit."""
    now = [100.0]
    welcome = Welcome(lambda: now[0])
    with Workspace(default_seed()) as workspace:

        def shown() -> list[str]:
            said = [m for m in workspace.person("ana").messages("#deploys") if m.get("bot_id")]
            return [json.dumps(message["blocks"], ensure_ascii=False) for message in said]

        welcome.opened(workspace)
        assert len(shown()) == 1
        assert "The demo is being set up" in shown()[0]
        welcome.show([EnvironmentProgress("prod", 1, 11, "network: CREATE_IN_PROGRESS")])
        assert "1 of 11" not in shown()[0]
        now[0] += EVERY
        welcome.show([EnvironmentProgress("prod", 2, 11, "network: CREATE_IN_PROGRESS")])
        assert "2 of 11  network: CREATE_IN_PROGRESS" in shown()[0]
        welcome.show([EnvironmentProgress("prod", 3, 11)])
        assert "2 of 11" in shown()[0]
        assert len(shown()) == 1
        # A second start of the same demo finds the message and leaves it alone.
        Welcome().opened(workspace)
        assert len(shown()) == 1


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("--port 70000", "write a number from 1 to 65535"),
        ("--speed 7", "from 0 (instant) to 1"),
        ("--tours 3", "--tours"),
    ],
)
def test_wrong_options_say_what_to_write(line: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and a sentence."""
    with pytest.raises(SystemExit) as ended:
        arguments(line.split())
    assert ended.value.code == 2
    assert text in capsys.readouterr().err


def test_the_configuration_of_the_demo_is_plain_json(tmp_path: Path) -> None:
    """What is written can be read by people and by any tool."""
    folder = Folder(checkout(tmp_path))
    folder.prepare(default_seed())
    assert json.loads((folder.stacks / "platform.yaml").read_text())["teams"]["releasers"]["people"] == [
        "ana",
        "ben",
        "cleo",
    ]
