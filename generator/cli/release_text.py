"""A release as rows of plain text for a terminal. Pure. Colors and trees are drawn elsewhere."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from generator.release import messages, traffic_report
from generator.release.model.release import Release
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
from generator.release.sides import goes_back, sides
from generator.wiring.application import Application

_WIDTH = 10
_COMMAND = re.compile(r"(slipway [a-z][\w ./-]*)$")  # at the end of a sentence


class Row(NamedTuple):
    """One line below a release: its subject, and its text."""

    label: str
    text: str


def head(release: Release, now: float) -> str:
    """``prod-app-12  app → prod: 3f2a… (Fix)  watching  0:42 of about 6:00``."""
    return f"{release.id}  {messages.title(release)}  {messages.word(release)}  {clock(release, now)}".rstrip()


def clock(release: Release, now: float) -> str:
    """Time of the rollout since its start, and how long it should take. Before the start, how long the release has waited."""
    if not release.began:
        return (
            f"after {stamp(messages.waited(release, now))}"
            if release.closed
            else f"waiting {stamp(messages.waited(release, now))}"
        )
    spent = stamp(messages.spent(release, now))
    about = messages.expected(release)
    return f"{spent} of about {stamp(about)}" if about and not release.closed and not goes_back(release) else spent


def rows(release: Release, now: float) -> Iterator[Row]:
    """The current steps of a release, as far as its state has them."""
    if release.change_set is not None and not isinstance(release.state, Closed):
        count = len(release.change_set.changes)
        yield Row("change set", f"{release.change_set.name}: {count} {'change' if count == 1 else 'changes'}")
    if messages.restarted(release) and not isinstance(release.state, Closed):
        yield Row("restart", messages.restarted(release))
    if release.reading is not None and isinstance(release.state, Proposed | Waiting | Approved):
        yield Row("risk", f"{release.reading.meaning.level}: {release.reading.meaning.sentence}")
    if isinstance(release.state, Executing | Watching | RollingBack):
        yield from _running(release, now)
    if isinstance(release.state, Verifying):
        left = max(0.0, release.state.until - now)
        yield Row("verify", f"{messages.state(release.state)}; {stamp(left)} left")
    if isinstance(release.state, RollingBack):
        yield Row("undo", messages.standing(release))
    if isinstance(release.state, Approved) and release.state.held:
        yield Row("held", release.state.held)
    if release.progress.note and not isinstance(release.state, Closed):
        yield Row("note", release.progress.note)


def _running(release: Release, now: float) -> Iterator[Row]:
    seen = release.progress
    if seen.stack_status:
        done = f" {seen.done} of {seen.total}" if seen.total else ""
        at = f": {seen.resource}" if seen.resource else ""
        yield Row("stack", f"{seen.stack_status}{done}{at}")
    if seen.deployment_status:
        yield Row("rollout", rollout(release))
    if seen.targets:
        yield Row("targets", f"{bar(seen.healthy, seen.targets)} {seen.healthy} of {seen.targets} healthy")
    if seen.hook:
        left = f"; {stamp(max(0.0, seen.hook_expires - now))} left" if seen.hook_expires else ""
        yield Row("gate", f"waits for a decision at the gate {seen.hook_stage or 'of its hook'}{left}; {gate(release)}")
        if seen.measured:
            yield Row("traffic", traffic_report.line(release))


def gate(release: Release) -> str:
    """How a rollout that waits is continued, and how it is rolled back."""
    return f"continue: slipway continue {release.id}, or roll back: slipway undo {release.id}"


def rollout(release: Release) -> str:
    """``IN_PROGRESS POST_SCALE_UP: 9c3ef1304a2b ██████████ 2, 210f5c6a7b8c █████░░░░░ 1 of 2, traffic 90 % to …``."""
    seen = release.progress
    parts = [*counts(release, subject=False), f"traffic {messages.traffic(release)}"]
    stage = f" {seen.stage}" if seen.stage else ""
    return f"{seen.deployment_status}{stage}: {', '.join(parts)}"


def counts(release: Release, *, subject: bool = True) -> list[str]:
    """The tasks of each version in a rollout: ``9c3ef1304a2b ██████████ 2``, ``210f5c6a7b8c █████░░░░░ 1 of 2, 3 failed``."""
    both = sides(release)
    most = max(1, *(max(one.tasks, one.desired_tasks) for one in both))
    return [
        f"{messages.side(one, subject=subject)} {bar(one.tasks, most)} {one.tasks}"
        + (f" of {one.desired_tasks}" if one.desired_tasks else "")
        + (f", {one.failed} failed" if one.failed else "")
        for one in both
        if one.version is not None
    ]


def bar(part: int, whole: int, width: int = _WIDTH) -> str:
    """``█████░░░░░``: the share of ``whole``. A small share is never shown as none."""
    filled = 0 if whole <= 0 or part <= 0 else min(width, max(1, round(part / whole * width)))
    return "█" * filled + "░" * (width - filled)


def waiting(application: Application, release: Release, now: float) -> list[str]:
    """Missing approvals, until when, and the command to approve. [] if this release needs no approval now."""
    if isinstance(release.state, RollingBack) and release.state.how == "stuck":
        return stuck(application, release, release.state)
    if isinstance(release.state, Watching) and release.progress.hook:
        left = messages.duration(max(0.0, release.progress.hook_expires - now))
        return [
            f"{release.id} waits at the gate {release.progress.hook_stage}, for {left} more",
            *([f"Traffic: {traffic_report.line(release)}"] if release.progress.measured else []),
            f"Next: {application.command_line(f'continue {release.id}')}",
            f"Or roll back: {application.command_line(f'undo {release.id}')}",
        ]
    if not isinstance(release.state, Waiting):
        return []
    left = messages.duration(max(0.0, release.state.expires - now))
    asked = messages.outstanding_approvals(release, application.facts)
    lines = [f"{release.id} waits for approval, for {left} more:"]
    lines += [f"  {item.sentence}" for item in asked]
    lines += [f"Note: {warning}" for warning in messages.warnings(release)]
    lines += ["Effect:", *(f"  {line}" for line in risk(release))]
    lines.append(f"Next: {approve(application, release)}")
    return lines


def stuck(application: Application, release: Release, state: RollingBack) -> list[str]:
    """A rollback that AWS could not finish: what it is stuck at, and the two ways to continue."""
    skips = " ".join(f"--skip {name_}" for name_ in state.stuck)
    return [
        (
            f"{release.id} could not be rolled back: {', '.join(state.stuck) or 'AWS does not report the resources'} "
            "failed"
        ),
        *_why(release, application.flags),
        f"Correct the cause, then run: {application.command_line(f'undo {release.id} --reason retry')}",
        f"Or skip it and leave it as it is: {application.command_line(f'undo {release.id} {skips}'.rstrip())}",
    ]


def risk(release: Release) -> list[str]:
    """The effects of a release, the worst first, in at most ten lines."""
    from generator.preview.summary import summary
    from generator.safe_text import plain

    return [plain(row.text) for row in summary(release.reading)] if release.reading is not None else []


def approve(application: Application, release: Release) -> str:
    """The command by which the next person approves. ``--as`` names another person only in the sandbox."""
    people = [person for item in messages.outstanding_approvals(release, application.facts) for person in item.people]
    as_ = f" --as {people[0]}" if people and application.may_act_for_others else ""
    return f"slipway approve {release.id}{as_}{application.flags}"


def closed(release: Release, flags: str = "") -> list[str]:
    """How it ended, and why it did not succeed. ``flags`` are options that a command line needs here."""
    return [f"{release.id} {messages.outcome(release)}", *_why(release, flags)]


def _why(release: Release, flags: str) -> list[str]:
    return ["  " + _COMMAND.sub(rf"\1{flags}", line) for line in messages.reasons(release)]


def passed_over(lines: Sequence[str]) -> list[str]:
    """Versions that were skipped, each with its reason."""
    return [f"skipped: {line}" for line in lines]


def stamp(seconds: float) -> str:
    """``0:42``, ``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
