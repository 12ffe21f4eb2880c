"""The process: settings, what is said when something is missing, health, manifest, doctor, logs."""

import json
import logging
import os
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import logs
from bot.access import connect
from bot.doctor import of_slack
from bot.health import Health, Readiness
from bot.iam_check import simulated
from bot.listeners.commands import COMMANDS
from bot.manifest import scopes, text
from bot.settings import Settings, SettingsError, read
from bot.supervisor import serve
from bot.web import NoSlack, client, identify
from bot.workspace import seed
from bot.workspace.server import Workspace
from generator.catalog.release_facts import facts
from generator.config.read import read_configuration
from generator.release.model.settings import Person, Slack, Team
from generator.wiring.worker import Access
from tests.bot.stage import facts_of, slack_of
from tests.release.fake_platform import FakePlatform

ROOT = Path(__file__).parents[2]
GOOD = {"SLACK_BOT_TOKEN": "xoxb-0123456789", "SLACK_APP_TOKEN": "xapp-0123456789", "SLACK_SIGNING_SECRET": "ab" * 16}


def _get(url: str) -> Any:
    """Ask the process's own server."""
    return urllib.request.urlopen(url, timeout=60)  # noqa: S310 - http on 127.0.0.1


def test_settings_are_read_from_the_environment_and_from_files(tmp_path: Path) -> None:
    """Either way gives the same, and nothing is missing then."""
    assert read(GOOD).missing == ()
    files = {}
    for name, value in GOOD.items():
        (tmp_path / name).write_text(f"{value}\n")
        files[f"{name}_FILE"] = str(tmp_path / name)
    assert read(files) == read(GOOD)


@pytest.mark.parametrize(
    ("part", "transport", "names"),
    [
        ("web", "socket", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]),
        ("web", "http", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"]),
        ("worker", "socket", ["SLACK_BOT_TOKEN"]),
        ("both", "socket", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]),
    ],
)
def test_what_is_missing_is_said_and_is_no_mistake(part: str, transport: str, names: list[str]) -> None:
    """Empty tokens name what to fill in, for the parts that need them."""
    found = read({"SLACK_TRANSPORT": transport}, part)  # type: ignore[arg-type]
    assert [sentence.partition(" ")[0] for sentence in found.missing] == names
    assert all("fill in" in sentence for sentence in found.missing)


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    """One sentence each, and none of them repeats a secret."""
    bad = {
        "SLACK_BOT_TOKEN": "xapp-secretsecret", "SLACK_APP_TOKEN": "secretsecret", "SLACK_SIGNING_SECRET_FILE": str(tmp_path / "no"),
        "SLACK_TRANSPORT": "carrier pigeon", "SLACK_PORT": "99999", "HEALTH_PORT": "eighty", "SLACK_API_URL": "http://evil.example/",
    }  # fmt: skip
    with pytest.raises(SettingsError) as caught:
        read(bad)
    assert len(caught.value.mistakes) == 7
    assert "secretsecret" not in str(caught.value)


def test_without_tokens_the_process_stays_up_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first task of a new stack starts before the tokens are filled in: healthy, not ready, and clear about it."""
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HEALTH_PORT", "0")
    monkeypatch.setenv("SLIPWAY_STACKS", str(ROOT / "stacks"))
    caplog.set_level(logging.INFO)
    stop, codes = threading.Event(), []
    thread = threading.Thread(target=lambda: codes.append(serve("web", connect(sandbox=False), stop)))
    thread.start()
    try:
        found = None
        for _ in range(1200):
            found = re.search(r"health on port (\d+)", caplog.text)
            if found and "SLACK_BOT_TOKEN is empty" in caplog.text:
                break
            stop.wait(0.05)
        assert found
        base = f"http://127.0.0.1:{found[1]}"
        with _get(f"{base}/healthz") as answer:
            assert answer.read() == b"ok"
        with pytest.raises(urllib.error.HTTPError) as caught:
            _get(f"{base}/readyz")
        assert caught.value.code == 503
        assert "SLACK_BOT_TOKEN" in caught.value.read().decode()
        caught.value.close()
    finally:
        stop.set()
        thread.join(120)
    assert codes == [0]


def test_wrong_settings_end_the_process_with_usage(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Exit code 2, and a sentence for each mistake."""
    monkeypatch.setenv("SLACK_PORT", "x")
    monkeypatch.setenv("HEALTH_PORT", "y")
    assert serve("both", connect(sandbox=False), threading.Event()) == 2
    assert "SLACK_PORT is 'x'" in caplog.text
    assert "HEALTH_PORT is 'y'" in caplog.text


def test_health_answers_two_addresses() -> None:
    """/healthz while it lives, /readyz by what is missing, nothing else."""
    missing: dict[str, str] = {}
    health = Health("127.0.0.1", 0, lambda: Readiness(missing))
    health.start()
    base = f"http://127.0.0.1:{health.port}"
    try:
        with _get(f"{base}/readyz") as answer:
            assert json.load(answer) == {"ready": True, "missing": {}, "warnings": {}}
        for path, code in (("/readyz", 503), ("/", 404)):
            missing["slack"] = "not connected"
            with pytest.raises(urllib.error.HTTPError) as caught:
                _get(base + path)
            assert caught.value.code == code
            caught.value.close()
    finally:
        health.close()


def test_logs_are_json_without_secrets() -> None:
    """Each line carries the release, and tokens are stars wherever they stood."""
    token = logs.RELEASE.set("prod-app-1")
    try:
        record = logging.LogRecord("bot", logging.ERROR, "x.py", 1, "token=%s and %s", ("abc123", "xoxb-1-2-3"), None)
        line = json.loads(logs.JsonFormatter().format(record))
    finally:
        logs.RELEASE.reset(token)
    assert (line["level"], line["release"]) == ("error", "prod-app-1")
    assert "abc123" not in line["message"]
    assert "xoxb-1" not in line["message"]


