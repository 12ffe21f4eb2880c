"""The state of cards in the release table, and the next messages to post or edit. Pure.

A card is one item, ``card#RELEASE``, written like everything in the log: with the revision that it replaces. Who is
about to speak to Slack claims it for a while, so that of two workers one posts, and a crash delays a card but loses
none.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

import msgspec

from bot.blocks import notes
from bot.blocks.card import card as root_card
from bot.blocks.glass_notice import glass
from bot.blocks.message import Message, simple
from bot.blocks.rollout_image import alternative, drawable, title
from generator.preview.rollout_image import png
from generator.release import gates
from generator.release.decoders import decode
from generator.release.log_items import item
from generator.release.model.log_records import LockNow
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import NeedsApproval, Release
from generator.release.model.settings import Slack
from generator.release.model.states import Closed, Waiting, name
from generator.release.origins import DirectMessage, PostedMessages
from generator.release.ports import Item
from generator.release.restarts import is_restart

UNFINISHED = "card"  # where the table's index lists cards that are not final
EVERY = 3.0  # seconds between two edits of a root message
CLOCK = 15.0  # seconds between two edits when only time has passed
CLAIM = 30.0  # seconds that a claim lasts
PATIENCE = (5.0, 20.0, 80.0, 320.0)  # seconds until a picture that Slack does not take yet is tried again; then never
_PER_EDIT = 1.2  # seconds of spacing for each running release: chat.update takes about 50 a minute (tier 3)


class Card(PostedMessages):
    """The known messages of one release. Times are epoch seconds, ``ts`` Slack's message ids."""

    drawn: str = ""  # digest of the root message as it stands there
    state: str = ""  # of the release when it was drawn
    at: float = 0.0  # of the last edit
    log_ts: str = ""
    logged: str = ""
    gate_drawn: str = ""
    gate_at: float = 0.0  # of the last edit
    picture: str = ""  # id of the file that shows the rollout
    refused: int = 0  # how often Slack did not take that picture
    again: float = 0.0  # when it is tried again
    posted: tuple[str, ...] = ()
    final: bool = False
    lease_owner: str = ""
    until: float = 0.0


Kind = Literal[
    "root",
    "edit",
    "log",
    "gate",
    "gate-edit",
    "gate-passed",
    "picture",
    "direct",
    "direct-closed",
    "direct-ended",
    "thread",
    "file",
    "notify",
    "superseded",
    "final",
]


class CardStep(NamedTuple):
    """One action in Slack. ``key`` says which of several messages it is about; ``message`` is its content."""

    kind: Kind
    message: Message | None = None
    key: str = ""
    digest: str = ""
    contents: str = ""  # of a file, whose title is the message's text
    picture: bytes = b""  # likewise; its key says it in words


class CardContext(NamedTuple):
    """What the choice of steps depends on, besides card and release."""

    facts: PlatformFacts
    slack: Slack
    now: float
    running: int = 1
    asked: Sequence[str] = ()  # people who are to hear of it directly
    url: str = ""  # address of the root message
    pictures: bool = True  # whether files can be uploaded
    locks: Sequence[LockNow] = ()  # what break glass passes


def pk(release: str) -> str:
    """A card's partition."""
    return f"card#{release}"


def stored(card: Card, rev: int) -> Item:
    """A card as an item of the table.

    Its place in the index stays until it is final, so an edit does not change the index.
    """
    more = {} if card.final else {"open": UNFINISHED, "due": "0"}
    return item(pk(card.release), "card", rev, card, **more)


def read(found: Item) -> Card:
    """A card from its item."""
    return decode(found.body, Card)


def digest(message: Message) -> str:
    """A few digits that identify what a message shows."""
    return sha256(msgspec.json.encode([message.text, message.rendered(pictured=True)])).hexdigest()[:20]


