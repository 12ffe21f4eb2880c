"""App Home: updated when somebody opens it or asks for it."""

from typing import Any

from slack_bolt import Ack, App, BoltResponse

from bot.authorization import origin
from bot.blocks import home
from bot.front import Front
from bot.intents import Form, FormKind
from bot.listeners.queries import home as seen_by
from bot.listeners.views.deploy_form import open_form
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

    def asks(body: dict[str, Any], ack: Ack) -> BoltResponse:
        return form(body, ack, "deploy")

    def restarts(body: dict[str, Any], ack: Ack) -> BoltResponse:
        return form(body, ack, "restart")

    def form(body: dict[str, Any], ack: Ack, kind: FormKind) -> BoltResponse:
        found = origin(body)
        if not front.authorization.refuse(found, "look"):
            # Asked from here, a release is asked for in the first channel that this person could use.
            channel = next(iter(_channels(front)), "")
            open_form(front, str(body.get("trigger_id", "")), channel, Form(kind=kind))
        return ack()

    app.event("app_home_opened")(opened)
    app.action(home.REFRESH)(refreshed)
    app.action(home.BEFORE)(turned)
    app.action(home.AFTER)(turned)
    app.action(home.FORM)(asks)
    app.action(home.RESTART)(restarts)


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
