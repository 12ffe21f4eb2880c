"""Answers for one person: what is running, the history, the differences, and the help."""

from collections.abc import Mapping, Sequence
from time import gmtime, strftime

from slack_sdk.models.blocks import Block, RawTextObject, TableBlock

from bot.blocks.changes import compare
from bot.blocks.message import Message, context, header, section, simple
from bot.blocks.text import clean, clip, code, lines, link, plain, pre, safe
from bot.blocks.worst_first import worst_first
from generator.release import messages
from generator.release.client import StackStatus
from generator.release.model.log_records import LockNow, Summary
from generator.release.model.observed import LogLine
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release, StackRef
from generator.release.model.requests import Lines
from generator.release.model.states import name
from generator.release.model.version import Running, Version
from generator.release.tombstone import orphan

_ROWS = 40
_SIGNS = {"succeeded": "●", "failed": "✕", "rolled back": "↩"}


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
    """Services and stacks by environment: version, age, open release. Locks below, then a line for each of ``lost``."""
    shown = [p for p in places if p.slot.running or p.open or stack_ref(facts, p.key).service]
    if len(shown) > _ROWS:
        shown = worst_first(shown)
    rows = [_place(place, facts, now) for place in shown]
    if not rows and not lost:
        return simple("Nothing has been released yet. To start, use `/deploy`.")
    table, classic = _table(("Where", "What", "Version", "Since", "Last"), rows)
    several = len({row[0] for row in rows}) > 1
    others = "name an environment, as in `/deploy status prod`" if several else "they are in my App Home, page by page"
    rest = [context(f"{len(rows) - _ROWS} more, of which none is worse: {others}")] if len(rows) > _ROWS else []
    held = [section(_locks(locks, now))] if locks else []
    held += [section(lines((f"⚠ {safe(line, 600)}" for line in lost), 2900))] if lost else []
    title = section("*Running versions*")
    return Message("Running versions", [title, table, *held, *rest], [title, classic, *held, *rest])


def _locks(locks: Sequence[LockNow], now: float) -> str:
    return "*Locked or frozen*\n" + lines(
        (
            f"• {code(lock.scope)} {'frozen' if lock.freeze else 'locked'} by {safe(lock.actor.name, 60)} "
            f"for {lock.age(now)}: {safe(lock.reason, 200)}"
            for lock in locks
        ),
        2000,
    )


def history(key: str, found: Sequence[Summary], now: float) -> Message:
    """Releases of one stack, newest first."""
    if not found:
        return simple(f"Nothing has been released to {code(key)} yet.")
    rows = [
        f"{_SIGNS.get(one.state, '○')} {code(one.id, 90)} {'restart of ' if one.purpose == 'restart' else ''}{code(messages.short(one.commit), 20)} {safe(one.subject, 80)} "
        f"– {safe(one.state, 30)}, {messages.since(one.closed or one.created, now)}, {safe(one.requester, 40)}"
        + (f", approved by {safe(', '.join(one.approvers), 80)}" if one.approvers else "")
        + (f"\n      {safe(one.cause, 160)}" if one.cause and one.state != "succeeded" else "")
        for one in found
    ]
    return simple(f"*{safe(key)}*\n" + lines(rows, 2800), section(f"*{safe(key)}*\n" + lines(rows, 2800)))


def diff(key: str, running: Running | None, newest: Sequence[Version], facts: PlatformFacts) -> Message:
    """What was published after the running version, newest first."""
    there = running.commit if running is not None else ""
    head = (
        f"*{safe(key)}* runs {code(messages.short(there), 20)} {safe(running.subject, 120)}"
        if running
        else f"*{safe(key)}* has no version yet"
    )
    if not newest:
        return simple(f"{head}, and no newer version has been published.")
    url = compare(facts, there, newest[0].id)
    more = f"\n{link(url, 'Compare on GitHub')}" if url else ""
    rows = [f"• {code(v.short, 20)} {safe(v.commit.subject, 120)} – {safe(v.commit.author, 60)}" for v in newest]
    return simple(f"{head}\nPublished since:\n{lines(rows, 2400)}{more}")


def logs(key: str, region: str, found: Lines, last: Release | None) -> Message:
    """The last lines of a service, and where the other lines are. Evidence of a failure in the release is shown too.

    The front may not read logs: ``found`` is the worker's answer.
    """
    environment, _, stack = key.partition("/")
    command = code(f"slipway logs {stack.removeprefix('service-')} {environment}")
    text = f"Logs of *{safe(key)}*: {_console(region, found.group)}. In a terminal: {command}"
    if found.why:
        text += f"\nThe log lines could not be read: {safe(found.why, 600)}"
    elif not found.lines:
        text += "\nThere are no log lines of the last ten minutes."
    blocks: list[Block] = [section(text)]
    if found.lines:
        blocks.append(section(pre(_tail(found.lines), 2900)))
    if last is not None and last.cause is not None:
        seen = lines((f"• {safe(line, 300)}" for line in (last.cause.sentence, *last.cause.evidence)), 2000)
        blocks.append(section(f"{code(last.id)} ended as {safe(name(last.state), 40)}:\n{seen}"))
    return Message(clip(text, 2900), blocks)


def _console(region: str, group: str) -> str:
    """The log group in AWS's console, which needs its slashes encoded twice."""
    place = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group/"
    return link(place + group.replace("/", "$252F"), group) if group else "the log groups of its stack"


def _tail(found: Sequence[LogLine]) -> str:
    """As many lines as fit, the newest last, because the end of a log says most. Times are UTC, streams the task's id."""
    kept: list[str] = []
    room = 2400
    for line in reversed(found):
        at = strftime("%H:%M:%S", gmtime(line.at)) if 0 < line.at < 4e9 else "-"
        row = clip(f"{at}  {line.stream.rpartition('/')[2][:8]}  {' '.join(clean(line.text).split())}", 300)
        # Each of these takes up to five characters once it is escaped.
        room -= len(row) + 4 * sum(row.count(c) for c in "&<>") + 1
        if room < 0:
            break
        kept.append(row)
    return "\n".join(reversed(kept))


_HELP = """*Releasing*
• `/deploy` opens a form; `/deploy app prod` releases the newest version, `/deploy app prod 3f2a5b6c7d8e` this version
• `/deploy app prod because …` gives the reason; `… break glass because …` skips locks, freezes and approvals, if you may use it
• `/deploy promote app staging prod` releases the last good version of staging; `/deploy plan prod network` changes infrastructure
• `/rollback app prod` rolls back to the last good version, `/rollback app prod prod-app-12` to the version of a release
• `/deploy restart app prod` starts new tasks of the version that is running
*Deciding*
• Approve, Reject, Cancel and Undo are buttons of the card; `/deploy cancel prod-app-12` and `/deploy undo prod-app-12` do the same
• `/deploy continue prod-app-12` continues a rollout that is waiting at its gate
*Showing*
• `/deploy status [prod]`, `/deploy history app prod`, `/deploy diff app prod`, `/deploy logs app prod`
*Locking*
• `/deploy lock app prod for 2 hours because …` (or `until 18:00`, in UTC), `/deploy unlock app prod`, `/deploy freeze prod because …`, `/deploy unfreeze prod`
In a thread, mention me: `@slipway status`, `@slipway undo`."""


def usage() -> Message:
    """The chat commands, each with an example."""
    return Message("How to release with Slipway", [header("Slipway"), section(_HELP)])


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
