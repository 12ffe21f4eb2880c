"""App Home: updated when somebody opens it or asks for it."""

from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltResponse

from bot.authorization import origin
from bot.blocks import home
from bot.front import Front
from bot.intents import Form, FormKind
from bot.listeners.queries import home as seen_by
from bot.listeners.views.deploy_form import open_form, unlock_form
from generator.release.errors import ReleaseError


def register(app: App, front: Front, me: str) -> None:
    """Listen to App Home and its buttons."""
    del me

    def opened(body: dict[str, Any], event: dict[str, Any], ack: Ack) -> BoltResponse:
        if event.get("tab", "home") == "home":
            front.background.do(lambda: publish(front, body))
        return ack()

    def refreshed(body: dict[str, Any], ack: Ack) -> BoltResponse:
        front.background.do(lambda: publish(front, body))
        return ack()

    def turned(body: dict[str, Any], ack: Ack) -> BoltResponse:
        to = home.page(str((body.get("actions") or [{}])[0].get("value", "")))
        front.background.do(lambda: publish(front, body, to))
        return ack()

    def unlocks(body: dict[str, Any], ack: Ack) -> BoltResponse:
        found = origin(body)
        scope = str((body.get("actions") or [{}])[0].get("value", ""))
        if not front.authorization.refuse(found, "look"):
            unlock_form(front, str(body.get("trigger_id", "")), front.whisper({}, found), scope)
        return ack()

    def asks(kind: FormKind) -> Callable[[dict[str, Any], Ack], BoltResponse]:
        def form(body: dict[str, Any], ack: Ack) -> BoltResponse:
            _form(front, body, kind)
            return ack()

        return form

    app.event("app_home_opened")(opened)
    app.action(home.REFRESH)(refreshed)
    app.action(home.BEFORE)(turned)
    app.action(home.AFTER)(turned)
    app.action(home.FORM)(asks("deploy"))
    app.action(home.RESTART)(asks("restart"))
    app.action(home.ROLL_BACK)(asks("rollback"))
    app.action(home.UNLOCK)(unlocks)


def _form(front: Front, body: dict[str, Any], kind: FormKind) -> None:
    """Open a form. Asked from here, a release is asked for in the first channel that this person could use."""
    found = origin(body)
    if not front.authorization.refuse(found, "look"):
        channel = next(iter(_channels(front)), "")
        open_form(front, str(body.get("trigger_id", "")), front.whisper({}, found), channel, Form(kind=kind))


def _channels(front: Front) -> list[str]:
    return [channel for name in front.facts.environments for channel in front.slack.allowed(name)]


def publish(front: Front, body: dict[str, Any], page: home.Page = home.Page()) -> None:  # noqa: B008 - immutable
    """Update App Home for one person, turned to a page."""
    found = origin(body)._replace(channel="")
    why = front.authorization.refuse(found, "look")
    if why:
        view = home.refused(why)
    else:
        try:
            view = home.view(seen_by(front, found.user)._replace(page=page), front.facts, front.clock())
        except ReleaseError as error:
            view = home.refused(f"the log can't be read: {error}")
    front.web.views_publish(user_id=found.user, view=view)
