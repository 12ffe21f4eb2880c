"""Sentences about releases: whose approval is needed, how a release ended and why. Pure text.

The same for terminals and chat. Nothing here knows colours, commands or Block Kit; the code that shows a text escapes it.
"""

from collections.abc import Iterator
from typing import NamedTuple, assert_never

from generator.release import gates, left_behind, policy
from generator.release.changes import changed
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Delete, Need, NeedsApproval, Release, Restart, Rollback
from generator.release.model.states import (
    Approved,
    Closed,
    Executing,
    Proposed,
    RollingBack,
    State,
    Verifying,
    Waiting,
    Watching,
    name,
)
from generator.release.model.version import Running, Version
from generator.release.restarts import is_restart
from generator.release.sides import Side, destination, goes_back, sides
from generator.release.version_selection import call


class OutstandingApprovals(NamedTuple):
    """One rule that is not satisfied yet: how many more, of which teams or people, and which people that can be now."""

    need: Need
    more: int
    by: tuple[str, ...]
    people: tuple[str, ...]
    agreed: tuple[str, ...]
    attested: int = 0  # how many of the missing ones AWS must attest
    release: str = ""

    @property
    def sentence(self) -> str:
        """``1 approval by releasers (ben or cleo), because the image changes and nothing else``."""
        who = " or ".join(self.by) or "the people of platform.yaml"
        names = f" ({_listed(self.people)})" if self.people else ""
        approvals = "approval" if self.more == 1 else "approvals"
        done = f"; approved by {_listed(self.agreed, 'and')}" if self.agreed else ""
        return f"{self.more} {approvals} by {who}{names}{self.terminal}, because {self.need.why}{done}"

    @property
    def terminal(self) -> str:
        """``, 1 of them from a terminal: slipway approve prod-app-3``, if AWS must attest the approver."""
        if not self.attested:
            return ""
        which = "" if self.attested == self.more else f"{self.attested} of them "
        return f", {which}from a terminal (slipway approve {self.release})"


def outstanding_approvals(release: Release, facts: PlatformFacts) -> tuple[OutstandingApprovals, ...]:
    """Approvals that are still missing, and whose they can be. Empty if no more approvals are needed."""
    found = []
    for need in policy.open_needs(release.gate, release):
        agreed = policy.counting(need, release)
        more = policy.missing(need, release)
        # Who agreed in Slack may still attest it.
        through = policy.counting(need, release, attested=True) if more.attested else agreed
        people = tuple(
            person
            for person in facts.people
            if person not in through and not policy.may_approve(need, release, person, facts.static_groups(person))
        )
        found.append(OutstandingApprovals(need, max(more), need.by, people, agreed, more.attested, release.id))
    return tuple(found)


def short(commit: str) -> str:
    """A commit as people write it."""
    return commit[:12]


def call_running(running: Running | None) -> str:
    """What runs, or will run: ``3f2a5b6c7d8e (Fix the typo)``."""
    if running is None:
        return "nothing"
    return f"{short(running.commit)} ({running.subject})" if running.subject else short(running.commit)


def call_version(version: Version) -> str:
    """A published version: ``3f2a5b6c7d8e (Fix the typo)``."""
    return call(version)


def title(release: Release) -> str:
    """``app → prod: 3f2a5b6c7d8e (Fix the typo)``, with what it replaces or rolls back."""
    what = f"{release.stack.label} → {release.stack.environment}: {call_running(release.after)}"
    if is_restart(release):
        return f"{what}, a restart"
    if isinstance(release.purpose, Delete):
        return f"{release.stack.label} in {release.stack.environment} is deleted: {call_running(release.after)} does not ask for it"
    if isinstance(release.purpose, Rollback):
        undone = f" undoes {release.purpose.of}" if release.purpose.of else ""
        return f"{what}, a rollback{undone}"
    return what


def standing(release: Release) -> str:
    """The state of a release, as people read it. During a rollback: to which version, and how."""
    if isinstance(release.state, Closed):
        return outcome(release)
    if not goes_back(release):
        return gates.sentence(release) or state(release.state)
    to = f"going back to {call_running(destination(release))}"
    return f"{to}: {_how(release)}"


def word(release: Release) -> str:
    """The state of a release in a list: ``watching``, ``going back to 9c3ef1304a2b (Serve items)``."""
    back = f"going back to {call_running(destination(release))}" if goes_back(release) else ""
    return back or gates.word(release) or name(release.state)


def _how(release: Release) -> str:
    if isinstance(release.state, RollingBack):
        return _rolling_back(release.state)
    if isinstance(release.purpose, Rollback):
        return state(release.state)
    return "AWS is rolling its operation back"


def restarted(release: Release) -> str:
    """``restarts 4 tasks, same version``: what a restart does. "" for a release that brings something."""
    if not is_restart(release):
        return ""
    known = next((check.text for check in release.checks if check.name == "tasks"), "")
    secret = release.purpose.secret if isinstance(release.purpose, Restart) else ""
    why = f", because {secret} was rotated" if secret else ""
    return f"{known or 'restarts all tasks'}, same version{why}"


def spent(release: Release, now: float) -> float:
    """Seconds that the rollout has run, or ran. 0 before it started."""
    return max(0.0, (release.closed or now) - release.began) if release.began else 0.0


