"""Starting, stopping, resuming: the file, the port, the command line."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.workspace.__main__ import main
from bot.workspace.seed import default_seed, identifier
from bot.workspace.server import Workspace
from bot.workspace.state import load
from tests.workspace.app import CARD, client_of

ROOT = Path(__file__).parents[2]


def test_a_seed_has_secrets_of_its_own() -> None:
    """People and channels are the same each time; tokens and the signing secret never are."""
    one, two = default_seed(), default_seed()
    assert one.people == two.people
    assert one.team_id == two.team_id
    assert one.bot_token != two.bot_token
    assert one.signing_secret != two.signing_secret
    assert one.app_token.startswith("xapp-1-")
    assert identifier("U", "ana") == one.people[0].id


def test_a_workspace_is_resumed(tmp_path: Path) -> None:
    """A second start has the same tokens, messages, threads, modals and files, and stays on the same port."""
    path = tmp_path / "workspace.json"
    with Workspace(save_to=path) as first:
        api = client_of(first)
        channel = first.team.channel_named("deploys")
        assert channel
        ts = api.chat_postMessage(channel=channel.id, text="kept", blocks=CARD)["ts"]
        api.files_upload_v2(channel=channel.id, content="bytes", filename="a.txt", thread_ts=ts)
        first.person("ana").say("@slipway", "hello")
        token, port = first.bot_token, first.port
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Workspace(save_to=path, port=port) as second:
        assert (second.bot_token, second.port) == (token, port)
        ana = second.person("ana")
        (message,) = ana.messages("#deploys")
        assert (message["text"], len(ana.thread(message))) == ("kept", 2)
        assert ana.messages("@slipway")[0]["text"] == "hello"
        later = client_of(second).chat_postMessage(channel=message["channel"], text="later")["ts"]
        assert float(later) > float(ts)


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A file that is no saved workspace is left alone, with a sentence that says so."""
    path = tmp_path / "notes.json"
    path.write_text('{"my": "notes"}')
    with pytest.raises(ValueError, match="not a saved workspace"):
        Workspace(save_to=path)
    assert path.read_text() == '{"my": "notes"}'
    assert load(tmp_path / "none.json") is None


def test_a_busy_port_picks_another() -> None:
    """Two workspaces that want the same port both start."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Workspace(port=port) as workspace:
            assert workspace.port != port
            assert client_of(workspace).auth_test()["ok"]


def test_it_listens_on_this_machine_only() -> None:
    """The server is bound to 127.0.0.1."""
    with Workspace() as workspace:
        assert workspace.url.startswith("http://127.0.0.1:")
        assert workspace._runner is not None
        assert [address[0] for address in workspace._runner.addresses] == ["127.0.0.1"]


def test_the_command_line(tmp_path: Path) -> None:
    """It prints exports on stdout and what to do next on stderr; Ctrl-C ends it with everything kept."""
    path = tmp_path / "w.json"
    command = [sys.executable, "-m", "bot.workspace", "--port", "0", "--save", str(path)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ}
    )
    assert process.stdout
    lines = [process.stdout.readline() for _ in range(4)]
    exports = dict(re.fullmatch(r"export (\w+)=(\S+)\n", line).groups() for line in lines)  # type: ignore[union-attr]
    assert list(exports) == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"]
    assert WebClient(exports["SLACK_BOT_TOKEN"], base_url=exports["SLACK_API_URL"]).auth_test()["team"] == "Harbour"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "Next:" in errors
    assert "Traceback" not in errors
    saved = load(path)
    assert saved is not None
    assert saved[0].bot_token == exports["SLACK_BOT_TOKEN"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "70000"], "is not a port"),
        (["--port", "x"], "invalid int"),
        (["--http", "ftp://x"], "is not an address"),
    ],
)
def test_mistakes_on_the_command_line(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong argument is told in one sentence, with exit code 2."""
    with pytest.raises(SystemExit) as code:
        main(arguments)
    assert code.value.code == 2
    assert sentence in capsys.readouterr().err


def test_a_broken_file_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that can't be resumed is told with exit code 1."""
    path = tmp_path / "x.json"
    path.write_text("nonsense")
    assert main(["--save", str(path)]) == 1
    assert "Delete it or name another file" in capsys.readouterr().err


def test_a_workspace_that_does_not_run() -> None:
    """Acting in a workspace before its start says what to do."""
    workspace = Workspace()
    with pytest.raises(RuntimeError, match="Call start"):
        workspace.person("ana").say("#deploys", "hello")
    workspace.stop()
