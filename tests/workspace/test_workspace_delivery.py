"""How payloads travel: signatures, three seconds, retries, envelopes, response_url, triggers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from bot.workspace.api.endpoint import UNLIMITED
from bot.workspace.seed import default_seed
from bot.workspace.server import Workspace
from tests.workspace.app import CARD, Json, client_of, modal
from tests.workspace.scripted_app import Scripted, Time

DEPLOYS = "#deploys"
# Seconds: short for tests of what comes too late, and long for an app on a busy machine that is not to come too late.
ACK = 2.0
LATE = (200, "", 2.5 * ACK, dict[str, Any]())


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[Workspace, Scripted, Time]]:
    app, clock = Scripted(), Time()
    with Workspace(
        default_seed(),
        http_url=app.url,
        clock=clock,
        rates=UNLIMITED,
        ack_seconds=ACK,
        retry_seconds=(0.0, 0.01, 0.01),
    ) as workspace:
        yield workspace, app, clock
        workspace.settle()
    app.server.shutdown()
    app.server.server_close()


@pytest.fixture
def played(stage: tuple[Workspace, Scripted, Time]) -> tuple[Workspace, Scripted, Time]:
    stage[0].settle()
    stage[1].got.clear()
    stage[1].answers.clear()
    return stage


Stage = tuple[Workspace, Scripted, Time]


def form(body: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body).items()}


def interaction(body: str) -> Json:
    payload: Json = json.loads(form(body)["payload"])
    return payload


def test_requests_are_signed(played: Stage) -> None:
    """Slack's own verifier accepts the signature with the right secret, and only with that."""
    workspace, app, clock = played
    assert workspace.person("ana").command(DEPLOYS, "/deploy x").ok
    headers, body = app.got[0]
    stamp, signed = headers["X-Slack-Request-Timestamp"], headers["X-Slack-Signature"]
    assert int(stamp) == int(clock())
    assert SignatureVerifier(workspace.signing_secret, clock=_Now(clock)).is_valid(body, stamp, signed)
    assert not SignatureVerifier("0" * 32, clock=_Now(clock)).is_valid(body, stamp, signed)
    assert headers["User-Agent"].startswith("Slackbot 1.0")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


class _Now:
    def __init__(self, clock: Time) -> None:
        self.now = clock


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, "", 0.0, {}), ""),
        ((200, "text", 0.0, {}), ""),
        ((500, "", 0.0, {}), "dispatch_failed"),
        ((404, "", 0.0, {}), "dispatch_failed"),
        ((302, "", 0.0, {"Location": "/elsewhere"}), "dispatch_failed"),
        (LATE, "operation_timeout"),
        ((200, '{"blocks": [{"type": "nope"}]}', 0.0, {}), "invalid_blocks"),
    ],
)
def test_what_counts_as_an_acknowledgement(played: Stage, answer: tuple[int, str, float, Json], error: str) -> None:
    """Only a 200 within the time does; the person sees Slack's error else, and nothing is retried."""
    workspace, app, _ = played
    app.answers = [answer]
    ana = workspace.person("ana")
    result = ana.command(DEPLOYS, "/deploy x")
    assert result.error == error
    assert result.text == (f'/deploy failed with the error "{error}"' if error else "")
    assert len(app.got) == 1


def test_an_app_that_is_not_there(quiet: Workspace) -> None:
    """Without an app every command fails at once, and a modal says that it could not connect."""
    ana = quiet.person("ana")
    assert ana.command(DEPLOYS, "/deploy x").error == "dispatch_failed"


def test_events_are_retried_with_their_reason(played: Stage) -> None:
    """Three more attempts, with a number and why the one before failed, and the same event id."""
    workspace, app, _ = played
    app.answers = [(500, "", 0.0, {}), LATE, (404, "", 0.0, {}), (500, "", 0.0, {})]
    workspace.person("ana").mention(DEPLOYS, "hello")
    workspace.settle()
    tries = [(h.get("X-Slack-Retry-Num"), h.get("X-Slack-Retry-Reason")) for h, _ in app.got]
    assert tries == [(None, None), ("1", "http_error"), ("2", "http_timeout"), ("3", "http_error")]
    assert len({json.loads(body)["event_id"] for _, body in app.got}) == 1
    assert app.got[0][0]["Content-Type"] == "application/json"


def test_an_app_can_ask_for_no_retries(played: Stage) -> None:
    """X-Slack-No-Retry ends it."""
    workspace, app, _ = played
    app.answers = [(500, "", 0.0, {"X-Slack-No-Retry": "1"})]
    workspace.person("ana").mention(DEPLOYS, "hello")
    workspace.settle()
    assert len(app.got) == 1


def command_body(played: Stage) -> dict[str, str]:
    workspace, app, _ = played
    assert workspace.person("ana").command(DEPLOYS, "/deploy x").ok
    return form(app.got[-1][1])


