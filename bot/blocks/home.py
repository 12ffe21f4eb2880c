"""App Home: what waits for me, what is running, what is locked, and the last releases."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from slack_sdk.models.blocks import Block, DividerBlock
from slack_sdk.models.views import View

from bot.blocks import button_values
from bot.blocks.buttons import DETAILS
from bot.blocks.message import actions, button, context, header, section
from bot.blocks.overview import by_environment, lock_text, stack_ref
from bot.blocks.text import code, count, lines, safe
from bot.blocks.worst_first import worst_first
from generator.release import gates, messages
from generator.release.client import StackStatus
from generator.release.model.log_records import LockNow
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release

REFRESH, FORM, RESTART = "home-refresh", "home-form", "home-restart"
ROLL_BACK, UNLOCK = "home-rollback", "home-unlock"
BEFORE, AFTER = "home-before", "home-after"
# Rows of an environment on one page, environments that are shown, and releases that wait for this person.
PAGE, _ENVIRONMENTS, _MINE, _LOCKS = 20, 8, 10, 5
_TEXT = 2900  # characters of a section; Slack takes 3,000
_SIGNS = {"succeeded": "🟢", "failed": "🔴", "rolled back": "🟠"}


class Page(NamedTuple):
    """What a person has turned to: an environment, and the first of its rows that is shown (from 0)."""

    environment: str = ""
    first: int = 0

    @property
    def value(self) -> str:
        """The page as a button's value."""
        return f"{self.environment}:{self.first}"


def page(value: str) -> Page:
    """The page of a button's value. The first page for any other text."""
    environment, _, first = value.rpartition(":")
    return Page(environment, int(first)) if first.isdecimal() and len(first) < 7 else Page()


class HomeView(NamedTuple):
    """What App Home shows to one person; ``mine`` are releases that wait for them."""

    places: Sequence[StackStatus]
    mine: Sequence[Release]
    locks: Sequence[LockNow]
    links: dict[str, str]  # release id to the address of its card
    page: Page = Page()
    lost: Sequence[str] = ()  # what to say of environments whose files are gone


def view(seen: HomeView, facts: PlatformFacts, now: float) -> View:
    """The whole view, of at most 90 blocks (Slack allows 100). What does not fit is counted, with where it is shown."""
    return View(type="home", blocks=list(_blocks(seen, facts, now)))


def refused(why: str) -> View:
    """App Home of a person who may not use the bot."""
    return View(type="home", blocks=[section(f"Refused: {why}.")])


def _blocks(seen: HomeView, facts: PlatformFacts, now: float) -> Iterator[Block]:
    yield actions(
        button("Deploy …", FORM, "form", style="primary"),
        button("Roll back …", ROLL_BACK, "form"),
        button("Restart …", RESTART, "form"),
        button("Refresh", REFRESH, "refresh"),
    )
    yield header("Waiting for you")
    for release in seen.mine[:_MINE]:
        gate = (
            f"*{safe(messages.standing(release), 200)}*: answer in the thread of its card\n"
            if gates.is_waiting(release)
            else ""
        )
        yield section(f"*{safe(messages.title(release), 300)}*\n{gate}{_risk(release)}")
        yield actions(button("Details", DETAILS, button_values.value(release.id, release.binding)))
    if not seen.mine:
        yield context("No release is waiting for your approval.")
    if len(seen.mine) > _MINE:
        yield context(f"{len(seen.mine) - _MINE} more wait for you: their cards are in the channels")
    if seen.lost:
        yield section(lines((f"⚠ {safe(line, 600)}" for line in seen.lost), 2900))
    groups = by_environment(seen.places)
    for environment in [*groups][:_ENVIRONMENTS]:
        yield from _environment(environment, groups[environment], seen.page, facts, now)
    if rest := [*groups][_ENVIRONMENTS:]:
        named = safe(", ".join(rest), 1000)
        yield context(f"Not shown here: {named}. To see one, use {code(f'/deploy status {rest[0]}')}")
    yield from _held(seen.locks, now)
    last = sorted((p for p in seen.places if p.slot.at), key=lambda p: -p.slot.at)[:8]
    if last:
        yield DividerBlock()
        yield header("Last releases")
        yield section(lines((_last(place, now) for place in last), 2900))


