"""What runs where, what happened, what is different, and what one can say: answers for one person's eyes."""

from collections.abc import Mapping, Sequence

from slack_sdk.models.blocks import Block, RawTextObject, TableBlock

from bot.blocks.changes import compare
from bot.blocks.message import Message, context, header, section, simple
from bot.blocks.text import code, lines, link, plain, safe
from generator.release import words
from generator.release.desk import Place
from generator.release.model.log import LockNow, Summary
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.model.states import name
from generator.release.model.version import Running, Version

_ROWS = 40
_SIGNS = {"succeeded": "●", "failed": "✕", "rolled back": "↩"}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], most: int = _ROWS) -> tuple[Block, Block]:
    """A table and the same as a paragraph."""
    cells = [[RawTextObject(text=plain(cell, 70)) for cell in row] for row in (head, *rows[:most])]
    classic = lines((" · ".join(safe(cell, 70) for cell in row if cell) for row in rows), 2900, "-")
    return TableBlock(rows=cells), section(classic)


def _place(place: Place, facts: PlatformFacts, now: float) -> tuple[str, ...]:
    running = place.slot.running
    stack = facts.stacks[place.key].ref
    doing = f"{name(place.open.state)}: {place.open.id}" if place.open is not None else place.slot.outcome
    since = words.since(running.since, now) if running is not None else ""
    return (stack.environment, stack.label, words.call_running(running) if running else "nothing", since, doing)


def status(places: Sequence[Place], locks: Sequence[LockNow], facts: PlatformFacts, now: float) -> Message:
    """Services and stacks by environment: version, age, what is under way; locks below."""
    shown = [p for p in places if p.slot.running or p.open or facts.stacks[p.key].ref.service]
    rows = [_place(place, facts, now) for place in shown]
    if not rows:
        return simple("Nothing was released yet. Begin with `/deploy`.")
    table, classic = _table(("Where", "What", "Version", "Since", "Last"), rows)
    rest = (
        [context(f"{len(rows) - _ROWS} more: name an environment, as in `/deploy status prod`")]
        if len(rows) > _ROWS
        else []
    )
    held = [section(_locks(locks, now))] if locks else []
    title = section("*What runs where*")
    return Message("What runs where", [title, table, *held, *rest], [title, classic, *held, *rest])


def _locks(locks: Sequence[LockNow], now: float) -> str:
    return "*Held back*\n" + lines(
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
        return simple(f"Nothing was released to {code(key)} yet.")
    rows = [
        f"{_SIGNS.get(one.state, '○')} {code(one.id, 90)} {code(words.short(one.commit), 20)} {safe(one.subject, 80)} "
        f"– {safe(one.state, 30)}, {words.since(one.closed or one.created, now)}, {safe(one.requester, 40)}"
        + (f", approved by {safe(', '.join(one.approvers), 80)}" if one.approvers else "")
        + (f"\n      {safe(one.cause, 160)}" if one.cause and one.state != "succeeded" else "")
        for one in found
    ]
    return simple(f"*{safe(key)}*\n" + lines(rows, 2800), section(f"*{safe(key)}*\n" + lines(rows, 2800)))


def diff(key: str, running: Running | None, newest: Sequence[Version], facts: PlatformFacts) -> Message:
    """What was published since the version that runs: newest first."""
    there = running.commit if running is not None else ""
    head = (
        f"*{safe(key)}* runs {code(words.short(there), 20)} {safe(running.subject, 120)}"
        if running
        else f"*{safe(key)}* runs nothing yet"
    )
    if not newest:
        return simple(f"{head}, and nothing newer was published.")
    url = compare(facts, there, newest[0].id)
    more = f"\n{link(url, 'Compare on GitHub')}" if url else ""
    rows = [f"• {code(v.short, 20)} {safe(v.commit.subject, 120)} – {safe(v.commit.author, 60)}" for v in newest]
    return simple(f"{head}\nPublished since:\n{lines(rows, 2400)}{more}")


def logs(key: str, region: str, group: str, last: Release | None) -> Message:
    """Where the logs are. The front may not read them; what a failure left in the release is shown."""
    place = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group/"
    where = link(place + group.replace("/", "$252F"), group) if group else "the log groups of its stack"
    environment, _, stack = key.partition("/")
    command = code(f"slipway logs {stack.removeprefix('service-')} {environment}")
    text = f"Logs of *{safe(key)}*: {where}. In a terminal: {command}"
    if last is None or last.cause is None:
        return simple(text)
    seen = lines((f"• {safe(line, 300)}" for line in (last.cause.sentence, *last.cause.evidence)), 2000)
    return simple(f"{text}\n{code(last.id)} ended as {safe(name(last.state), 40)}:\n{seen}")


_HELP = """*Releasing*
• `/deploy` opens a form; `/deploy app prod` releases the newest version, `/deploy app prod 3f2a5b6c7d8e` that one
• `/deploy app prod because …` says why; `… break glass because …` passes freezes and approvals, for those who may
• `/deploy promote app staging prod` brings what runs in staging; `/deploy plan prod network` changes infrastructure
• `/rollback app prod` brings the last good version back, `/rollback app prod prod-app-12` that of a release
*Deciding*
• Approve, Reject, Cancel and Undo are buttons of the card; `/deploy cancel prod-app-12` and `/deploy undo prod-app-12` do the same
*Looking*
• `/deploy status [prod]`, `/deploy history app prod`, `/deploy diff app prod`, `/deploy logs app prod`
*Holding back*
• `/deploy lock app prod 2h because …`, `/deploy unlock app prod`, `/deploy freeze prod because …`, `/deploy unfreeze prod`
In a thread, say it to me: `@slipway status`, `@slipway undo`."""


def usage() -> Message:
    """What one can say."""
    return Message("How to release with Slipway", [header("Slipway"), section(_HELP)])


def by_environment(places: Sequence[Place], facts: PlatformFacts) -> Mapping[str, list[Place]]:
    """Places grouped by environment, in the configuration's order."""
    found: dict[str, list[Place]] = {}
    for place in places:
        found.setdefault(facts.stacks[place.key].ref.environment, []).append(place)
    return found
