"""Messages beside the card: its thread, direct messages to the approvers, a second channel."""

from slack_sdk.models.blocks import Block, RawTextObject, TableBlock

from bot.blocks import button_values
from bot.blocks.buttons import CLOSE_GATE, CONTINUE, deciding
from bot.blocks.changes import versions
from bot.blocks.mentions import actor, asked, person
from bot.blocks.message import Confirmation, Message, actions, button, context, section, simple
from bot.blocks.text import clean, clip, code, count, lines, link, plain, pre, safe, when
from bot.chat_words import in_chat_words
from generator.cli.release_text import bar
from generator.release import gates, messages, policy, traffic_report
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Progress, Release
from generator.release.model.states import Closed, Waiting
from generator.release.sides import Side, sides

_BAR = 5  # a thread is narrow: three columns have to fit
_SHORT, _ROOM = 12, 2800  # lines and characters of evidence in a message


def log(release: Release) -> Message:
    """Everything that has happened so far: one message of the thread, edited in place."""
    rows = [
        f"{when(m.at, '{time_secs}')} {safe(m.what, 200)}{f' – {safe(m.who, 60)}' if m.who else ''}"
        for m in release.moments[-30:]
    ]
    last = f": {rows[-1]}" if rows else ""
    return simple(f"What happened{last}", section("*What happened*\n" + lines(rows, 2800, "nothing yet")))


def asking(release: Release, facts: PlatformFacts, url: str) -> Message:
    """The direct message to a person whose approval is needed."""
    before, after = versions(release, facts)
    title = f"*{safe(messages.title(release), 300)}* waits for you"
    risk = release.reading.meaning if release.reading is not None else None
    said = f"\nRisk: {risk.level}. {safe(risk.sentence, 400)}" if risk is not None else ""
    warned = "".join(f"\n⚠️ {safe(warning, 300)}" for warning in messages.warnings(release)[:8])
    why = f": {safe(release.reason, 300)}" if release.reason else ""
    more = f"\n{link(url, 'See the card')}" if url else ""
    text = clip(
        f"{title}\nFrom {before} to {after}\nRequested by {actor(facts, release.requester)}{why}{said}{warned}", 2700
    )
    return Message(
        f"{safe(messages.title(release), 300)} waits for your approval.{clip(said.replace(chr(10), ' '), 500)}{clip(warned.replace(chr(10), ' '), 700)}",
        [section(f"{text}{more}"), actions(*deciding(release)[:3])],
    )


def decided(release: Release) -> Message:
    """The same message after the decision, without buttons: how the release stands, and in the end what came of it."""
    said = messages.standing(release)
    if not isinstance(release.state, Closed):
        return simple(f"{safe(messages.title(release), 300)}: {safe(said, 300)}. You no longer need to decide.")
    why = f" {safe(in_chat_words(release.cause.sentence), 400)}." if release.cause is not None else ""
    return simple(f"{safe(messages.title(release), 300)}: {safe(said, 300)}.{why}")


def nudge(release: Release, facts: PlatformFacts) -> Message:
    """A reminder, sent once."""
    until = f" It expires {when(release.state.expires)}." if isinstance(release.state, Waiting) else ""
    return simple(f"Still waiting for approval.{until}\n{asked(release, facts)}")


def gate(release: Release, facts: PlatformFacts) -> Message:
    """The message of a rollout that waits at a gate: who may answer, until when, what happens else, and both versions."""
    seen = release.progress
    silence = (
        f" until {when(seen.hook_expires)}. If nobody answers until then, {gates.silence(seen)}"
        if seen.hook_expires
        else ""
    )
    served = [f"{one.percent:g} % by {messages.side(one, subject=False)}" for one in sides(release) if one.percent]
    users = f"Users are served {safe(' and '.join(served), 200)}." if served else ""
    text = f"*The rollout is waiting at a gate* {code(seen.hook_stage or seen.hook, 80)}{silence}. {users}\n{_may_answer(release, facts)}"
    title = section(text)
    head, *rows = _sides(release)
    cells = [[RawTextObject(text=plain(cell, 120)) for cell in row] for row in (head, *rows)]
    fields = [
        f"*{safe(head[side], 120)}*\n"
        + "\n".join(f"{what}: {safe((old, new)[side - 1], 120)}" for what, old, new in rows)
        for side in (1, 2)
    ]
    health = f"{seen.healthy} of {seen.targets} targets healthy, " if seen.targets else ""
    small = context(
        _measured(seen),
        f"{health}{count(seen.failed_tasks, 'task')} failed",
    )
    shown = button_values.value(release.id, button_values.mark(seen.hook))
    where = f"{release.stack.label} in {release.stack.environment}"
    sure = Confirmation(
        "Roll back?",
        (f"The rollout stops, and {where} is rolled back to the state before this release."),
        "Roll back",
    )
    choice = actions(
        button("Continue", CONTINUE, shown, style="primary"),
        button("Roll back", CLOSE_GATE, shown, style="danger", sure=sure),
        block_id=f"gate-{button_values.mark(seen.hook)}",
    )
    return Message(
        f"{safe(messages.title(release), 300)} {safe(messages.standing(release), 200)}. {users}",
        [title, TableBlock(rows=cells), small, choice],
        [title, section(fields=fields), small, choice],
    )