def test_the_manifest_names_every_command_and_scope() -> None:
    """What is pasted into Slack is what the bot listens to and calls, with nothing that it does not use."""
    manifest = yaml.safe_load(text())
    assert tuple(c["command"] for c in manifest["features"]["slash_commands"]) == COMMANDS
    assert all(c["should_escape"] for c in manifest["features"]["slash_commands"])
    assert tuple(manifest["oauth_config"]["scopes"]["bot"]) == scopes()
    assert set(scopes()) <= set(seed.SCOPES)
    assert manifest["settings"]["socket_mode_enabled"]
    assert "tokens" not in manifest


def test_the_doctor_names_what_is_wrong_in_slack() -> None:
    """Scopes, app token, workspace, channels, groups and people: each line says what to do."""
    with Workspace(seed.default_seed()) as slack:
        settings = Settings(bot_token=slack.bot_token, app_token=slack.app_token, api_url=f"{slack.url}/api/")
        known = facts_of(FakePlatform().facts, slack.seed)
        good = list(of_slack(client(settings), settings, slack_of(slack.seed), known))
        assert [c for c in good if c.result == "failed"] == []
        channels = {c.name: c.id for c in slack.seed.channels}
        import msgspec

        section = Slack(
            team_id="T0000000009",
            app_id="A0000000009",
            default=tuple(channels.values()),
            notify={"prod": "C0000000009"},
        )
        broken = msgspec.structs.replace(
            known, people={"zoe": Person()}, teams={"ops": Team(slack_group="S0000000009")}
        )
        wrong = settings._replace(app_token="xapp-wrongwrong")  # noqa: S106 - nobody's
        bad = {c.name: c for c in of_slack(client(settings), wrong, section, broken)}
        assert bad["workspace"].result == "failed"
        assert bad["app-level token"].result == "failed"
        assert "invite" in bad["channel #general"].text
        assert "archived" in bad["channel #old-deploys"].text
        assert "shared" in bad["channel #partners"].text
        assert bad["channel C0000000009"].result == "failed"
        assert bad["team ops"].result == "failed"
        assert bad["person zoe"].result == "warning"
        wrong = settings._replace(bot_token="xoxb-wrongwrong")  # noqa: S106 - nobody's
        assert [c.name for c in of_slack(client(wrong), wrong, section, known)] == ["bot token"]
        with pytest.raises(NoSlack, match="fill in"):
            identify(client(wrong), wrong.bot_token)
    with pytest.raises(NoSlack, match="does not answer"):
        identify(client(settings, retries=0), settings.bot_token)


class Simulating:
    """IAM and KMS as far as the doctor asks them: everything is allowed but what is named."""

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self.allowed = allowed
        self.asked: set[tuple[str, str]] = set()

    def api(self, service: str) -> Any:
        def call(operation: str, **asked: Any) -> Any:
            if (service, operation) == ("kms", "describe_key"):
                return {"KeyMetadata": {"Arn": "arn:aws:kms:eu-west-1:111122223333:key/1"}}
            self.asked |= {(action, asked["ResourceArns"][0]) for action in asked["ActionNames"]}
            decided = {True: "allowed", False: "implicitDeny"}
            rows = [{"EvalActionName": a, "EvalDecision": decided[self.allowed(a)]} for a in asked["ActionNames"]]
            return {"EvaluationResults": rows}

        return call


RIGHTS = [
    ("worker", set[str](), {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "s3:DeleteObject"}, "ok", "correct"),
    ("worker", {"kms:Sign"}, {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "s3:DeleteObject"}, "failed", "kms:Sign missing, nothing"),
    ("worker", {"s3:PutObject"}, set[str](), "failed", "s3:PutObject missing, dynamodb:DeleteItem"),
    ("worker", {"sts:AssumeRole"}, {"dynamodb:DeleteItem"}, "failed", "sts:AssumeRole (1"),
    ("bot", set[str](), {"dynamodb:PutItem", "dynamodb:UpdateItem", "sts:AssumeRole"}, "ok", "correct"),
    ("bot", {"dynamodb:BatchGetItem"}, {"dynamodb:PutItem"}, "failed", "dynamodb:BatchGetItem missing, dynamodb:UpdateItem"),
]  # fmt: skip


@pytest.mark.parametrize(("role", "lost", "kept_from", "result", "text"), RIGHTS)
def test_the_doctor_asks_iam_for_all_that_a_part_does(
    role: str, lost: set[str], kept_from: set[str], result: str, text: str
) -> None:
    """A right that is missing, signing included, and one that is too much are named; each is asked about its own place."""
    config = read_configuration(ROOT / "stacks")
    iam = Simulating(lambda action: action not in lost | kept_from)
    found = Access(config, facts(config), iam, FakePlatform().queue)
    answer = simulated(found, role)
    assert answer[0] == result
    assert text in answer[1]
    if role == "worker":
        assert ("kms:Sign", "arn:aws:kms:eu-west-1:111122223333:key/1") in iam.asked


@pytest.mark.parametrize("argument", ["--help", "manifest"])
def test_the_command_line_answers_without_slack(argument: str) -> None:
    """Help and manifest need neither tokens nor AWS."""
    run = subprocess.run(
        [sys.executable, "-m", "bot", argument], cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "doctor" in run.stdout or "slash_commands" in run.stdout
