"""The root message of a release: one card, edited in place from the question to the result."""

from collections.abc import Iterator
from typing import NamedTuple, assert_never

from slack_sdk.models.blocks import AlertBlock, Block, ButtonElement, ImageBlock

from bot.blocks.buttons import after, deciding, running
from bot.blocks.changes import added, classic_table, in_place, meaning, shown, table, versions
from bot.blocks.mentions import actor, agreed, asked
from bot.blocks.message import Message, actions, context, header, marked, section
from bot.blocks.progress import classic_plan, plan
from bot.blocks.rollout_image import drawable, rollout
from bot.blocks.state_line import state_line
from bot.blocks.text import code, lines, safe, when
from bot.chat_words import in_chat_words
from generator.release import messages
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Delete, Release, Rollback
from generator.release.model.states import (
    Approved,
    Closed,
    Executing,
    Proposed,
    RollingBack,
    Verifying,
    Waiting,
    Watching,
)
from generator.release.restarts import is_restart

_LEVELS = {"none": "info", "low": "info", "medium": "warning", "high": "warning", "critical": "error"}
# Warnings at which a change is not calm, however small it is.
_NOT_CALM = {"history", "order", "break-glass"}
_CAUSED = {"failed", "rolled back"}
_WENT = {"succeeded": "success", "failed": "error", "rolled back": "error"}


class _Pair(NamedTuple):
    """A block, and its replacement if Slack does not accept it. The replacement has no pictures."""

    block: Block
    classic: Block | None


def card(release: Release, facts: PlatformFacts, now: float, picture: str = "", newer: str = "") -> Message:
    """The card in this state. Every text in it is within Slack's limits, whatever the release contains.

    ``newer`` is the release that runs now, if it is another one. ``picture`` is the id of the file that shows the
    rollout: it is shown while the release waits for approval.
    """
    pairs = list(_pairs(release, facts, now, picture, newer))
    bare = [pair for pair in pairs if not isinstance(pair.block, ImageBlock)]
    return Message(
        text=notification(release),
        blocks=[pair.block for pair in bare],
        classic=[pair.classic or pair.block for pair in bare],
        pictured=[pair.block for pair in pairs] if len(bare) < len(pairs) else None,
    )


def notification(release: Release) -> str:
    """The notification, as a phone shows it: ``app → prod: 3f2a… (Fix): waits for approval``."""
    said = f"{safe(messages.title(release), 300)}: {safe(messages.standing(release), 300)}"
    if isinstance(release.state, Waiting) and release.reading is not None:
        said += f". Risk: {release.reading.meaning.level}. {safe(release.reading.meaning.sentence, 300)}"
    elif isinstance(release.state, Closed) and release.state.outcome in _CAUSED and release.cause is not None:
        said += f": {safe(in_chat_words(release.cause.sentence), 300)}"
    return said


def _pairs(release: Release, facts: PlatformFacts, now: float, picture: str, newer: str) -> Iterator[_Pair]:
    yield _same(header(_title(release)))
    state = state_line(release, facts, now)
    if state:
        yield _same(section(state))
    if isinstance(release.state, Closed):
        yield _outcome(release, release.state)
        if newer:
            yield _same(context(f"{code(newer)} has been released since: what runs now stands on its card."))
            yield _row(after(release, facts, newer))
            yield _same(context(*_small(release, facts)))
            return
    yield _same(section(fields=list(_who(release, facts))))
    match release.state:
        case Proposed():
            yield _row(deciding(release, can_approve=False))
        case Waiting():
            yield from _question(release, facts, picture)
        case Approved() | Executing() | Watching() | Verifying() | RollingBack():
            yield _Pair(plan(release, now), classic_plan(release, now))
            yield from _stuck(release)
            yield _row(running(release))
        case Closed():
            yield from _result(release, facts)
        case _:
            assert_never(release.state)
    yield _same(context(*_small(release, facts)))


def _title(release: Release) -> str:
    if isinstance(release.purpose, Delete):
        return f"Delete: {release.stack.label} in {release.stack.environment}"
    back = "Back: " if isinstance(release.purpose, Rollback) else "Restart: " if is_restart(release) else ""
    return f"{back}{release.stack.label} → {release.stack.environment}"