def test_a_response_url_works_five_times(played: Stage) -> None:
    """The sixth use is refused with Slack's error."""
    workspace, _, _ = played
    hook = WebhookClient(command_body(played)["response_url"])
    for number in range(5):
        assert hook.send(text=f"{number}").body == "ok"
    sixth = hook.send(text="6")
    assert (sixth.status_code, json.loads(sixth.body)["error"]) == (404, "used_url")
    assert [m["text"] for m in workspace.person("ana").ephemerals()[-5:]] == list("01234")


def test_a_response_url_lives_thirty_minutes(played: Stage) -> None:
    """It works after 29 minutes and not after 31; a refused body says why and uses nothing up."""
    _, _, clock = played
    hook = WebhookClient(command_body(played)["response_url"])
    clock.now += 29 * 60
    assert hook.send(text="x").status_code == 200
    assert json.loads(hook.send(blocks=[{"type": "nope"}]).body)["error"] == "invalid_blocks"
    assert json.loads(hook.send(text="").body)["error"] == "no_text"
    clock.now += 2 * 60
    assert json.loads(hook.send(text="x").body)["error"] == "expired_url"


def test_response_urls_of_a_click(played: Stage) -> None:
    """They replace or delete the message that was clicked, or post beside it for everybody."""
    workspace, app, _ = played
    ana, client = workspace.person("ana"), client_of(workspace)
    channel = workspace.team.channel_named("deploys")
    assert channel
    client.chat_postMessage(channel=channel.id, text="card", blocks=CARD)
    message = ana.messages(DEPLOYS)[-1]
    assert ana.click(message, "approve").ok
    hook = WebhookClient(interaction(app.got[-1][1])["response_url"])
    hook.send(text="replaced", replace_original=True)
    replaced = ana.messages(DEPLOYS)[-1]
    assert (replaced["ts"], replaced["text"], "blocks" in replaced) == (message["ts"], "replaced", False)
    hook.send(text="beside", response_type="in_channel")
    assert ana.messages(DEPLOYS)[-1]["text"] == "beside"
    hook.send(delete_original=True)
    assert [m for m in ana.messages(DEPLOYS) if m["ts"] == message["ts"]] == []


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(SlackApiError) as error:
        call()
    return str(error.value.response["error"])


def test_a_trigger_opens_one_modal_within_three_seconds(played: Stage) -> None:
    """A second use, a late one and an invented one are refused, each with its own error."""
    workspace, _, clock = played
    client = client_of(workspace)
    first, late = command_body(played)["trigger_id"], command_body(played)["trigger_id"]
    assert client.views_open(trigger_id=first, view=modal())["view"]["type"] == "modal"
    assert refused(lambda: client.views_open(trigger_id=first, view=modal())) == "exchanged_trigger_id"
    clock.now += 3.5
    assert refused(lambda: client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    assert refused(lambda: client.views_open(trigger_id="1.2.x", view=modal())) == "invalid_trigger_id"


def test_the_stack_holds_three_modals(played: Stage) -> None:
    """A fourth push is refused; closing goes one down, and `clear_on_close` closes all."""
    workspace, app, _ = played
    client, ana = client_of(workspace), workspace.person("ana")
    client.views_open(trigger_id=command_body(played)["trigger_id"], view=modal())
    button = {"type": "button", "action_id": "more", "text": {"type": "plain_text", "text": "More"}}
    blocks = [{"type": "actions", "block_id": "b", "elements": [button]}]
    app.answers = []
    for depth in (2, 3):
        client.views_update(view_id=ana.views()[-1]["id"], view=modal(blocks=blocks))
        assert ana.click(ana.views()[-1], "more").ok
        pushed = client.views_push(trigger_id=interaction(app.got[-1][1])["trigger_id"], view=modal(blocks=blocks))
        assert len(ana.views()) == depth
    assert pushed["view"]["previous_view_id"] == ana.views()[1]["id"]
    assert pushed["view"]["root_view_id"] == ana.views()[0]["id"]
    ana.click(ana.views()[-1], "more")
    trigger = interaction(app.got[-1][1])["trigger_id"]
    assert refused(lambda: client.views_push(trigger_id=trigger, view=modal())) == "push_limit_reached"
    ana.close(ana.views()[-1])
    assert len(ana.views()) == 2
    client.views_update(view_id=ana.views()[-1]["id"], view=modal(clear_on_close=True))
    ana.close(ana.views()[-1])
    assert ana.views() == []
    assert interaction(app.got[-1][1])["is_cleared"] is True


def test_who_may_not_act(played: Stage) -> None:
    """A deactivated account does nothing, and nobody clicks in a channel that they don't see."""
    workspace, app, _ = played
    with pytest.raises(Exception, match="deactivated"):
        workspace.person("olga").command(DEPLOYS, "/deploy x")
    with pytest.raises(Exception, match="not in this conversation"):
        workspace.person("ana").say("#platform", "hello")
    with pytest.raises(Exception, match="archived"):
        workspace.person("ana").say("#old-deploys", "hello")
    assert app.got == []


# Socket Mode, with a client that does as it likes
