"""Signed requests through ``app.dispatch``: each command and each button becomes one request in the queue, or none."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_bolt import BoltResponse

from bot.app import Identity, build
from bot.blocks import button_values, buttons
from bot.front import Front, FrontParts
from bot.signature import Signatures, sign
from bot.transport import answer
from bot.web import client
from bot.workspace.server import Workspace
from generator.release.client import Envelope
from generator.release.model.requests import Decide, Lock, Propose, RollBack, Unlock
from tests.bot.stage import FRONT, Stage, workspace

BINDING = "ab" * 10


class Signed:
    """The app over a real workspace, spoken to as Slack speaks: signed bytes in, an answer out."""

    def __init__(self, slack: Workspace) -> None:
        self.stage = Stage(slack)
        platform = self.stage.platform
        queue, began = platform.queue.as_(f"{FRONT}:front"), self.stage.clock()
        # Time stands still: a slow machine makes no second click of a double one.
        reading = FrontParts(platform.facts, self.stage.slack, platform.log, queue, platform.versions, lambda: began)
        self.front = Front(reading, client(self.stage.settings, retries=0), local=True)
        seed = slack.seed
        identity = Identity({"team_id": seed.team_id, "user_id": seed.app.user_id}, slack.bot_token)
        self.app = build(self.front, identity, signing_secret=slack.signing_secret)
        self.users = {p.handle: p.id for p in seed.people}
        self.channels = {c.name: c.id for c in seed.channels}
        self._secret = slack.signing_secret
        self.signatures = Signatures(slack.signing_secret)
        self._count = 0

    def dispatch(self, body: str, kind: str, *, at: str | None = None, signature: str | None = None) -> BoltResponse:
        """One request."""
        stamp = at or str(int(time.time()))
        headers = {
            "content-type": [kind],
            "x-slack-request-timestamp": [stamp],
            "x-slack-signature": [signature or sign(self._secret, stamp, body.encode())],
        }
        return answer(self.app, self.signatures, body.encode(), headers)

    def number(self) -> str:
        """Something new for ids of Slack."""
        self._count += 1
        return f"{self._count}.{self._count}"

    def command(self, command: str, text: str, **more: str) -> str:
        """The body of a slash command by ana in #deploys."""
        seed = self.stage.workspace.seed
        form = {
            "team_id": seed.team_id, "api_app_id": seed.app.id, "user_id": self.users["ana"],
            "channel_id": self.channels["deploys"], "command": command, "text": text, "trigger_id": self.number(),
            "is_enterprise_install": "false",
        }  # fmt: skip
        return urlencode(form | more)

    def press(self, action: str, value: str, **more: Any) -> str:
        """The body of a click by ben on a card in #deploys."""
        seed = self.stage.workspace.seed
        payload = {
            "type": "block_actions", "team": {"id": seed.team_id}, "api_app_id": seed.app.id,
            "user": {"id": self.users["ben"], "team_id": seed.team_id}, "channel": {"id": self.channels["deploys"]},
            "container": {"type": "message", "message_ts": "1.1", "channel_id": self.channels["deploys"]},
            "trigger_id": self.number(), "is_enterprise_install": False,
            "actions": [{"action_id": action, "block_id": "b", "type": "button", "value": value, "action_ts": self.number()}],
        }  # fmt: skip
        return urlencode({"payload": json.dumps(payload | more)})

    def form(self, body: str) -> BoltResponse:
        """Send what Slack sends as a form."""
        return self.dispatch(body, "application/x-www-form-urlencoded")

    def sent(self) -> list[Envelope]:
        """What is in the queue."""
        return [msgspec.json.decode(text, type=Envelope) for text in self.stage.platform.queue.waiting]


@pytest.fixture(scope="module")
def local() -> Iterator[Workspace]:
    """One workspace for all of them."""
    with workspace() as slack:
        yield slack


@pytest.fixture
def signed(local: Workspace) -> Iterator[Signed]:
    """An app of its own."""
    made = Signed(local)
    yield made
    made.front.close()


