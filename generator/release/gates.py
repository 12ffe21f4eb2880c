"""The gate of a rollout (``rollout.pause``): that it waits, until when, and what became of it when nobody answered. Pure.

ECS decides by ``timeoutAction`` when the time of a PAUSE hook is over (Amazon ECS API Reference:
DeploymentLifecycleHook).
"""

from time import gmtime, strftime

from generator.release.model.release import Cause, Need, Progress, Release
from generator.release.model.settings import Approvers
from generator.release.model.states import Watching
from generator.release.sides import goes_back

# A gate that is gone so many seconds before its end was answered by somebody, in Slipway or in AWS's console.
_EARLY = 5.0
_NOBODY = "nobody answered the gate"


def need(asked: Approvers) -> Need:
    """Who may let the rollout continue, by the rule for a change of the image: the requester only where it says so."""
    also = asked.requester or not asked.people
    return Need(rule="image", people=1, by=asked.by, requester=also, why="the rollout is waiting at its gate")


def is_waiting(release: Release) -> bool:
    """Whether the rollout waits for a person. No gate holds a rollback, by AWS or by Slipway."""
    return isinstance(release.state, Watching) and bool(release.progress.hook) and not goes_back(release)


def word(release: Release) -> str:
    """The state in a list. "" for a release that waits at no gate."""
    return "waits at its gate" if is_waiting(release) else ""


def sentence(release: Release) -> str:
    """``waits at its gate until 23:51 UTC, then ECS rolls back``. "" for a release that waits at no gate."""
    if not is_waiting(release):
        return ""
    seen = release.progress
    until = f" until {_clock(seen.hook_expires)}" if seen.hook_expires else ""
    return f"waits at its gate{until}{f', then {silence(seen)}' if until else ''}"


def silence(seen: Progress) -> str:
    """What happens if nobody answers: ``ECS rolls back``."""
    return "ECS continues" if seen.hook_silence == "CONTINUE" else "ECS rolls back"


def unanswered(before: Progress, after: Progress | None, now: float) -> str:
    """What to record where a gate is gone whose time is over: nobody answered it. "" where it was answered or waits still.

    ``before`` is what was seen last, in which an answer takes the gate out; ``after`` is None where the operation ended.
    """
    if not before.hook or (after is not None and after.hook == before.hook):
        return ""
    if not before.hook_expires or now < before.hook_expires - _EARLY:
        return ""
    did = "continued" if before.hook_silence == "CONTINUE" else "rolled back"
    action = before.hook_silence or "ROLLBACK"
    return f"{_NOBODY} until {_clock(before.hook_expires)}, so ECS {did} (`on_timeout: {action}`)"


def said(release: Release) -> str:
    """What was recorded of a gate that nobody answered. "" for nothing."""
    found = (m.what.partition(_NOBODY) for m in reversed(release.moments))
    return next((f"{sign}{rest}" for _, sign, rest in found if sign), "")


def with_silence(cause: Cause, said: str) -> Cause:
    """The cause of a release that ECS rolled back because nobody answered: that comes first, AWS's words are evidence."""
    if not said or "rolled back" not in said:
        return cause
    fix = "release the version again, and answer its gate with Continue or Roll back"
    return Cause(stage="people", sentence=said, evidence=(cause.sentence, *cause.evidence), fix=fix, log=cause.log)


def _clock(at: float) -> str:
    return strftime("%Y-%m-%d %H:%M:%S UTC", gmtime(at)) if 0 < at < 4e9 else "its end"
