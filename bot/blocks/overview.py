"""Answers for one person about many stacks: what is running, what is locked, what is open, and where a commit runs."""

from collections.abc import Mapping, Sequence

from slack_sdk.models.blocks import Block, RawTextObject, TableBlock

from bot.blocks.message import Message, context, section, simple
from bot.blocks.text import code, count, lines, plain, safe, when
from bot.blocks.worst_first import worst_first
from generator.release import messages
from generator.release.client import StackStatus
from generator.release.model.log_records import LockNow
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release, StackRef
from generator.release.scope_names import call_scope
from generator.release.tombstone import orphan

_ROWS = 40
_FINE = {"", "succeeded"}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], most: int = _ROWS) -> tuple[Block, Block]:
    """A table, and the same rows as a paragraph."""
    cells = [[RawTextObject(text=plain(cell, 70)) for cell in row] for row in (head, *rows[:most])]
    classic = lines((" · ".join(safe(cell, 70) for cell in row if cell) for row in rows), 2900, "-")
    return TableBlock(rows=cells), section(classic)


def _place(place: StackStatus, facts: PlatformFacts, now: float) -> tuple[str, ...]:
    running = place.slot.running
    stack = stack_ref(facts, place.key)
    doing = f"{messages.word(place.open)}: {place.open.id}" if place.open is not None else place.slot.outcome
    if place.open is None and place.key not in facts.stacks:
        doing = "nothing asks for it"
    since = messages.since(running.since, now) if running is not None else ""
    return (stack.environment, stack.label, messages.call_running(running) if running else "nothing", since, doing)


def status(
    places: Sequence[StackStatus], locks: Sequence[LockNow], facts: PlatformFacts, now: float, lost: Sequence[str] = ()
) -> Message:
    """Services first, worst first, then infrastructure that is not as it should be; the rest of it is counted.

    Locks below, then a line for each of ``lost``.
    """
    shown = [p for p in worst_first(places) if p.slot.running or p.open or stack_ref(facts, p.key).service]
    services = [p for p in shown if stack_ref(facts, p.key).service]
    others = [p for p in shown if not stack_ref(facts, p.key).service]
    told = [p for p in others if p.open or p.slot.outcome not in _FINE or p.key not in facts.stacks]
    folded = others if not services and not told else [p for p in others if p not in told]
    unfold = folded is others  # nothing else is asked for
    listed = [*services, *told, *(folded if unfold else ())]
    rows = [_place(place, facts, now) for place in listed]
    held = [section(f"*Locked or frozen*\n{_locks(locks, now)}")] if locks else []
    held += [section(lines((f"⚠ {safe(line, 600)}" for line in lost), 2900))] if lost else []
    if not rows and not held:
        return simple("Nothing has been released yet. To start, use `/deploy`.")
    table, classic = _table(("Where", "What", "Version", "Since", "Last"), rows)
    several = len({row[0] for row in rows}) > 1
    more = "name an environment, as in `/deploy status prod`" if several else "they are in my App Home, page by page"
    rest = [context(f"{len(rows) - _ROWS} more, of which none is worse: {more}")] if len(rows) > _ROWS else []
    if folded and not unfold:
        rest += [
            context(f"{count(len(folded), 'stack')} of infrastructure as released, such as {code(_named(folded[0]))}")
        ]
    title, text = section("*Running versions*"), _headline(listed, locks, facts)
    body = [title, *((table,) if rows else ()), *held, *rest]
    return Message(text, body, [title, *((classic,) if rows else ()), *held, *rest])


def _named(place: StackStatus) -> str:
    return call_scope(place.key)


def _headline(places: Sequence[StackStatus], locks: Sequence[LockNow], facts: PlatformFacts) -> str:
    """The first services in words, for the notification and for a screen reader."""
    said = [
        f"{_named(p)} {messages.call_running(p.slot.running)}"
        + (f", {messages.word(p.open)}" if p.open is not None else "")
        for p in places[:3]
    ]
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    held = f"; {count(len(locks), 'lock')}" if locks else ""
    return f"Running versions: {safe('; '.join(said), 900)}{more}{held}" if facts.stacks else "Running versions"


def _locks(locks: Sequence[LockNow], now: float) -> str:
    return lines((f"• {lock_text(lock, now)}" for lock in locks), 2000)


def lock_text(lock: LockNow, now: float) -> str:
    """``prod/app locked by ana for 5 min, until …: the database is being moved``, in markup."""
    what = "frozen" if lock.freeze else "locked"
    until = f", until {when(lock.until)}" if lock.until else ", until somebody removes it"
    return (
        f"{code(call_scope(lock.scope))} {what} by {safe(lock.actor.name, 60)} for {lock.age(now)}{until}: "
        f"{safe(lock.reason, 200)}"
    )


def locked(locks: Sequence[LockNow], now: float) -> Message:
    """What people hold back, by whom, why, and until when."""
    return simple(f"*Locked or frozen*\n{_locks(locks, now)}" if locks else "Nothing is locked or frozen by a person.")


def open_releases(found: Sequence[Release]) -> Message:
    """The releases that are open, with their states."""
    if not found:
        return simple("No release is open, and none waits for approval.")
    rows = (f"• {code(r.id)} {safe(messages.title(r), 200)}: {safe(messages.standing(r), 200)}" for r in found)
    return simple(f"*Open releases*\n{lines(rows, 2700)}")


def where(commit: str, places: Sequence[StackStatus], facts: PlatformFacts) -> Message:
    """The stacks that run a commit, and the open releases that bring it."""
    runs = [p for p in places if p.slot.running is not None and p.slot.running.commit.startswith(commit)]
    coming = [p.open for p in places if p.open is not None and p.open.after.commit.startswith(commit)]
    shown = [p for p in runs if stack_ref(facts, p.key).service] or runs
    rows = [f"• runs as {code(_named(p))}: {safe(messages.call_running(p.slot.running), 200)}" for p in shown]
    rows += [f"• {code(r.id)} brings it: {safe(messages.standing(r), 200)}" for r in coming]
    head = f"Commit {code(commit[:12])}"
    return simple(f"{head}\n{lines(rows, 2700)}" if rows else f"{head} runs nowhere, and no open release brings it.")


def environments(facts: PlatformFacts) -> Message:
    """The environments with their services: the names that can be written."""
    rows = []
    for name in facts.environments:
        services = sorted({f.ref.label for f in facts.stacks.values() if f.ref.environment == name and f.ref.service})
        if services:
            rows.append(f"• {code(name)}: {safe(', '.join(services), 600)}")
    return simple(
        f"*Environments and their services*\n{lines(rows, 2700)}" if rows else "No environment has a service."
    )


def stack_ref(facts: PlatformFacts, key: str) -> StackRef:
    """A stack by its key, also a stack that nothing asks for any more."""
    known = facts.stacks.get(key) or orphan(facts, key)
    return known.ref if known is not None else StackRef(key=key, name="", account="", region="")


def by_environment(places: Sequence[StackStatus]) -> Mapping[str, list[StackStatus]]:
    """Rows grouped by environment, in the order in which the environments first appear."""
    found: dict[str, list[StackStatus]] = {}
    for place in places:
        found.setdefault(place.key.partition("/")[0], []).append(place)
    return found
