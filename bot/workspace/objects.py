"""Slack's objects as its API returns them: users, conversations, bots, files.

Shapes: https://docs.slack.dev/reference/objects
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.workspace.seed import identifier

if TYPE_CHECKING:
    from bot.workspace.seed import GroupSeed, PersonSeed, Seed
    from bot.workspace.state import Channel, Json, StoredFile, WorkspaceState

COLORS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "e0a729", "684b6c")
PICTURES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}
SIZES = (24, 32, 48, 72, 192, 512)


def _images(url: str, user: str) -> Json:
    return {f"image_{size}": f"{url}/avatars/{user}.svg" for size in SIZES}


def _profile(person: PersonSeed, seed: Seed, url: str) -> Json:
    first, _, last = person.name.partition(" ")
    return {
        "title": person.title,
        "phone": "",
        "skype": "",
        "real_name": person.name,
        "real_name_normalized": person.name,
        "display_name": person.handle,
        "display_name_normalized": person.handle,
        "fields": None,
        "status_text": "",
        "status_emoji": "",
        "status_emoji_display_info": [],
        "status_expiration": 0,
        "avatar_hash": person.id[-10:].lower(),
        "first_name": first,
        "last_name": last,
        **_images(url, person.id),
        "status_text_canonical": "",
        "team": seed.team_of(person),
    }


def person_object(person: PersonSeed, seed: Seed, url: str, *, email: bool) -> Json:
    """A person as `users.info` gives them. The address is there only for a token with `users:read.email`."""
    profile = _profile(person, seed, url)
    if email and not person.team:
        profile["email"] = person.email
    head: Json = {"id": person.id, "team_id": seed.team_of(person), "name": person.handle, "deleted": person.deleted}
    if person.deleted:
        return {**head, "profile": profile, "is_bot": False, "is_app_user": False, "updated": 0}
    body: Json = {
        "color": COLORS[sum(person.id.encode()) % len(COLORS)],
        "real_name": person.name,
        "tz": person.zone,
        "tz_label": person.zone.rpartition("/")[2],
        "tz_offset": person.seconds_east,
        "profile": profile,
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted or person.is_ultra_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_bot": False,
        "is_app_user": False,
        "updated": 0,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }
    return {**head, **body, **({"is_stranger": True} if person.team else {})}


def bot_user_object(seed: Seed, url: str) -> Json:
    """The bot user as `users.info` gives it."""
    app = seed.app
    return {
        "id": app.user_id,
        "team_id": seed.team_id,
        "name": app.handle,
        "deleted": False,
        "color": "2a9d8f",
        "real_name": app.name,
        "tz": "America/Los_Angeles",
        "tz_label": "Pacific Standard Time",
        "tz_offset": -28800,
        "profile": {
            "title": "",
            "phone": "",
            "skype": "",
            "real_name": app.name,
            "real_name_normalized": app.name,
            "display_name": "",
            "display_name_normalized": "",
            "fields": {},
            "status_text": "",
            "status_emoji": "",
            "status_emoji_display_info": [],
            "status_expiration": 0,
            "avatar_hash": app.bot_id[-10:].lower(),
            "api_app_id": app.id,
            "always_active": True,
            "bot_id": app.bot_id,
            "first_name": app.name,
            "last_name": "",
            **_images(url, app.user_id),
            "status_text_canonical": "",
            "team": seed.team_id,
        },
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": True,
        "is_app_user": False,
        "updated": 0,
        "is_email_confirmed": False,
        "who_can_share_contact_card": "EVERYONE",
    }


def bot_profile(seed: Seed, url: str) -> Json:
    """The part of an app's message that says whose it is."""
    app = seed.app
    return {
        "id": app.bot_id,
        "deleted": False,
        "name": app.name,
        "updated": 0,
        "app_id": app.id,
        "user_id": app.user_id,
        "icons": {f"image_{size}": f"{url}/avatars/{app.user_id}.svg" for size in (36, 48, 72)},
        "team_id": seed.team_id,
    }


def channel_object(channel: Channel, seed: Seed, *, members: bool = False) -> Json:
    """A conversation as `conversations.info` gives it; `members` adds `num_members`."""
    bot = seed.app.user_id
    common: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_im": bool(channel.im_with),
        "is_org_shared": False,
        "context_team_id": seed.team_id,
        "updated": channel.created * 1000,
    }
    if channel.im_with:
        return {**common, "user": channel.im_with, "is_user_deleted": False, "priority": 0}
    partner = identifier("T", channel.shared_with) if channel.shared_with else ""
    result: Json = {
        **common,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private,
        "is_mpim": False,
        "is_private": channel.private,
        "is_general": channel.name == "general",
        "unlinked": 0,
        "is_shared": bool(partner),
        "is_ext_shared": bool(partner),
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "shared_team_ids": [seed.team_id, *([partner] if partner else [])],
        "connected_team_ids": [partner] if partner else [],
        "parent_conversation": None,
        "creator": seed.people[0].id if seed.people else bot,
        "is_member": bot in channel.members,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
        "previous_names": [],
    }
    return {**result, **({"num_members": len(channel.members)} if members else {})}


def group_object(
    group: GroupSeed, seed: Seed, state: WorkspaceState, *, users: bool = False, count: bool = False
) -> Json:
    """A user group as `usergroups.list` gives it."""
    members = state.groups[group.id]
    result: Json = {
        "id": group.id,
        "team_id": seed.team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": group.description,
        "handle": group.handle,
        "is_external": False,
        "date_create": 0,
        "date_update": 0,
        "date_delete": 0,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": seed.people[0].id if seed.people else "",
        "updated_by": seed.people[0].id if seed.people else "",
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
    }
    if users:
        result["users"] = list(members)
    if count:
        result["user_count"] = len(members)
    return result


def file_object(file: StoredFile, seed: Seed, url: str) -> Json:
    """A file as messages and `files.info` give it."""
    extension = file.name.rpartition(".")[2].lower() if "." in file.name else "text"
    text = extension in {"text", "txt", "json", "yaml", "yml", "md", "log", "diff", "csv", "py"}
    kind = "text/plain" if text else PICTURES.get(extension, "application/octet-stream")
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": kind,
        "filetype": "text" if extension == "txt" else extension,
        "pretty_type": "Plain Text" if text else extension.upper(),
        "user": file.user or seed.app.user_id,
        "user_team": seed.team_id,
        "editable": text,
        "size": file.length,
        "mode": "snippet" if text else "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(file.shared),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": url_private(file, seed, url),
        "url_private_download": f"{url}/files-pri/{seed.team_id}-{file.id}/download/{_quoted(file.name)}",
        "permalink": permalink(file, seed, url),
        "permalink_public": f"{url}/files-pub/{file.id}",
        "channels": list(file.shared),
        "groups": [],
        "ims": [],
        "has_rich_preview": False,
        "file_access": "visible",
        **({"alt_txt": file.alt_text} if file.alt_text else {}),
    }


def url_private(file: StoredFile, seed: Seed, url: str) -> str:
    """Where an app gets a file's bytes, with its token."""
    return f"{url}/files-pri/{seed.team_id}-{file.id}/{_quoted(file.name)}"


def permalink(file: StoredFile, seed: Seed, url: str) -> str:
    """The address of a file in the workspace."""
    return f"{url}/files/{file.user or seed.app.user_id}/{file.id}/{_quoted(file.name)}"


def _quoted(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