def waited(release: Release, now: float) -> float:
    """Seconds from the request to the start, or to the end of a release that never started."""
    return max(0.0, (release.began or release.closed or now) - release.created)


def state(of: State) -> str:  # noqa: PLR0911 - one for each state
    """What a state means, as people read it."""
    match of:
        case Proposed():
            return "in preparation: pre-flight checks, then the change set"
        case Waiting():
            return "waits for approval"
        case Approved():
            return (
                f"approved, but held back: {of.held}"
                if of.held
                else ("approved: the change set is compared with the approval again")
            )
        case Executing():
            return "sent to CloudFormation"
        case Watching():
            return "CloudFormation and ECS are updating"
        case Verifying():
            return "being verified: tasks, targets, alarms"
        case RollingBack():
            return _rolling_back(of)
        case Closed():
            return name(of)
        case _:
            assert_never(of)


def _rolling_back(of: RollingBack) -> str:
    match of.how:
        case "operation":
            return "AWS is rolling its operation back"
        case "release":
            return f"{of.release} is restoring the last good version"
        case "stuck":
            return f"the rollback is stuck at {', '.join(of.stuck) or 'resources that AWS does not name'}"
        case _:
            assert_never(of.how)


def side(of: Side, *, subject: bool = True) -> str:
    """A side of a rollout by its version: ``9c3ef1304a2b (Serve items)``, ``old tasks of 9c3e…``, or ``no version``."""
    if of.version is None:
        return "no version"
    what = call_running(of.version) if subject else short(of.version.commit)
    return f"{of.label} of {what}" if of.label else what


def traffic(release: Release) -> str:
    """``100 % to 9c3ef1304a2b, 0 % to 210f5c6a7b8c``: the sides of a rollout by release."""
    return ", ".join(f"{one.percent:g} % to {side(one, subject=False)}" for one in sides(release) if one.version)


def outcome(release: Release) -> str:
    """How a closed release ended, in one sentence: ``succeeded in 3 min: app in prod now runs 3f2a…``."""
    if not isinstance(release.state, Closed):
        return state(release.state)
    took = duration(spent(release, release.closed) or waited(release, release.closed))
    runs = f"{release.stack.label} in {release.stack.environment}"
    match release.state.outcome:
        case "succeeded" if not release.state.changed:
            return f"nothing to change: {runs} already runs {call_running(release.after)}"
        case "succeeded":
            now, there = ("", " in new tasks") if is_restart(release) else ("now ", "")
            part = "a part of " if release.after.deferred else ""
            runs_now = f"{now}runs {part}{call_running(release.after)}{there}"
            does = "is deleted" if isinstance(release.purpose, Delete) else runs_now
            return f"succeeded in {took}: {runs} {does}"
        case "rolled back":
            back = f" by {release.successor}" if release.successor else ""
            return f"rolled back{back} after {took}: {runs} runs {call_running(release.before)} again"
        case "failed":
            left = "nothing was changed" if not release.state.changed else "check the current state of the stack"
            return f"failed after {took}; {left}"
        case "rejected" | "cancelled" | "expired" | "superseded":
            return f"{release.state.outcome} after {took}; nothing was changed"
        case _:
            assert_never(release.state.outcome)


def reasons(release: Release) -> Iterator[str]:
    """Why a release failed: the root cause first, then the evidence, then the fix."""
    if release.cause is not None:
        yield release.cause.sentence
        if what := changed(release):
            yield f"Changed in this version: {what}"
        yield from release.cause.evidence
        if release.cause.fix:
            yield f"Fix: {release.cause.fix}"
    yield from left_behind.sentences(release.stack.key, release.left)
    if release.debt is not None:
        left = ", ".join(release.debt.resources)
        yield f"Left behind by {release.debt.actor.name}: {left} may differ from the template; run: slipway drift"


def warnings(release: Release) -> list[str]:
    """Pre-flight warnings: they don't refuse the release, but the approvers must know them."""
    return [check.text for check in release.checks if check.result == "warning"]


def expected(release: Release) -> float:
    """Seconds that the rollout should take. 0 if that is not known."""
    reading = release.reading
    return reading.shown.expected.seconds if reading is not None and reading.shown.expected is not None else 0.0


def awaits_approval(release: Release) -> bool:
    """Whether the release waits for approvals now."""
    return isinstance(release.state, Waiting) and isinstance(release.gate, NeedsApproval)


def duration(seconds: float) -> str:
    """``42 s``, ``3 min``, ``3 min 20 s``, ``2 h 5 min``: to the second below ten minutes, else to the nearest minute.

    A moment less than four hours is still ``4 h``.
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def age(seconds: float) -> str:
    """How long ago, roughly: ``just now``, ``5 min``, ``3 h``, ``2 d``."""
    if seconds < 60:
        return "just now"
    minutes = seconds / 60
    if minutes < 90:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 1440:.0f} d"


def since(at: float, now: float) -> str:
    """``5 min ago``, ``just now``. Empty for what never happened."""
    if not at:
        return ""
    text = age(max(0.0, now - at))
    return text if text == "just now" else f"{text} ago"


def _listed(names: tuple[str, ...], joiner: str = "or") -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {joiner} {names[-1]}"