def _held(locks: Sequence[LockNow], now: float) -> Iterator[Block]:
    """What people hold back; the first of them with a button that ends it."""
    if not locks:
        return
    yield header("Locked or frozen")
    for lock in locks[:_LOCKS]:
        yield section(lock_text(lock, now))
        yield actions(button("Unlock …", UNLOCK, lock.scope))
    if len(locks) > _LOCKS:
        yield section(lines((f"• {lock_text(lock, now)}" for lock in locks[_LOCKS:]), 2900))


def _environment(
    environment: str, places: Sequence[StackStatus], turned: Page, facts: PlatformFacts, now: float
) -> Iterator[Block]:
    """A page of an environment's stacks: services first, worst first, and what is not as released; the rest is counted."""
    services = [p for p in worst_first(places) if stack_ref(facts, p.key).service]
    others = [p for p in worst_first(places) if not stack_ref(facts, p.key).service]
    told = [p for p in others if p.open or p.slot.outcome not in {"", "succeeded"} or p.key not in facts.stacks]
    rows = [row for place in (*services, *told) if (row := _row(place, facts, now))]
    never = sum(1 for p in places if not _row(p, facts, now))
    fine = sum(1 for p in others if p not in told and _row(p, facts, now))
    if not rows and (not fine or environment not in _places(facts)):
        return
    first = turned.first if turned.environment == environment and turned.first < len(rows) else 0
    yield header(environment)
    part = rows[first : first + PAGE]
    yield from map(section, _paragraphs(part) if part else ())
    unreleased = f"{count(never, 'stack')} without a release" if never else ""
    shown = f"{first + 1} to {first + len(part)} of {len(rows)}, worst first" if len(rows) > PAGE else ""
    folded = f"{count(fine, 'stack')} of infrastructure as released" if fine else ""
    if shown or unreleased or folded:
        yield context("; ".join(filter(None, (shown, folded, unreleased))))
    if len(rows) > PAGE:
        before = [button(f"Before {first + 1}", BEFORE, Page(environment, max(0, first - PAGE)).value)] if first else []
        last = first + PAGE >= len(rows)
        after = [] if last else [button("More", AFTER, Page(environment, first + PAGE).value)]
        yield actions(*before, *after)


def _places(facts: PlatformFacts) -> set[str]:
    """Environments in which people release: those with a service."""
    return {f.ref.environment for f in facts.stacks.values() if f.ref.service}


def _paragraphs(rows: Sequence[str]) -> Iterator[str]:
    """All rows, as many in one text as fit."""
    text = ""
    for row in rows:
        if text and len(text) + 1 + len(row) > _TEXT:
            yield text
            text = ""
        text = f"{text}\n{row}" if text else row
    yield text


def _risk(release: Release) -> str:
    meaning = release.reading.meaning if release.reading is not None else None
    risk = f"Risk: {meaning.level}. {safe(meaning.sentence, 300)}" if meaning is not None else ""
    return f"{risk}\nRequested by {safe(release.requester.name, 60)}".strip()


def _row(place: StackStatus, facts: PlatformFacts, now: float) -> str:
    running, label = place.slot.running, stack_ref(facts, place.key).label
    if running is None and place.open is None and place.slot.outcome != "failed":
        return ""
    sign = "🔵" if place.open is not None else _SIGNS.get(place.slot.outcome, "⚪")
    what = safe(messages.call_running(running), 80) if running is not None else "nothing is running"
    since = messages.since(running.since, now) if running is not None else ""
    doing = f" – {code(place.open.id, 90)} {safe(messages.word(place.open), 80)}" if place.open is not None else ""
    asked = "" if place.key in facts.stacks else " – nothing asks for it any more: `slipway apply` deletes it"
    return f"{sign} *{safe(label, 60)}* {what} {since}{doing}{asked}"


def _last(place: StackStatus, now: float) -> str:
    sign = _SIGNS.get(place.slot.outcome, "⚪")
    return f"{sign} {code(place.slot.last)} {safe(place.slot.outcome, 40)} {messages.since(place.slot.at, now)}"
