"""Buttons. Each sends one decision. Its effect follows from the log when the worker reads it."""

import re
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltResponse

from bot.answers import unlike_the_card
from bot.authorization import Origin, UserRequest, What, origin
from bot.blocks import button_values, buttons, modals
from bot.front import Front
from bot.listeners.modal_openings import open_modal, update_modal
from bot.listeners.queries import ask_logs
from bot.listeners.release_again import NOT_THERE, again, back_from, runs
from bot.replies import ReplyTarget
from generator.release.errors import ReleaseError
from generator.release.model.requests import Decide
from generator.release.model.states import RollingBack
from generator.release.scope_names import call_scope

_UNKNOWN = "This release is not in the log. See `/deploy status`."
DOUBLE = 2.0  # seconds in which the same person's same click is the same click
Make = Callable[[Front, button_values.Pressed, str], UserRequest | str]


def register(app: App, front: Front, me: str) -> None:
    """Register the listeners of every button that names a release."""
    del me

    def pressed(body: dict[str, Any], ack: Ack) -> BoltResponse:
        press(front, body)
        return ack()

    def looked(body: dict[str, Any], ack: Ack) -> BoltResponse:
        look(front, body)
        return ack()

    def read(body: dict[str, Any], ack: Ack) -> BoltResponse:
        logs(front, body)
        return ack()

    app.action(re.compile("|".join(map(re.escape, (*_MAKES, buttons.REJECT)))))(pressed)
    app.action(re.compile(f"{buttons.DETAILS}|page-back|page-on"))(looked)
    app.action(buttons.LOGS)(read)
    # Slack opens the address by itself, and tells of the press (Block Kit: button element, url).
    app.action(buttons.COMPARE)(lambda ack: ack())


def press(front: Front, body: dict[str, Any]) -> None:
    """Handle a button that decides."""
    action = (body.get("actions") or [{}])[0]
    found, name = origin(body), str(action.get("action_id", ""))
    where = front.whisper(body, found)
    pressed = button_values.pressed(action.get("value"))
    if pressed is None:
        front.replies.tell(where, "This button is out of date. See `/deploy status`.")
        return
    if not front.seen.first(f"click {found.user} {name} {action.get('value')} {_message(body)}", DOUBLE):
        return
    what: What = "ask" if name in {buttons.ROLL_BACK, buttons.AGAIN} else "decide"
    why = front.authorization.refuse(found, what, front.authorization.environments_of(pressed.release))
    if why:
        front.replies.tell(where, f"Refused: {why}.")
        return
    if name == buttons.REJECT:
        _ask_why(front, body, found, str(action.get("value")), where)
        return
    id_ = button_values.request(
        name, found.team, found.user, _message(body), str(action.get("action_ts", "")), pressed.release
    )
    try:
        made = _MAKES[name](front, pressed, id_)
    except ReleaseError as error:
        made = f"The release could not be read: {error}. Try again in a moment."
    failed = made if isinstance(made, str) else front.send(made, where, render=unlike_the_card)
    if failed:
        front.replies.tell(where, failed)


def _message(body: dict[str, Any]) -> str:
    container = body.get("container") or {}
    return str(container.get("message_ts") or container.get("view_id") or "")


def _ask_why(front: Front, body: dict[str, Any], found: Origin, value: str, where: ReplyTarget) -> None:
    private = modals.metadata(channel=found.channel, release=value, message=_message(body))
    pressed = button_values.pressed(value)
    name = pressed.release if pressed is not None else ""
    trigger = str(body.get("trigger_id", ""))
    typed = f"`/deploy reject {name} because …`"
    front.background.do(lambda: open_modal(front, trigger, modals.rejection(name, private), where, typed))


# --- what each button asks for


def _decide(verdict: Any, reason: str = "") -> Make:
    def make(front: Front, pressed: button_values.Pressed, id_: str) -> UserRequest | str:
        del front
        return Decide(id=id_, release=pressed.release, verdict=verdict, binding=pressed.seen, reason=reason)

    return make