def _who(release: Release, facts: PlatformFacts) -> Iterator[str]:
    before, after_ = versions(release, facts)
    if is_restart(release):
        yield f"*Version*\n{after_}"
        yield f"*Restart*\n{safe(messages.restarted(release), 300)}"
    else:
        yield f"*From*\n{before}"
        yield f"*To*\n{after_}"
    reason = f"\n{safe(release.reason, 300)}" if release.reason else ""
    yield f"*Requested by*\n{actor(facts, release.requester)}{reason}"
    if isinstance(release.purpose, Rollback) and release.purpose.of:
        yield f"*Undoes*\n{code(release.purpose.of)}"
    if release.break_glass:
        yield f"*Break glass*\n{safe(release.break_glass, 300)}"


def _question(release: Release, facts: PlatformFacts, picture: str) -> Iterator[_Pair]:
    reading = release.reading
    if reading is not None:
        text = f"*Risk: {safe(reading.meaning.level)}.* {safe(reading.meaning.sentence, 500)}"
        level = _LEVELS.get(reading.meaning.level, "warning")
        if level == "info" and any(check.name in _NOT_CALM for check in release.checks if check.result == "warning"):
            level = "warning"
        yield _Pair(AlertBlock(text=marked(text), level=level), section(text))
    mind = [f"⚠️ {safe(warning, 300)}" for warning in messages.warnings(release)]
    if mind:
        yield _same(section(lines(mind, 1500)))
    changes = table(release)
    if changes is not None:
        yield _Pair(changes, classic_table(release))
    for text in filter(None, (in_place(release), added(release), meaning(reading))):
        yield _same(section(text))
    fields = list(shown(reading, release))
    if fields:
        yield _same(section(fields=fields))
    expected = drawable(release)
    if picture and expected is not None:
        yield _same(rollout(release, expected, picture))
    yield _same(section(asked(release, facts)))
    yield _row(deciding(release))


def _stuck(release: Release) -> Iterator[_Pair]:
    if isinstance(release.state, RollingBack) and release.state.how == "stuck":
        names = ", ".join(code(name) for name in release.state.stuck[:20]) or "resources that AWS does not report"
        text = f"The rollback is stuck at {names}. Correct the cause and retry, or skip these resources."
        yield _Pair(AlertBlock(text=marked(text), level="error"), section(text))


def _outcome(release: Release, state: Closed) -> _Pair:
    """What happened and why it did, first of all; how long it took comes after."""
    sentence = messages.outcome(release)
    text = f"*{safe(sentence[:1].upper() + sentence[1:], 500)}.*"
    cause = next(messages.reasons(release), "")
    if state.outcome in _CAUSED and cause:
        text = f"*{safe(f'{state.outcome.capitalize()}: {in_chat_words(cause)}', 600)}*\n{safe(sentence[:1].upper() + sentence[1:], 500)}."
    return _Pair(AlertBlock(text=marked(text), level=_WENT.get(state.outcome, "warning")), section(text))


def _result(release: Release, facts: PlatformFacts) -> Iterator[_Pair]:
    outcome = release.state.outcome if isinstance(release.state, Closed) else ""
    reasons = [in_chat_words(line) for line in messages.reasons(release)]
    why = [f"• {safe(line, 400)}" for line in (reasons[1:] if outcome in _CAUSED else reasons)]
    if why:
        yield _same(section(lines(why, 2400)))
    if release.passed_over:
        yield _same(context(lines((f"Skipped: {safe(p, 200)}" for p in release.passed_over[:10]), 900)))
    did = [
        f"{when(m.at, '{time_secs}')} {safe(m.what, 120)}{f' ({safe(m.who, 60)})' if m.who else ''}"
        for m in release.moments
        if m.who
    ]
    if did:
        yield _same(context(lines(did[-8:], 990)))
    yield _row(after(release, facts))


def _small(release: Release, facts: PlatformFacts) -> Iterator[str]:
    yield f"{code(release.id)} {when(release.created)}"
    yield agreed(release, facts)


def _same(block: Block) -> _Pair:
    return _Pair(block, None)


def _row(buttons: list[ButtonElement]) -> _Pair:
    return _same(actions(*buttons))
