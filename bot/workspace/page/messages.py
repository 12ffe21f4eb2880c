"""Messages as a person sees them in a channel or a thread."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from bot.workspace import image_files, state
from bot.workspace.render import text_objects
from bot.workspace.render.blocks import blocks
from bot.workspace.render.context import Context
from bot.workspace.render.icons import icon
from bot.workspace.render.markup import Html, div, image, join, link, span, tag

if TYPE_CHECKING:
    from bot.workspace.state import Channel, Json
    from bot.workspace.team import Team

SHOWN = 200  # messages of a channel that a page loads
FOLLOW_SECONDS = 300
QUICK = ("white_check_mark", "eyes", "rocket")


def local_zone() -> tzinfo:
    """The time zone of this machine: the page is looked at on it."""
    return datetime.now(UTC).astimezone().tzinfo or UTC


def context_for(team: Team, user: str, *, errors: dict[str, str] | None = None) -> Context:
    """How to draw for a person."""
    channels = tuple(
        (c.id, f"#{c.name}") for c in team.state.channels.values() if c.name and team.sees(user, c) and not c.archived
    )
    return Context(
        user=team.user_name,
        channel=team.channel_name,
        group=team.group_name,
        file=lambda given: image_files.address(team, user, given),
        viewer=user,
        people=tuple((p.id, p.name) for p in team.seed.people if not p.deleted),
        channels=channels,
        now=team.clock(),
        errors=errors or {},
        zone=local_zone(),
    )


def author(team: Team, message: Json) -> tuple[str, str]:
    """Name of who wrote a message, and a word about them: APP, a guest, another workspace."""
    if message.get("bot_id"):
        return team.seed.app.name, "APP"
    person = team.person(str(message.get("user")))
    if person is None:
        return str(message.get("user")), ""
    return person.name, "guest" if person.is_restricted else person.team


def avatar(team: Team, user: str, classes: str = "avatar") -> Html:
    """A person's picture, drawn by this server."""
    name = team.user_name(user) or user
    return tag("img", {"src": f"/avatars/{user}.svg", "alt": "", "class": classes, "title": name})


def _files(team: Team, user: str, message: Json) -> Html:
    person = team.person(user)
    handle = person.handle if person else ""
    drawn = []
    for file in message.get("files", []):
        if file.get("mode") == "tombstone":
            drawn.append(div("file is-gone", "This file was deleted."))
            continue
        stored = team.state.files.get(file["id"])
        name = tag("a", {"href": f"/client/{handle}/files/{file['id']}", "target": "_blank"}, file["title"])
        size = span("file-size", f"{file['size']:,} bytes")
        preview = Html("")
        if stored and file["mimetype"].startswith("text/"):
            beginning = stored.content[:4000].decode("utf-8", "replace")
            key = f"file/{file['id']}"
            summary = tag("summary", None, "Preview")
            body = tag("pre", {"class": "mk-pre", "tabindex": "0"}, beginning)
            preview = tag("details", {"data-key": key}, summary, body)
        drawn.append(div("file", span("file-icon", icon("file")), div("file-main", name, size, preview)))
    return join(drawn)


def _attachment(attachment: Json, context: Context) -> Html:
    if attachment.get("blocks"):
        body = blocks(attachment["blocks"], context)
    else:
        title = attachment.get("title")
        heading = link(attachment.get("title_link"), title, classes="bk-card-title") if isinstance(title, str) else ""
        picture = attachment.get("image_url")
        body = join(
            [
                text_objects.marked(attachment.get("pretext"), context),
                div("", heading),
                div("", text_objects.marked(attachment.get("text"), context)),
                image(picture, "", "bk-picture") if picture else Html(""),
            ]
        )
    color = attachment.get("color")
    known = color if color in {"good", "warning", "danger"} else "none"
    return div(f"attachment is-{known}", body)


def body_of(team: Team, user: str, message: Json, context: Context) -> Html:
    """What a message says: its blocks, else its text; attachments and files."""
    given = message.get("blocks")
    main = blocks(given, context) if given else text_objects.marked(message.get("text"), context)
    attached = [_attachment(a, context) for a in message.get("attachments", []) if isinstance(a, dict)]
    edited = span("edited", " (edited)") if message.get("edited") else Html("")
    return div("body", main, edited, *attached, _files(team, user, message))


def _reactions(team: Team, user: str, message: Json) -> Html:
    drawn = []
    for reaction in message.get("reactions", []):
        names = ", ".join(team.user_name(u) or u for u in reaction["users"])
        mine = " is-mine" if user in reaction["users"] else ""
        attributes = {"class": f"reaction{mine}", "type": "button", "data-react": reaction["name"]}
        label = f"{names} reacted with :{reaction['name']}:"
        count = span("", str(reaction["count"]))
        drawn.append(tag("button", {**attributes, "title": label}, text_objects.emoji(reaction["name"]), count))
    return div("reactions", *drawn) if drawn else Html("")