def _may_answer(release: Release, facts: PlatformFacts) -> str:
    """Who may press Continue, as a mention: the message notifies them."""
    rules = facts.rules(release.stack)
    asked_ = policy.approvers(rules.releases.approvals, "image", protected=rules.protected)
    need = gates.need(asked_)
    may = [name for name in facts.people if not policy.may_approve(need, release, name, facts.static_groups(name))]
    teams = f"{safe(' or '.join(asked_.by), 120)} " if asked_.by else ""
    names = f"({', '.join(person(facts, name) for name in may[:8])})" if may else ""
    return f"May answer: {teams}{names or 'anybody under `people:`'}. Roll back needs no approval."


def _sides(release: Release) -> list[tuple[str, str, str]]:
    """A header and a row for each value that can be compared: its name, the old version, the new one."""
    seen = release.progress
    before, after = sides(release)
    most = max(before.tasks, after.tasks, before.desired_tasks, after.desired_tasks, 1)
    return [
        ("Gate", messages.side(before), messages.side(after)),
        *traffic_report.table(seen),
        ("Tasks", _tasks(before, most), _tasks(after, most)),
        ("Traffic", f"{before.percent:g} %", f"{after.percent:g} %"),
    ]


def _tasks(one: Side, most: int) -> str:
    return f"{bar(one.tasks, most, _BAR)} {one.tasks}{f' of {one.desired_tasks}' if one.desired_tasks else ''}"


def _measured(seen: Progress) -> str:
    if not seen.measured:
        return "Errors and latency are being looked up"
    if seen.unmeasured:
        return f"Errors and latency are not known: {safe(seen.unmeasured, 600)}"
    return f"5xx of the targets and p99 of the slowest minute, at the load balancer, in {traffic_report.window(seen)}"


def passed(release: Release) -> Message:
    """The message of the gate when it does not wait any more: who answered it, or that nobody did."""
    answered = next((m for m in reversed(release.moments) if "gate" in m.what or m.what == "rollback requested"), None)
    who = f" by {safe(answered.who, 60)}" if answered is not None and answered.who else ""
    what = f"{safe(answered.what[:1].upper() + answered.what[1:], 300)}{who}. " if answered is not None else ""
    return simple(f"The gate has passed. {what}Now: {safe(messages.standing(release), 300)}.")


def result(release: Release, facts: PlatformFacts) -> Message:
    """The result for those who wait for it. The requester is mentioned, because edits notify nobody."""
    sentence = f"{actor(facts, release.requester)} {code(release.id)} {safe(messages.outcome(release), 500)}."
    cause = release.cause
    if cause is None or (isinstance(release.state, Closed) and release.state.outcome == "succeeded"):
        return simple(sentence)
    text = f"{sentence}\n*{safe(cause.sentence, 800)}*" + (
        f"\nFix: {safe(in_chat_words(cause.fix), 400)}" if cause.fix else ""
    )
    evidence = "\n".join(clean(line) for line in cause.evidence[:_SHORT])
    blocks: list[Block] = [section(text), *([section(pre(evidence, _ROOM))] if evidence else [])]
    if whole(release):
        blocks.append(context("All evidence is in the file below."))
    said = f"{safe(messages.title(release), 300)}: {safe(messages.outcome(release), 300)}: {safe(cause.sentence, 500)}"
    return Message(said, blocks)


def whole(release: Release) -> str:
    """All evidence of a failure, for a file. "" if the result shows it all."""
    cause = release.cause
    if cause is None or (isinstance(release.state, Closed) and release.state.outcome == "succeeded"):
        return ""
    shown = cause.evidence[:_SHORT]
    lines_ = [clean(line) for line in cause.evidence]
    # Entities make it longer, and what is longer than a message is cut there.
    long = len(cause.evidence) > _SHORT or len(pre("\n".join(lines_), _ROOM * 8)) > _ROOM
    if not long and all(any(line.endswith(said) for said in shown) for line in cause.log):
        return ""
    rows = [f"{release.id}: {messages.title(release)}", messages.outcome(release), "", f"Why: {cause.sentence}"]
    rows += [f"Fix: {cause.fix}"] if cause.fix else []
    rows += ["", "Evidence:", *(f"- {line}" for line in cause.evidence)] if cause.evidence else []
    rows += ["", "Last log lines of the tasks (UTC):", *cause.log] if cause.log else []
    return "\n".join(clean(row) for row in rows) + "\n"


def notice(release: Release, facts: PlatformFacts, url: str) -> Message:
    """The message in the second channel of an environment."""
    said = messages.standing(release)
    who = person(facts, release.requester.person) if release.requester.person else safe(release.requester.name, 60)
    more = f" {link(url, 'Card')}" if url else ""
    return simple(f"*{safe(messages.title(release), 300)}*: {safe(said, 400)}. Requested by {who}.{more}")
