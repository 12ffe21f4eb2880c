"""A running release as a plan of tasks: change set, stack, rollout, traffic, health, verification."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from slack_sdk.models.blocks import Block, PlanBlock, RichTextBlock, TaskCardBlock
from slack_sdk.models.blocks.block_elements import RichTextElementParts, RichTextSectionElement

from bot.blocks.message import section
from bot.blocks.text import clip, count, lines, plain, safe
from generator.cli.release_text import bar, counts, stamp
from generator.release import messages
from generator.release.model.release import Progress, Release
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
from generator.release.sides import goes_back

Status = Literal["pending", "in_progress", "complete", "error"]
_SIGNS: dict[Status, str] = {"pending": "○", "in_progress": "◐", "complete": "●", "error": "✕"}


class Task(NamedTuple):
    """One line of the plan."""

    id: str
    title: str
    status: Status
    details: str = ""


def tasks(release: Release, now: float) -> list[Task]:
    """The finished tasks, the current one and those that follow."""
    return list(_tasks(release, now))


def _tasks(release: Release, now: float) -> Iterator[Task]:
    state, seen = release.state, release.progress
    changes = len(release.change_set.changes) if release.change_set is not None else 0
    made: Status = "complete" if release.change_set is not None else "in_progress"
    yield Task("change-set", "Change set" + (f": {count(changes, 'change')}" if changes else ""), made)
    if isinstance(state, Waiting | Proposed):
        return
    held = isinstance(state, Approved) and state.held
    begun = not isinstance(state, Approved)
    done = isinstance(state, Verifying) or (isinstance(state, Closed) and state.outcome == "succeeded")
    back = isinstance(state, RollingBack)
    stack: Status = "complete" if done else "in_progress" if begun or not held else "pending"
    yield Task("stack", _stack(seen), "error" if back else stack, state.held if isinstance(state, Approved) else "")
    if release.stack.service and seen.deployment_status:
        over = seen.deployment_status == "SUCCESSFUL"
        rollout: Status = "error" if back else "complete" if over else "in_progress"
        yield Task("rollout", _rollout(seen), rollout, "\n".join(counts(release)))
        yield Task("traffic", f"Traffic: {messages.traffic(release)}", rollout)
    if seen.targets:
        well: Status = "complete" if seen.healthy >= seen.targets else "in_progress"
        title = f"Health: {bar(seen.healthy, seen.targets)} {seen.healthy} of {seen.targets} targets healthy"
        yield Task("health", title, well)
    if isinstance(state, RollingBack):
        yield Task("back", _sentence(messages.standing(release)), "in_progress", seen.note)
    else:
        yield _verify(release, now)


def _stack(seen: Progress) -> str:
    if not seen.stack_status:
        return "Stack"
    done = f" {seen.done} of {seen.total}" if seen.total else ""
    return f"Stack: {seen.stack_status}{done}{f', at {seen.resource}' if seen.resource else ''}"


def _rollout(seen: Progress) -> str:
    gate = ", waiting at a gate" if seen.hook else ""
    return f"Rollout: {seen.deployment_status}{f' {seen.stage}' if seen.stage else ''}{gate}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _verify(release: Release, now: float) -> Task:
    state = release.state
    if isinstance(state, Verifying):
        left = max(0.0, state.until - now)
        title = f"Verify: must stay healthy for {stamp(left)} more" if left else "Verify: one more check"
        return Task("verify", title, "in_progress", release.progress.note)
    if isinstance(state, Closed):
        return Task("verify", "Verify", "complete" if state.outcome == "succeeded" else "error")
    note = release.progress.note if isinstance(state, Executing | Watching) else ""
    return Task("verify", "Verify", "pending", note)


def plan(release: Release, now: float) -> Block:
    """The plan block. Its tasks have fixed ids, so that an edit does not move them."""
    cards = []
    for task in tasks(release, now):
        text = plain(task.details, 500, "")
        details = (
            RichTextBlock(elements=[RichTextSectionElement(elements=[RichTextElementParts.Text(text=text)])])
            if text
            else None
        )
        cards.append(TaskCardBlock(task_id=task.id, title=plain(task.title, 250), status=task.status, details=details))
    return PlanBlock(title=clip(clock(release, now), 200), tasks=cards)


def classic_plan(release: Release, now: float) -> Block:
    """The same plan as a paragraph."""
    rows = []
    for task in tasks(release, now):
        details = "".join(f"\n      {safe(line, 200)}" for line in task.details.split("\n")[:4] if line.strip())
        rows.append(f"{_SIGNS[task.status]} {safe(task.title, 250)}{details}")
    return section(lines([f"*{safe(clock(release, now), 200)}*", *rows], 2900))


def clock(release: Release, now: float) -> str:
    """``CloudFormation and ECS are updating (0:42 of about 6:00)``: the state, and the time since the start.

    Before the start there is none, because the time of approvals is not part of the rollout.
    """
    said = _sentence(messages.standing(release))
    if not release.began:
        return said
    about = 0.0 if goes_back(release) else messages.expected(release)
    return f"{said} ({stamp(messages.spent(release, now))}{f' of about {stamp(about)}' if about else ''})"