def due(card: Card, release: Release, view: CardContext) -> list[CardStep]:
    """The next actions, in order: the root message first, because all others are below it.

    A picture is uploaded when nothing else is to be done: people are asked without waiting for it.
    """
    steps = [*_root(card, release, view), *(_rest(card, release, view) if card.ts else ())]
    return steps or [*_picture(card, release, view)]


def _picture(card: Card, release: Release, view: CardContext) -> Iterator[CardStep]:
    """The step that closes a release's card: what it shows does not change any more."""
    expected = drawable(release)
    if view.pictures and card.ts and expected is not None and "picture" not in card.posted:
        yield CardStep(
            "picture", simple(title(release, expected)), key=alternative(release, expected), picture=png(expected)
        )


def _spacing(card: Card, release: Release, view: CardContext) -> float:
    """State changes are shown as soon as an edit is allowed. Progress leaves room for other edits."""
    if card.state != name(release.state):
        return EVERY
    return max(EVERY, view.running * _PER_EDIT)


def root_message(card: Card, release: Release, view: CardContext) -> Message:
    """The card for the current state. Time is rounded, so that it alone causes few edits."""
    message = root_card(release, view.facts, view.now // CLOCK * CLOCK, card.picture)
    return message.unpictured() if card.refused > len(PATIENCE) else message


def _root(card: Card, release: Release, view: CardContext) -> list[CardStep]:
    message = root_message(card, release, view)
    if not card.ts or view.now < card.again:
        message = message.unpictured()
    seen = digest(message)
    if not card.ts:
        return [CardStep("root", message, digest=seen)]
    if card.drawn != seen and view.now - card.at >= _spacing(card, release, view):
        return [CardStep("edit", message, digest=seen)]
    return []


def _rest(card: Card, release: Release, view: CardContext) -> list[CardStep]:
    steps: list[CardStep] = []
    facts, posted = view.facts, set(card.posted)
    closed = isinstance(release.state, Closed)
    story = notes.log(release)
    if card.logged != digest(story) and (not card.log_ts or closed or card.state != name(release.state)):
        steps.append(CardStep("log", story, digest=digest(story)))
    steps += _gate(card, release, view)
    if release.break_glass and release.classes:
        steps += _once("glass", posted, glass(release, facts, view.locks, view.now))
    if isinstance(release.state, Waiting):
        there = {d.person for d in card.direct}
        steps += [
            CardStep("direct", notes.asking(release, facts, view.url), key=who)
            for who in view.asked
            if who not in there and f"direct {who}" not in posted
        ]
        steps += _once("nudge", posted, notes.nudge(release, facts)) if release.state.nudged else []
    else:
        steps += [CardStep("direct-closed", notes.decided(release), key=d.person) for d in card.direct if not d.closed]
    second = view.slack.notify.get(release.stack.environment)
    if second and "opened" not in posted and not closed and isinstance(release.gate, NeedsApproval):
        steps.append(CardStep("notify", notes.notice(release, facts, view.url), key="opened"))
    if closed:
        steps += _closing(card, release, view, posted)
    return steps


def _once(key: str, posted: set[str], message: Message) -> list[CardStep]:
    return [] if key in posted else [CardStep("thread", message, key=key)]


def _gate(card: Card, release: Release, view: CardContext) -> list[CardStep]:
    """The message of a gate. It shows current figures while the gate waits, and in the end that it was answered."""
    hook = _hook(release)
    if not hook:
        return [CardStep("gate-passed", notes.passed(release), key=card.gate)] if card.gate and card.gate_ts else []
    message = notes.gate(release, view.facts)
    seen = digest(message)
    if card.gate != hook:
        passed = [CardStep("gate-passed", notes.passed(release), key=card.gate)] if card.gate_ts else []
        return [*passed, CardStep("gate", message, key=hook, digest=seen)]
    if card.gate_ts and card.gate_drawn != seen and view.now - card.gate_at >= _spacing(card, release, view):
        return [CardStep("gate-edit", message, key=hook, digest=seen)]
    return []


def _hook(release: Release) -> str:
    return release.progress.hook if gates.is_waiting(release) else ""


def settled(card: Card, release: Release, view: CardContext) -> bool:
    """Whether every message that may be edited shows the current state, so that nothing waits."""
    if card.drawn != digest(root_message(card, release, view)):
        return False
    gate = card.gate_ts and _hook(release) == card.gate
    return not gate or card.gate_drawn == digest(notes.gate(release, view.facts))


def _closing(card: Card, release: Release, view: CardContext, posted: set[str]) -> list[CardStep]:
    steps = _once("result", posted, notes.result(release, view.facts))
    whole = notes.whole(release)
    if whole and "evidence" not in posted:
        title = simple(f"Evidence of {release.id}")
        steps.append(CardStep("file", title, key="evidence", contents=whole))
    if view.slack.notify.get(release.stack.environment) and "closed" not in posted:
        steps.append(CardStep("notify", notes.notice(release, view.facts, view.url), key="closed"))
    if release.began:  # what was decided has come to an end: it is said to the people who were asked, too
        ended = (d for d in card.direct if d.closed and f"ended {d.person}" not in posted)
        steps += [CardStep("direct-ended", notes.decided(release), d.person, f"ended {d.person}") for d in ended]
    before = release.before.release if release.before is not None and not is_restart(release) else ""
    if before and before != release.id and _brought(release) and "superseded" not in posted:
        steps.append(CardStep("superseded", key=before, digest="superseded"))
    if not steps and not card.final and card.state == name(release.state):
        steps.append(CardStep("final"))
    return steps


def _brought(release: Release) -> bool:
    """Whether the version of this release runs now, so that the card before it must not offer a rollback."""
    state = release.state
    return isinstance(state, Closed) and state.outcome == "succeeded" and state.changed


def after(card: Card, step: CardStep, channel: str, ts: str, view: CardContext, state: str) -> Card:  # noqa: C901, PLR0911, PLR0913, PLR0917 - one for each kind
    """The card after a step. ``ts`` is the message or file that the step created.

    An edit that left the picture out, because Slack does not take it yet, has no ``ts``.
    """
    replace = msgspec.structs.replace
    match step.kind:
        case "root":
            return replace(card, channel=channel, ts=ts, drawn=step.digest, state=state, at=view.now)
        case "edit":
            drawn = replace(card, drawn=step.digest, state=state, at=view.now)
            return drawn if ts else _without_picture(drawn, step, view.now)
        case "log":
            return replace(card, log_ts=ts or card.log_ts, logged=step.digest)
        case "gate":
            return replace(card, gate=step.key, gate_ts=ts, gate_drawn=step.digest, gate_at=view.now)
        case "gate-edit":
            return replace(card, gate_drawn=step.digest, gate_at=view.now)
        case "gate-passed":
            return replace(card, gate_ts="")
        case "picture":
            return replace(card, picture=ts, posted=(*card.posted, "picture"))
        case "direct":
            sent = (DirectMessage(person=step.key, channel=channel, ts=ts),) if ts else ()
            return replace(card, direct=(*card.direct, *sent), posted=(*card.posted, f"direct {step.key}"))
        case "direct-closed":
            closed = tuple(replace(d, closed=True) if d.person == step.key else d for d in card.direct)
            return replace(card, direct=closed)
        case "thread" | "file" | "notify" | "direct-ended" | "superseded":
            return replace(card, posted=(*card.posted, step.digest or step.key))
        case "final":
            return replace(card, final=True)


def _without_picture(card: Card, step: CardStep, now: float) -> Card:
    """The card after Slack accepted its root message without the picture. The picture is tried again a few times."""
    wait = PATIENCE[min(card.refused, len(PATIENCE) - 1)]
    bare = digest(step.message.unpictured()) if step.message is not None else ""
    return msgspec.structs.replace(card, drawn=bare, refused=card.refused + 1, again=now + wait)