def _thread_link(team: Team, message: Json, context: Context) -> Html:
    count = message.get("reply_count", 0)
    if not count:
        return Html("")
    faces = [avatar(team, u, "face") for u in message.get("reply_users", [])[:4]]
    word = f"{count} {'reply' if count == 1 else 'replies'}"
    last = span("last", "Last reply " + text_objects.ago(context.now - float(message["latest_reply"])))
    attributes = {"type": "button", "class": "thread-link", "data-thread": message["ts"]}
    return tag("button", attributes, *faces, tag("strong", None, word), last)


def _tools(message: Json) -> Html:
    quick = [
        tag("button", {"type": "button", "data-react": name, "title": f"React with :{name}:"}, text_objects.emoji(name))
        for name in QUICK
    ]
    root = message.get("thread_ts", message["ts"])
    reply = tag("button", {"type": "button", "data-thread": root, "title": "Reply in thread"}, icon("chat"))
    return div("tools", *quick, reply, role="toolbar", **{"aria-label": "Message actions"})


def draw(team: Team, user: str, channel: Channel, message: Json, context: Context, *, in_thread: bool = False) -> Html:  # noqa: PLR0913
    """One message. The script finds it by `data-ts` and swaps it whole."""
    name, badge = author(team, message)
    writer = str(message.get("user"))
    whispered = bool(message.get("is_ephemeral"))
    stamp = float(message["ts"])
    clock = text_objects.moment(stamp, "{time}", "", context)
    exact = text_objects.moment(stamp, "{date_long} {time_secs}", "", context)
    head = div(
        "head",
        tag("span", {"class": "author"}, name),
        span("badge", badge) if badge else Html(""),
        tag("time", {"class": "time", "title": exact}, clock),
    )
    above: list[str] = []
    if whispered:
        dismiss = tag("button", {"type": "button", "class": "linkish", "data-dismiss": message["ts"]}, "Dismiss")
        above.append(div("only-you", "Only visible to you · ", dismiss))
    if message.get("pinned_to"):
        above.append(div("only-you", icon("pin"), " Pinned"))
    if message.get("subtype") == "thread_broadcast" and not in_thread:
        above.append(div("only-you", "replied to a thread"))
    below = [] if in_thread or whispered else [_thread_link(team, message, context)]
    attributes = {
        "class": "message" + (" is-whisper" if whispered else "") + (" is-app" if message.get("bot_id") else ""),
        "data-ts": message["ts"],
        "data-channel": channel.id,
        "data-user": writer,
        "data-day": text_objects.moment(stamp, "{date_num}", "", context),
        "data-day-name": text_objects.moment(stamp, "{day_divider_pretty}", "", context).capitalize(),
        "tabindex": "-1",
    }
    main = div("main", *above, head, body_of(team, user, message, context), _reactions(team, user, message), *below)
    tools = Html("") if whispered else _tools(message)
    return tag("article", attributes, avatar(team, writer), main, tools)


def listed(team: Team, user: str, channel: Channel) -> list[Json]:
    """What a person sees in a channel, ephemeral messages among the others, oldest first."""
    whispers = [
        e.message
        for e in team.state.ephemerals
        if e.user == user and e.channel == channel.id and not e.message.get("thread_ts")
    ]
    return sorted([*state.roots(channel), *whispers], key=lambda m: float(m["ts"]))[-SHOWN:]


def feed(team: Team, user: str, channel: Channel) -> Html:
    """A channel's messages with a line for each day."""
    context = context_for(team, user)
    drawn: list[str] = []
    day, before = "", {"user": "", "ts": "0"}
    for message in listed(team, user, channel):
        today = text_objects.moment(float(message["ts"]), "{date_num}", "", context)
        if today != day:
            name = text_objects.moment(float(message["ts"]), "{day_divider_pretty}", "", context).capitalize()
            drawn.append(div("day", span("", name), role="separator"))
        day, before = today, message
        drawn.append(draw(team, user, channel, message, context))
    if not before["user"]:
        where = f"#{channel.name}" if channel.name else f"your conversation with {team.seed.app.name}"
        drawn.append(div("empty", f"This is the very beginning of {where}."))
    return join(drawn)


def thread(team: Team, user: str, channel: Channel, ts: str) -> Html:
    """A thread's messages: the root, a line, the replies."""
    context = context_for(team, user)
    whispers = [
        e.message
        for e in team.state.ephemerals
        if e.user == user and e.channel == channel.id and e.message.get("thread_ts") == ts
    ]
    messages = sorted([*state.thread(channel, ts), *whispers], key=lambda m: float(m["ts"]))
    drawn = [draw(team, user, channel, message, context, in_thread=True) for message in messages]
    count = len(drawn) - 1
    if count > 0:
        drawn.insert(1, div("replies-line", span("", f"{count} {'reply' if count == 1 else 'replies'}")))
    return join(drawn)
