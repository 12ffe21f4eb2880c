"""users.*, usergroups.*, bots.info: who is who.

https://docs.slack.dev/reference/methods?family=users and …?family=usergroups
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.workspace import objects
from bot.workspace.api.call import Call, method
from bot.workspace.api.conversations import READ, listed
from bot.workspace.api.errors import SlackError

if TYPE_CHECKING:
    from bot.workspace.seed import PersonSeed
    from bot.workspace.state import Json


def _shown(call: Call, person: PersonSeed) -> Json:
    team = call.team
    return objects.person_object(person, team.seed, team.url, email="users:read.email" in call.scopes)


def _user(call: Call, user: str) -> Json:
    person = call.team.person(user)
    if person is not None:
        return _shown(call, person)
    if user == call.team.seed.app.user_id:
        return objects.bot_user_object(call.team.seed, call.team.url)
    raise SlackError("user_not_found")


@method("users.info", "users:read", tier=4)
def info(call: Call) -> Json:
    """One person or the bot."""
    (user,) = call.required("user")
    return {"user": _user(call, user)}


@method("users.list", "users:read", tier=2)
def users_list(call: Call) -> Json:
    """Everybody of this workspace and those known through shared channels, the bot included."""
    people = [_shown(call, person) for person in call.team.seed.people]
    people.append(objects.bot_user_object(call.team.seed, call.team.url))
    page, more = call.page(people, default=len(people))
    return {"members": page, "cache_ts": int(call.team.clock()), **more}


@method("users.lookupByEmail", "users:read.email", tier=3)
def lookup(call: Call) -> Json:
    """Somebody by their address; deactivated accounts and other workspaces' people are not found."""
    (email,) = call.required("email")
    for person in call.team.seed.people:
        if person.email == email.lower() and not person.deleted and not person.team:
            return {"user": _shown(call, person)}
    raise SlackError("users_not_found")


@method("users.conversations", *READ, tier=3)
def conversations(call: Call) -> Json:
    """The conversations that a person or the bot is in."""
    user = call.string("user") or call.team.seed.app.user_id
    _user(call, user)
    inside = [channel for channel in call.team.state.channels.values() if user in channel.members]
    page, more = call.page(listed(call, inside))
    return {"channels": page, **more}


@method("users.getPresence", "users:read", tier=3)
def presence(call: Call) -> Json:
    """Every person is active."""
    _user(call, call.string("user") or call.team.seed.app.user_id)
    return {"presence": "active"}


@method("users.profile.get", "users.profile:read", tier=4)
def profile(call: Call) -> Json:
    """A person's profile."""
    return {"profile": _user(call, call.string("user") or call.team.seed.app.user_id)["profile"]}


@method("bots.info", "users:read", tier=3)
def bot(call: Call) -> Json:
    """The app's bot."""
    if call.string("bot", call.team.seed.app.bot_id) != call.team.seed.app.bot_id:
        raise SlackError("bot_not_found")
    shown = objects.bot_profile(call.team.seed, call.team.url)
    return {"bot": {k: v for k, v in shown.items() if k != "team_id"}}


@method("usergroups.list", "usergroups:read", tier=2)
def groups(call: Call) -> Json:
    """The user groups."""
    users, count = call.flag("include_users"), call.flag("include_count")
    shown = [
        objects.group_object(group, call.team.seed, call.team.state, users=users, count=count)
        for group in call.team.seed.groups
    ]
    return {"usergroups": shown}


@method("usergroups.users.list", "usergroups:read", tier=2)
def group_members(call: Call) -> Json:
    """The user ids of a group."""
    (group,) = call.required("usergroup")
    if group not in call.team.state.groups:
        raise SlackError("no_such_subteam")
    return {"users": list(call.team.state.groups[group])}
