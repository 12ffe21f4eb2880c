"""The frame around everything: head, sidebar with channels and people, and a slot for what is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bot.workspace.page.messages import author, avatar
from bot.workspace.render.icons import icon
from bot.workspace.render.markup import Attribute, Html, div, join, span, tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from bot.workspace.seed import PersonSeed
    from bot.workspace.state import Channel
    from bot.workspace.team import Team


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """A further page under the same address, with a link in the sidebar.

    Attributes:
        path: The first part of its addresses, without slashes: `cloud` is served below `/cloud/`.
        title: What the link says.
        icon: One character before it.
        application: Makes the aiohttp application that is mounted there. It gets `frame(handle, title, main)`, which
            draws markup inside this page's frame for a person. The guard and the headers of this server hold there too.
            The link leads to `/<path>/<handle>`.
        scripts, styles: Addresses below `/<path>/` that its pages load.
    """

    path: str
    title: str
    icon: str
    application: Callable[[Callable[[str, str, Html], web.Response]], web.Application]
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


def _entry(handle: str, place: str, sign: str, name: str, *, active: bool, muted: bool = False) -> Html:  # noqa: PLR0913 - what a line shows
    attributes = {
        "class": "entry" + (" is-active" if active else "") + (" is-muted" if muted else ""),
        "href": f"/client/{handle}/{place}",
        "data-place": place,
        "aria-current": "page" if active else None,
    }
    return tag("a", attributes, span("sign", sign), span("name", name), span("dot", hidden=True))


def sidebar(team: Team, person: PersonSeed, active: str, extensions: tuple[Extension, ...]) -> Html:
    """Conversations of a person, the app, further pages, and the people to act as."""
    handle = person.handle
    channels = [c for c in team.state.channels.values() if c.name and team.sees(person.id, c)]
    ordered = sorted(channels, key=lambda c: (c.archived, c.name != "deploys", c.name))
    entries = [
        _entry(handle, c.id, _sign(c), c.name, active=c.id == active, muted=c.archived or person.id not in c.members)
        for c in ordered
    ]
    direct = team.direct(person.id)
    app = team.seed.app
    talk = [
        _entry(handle, direct.id, icon("chat"), app.name, active=direct.id == active),
        _entry(handle, "home", "⌂", f"{app.name} Home", active=active == "home"),
    ]
    more = [
        tag(
            "a",
            {"class": "entry" + (" is-active" if e.path == active else ""), "href": f"/{e.path}/{handle}"},
            span("sign", e.icon),
            span("name", e.title),
        )
        for e in extensions
    ]
    return join(
        [
            div("group", div("group-name", "Channels"), *entries),
            div("group", div("group-name", "Apps"), *talk, *more),
            people(team, person, active),
        ]
    )


def _sign(channel: Channel) -> str:
    if channel.archived:
        return icon("archive")
    return icon("lock") if channel.private else "⇄" if channel.shared_with else "#"


def people(team: Team, person: PersonSeed, active: str) -> Html:
    """Who one can be in this workspace; each in a tab of their own if wanted."""
    rows = []
    for other in team.seed.people:
        if other.deleted:
            continue
        _, badge = author(team, {"user": other.id})
        place = team.state.channels.get(active)
        keeps = active if active == "home" or (place and not place.im_with and other.id in place.members) else ""
        attributes = {
            "class": "entry person" + (" is-me" if other is person else ""),
            "href": f"/client/{other.handle}/{keeps}",
            "title": other.title,
            "aria-current": "true" if other is person else None,
        }
        label = span("name", other.name, span("role", badge or other.title))
        rows.append(tag("a", attributes, avatar(team, other.id, "face"), label))
    return div("group people", div("group-name", "Act as"), *rows)


class PageFrame(msgspec.Struct, frozen=True, kw_only=True):
    """What a page shows: for the title, the sidebar and the script."""

    title: str
    active: str
    channel: str = ""
    script: bool = True
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


def page(team: Team, person: PersonSeed, place: PageFrame, extensions: tuple[Extension, ...], main: Html) -> str:
    """A whole document."""
    body: dict[str, str | None] = {
        "data-handle": person.handle,
        "data-channel": place.channel,
        "data-active": place.active,
        "data-number": str(team.feed.number),
        "data-app": team.seed.app.handle,
    }
    head = [
        tag("meta", {"charset": "utf-8"}),
        tag("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        tag("meta", {"name": "color-scheme", "content": "light dark"}),
        tag("title", None, f"{place.title} – {team.seed.name}"),
        tag("link", {"rel": "icon", "href": f"/avatars/{team.seed.app.user_id}.svg", "type": "image/svg+xml"}),
        *(tag("link", {"rel": "stylesheet", "href": f"/static/{name}.css"}) for name in ("page", "blocks")),
        *(tag("link", {"rel": "stylesheet", "href": href}) for href in place.styles),
        tag("script", {"src": "/static/theme.js"}),
        *(tag("script", {"src": f"/static/{name}.js", "type": "module"}) for name in ("client",) if place.script),
        *(tag("script", {"src": src, "type": "module"}) for src in place.scripts),
    ]
    top = tag(
        "header",
        {"class": "team"},
        tag("strong", None, team.seed.name),
        tag(
            "button",
            {"type": "button", "class": "theme", "data-theme-toggle": True, "aria-label": "Light or dark"},
            "◐",
        ),
    )
    lead = {"class": "sidebar", "aria-label": "Workspace", "id": "sidebar"}
    aside = tag("nav", lead, top, tag("div", {"id": "places"}, sidebar(team, person, place.active, extensions)))
    veil = tag("div", {"class": "veil", "data-menu": True})
    frame = div("client", aside, veil, tag("main", {"class": "pane", "id": "main"}, main))
    extra = join(
        [
            tag("dialog", {"id": "modal", "aria-labelledby": "modal-title"}),
            tag("dialog", {"id": "confirm", "aria-label": "Confirm"}),
            tag("div", {"id": "notices", "role": "status", "aria-live": "polite"}),
        ]
    )
    document = tag("html", {"lang": "en"}, tag("head", None, *head), tag("body", body, frame, extra))
    return f"<!DOCTYPE html>{document}"


def bar(title: Html, about: str, *buttons: Html) -> Html:
    """The line above what is looked at."""
    menu = tag("button", {"type": "button", "class": "menu", "data-menu": True, "aria-label": "Channels"}, "☰")
    return tag("header", {"class": "bar"}, menu, tag("h1", None, title), span("topic", about), *buttons)


def channel_main(team: Team, person: PersonSeed, channel: Channel, feed: Html) -> Html:
    """A conversation: its bar, messages, composer, and room for a thread."""
    name = team.seed.app.name if channel.im_with else channel.name
    title = join([span("sign", "" if channel.im_with else _sign(channel)), name])
    marks = [
        tag("a", {"class": "bookmark", "href": b["link"], "target": "_blank", "rel": "noopener noreferrer"}, b["title"])
        for b in channel.bookmarks
    ]
    members = "" if channel.im_with else f"{len(channel.members)} members"
    about = " · ".join(filter(None, (channel.topic or channel.purpose, members)))
    shared = div("shared", f"⇄ Shared with {channel.shared_with.capitalize()}") if channel.shared_with else Html("")
    listing = tag(
        "section",
        {"class": "messages", "id": "messages", "aria-label": "Messages", "tabindex": "0"},
        feed,
    )
    column = div(
        "column",
        bar(title, about),
        div("bookmarks", *marks) if marks else Html(""),
        shared,
        listing,
        composer(team, person, channel),
    )
    pane = tag("aside", {"class": "thread", "id": "thread", "hidden": True, "aria-label": "Thread"})
    return join([column, pane])


def composer(team: Team, person: PersonSeed, channel: Channel, thread_ts: str = "") -> Html:
    """Where a person types, or why they can't."""
    if channel.archived:
        return div("composer is-closed", "This channel is archived.")
    if person.id not in channel.members:
        return div("composer is-closed", f"{person.name} is not in #{channel.name}.")
    where = f"#{channel.name}" if channel.name else team.seed.app.name
    label = "Reply…" if thread_ts else f"Message {where}"
    commands = [
        tag("li", {"data-command": c.name, "data-hint": c.hint, "data-about": c.description}, c.name)
        for c in team.seed.app.commands
    ]
    area: dict[str, Attribute] = {
        "rows": 1,
        "placeholder": label,
        "aria-label": label,
        "data-thread": thread_ts or None,
        "autocomplete": "off",
        "spellcheck": "false",
    }
    send = tag("button", {"type": "button", "class": "send", "data-send": True, "aria-label": "Send"}, "➤")
    menu = tag("ul", {"class": "completion", "role": "listbox", "hidden": True})
    hidden = tag("ul", {"class": "commands", "hidden": True}, *commands)
    hint = Html("") if thread_ts else div("composer-hint", "/ for commands · Enter sends · Shift+Enter for a new line")
    return div("composer", menu, hidden, div("box", tag("textarea", area), send), hint)