def _skip(front: Front, pressed: button_values.Pressed, id_: str) -> UserRequest | str:
    """Skip the resources that the card named. The names come from the log, and must be those that were shown."""
    release = front.client.release(pressed.release)
    state = release.state if release is not None else None
    if not isinstance(state, RollingBack) or button_values.mark(*state.stuck) != pressed.seen:
        return "The resources that failed have changed since you saw them. Look at the card again."
    return Decide(id=id_, release=pressed.release, verdict="undo", skip=state.stuck)


def _gate(verdict: Any) -> Make:
    def make(front: Front, pressed: button_values.Pressed, id_: str) -> UserRequest | str:
        release = front.client.release(pressed.release)
        hook = release.progress.hook if release is not None else ""
        if not hook or button_values.mark(hook) != pressed.seen:
            return "The rollout is no longer waiting at this gate. Look at the card again."
        return Decide(id=id_, release=pressed.release, verdict=verdict, hook=hook if verdict == "continue" else "")

    return make


def _roll_back(front: Front, pressed: button_values.Pressed, id_: str) -> UserRequest | str:
    release = front.client.release(pressed.release)
    if release is None:
        return _UNKNOWN
    return back_from(release, id_) if runs(front, release) else NOT_THERE.format(call_scope(release.stack.key))


def _again(front: Front, pressed: button_values.Pressed, id_: str) -> UserRequest | str:
    release = front.client.release(pressed.release)
    return again(front, release, id_) if release is not None else _UNKNOWN


_MAKES: dict[str, Make] = {
    buttons.APPROVE: _decide("approve"),
    buttons.CANCEL: _decide("cancel"),
    buttons.UNDO: _decide("undo"),
    buttons.RETRY: _decide("undo", "retry"),
    buttons.SKIP: _skip,
    buttons.CONTINUE: _gate("continue"),
    buttons.CLOSE_GATE: _gate("undo"),
    buttons.ROLL_BACK: _roll_back,
    buttons.AGAIN: _again,
}


# --- what is only looked at


def logs(front: Front, body: dict[str, Any]) -> None:
    """Show the last lines of the release's service to one person."""
    action = (body.get("actions") or [{}])[0]
    found = origin(body)
    pressed, where = button_values.pressed(action.get("value")), front.whisper(body, found)
    why = front.authorization.refuse(found, "look")
    if pressed is None or why:
        front.replies.tell(where, f"Refused: {why}." if why else "This button is out of date. See `/deploy status`.")
        return
    id_ = button_values.request("logs", found.team, found.user, _message(body), str(action.get("action_ts", "")))
    front.background.do(lambda: _ask_logs(front, pressed.release, id_, where))


def _ask_logs(front: Front, release_id: str, id_: str, where: ReplyTarget) -> None:
    release = front.client.release(release_id)
    told = _UNKNOWN
    if release is not None:
        told = ask_logs(front, release.stack.key, id_, where)
    if told:
        front.replies.tell(where, told)


def look(front: Front, body: dict[str, Any]) -> None:
    """Open the details, or turn their page."""
    action = (body.get("actions") or [{}])[0]
    found = origin(body)
    pressed = button_values.pressed(action.get("value"))
    if pressed is None:
        return
    view = body.get("view") or {}
    where = front.whisper(body, found)
    why = front.authorization.refuse(found, "look")
    if why:
        front.replies.tell(where, f"Refused: {why}.")
        return
    trigger, turned = str(body.get("trigger_id", "")), view.get("callback_id") == modals.DETAILS
    front.background.do(lambda: _details(front, pressed, where, trigger, str(view.get("id", "")) if turned else ""))


def _details(front: Front, pressed: button_values.Pressed, where: ReplyTarget, trigger: str, view: str) -> None:
    private = modals.metadata(channel=where.channel)
    typed = f"`/deploy info {pressed.release}`, or in a terminal `slipway diff {pressed.release}`"
    view = view or open_modal(front, trigger, modals.loading("Details", modals.DETAILS, private), where, typed)
    if not view:
        return
    release = front.client.release(pressed.release)
    whole = (
        modals.details(release, pressed.page, private)
        if release is not None
        else modals.message_modal("Details", _UNKNOWN)
    )
    update_modal(front, view, whole, where, typed)
