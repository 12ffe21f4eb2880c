"""A form that Slack does not open: the person is told, with what to type in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.front import Front, FrontParts
from bot.intents import Form
from bot.listeners import actions
from bot.listeners.views.deploy_form import open_form
from bot.replies import ReplyTarget
from bot.web import client
from bot.workspace.server import Workspace
from tests.bot.stage import FRONT, Stage, workspace


@pytest.fixture(scope="module")
def slack() -> Iterator[Workspace]:
    """A local Slack."""
    with workspace() as made:
        yield made


class Refusing:
    """Slack's Web API, of which one method answers an error; nothing else is asked."""

    def __init__(self, error: str, method: str = "views_open") -> None:
        self.error, self.method = error, method
        self.told: list[str] = []

    def _answer(self, name: str) -> dict[str, Any]:
        if name == self.method:
            raise SlackApiError("no", {"ok": False, "error": self.error})
        return {"view": {"id": "V1"}}

    def views_open(self, **_: Any) -> dict[str, Any]:
        return self._answer("views_open")

    def views_update(self, **_: Any) -> dict[str, Any]:
        return self._answer("views_update")


@pytest.fixture
def front(slack: Workspace) -> Iterator[Front]:
    """A front whose answers are kept."""
    stage = Stage(slack)
    platform = stage.platform
    queue = platform.queue.as_(f"{FRONT}:front")
    made = Front(
        FrontParts(platform.facts, stage.slack, platform.log, queue, platform.versions, platform.clock),
        client(stage.settings, retries=0),
        local=True,
    )
    yield made
    made.close()


def told(front: Front, web: Refusing) -> list[str]:
    """What the person reads."""
    front.web = web  # type: ignore[assignment]
    front.replies.tell_now = lambda _where, message: web.told.append(str(message))  # type: ignore[method-assign]
    return web.told


ERRORS = [
    ("expired_trigger_id", "The form came too late"),
    ("exchanged_trigger_id", "The form came too late"),
    ("ratelimited", "Slack limits the bot at the moment"),
    ("internal_error", "Slack did not open the form (internal_error)"),
]
WHERE = ReplyTarget("C1", "U1")


@pytest.mark.parametrize(("error", "says"), ERRORS)
@pytest.mark.parametrize(
    ("filled", "typed"),
    [
        (Form(), "`/deploy app prod`"),
        (Form(service="web", environment="staging", version="9c3ef8a13f13aa"), "`/deploy web staging 9c3ef8a13f13`"),
        (Form(service="web", kind="rollback"), "`/rollback web prod`"),
        (Form(kind="restart"), "`/deploy restart app prod`"),
    ],
)
def test_a_form_that_is_not_opened_is_told_with_what_to_type(
    front: Front, error: str, says: str, filled: Form, typed: str
) -> None:
    """Of each kind, with what was known already."""
    said = told(front, Refusing(error))
    open_form(front, "t", WHERE, "C1", filled)
    front.background.close()
    assert len(said) == 1
    assert said[0].startswith(says)
    assert said[0].endswith(typed)


@pytest.mark.parametrize("method", ["views_open", "views_update"])
def test_details_and_reject_say_it_too(front: Front, method: str) -> None:
    """A press that is acknowledged and shows nothing leaves nobody in the dark."""
    said = told(front, Refusing("ratelimited", method))
    seed = front.slack
    body = {
        "team": {"id": seed.team_id}, "api_app_id": seed.app_id, "user": {"id": "U1", "team_id": seed.team_id},
        "channel": {"id": "C1"}, "trigger_id": "t", "container": {"message_ts": "1.1"},
        "actions": [{"action_id": "details", "value": "prod-app-1.abcdefabcdef.0"}],
    }  # fmt: skip
    front.authorization.refuse = lambda *_: ""  # type: ignore[method-assign]
    actions.look(front, body)
    if method == "views_open":
        actions.press(front, body | {"actions": [{"action_id": "reject", "value": "prod-app-1.abcdefabcdef.0"}]})
    front.background.close()
    assert "`/deploy info prod-app-1`" in said[0] + said[-1]
    assert ("`/deploy reject prod-app-1 because …`" in said[0] + said[-1]) is (method == "views_open")
