"""files.*: uploads in three steps (ask for an address, send the bytes there, complete).

https://docs.slack.dev/messaging/working-with-files#upload
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bot.workspace import objects
from bot.workspace.api.call import Call, method
from bot.workspace.api.chat import checked_blocks, into_thread
from bot.workspace.api.errors import SlackError
from bot.workspace.state import StoredFile, fresh_id

if TYPE_CHECKING:
    from bot.workspace.state import Channel, Json

LARGEST = 32 * 1024 * 1024  # bytes; Slack's own limit is a gigabyte, and memory is not a disk


@method("files.getUploadURLExternal", "files:write", tier=4)
def ask(call: Call) -> Json:
    """An address to send a file's bytes to."""
    filename, length = call.required("filename", "length")
    if not length.isdecimal() or int(length) < 1:
        raise SlackError("invalid_arguments")
    if int(length) > LARGEST:
        raise SlackError("file_upload_size_restricted")
    file = StoredFile(
        id=fresh_id(call.team.state, "F"),
        name=filename,
        length=int(length),
        ticket=secrets.token_urlsafe(24),
        alt_text=call.string("alt_txt"),
        user=call.team.seed.app.user_id,
        created=int(call.team.clock()),
    )
    call.team.state.files[file.id] = file
    return {"upload_url": f"{call.team.url}/upload/v1/{file.ticket}", "file_id": file.id}


def _where(call: Call) -> list[Channel]:
    names = [call.string("channel_id"), *call.string("channels").split(",")]
    found = []
    for name in filter(None, names):
        channel = call.team.state.channels.get(name)
        if channel is None and call.team.person(name):
            channel = call.team.direct(name)
        if channel is None:
            raise SlackError("channel_not_found")
        if call.team.seed.app.user_id not in channel.members:
            raise SlackError("not_in_channel")
        if channel.archived:
            raise SlackError("is_archived")
        found.append(channel)
    return found


def _wanted(call: Call) -> list[StoredFile]:
    given = call.structure("files", "invalid_arguments")
    if not isinstance(given, list) or not given or not all(isinstance(f, dict) for f in given):
        raise SlackError("invalid_arguments")
    found = []
    for entry in given:
        file = call.team.state.files.get(str(entry.get("id")))
        if file is None or not file.uploaded:
            raise SlackError("file_not_found")
        file.title = str(entry.get("title") or file.title or file.name)
        file.alt_text = str(entry.get("alt_txt") or file.alt_text)
        found.append(file)
    return found


@method("files.completeUploadExternal", "files:write", tier=4)
def complete(call: Call) -> Json:
    """Finish uploads and show them in conversations."""
    files, channels = _wanted(call), _where(call)
    body: Json = {"text": call.string("initial_comment"), "upload": True}
    blocks = call.structure("blocks", "invalid_blocks_format")
    if blocks:
        body["blocks"] = checked_blocks(call.team, blocks)
    for file in files:
        file.complete = True
        file.shared += [channel.id for channel in channels if channel.id not in file.shared]
    shown = [objects.file_object(file, call.team.seed, call.team.url) for file in files]
    for channel in channels:
        posted = {**body, "files": shown}
        if call.string("thread_ts"):
            into_thread(channel, posted, call.string("thread_ts"), broadcast=False)
        call.team.add(channel, call.team.bot_message(posted))
    return {"files": shown}


def _file(call: Call) -> StoredFile:
    (key,) = call.required("file")
    file = call.team.state.files.get(key)
    if file is None or not file.complete:
        raise SlackError("file_not_found")
    return file


@method("files.info", "files:read", tier=4)
def info(call: Call) -> Json:
    """One file."""
    shown = objects.file_object(_file(call), call.team.seed, call.team.url)
    return {"file": shown, "comments": [], "response_metadata": {"next_cursor": ""}}


@method("files.list", "files:read", tier=3)
def files_list(call: Call) -> Json:
    """The files, newest first."""
    channel = call.string("channel")
    files = [f for f in call.team.state.files.values() if f.complete and (not channel or channel in f.shared)]
    count, page = call.integer("count", 100, 1000) or 100, max(1, call.integer("page", 1, 10_000))
    some = list(reversed(files))[(page - 1) * count : page * count]
    shown = [objects.file_object(file, call.team.seed, call.team.url) for file in some]
    pages = -(-len(files) // count)
    return {"files": shown, "paging": {"count": count, "total": len(files), "page": page, "pages": pages}}


@method("files.delete", "files:write", tier=3)
def delete(call: Call) -> Json:
    """Delete a file; messages keep a tombstone."""
    file = _file(call)
    del call.team.state.files[file.id]
    for key in file.shared:
        for message in call.team.state.channels[key].messages.values():
            for shown in message.get("files", []):
                if shown["id"] == file.id:
                    shown["mode"] = "tombstone"
    return {}
