"""What a workspace remembers: channels with their messages, modals, files. Kept in memory, saved as one JSON file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from bot.workspace.seed import Seed  # noqa: TC001 - msgspec reads it from the annotation

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]
Clock = Callable[[], float]


class Channel(msgspec.Struct, kw_only=True):
    """A conversation and all that was said in it. `messages` is ordered by ts; replies carry `thread_ts`."""

    id: str
    name: str = ""
    members: list[str] = []
    topic: str = ""
    purpose: str = ""
    private: bool = False
    archived: bool = False
    shared_with: str = ""
    im_with: str = ""
    created: int = 0
    messages: dict[str, Json] = {}
    pins: list[str] = []
    bookmarks: list[Json] = []


class Ephemeral(msgspec.Struct, kw_only=True):
    """A message that one person sees, until it is dismissed or replaced."""

    channel: str
    user: str
    message: Json


class OpenView(msgspec.Struct, kw_only=True):
    """A modal in somebody's stack, or somebody's App Home. `view` is Slack's view object without its state."""

    user: str
    view: Json
    opened_in: str = ""


class StoredFile(msgspec.Struct, kw_only=True):
    """A file; `user` uploaded it, `ticket` is the secret part of its upload address, `shared` the channels it is in."""

    id: str
    name: str
    length: int
    ticket: str
    title: str = ""
    alt_text: str = ""
    user: str = ""
    content: bytes = b""
    uploaded: bool = False
    complete: bool = False
    shared: list[str] = []
    created: int = 0


class Reply(msgspec.Struct, kw_only=True):
    """A response_url: five uses within thirty minutes.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """

    channel: str
    user: str
    expires: float
    message_ts: str = ""
    ephemeral: bool = False
    thread_ts: str = ""
    uses: int = 0


class WorkspaceState(msgspec.Struct, kw_only=True):
    """Everything that changes. Read and written on the server's event loop only."""

    channels: dict[str, Channel] = {}
    ephemerals: list[Ephemeral] = []
    views: dict[str, OpenView] = {}
    stacks: dict[str, list[str]] = {}
    homes: dict[str, str] = {}
    files: dict[str, StoredFile] = {}
    replies: dict[str, Reply] = {}
    groups: dict[str, list[str]] = {}
    scheduled: dict[str, Json] = {}
    bot_tokens: Json = {}
    counter: int = 0
    last_ts: float = 0.0


def first_state(seed: Seed, now: float) -> WorkspaceState:
    """The state that a seed describes, before anything was said."""
    ids = {p.handle: p.id for p in seed.people}
    state = WorkspaceState()
    for channel in seed.channels:
        members = [ids[handle] for handle in channel.members] + ([seed.app.user_id] if channel.bot else [])
        state.channels[channel.id] = Channel(
            id=channel.id,
            name=channel.name,
            members=members,
            topic=channel.topic,
            purpose=channel.purpose,
            private=channel.private,
            archived=channel.archived,
            shared_with=channel.shared_with,
            created=int(now),
        )
    for group in seed.groups:
        state.groups[group.id] = [ids[handle] for handle in group.members]
    return state


def fresh_id(state: WorkspaceState, letter: str) -> str:
    """An id that the state has not used: `V…`, `F…`, `D…`."""
    state.counter += 1
    return f"{letter}0{state.counter:05}{secrets.token_hex(2).upper()}"


def next_ts(state: WorkspaceState, now: float) -> str:
    """A message timestamp, later than every other: seconds and six digits."""
    state.last_ts = max(now, state.last_ts + 0.000001)
    return f"{state.last_ts:.6f}"


def roots(channel: Channel) -> Iterable[Json]:
    """The messages of the channel itself, oldest first: no replies, but replies sent to the channel too."""
    for message in channel.messages.values():
        if message.get("thread_ts", message["ts"]) == message["ts"] or message.get("subtype") == "thread_broadcast":
            yield message


def thread(channel: Channel, ts: str) -> list[Json]:
    """A root message and its replies, oldest first."""
    return [m for m in channel.messages.values() if m["ts"] == ts or m.get("thread_ts") == ts]


class _Saved(msgspec.Struct, kw_only=True):
    seed: Seed
    state: WorkspaceState


def save(path: Path, seed: Seed, state: WorkspaceState) -> None:
    """Write seed and state to a file that only its owner reads, whole or not at all: it holds the tokens."""
    scratch = path.with_name(path.name + ".new")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(_Saved(seed=seed, state=state)))
    scratch.replace(path)


def load(path: Path) -> tuple[Seed, WorkspaceState] | None:
    """What `save` wrote, or None if there is no such file.

    Raises:
        ValueError: The file is something else.
    """
    try:
        saved = msgspec.json.decode(path.read_bytes(), type=_Saved)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise ValueError(f"{path} is not a saved workspace ({error}). Delete it or name another file.") from error
    return saved.seed, saved.state
