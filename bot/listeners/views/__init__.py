"""Modals that were submitted: the deploy form, the reason of a rejection, and of an unlock."""

from typing import Any

from slack_bolt import Ack, App, BoltResponse

from bot.authorization import Origin, origin
from bot.blocks import button_values, modals
from bot.evidence import slack_act
from bot.front import Front
from bot.replies import ReplyTarget
from generator.catalog import stack_names
from generator.errors import UsageError
from generator.release.model.requests import Decide, Propose, RestartService, RollBack, Unlock


def register(app: App, front: Front, me: str) -> None:
    """Register the listeners of the deploy form and of the rejection form."""
    del me

    def submitted(body: dict[str, Any], ack: Ack) -> BoltResponse:
        errors = form(front, body)
        return ack(response_action="errors", errors=errors) if errors else ack()

    def rejected(body: dict[str, Any], ack: Ack) -> BoltResponse:
        errors = reject(front, body)
        return ack(response_action="errors", errors=errors) if errors else ack()

    def unlocked(body: dict[str, Any], ack: Ack) -> BoltResponse:
        errors = unlock(front, body)
        return ack(response_action="errors", errors=errors) if errors else ack()

    app.view(modals.UNLOCK)(unlocked)
    app.view(modals.FORM)(submitted)
    app.view(modals.REJECT)(rejected)


def _opened(front: Front, body: dict[str, Any]) -> tuple[Origin, dict[str, str], ReplyTarget]:
    """Who submitted, what the modal knew, and where the answer goes. Its channel is checked again, like any other."""
    view = body.get("view") or {}
    known = modals.known(view.get("private_metadata"))
    found = origin(body)._replace(channel=known.get("channel", ""))
    return found, known, front.whisper({}, found)._replace(act=slack_act(body))


def _values(body: dict[str, Any]) -> dict[str, str]:
    state = ((body.get("view") or {}).get("state") or {}).get("values") or {}
    found = {}
    for block in state.values():
        for action, value in block.items():
            option = value.get("selected_option") or {}
            found[action] = str(option.get("value") or value.get("value") or "")
    return found


def form(front: Front, body: dict[str, Any]) -> dict[str, str]:
    """Ask for a release or a restart; errors by block, {} if it was asked for."""
    found, known, where = _opened(front, body)
    values = _values(body)
    environment, reason = values.get("environment", ""), values.get("reason", "").strip()[:900]
    try:
        key = stack_names.stack(front.facts, environment, values.get("service", "")).ref.key
        version = (
            None if values.get("version") in {modals.NEWEST, "", None} else stack_names.version(values.get("version"))
        )
    except UsageError as error:
        return {"service": str(error)[:500]}
    why = front.authorization.refuse(found, "ask", (environment,))
    if why:
        return {"environment": f"Refused: {why}."}
    view = body.get("view") or {}
    id_ = button_values.request("form", found.team, found.user, str(view.get("id", "")), str(view.get("hash", "")))
    kind = known.get("kind")
    if kind == "restart":
        failed = front.send(RestartService(id=id_, stack=key, reason=reason), where)
    else:
        ask = RollBack if kind == "rollback" else Propose
        failed = front.send(ask(id=id_, stack=key, version=version, reason=reason), where)
    return {"service": failed} if failed else {}


def reject(front: Front, body: dict[str, Any]) -> dict[str, str]:
    """Reject with a reason."""
    found, known, where = _opened(front, body)
    pressed = button_values.pressed(known.get("release"))
    if pressed is None:
        return {"reason": "This form is out of date; press Reject again."}
    why = front.authorization.refuse(found, "decide", front.authorization.environments_of(pressed.release))
    if why:
        return {"reason": f"Refused: {why}."}
    id_ = button_values.request("reject", found.team, found.user, str((body.get("view") or {}).get("id", "")))
    reason = _values(body).get("reason", "").strip()[:900]
    failed = front.send(
        Decide(id=id_, release=pressed.release, verdict="reject", binding=pressed.seen, reason=reason), where
    )
    return {"reason": failed} if failed else {}


def unlock(front: Front, body: dict[str, Any]) -> dict[str, str]:
    """Remove a lock, with a reason."""
    found, known, where = _opened(front, body)
    scope = known.get("scope", "")
    why = front.authorization.refuse(found, "ask", (scope.partition("/")[0],))
    if why:
        return {"reason": f"Refused: {why}."}
    id_ = button_values.request("unlock", found.team, found.user, str((body.get("view") or {}).get("id", "")))
    failed = front.send(Unlock(id=id_, scope=scope, reason=_values(body).get("reason", "").strip()[:900]), where)
    return {"reason": failed} if failed else {}
