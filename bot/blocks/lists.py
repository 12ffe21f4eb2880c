"""Answers for one person about one stack: the history, the differences, the logs; and the help."""

import re
from collections.abc import Sequence
from time import gmtime, strftime

from bot.blocks.changes import compare
from bot.blocks.message import Message, header, section, simple
from bot.blocks.text import clean, clip, code, lines, link, pre, safe
from generator.release import messages
from generator.release.model.log_records import Summary
from generator.release.model.observed import LogLine
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.model.requests import Lines
from generator.release.model.states import name
from generator.release.model.version import Running, Version
from generator.release.scope_names import call_scope

_SIGNS = {"succeeded": "●", "failed": "✕", "rolled back": "↩"}


def history(key: str, found: Sequence[Summary], now: float) -> Message:
    """Releases of one stack, newest first."""
    if not found:
        return simple(f"Nothing has been released to {code(call_scope(key))} yet.")
    head, rows = f"*{safe(call_scope(key))}*\n", (_row(one, now) for one in found)
    return simple(head + lines(rows, 2800))


def _row(one: Summary, now: float) -> str:
    return (
        f"{_SIGNS.get(one.state, '○')} {code(one.id, 90)} {'restart of ' if one.purpose == 'restart' else ''}{code(messages.short(one.commit), 20)} {safe(one.subject, 80)} "
        f"– {safe(one.state, 30)}, {messages.since(one.closed or one.created, now)}, {safe(one.requester, 40)}"
        + (f", approved by {safe(', '.join(one.approvers), 80)}" if one.approvers else "")
        + (f"\n      {safe(one.cause, 160)}" if one.cause and one.state != "succeeded" else "")
    )


def diff(key: str, running: Running | None, newest: Sequence[Version], facts: PlatformFacts) -> Message:
    """What was published after the running version, newest first."""
    there = running.commit if running is not None else ""
    head = (
        f"*{safe(call_scope(key))}* runs {code(messages.short(there), 20)} {safe(running.subject, 120)}"
        if running
        else f"*{safe(call_scope(key))}* has no version yet"
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
    text = f"Logs of *{safe(call_scope(key))}*: {_console(region, found.group)}. In a terminal: {command}"
    if found.why:
        text += f"\nThe log lines could not be read: {safe(found.why, 600)}"
    elif not found.lines:
        text += "\nThere are no log lines of the last ten minutes."
    blocks = [section(text)]
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


def recent(what: str, found: Sequence[Summary], now: float) -> Message:
    """Releases of several stacks, newest first."""
    if not found:
        return simple(f"Nothing has been released to {safe(what, 80)} yet.")
    head = f"*Last releases: {safe(what, 80)}*\n"
    return simple(head + lines((_row(one, now) for one in found), 2700))


def plan(key: str, running: Running | None, newest: Version | None) -> Message:
    """What the newest version would change in a stack, as far as it is known before a change set is created."""
    name = call_scope(key)
    environment, _, stack = name.partition("/")
    there = f"{code(name)} runs {safe(messages.call_running(running), 200)}"
    if newest is None:
        return simple(f"{there}. No version with this stack has been published. Nothing was requested.")
    if running is not None and newest.id == running.commit:
        return simple(f"{there}, which is the newest version. Nothing was requested.")
    body = newest.stacks[key]
    same = running is not None and body.digest == running.template
    template = "the same template" if same else "another template"
    return simple(
        f"{there}. The newest version is {safe(messages.call_version(newest), 200)}, with {template}. Nothing was requested.\n"
        f"Each change before and after: {code(f'slipway plan {environment} {stack}')} in a terminal. To request it: "
        f"{code(f'/deploy {stack} {environment}')}"
    )


_HELP = """*Releasing*
• `/deploy` opens a form; `/deploy app prod` releases the newest version, `/deploy app prod 3f2a5b6c7d8e` this version (or a link to its commit, or `#123` for its pull request)
• `/deploy app prod because …` gives the reason; `… break glass because …` skips locks, freezes and approvals, if you may use it
• `/deploy promote app staging prod` releases the last good version of staging; `/deploy apply prod network` changes infrastructure, `/deploy plan prod network` only looks
• `/rollback app prod` rolls back to the last good version, `/rollback app prod prod-app-12` to the version of a release
• `/deploy restart app prod` starts new tasks of the version that is running; `/deploy retry prod-app-12` requests a release again
*Deciding*
• Approve, Reject, Cancel and Undo are buttons of the card; `/deploy cancel app prod`, `/deploy undo prod-app-12`, `/deploy reject prod-app-12 because …` do the same, and `/deploy stop app prod` ends whatever is open
• `/deploy continue prod-app-12` continues a rollout that is waiting at its gate; `/deploy approve app prod` leads to the card
*Showing*
• `/deploy status [app] [prod]`, `/deploy history app prod`, `/deploy diff app prod`, `/deploy logs app prod`, `/deploy info prod-app-12`
• `/deploy queue`, `/deploy locks`, `/deploy services`, and questions: `/deploy who deployed app?`, `/deploy what's on prod?`, `/deploy where is 3f2a5b6`
*Locking*
• `/deploy lock app prod for 2 hours because …` (or `until 18:00`, `until monday`, in UTC), `/deploy unlock app prod`, `/deploy freeze prod because …`, `/deploy unfreeze prod`
In a thread, mention me: `@slipway status`, `@slipway undo`."""


def usage(verb: str = "") -> Message:
    """The chat commands, each with an example; or those of one verb."""
    rows = [line for line in _HELP.splitlines() if verb and re.search(rf"[/ ]{re.escape(verb)}\b", line.lower())]
    if rows:
        return simple("\n".join(rows))
    return Message("How to release with Slipway", [header("Slipway"), section(_HELP)])