COMMANDS: list[tuple[str, str, Callable[[Any], bool]]] = [
    ("/deploy", "app prod", lambda r: isinstance(r, Propose) and r.stack == "prod/service-app" and r.version is None),
    (
        "/deploy",
        "app prod 3f2a5b6c because x",
        lambda r: isinstance(r, Propose) and (r.version, r.reason) == ("3f2a5b6c", "x"),
    ),
    ("/deploy", "apply prod network", lambda r: isinstance(r, Propose) and r.stack == "prod/network"),
    ("/deploy", "promote app staging prod", lambda r: isinstance(r, Propose) and r.promote_from == "staging"),
    ("/deploy", "app prod break glass because fire", lambda r: isinstance(r, Propose) and r.break_glass == "fire"),
    ("/rollback", "app prod", lambda r: isinstance(r, RollBack) and r.release is None),
    ("/rollback", "app prod prod-app-1", lambda r: isinstance(r, RollBack) and r.release == "prod-app-1"),
    (
        "/deploy",
        "cancel prod-app-9",
        lambda r: isinstance(r, Decide) and (r.verdict, r.release) == ("cancel", "prod-app-9"),
    ),
    ("/deploy", "undo prod-app-9", lambda r: isinstance(r, Decide) and r.verdict == "undo"),
    (
        "/deploy",
        "lock prod 2h because x",
        lambda r: isinstance(r, Lock) and (r.scope, r.hours, r.freeze) == ("prod/*", 2.0, False),
    ),
    ("/deploy", "freeze prod because x", lambda r: isinstance(r, Lock) and r.freeze),
    ("/deploy", "unlock prod", lambda r: isinstance(r, Unlock) and r.scope == "prod/*"),
]


@pytest.mark.parametrize(("command", "text", "right"), COMMANDS, ids=[f"{c} {t}" for c, t, _ in COMMANDS])
def test_a_command_is_one_request_however_often_it_arrives(
    signed: Signed, command: str, text: str, right: Callable[[Any], bool]
) -> None:
    """One message with the person's Slack id; a replay is refused, and the same trigger signed anew sends nothing more."""
    body = signed.command(command, text)
    stamp = str(int(time.time()))
    first = signed.dispatch(body, "application/x-www-form-urlencoded", at=stamp)
    # Nothing is said yet: what came of it is.
    assert (first.status, first.body) == (200, "")
    assert signed.dispatch(body, "application/x-www-form-urlencoded", at=stamp).status == 401
    later = str(int(time.time()) - 7)
    assert signed.dispatch(body, "application/x-www-form-urlencoded", at=later).status == 200
    (envelope,) = signed.sent()
    assert right(envelope.request)
    assert envelope.actor == signed.users["ana"]


CLICKS = {
    buttons.APPROVE: "approve", buttons.CANCEL: "cancel", buttons.UNDO: "undo", buttons.RETRY: "undo",
}  # fmt: skip


@pytest.mark.parametrize(("action", "verdict"), CLICKS.items())
def test_a_button_is_one_decision(signed: Signed, action: str, verdict: str) -> None:
    """A click names the release and what was seen; a double click is one."""
    value = button_values.value("prod-app-1", BINDING)
    for _ in range(2):
        assert signed.form(signed.press(action, value)).status == 200
    (envelope,) = signed.sent()
    assert isinstance(envelope.request, Decide)
    assert (envelope.request.verdict, envelope.request.release) == (verdict, "prod-app-1")
    assert envelope.request.binding == BINDING
    assert envelope.actor == signed.users["ben"]


def test_roll_back_and_again_take_what_to_do_from_the_log(signed: Signed) -> None:
    """The button names a release; which stack and version follow from the log, and only while it still runs there."""
    release = "prod-app-1"
    signed.form(signed.press(buttons.ROLL_BACK, button_values.value(release)))
    signed.form(signed.press(buttons.AGAIN, button_values.value(release)))
    back, again = (envelope.request for envelope in signed.sent())
    assert isinstance(back, RollBack)
    assert back.stack == "prod/service-app"
    assert isinstance(again, Propose)
    assert again.version == "1" * 40
    signed.form(signed.press(buttons.ROLL_BACK, button_values.value("prod-app-77")))
    signed.form(signed.press(buttons.SKIP, button_values.value(release, BINDING)))
    signed.form(signed.press(buttons.CONTINUE, button_values.value(release, BINDING)))
    assert len(signed.sent()) == 2


