"""auth.test, apps.connections.open, team.info, blocks.validate, api.test: the app and its workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.workspace.api.call import Call, method
from bot.workspace.api.errors import SlackError
from bot.workspace.blocks.validate import validate_blocks
from bot.workspace.blocks.views import validate_view

if TYPE_CHECKING:
    from bot.workspace.blocks.checks import Problem
    from bot.workspace.state import Json


@method("api.test", tier=4, without_token=True)
def api_test(call: Call) -> Json:
    """Returns the arguments of the call."""
    given = {name: value for name, value in call.args.items() if name != "token"}
    if call.string("error"):
        raise SlackError(call.string("error"), args=given)
    return {"args": given} if given else {}


@method("auth.test", tier=0)
def auth_test(call: Call) -> Json:
    """Whose token this is."""
    seed = call.team.seed
    return {
        "url": f"https://{seed.domain}.slack.com/",
        "team": seed.name,
        "user": seed.app.handle,
        "team_id": seed.team_id,
        "user_id": seed.app.user_id,
        "bot_id": seed.app.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", "connections:write", tier=1, app_level=True)
def connections_open(call: Call) -> Json:
    """A WebSocket address for Socket Mode, good for one connection."""
    return {"url": call.team.new_link()}


@method("team.info", "team:read", tier=3)
def team(call: Call) -> Json:
    """The workspace."""
    seed = call.team.seed
    icon = {f"image_{size}": f"{call.team.url}/avatars/{seed.team_id}.svg" for size in (34, 44, 68, 88, 102, 132)}
    return {
        "team": {
            "id": seed.team_id,
            "name": seed.name,
            "url": f"https://{seed.domain}.slack.com/",
            "domain": seed.domain,
            "email_domain": "",
            "icon": {**icon, "image_default": True},
            "avatar_base_url": "https://ca.slack-edge.com/",
            "is_verified": False,
        }
    }


def _from_root(problems: tuple[Problem, ...], root: str) -> list[Json]:
    return [p.plain() | {"pointer": p.pointer.removeprefix(root) or "/"} for p in problems]


@method("blocks.validate", tier=4)
def blocks_validate(call: Call) -> Json:
    """Check blocks, a message or a view without sending them. Pointers start at what was given."""
    given = [name for name in ("blocks", "message", "view") if call.args.get(name) not in (None, "")]
    if len(given) != 1:
        lines = ["[ERROR] provide exactly one of blocks, message, view"]
        raise SlackError("invalid_arguments", response_metadata={"messages": lines})
    value = call.structure(given[0], "invalid_json")
    refused = call.team.seed.app.refused_blocks
    match given[0]:
        case "blocks":
            errors = _from_root(validate_blocks(value, refused=refused), "/blocks")
        case "view":
            errors = _from_root(validate_view(value, refused=refused), "/view")
        case _:
            blocks = value.get("blocks", []) if isinstance(value, dict) else None
            errors = _from_root(validate_blocks(blocks, refused=refused), "")
    if errors:
        raise SlackError(f"invalid_{given[0]}", errors=errors)
    return {}
