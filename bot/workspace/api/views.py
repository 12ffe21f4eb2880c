"""views.*: modals and App Home. https://docs.slack.dev/reference/methods?family=views."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from bot.workspace import image_files
from bot.workspace.api.call import Call, method
from bot.workspace.api.errors import SlackError, missing, refused
from bot.workspace.blocks.defaults import filled
from bot.workspace.blocks.views import MODAL_STACK, VIEW_BYTES, validate_view
from bot.workspace.change_feed import Home, Modal
from bot.workspace.state import OpenView, fresh_id

if TYPE_CHECKING:
    from bot.workspace.state import Json
    from bot.workspace.team import Team


def checked_view(team: Team, view: Any, kind: str) -> Json:
    """A view that Slack would take, with the ids it gives to blocks.

    Raises:
        SlackError: `invalid_arguments` with all problems, or `view_too_large`.
    """
    if view is None:
        raise missing("view")
    app = team.seed.app
    problems = validate_view(view, kinds=(kind,), refused=app.refused_blocks)
    problems = problems or image_files.problems(team, view["blocks"], app.user_id, "/view/blocks")
    if problems:
        raise refused("invalid_arguments", problems)
    if len(str(view)) > VIEW_BYTES:
        raise SlackError("view_too_large")
    return {**view, "blocks": filled(view["blocks"])}


def _object(team: Team, view: Json, key: str, root: str, previous: str | None) -> Json:
    common: Json = {
        "id": key,
        "team_id": team.seed.team_id,
        "type": view["type"],
        "blocks": view["blocks"],
        "private_metadata": view.get("private_metadata") or "",
        "callback_id": view.get("callback_id") or "",
        "state": {"values": {}},
        "hash": f"{int(team.clock())}.{secrets.token_urlsafe(6)[:8]}",
        "title": filled([view.get("title") or {"type": "plain_text", "text": "View Title"}])[0],
        "clear_on_close": view.get("clear_on_close") or False,
        "notify_on_close": view.get("notify_on_close") or False,
        "close": filled([view["close"]])[0] if view.get("close") else None,
        "submit": filled([view["submit"]])[0] if view.get("submit") else None,
        "previous_view_id": previous,
        "root_view_id": root,
        "app_id": team.seed.app.id,
        "external_id": view.get("external_id") or "",
        "app_installed_team_id": team.seed.team_id,
        "bot_id": team.seed.app.bot_id,
    }
    for name in ("title", "close", "submit"):
        if common[name]:
            common[name].pop("block_id", None)
    return common


def _external_id_free(team: Team, view: Json, key: str = "") -> None:
    external_id = view.get("external_id")
    if external_id and any(v.view["external_id"] == external_id and k != key for k, v in team.state.views.items()):
        raise SlackError("duplicate_external_id")


def open_view(team: Team, user: str, view: Json, channel: str = "") -> Json:
    """Put a checked modal on somebody's stack: the first one, or above the one that is there."""
    stack = team.state.stacks.setdefault(user, [])
    if len(stack) >= MODAL_STACK:
        raise SlackError("push_limit_reached")
    _external_id_free(team, view)
    key = fresh_id(team.state, "V")
    root = team.state.views[stack[0]].view["id"] if stack else key
    made = _object(team, view, key, root, stack[-1] if stack else None)
    team.state.views[key] = OpenView(user=user, view=made, opened_in=channel)
    stack.append(key)
    team.feed.publish(Modal(user))
    return made


def replace_view(team: Team, key: str, view: Json) -> Json:
    """Put a checked view in the place of an open one."""
    held = team.state.views[key]
    _external_id_free(team, view, key)
    held.view = _object(team, view, key, held.view["root_view_id"], held.view["previous_view_id"])
    team.feed.publish(Modal(held.user) if held.view["type"] == "modal" else Home(held.user))
    return held.view


def close_views(team: Team, user: str, keep: int = 0) -> list[Json]:
    """Close somebody's modals above `keep`; those closed, lowest first."""
    stack = team.state.stacks.get(user, [])
    gone = [team.state.views.pop(key).view for key in stack[keep:]]
    team.state.stacks[user] = stack[:keep]
    team.feed.publish(Modal(user))
    return gone


@method("views.open", tier=4)
def views_open(call: Call) -> Json:
    """Open a modal for anyone who interacted."""
    key = call.string("trigger_id") or call.string("interactivity_pointer")
    if not key:
        raise missing("trigger_id")
    view = checked_view(call.team, call.structure("view", "invalid_arguments"), "modal")
    trigger = call.team.triggers.redeem(key)
    if call.team.state.stacks.get(trigger.user) and not trigger.view:
        close_views(call.team, trigger.user)
    return {"view": open_view(call.team, trigger.user, view, trigger.channel)}


@method("views.push", tier=4)
def views_push(call: Call) -> Json:
    """Put a modal above the one that the interaction came from."""
    (key,) = call.required("trigger_id")
    view = checked_view(call.team, call.structure("view", "invalid_arguments"), "modal")
    trigger = call.team.triggers.redeem(key)
    if not call.team.state.stacks.get(trigger.user):
        raise SlackError("invalid_trigger_id")
    return {"view": open_view(call.team, trigger.user, view, trigger.channel)}


@method("views.update", tier=4)
def views_update(call: Call) -> Json:
    """Replace an open view, found by its id or its external id."""
    key, external = call.string("view_id"), call.string("external_id")
    if not key and not external:
        raise missing("view_id")
    found = key or next((k for k, v in call.team.state.views.items() if v.view["external_id"] == external), "")
    held = call.team.state.views.get(found)
    if held is None:
        raise SlackError("not_found")
    view = checked_view(call.team, call.structure("view", "invalid_arguments"), held.view["type"])
    if call.string("hash") and call.string("hash") != held.view["hash"]:
        raise SlackError("hash_conflict", view=held.view)
    return {"view": replace_view(call.team, found, view)}


@method("views.publish", tier=4)
def views_publish(call: Call) -> Json:
    """Put a view into somebody's App Home."""
    (user,) = call.required("user_id")
    team = call.team
    if team.person(user) is None:
        raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] invalid `user_id`"]})
    view = checked_view(team, call.structure("view", "invalid_arguments"), "home")
    key = team.state.homes.get(user)
    if key is None:
        key = fresh_id(team.state, "V")
        team.state.homes[user] = key
        team.state.views[key] = OpenView(user=user, view=_object(team, view, key, key, None))
        team.feed.publish(Home(user))
        return {"view": team.state.views[key].view}
    if call.string("hash") and call.string("hash") != team.state.views[key].view["hash"]:
        raise SlackError("hash_conflict", view=team.state.views[key].view)
    return {"view": replace_view(team, key, view)}
