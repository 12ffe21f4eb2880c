"""Modals and App Home as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.workspace.page.messages import context_for
from bot.workspace.render import text_objects
from bot.workspace.render.blocks import blocks
from bot.workspace.render.markup import Html, div, tag

if TYPE_CHECKING:
    from bot.workspace.team import Team


def modal(team: Team, user: str) -> Html:
    """The modal on top of somebody's stack, or nothing."""
    stack = team.state.stacks.get(user, [])
    if not stack:
        return Html("")
    view = team.state.views[stack[-1]].view
    context = context_for(team, user)
    close = text_objects.plain(view.get("close")) or ("Back" if len(stack) > 1 else "Cancel")
    buttons = [tag("button", {"type": "button", "class": "bk-button is-plain", "data-close": view["id"]}, close)]
    if view.get("submit"):
        send = {"type": "button", "class": "bk-button is-primary", "data-submit": view["id"]}
        buttons.append(tag("button", send, text_objects.plain(view["submit"])))
    cross = {"type": "button", "class": "cross", "aria-label": "Close", "data-close": view["id"]}
    title = tag("h2", {"id": "modal-title"}, text_objects.with_emoji(text_objects.plain(view["title"])))
    trouble = tag("div", {"class": "bk-alert is-error modal-trouble", "role": "alert", "hidden": True})
    return tag(
        "div",
        {"class": "modal", "data-view": view["id"], "data-hash": view["hash"]},
        tag("header", {"class": "modal-head"}, title, tag("button", cross, "×")),
        div("modal-body", blocks(view["blocks"], context), tabindex="0"),
        trouble,
        tag("footer", {"class": "modal-foot"}, *buttons),
    )


def home(team: Team, user: str) -> Html:
    """What the app published to somebody's App Home, or a word that it did not yet."""
    key = team.state.homes.get(user)
    if key is None:
        return div("empty", f"{team.seed.app.name} has published nothing here yet. Start the bot and look again.")
    view = team.state.views[key].view
    return tag("div", {"class": "home", "data-view": view["id"]}, blocks(view["blocks"], context_for(team, user)))