BAD = {
    "a value that is none of ours": lambda s: s.press("approve", "prod-app-1; drop"),
    "another workspace": lambda s: s.press("approve", "prod-app-1", team={"id": "T0000000009"}),
    "a person of another workspace": lambda s: s.press("approve", "prod-app-1", user={"id": s.users["pia"], "team_id": "T0000000009"}),
    "a guest": lambda s: s.press("approve", "prod-app-1", user={"id": s.users["gus"]}),
    "somebody deactivated": lambda s: s.press("approve", "prod-app-1", user={"id": s.users["olga"]}),
    "another channel": lambda s: s.press("approve", "prod-app-1", channel={"id": s.channels["general"]}),
    "a shared channel": lambda s: s.press("approve", "prod-app-1", channel={"id": s.channels["partners"]}),
    "another app": lambda s: s.press("approve", "prod-app-1", api_app_id="A0000000009"),
    "a command of a guest": lambda s: s.command("/deploy", "app prod", user_id=s.users["gus"]),
    "a command elsewhere": lambda s: s.command("/deploy", "app prod", channel_id=s.channels["general"]),
    "a command of another workspace": lambda s: s.command("/deploy", "app prod", team_id="T0000000009"),
    "a command with a typo": lambda s: s.command("/deploy", "ap prod"),
}  # fmt: skip


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
def test_what_is_refused_is_acknowledged_and_sends_nothing(signed: Signed, make: Callable[[Signed], str]) -> None:
    """Slack gets its 200, the person a sentence, and the queue nothing."""
    assert signed.form(make(signed)).status == 200
    assert signed.sent() == []


def test_what_is_not_signed_by_slack_just_now_is_refused(signed: Signed, caplog: pytest.LogCaptureFixture) -> None:
    """Forged, malformed, too old, from the future, replayed: 401, no listener runs, and no body is in the log."""
    kind, now = "application/x-www-form-urlencoded", int(time.time())
    accepted = 0
    for number in range(300):
        body = signed.command("/deploy", "app prod")
        bad = [
            {"signature": "v0=" + f"{number:064x}"}, {"at": "yesterday"}, {"at": str(now - 301)}, {"at": str(now + 400)},
            {"at": "-1"}, {"at": "٣"}, {"at": "9" * 30}, {"signature": "é"}, {"signature": " "},
        ]  # fmt: skip
        answer = signed.dispatch(body, kind, **bad[number % len(bad)])  # type: ignore[arg-type]
        accepted += answer.status != 401
    assert accepted == 0
    assert signed.dispatch("ssl_check=1&token=x", kind, signature="v0=00").status == 401
    assert signed.sent() == []
    assert "trigger_id" not in caplog.text


def test_a_queue_that_is_away_is_reported_at_once(signed: Signed) -> None:
    """The person learns within the three seconds that nothing was asked, and what to do."""
    signed.stage.platform.faults.fail("queue.send")
    answer = signed.form(signed.command("/deploy", "app prod"))
    assert answer.status == 200
    assert "could not be sent" in answer.body
    assert signed.sent() == []


def test_a_fault_of_ours_is_reported_and_asks_nothing(signed: Signed) -> None:
    """A bug in a listener answers the person, and leaves the body out of the answer."""
    signed.front.authorization = None  # type: ignore[assignment]
    answer = signed.form(signed.command("/deploy", "app prod"))
    assert "An error occurred in the bot" in answer.body
    assert signed.form(signed.press("approve", "prod-app-1")).status == 500
    assert signed.sent() == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
FIELDS = (
    "type",
    "team",
    "user",
    "channel",
    "container",
    "view",
    "actions",
    "event",
    "api_app_id",
    "trigger_id",
    "response_url",
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    field=st.sampled_from(FIELDS),
    value=json_values,
    action=st.sampled_from(["approve", "details", "reject", "home-form"]),
)
def test_payloads_of_any_shape_send_nothing(signed: Signed, field: str, value: Any, action: str) -> None:
    """Signed nonsense is refused or answered, sends at most what it would have sent, and kills no thread."""
    before = len(signed.sent())
    body = signed.press(action, button_values.value("prod-app-1", BINDING), **{field: value})
    assert signed.form(body).status in {200, 400, 401, 404}
    after = signed.sent()[before:]
    assert len(after) <= (action == "approve")
