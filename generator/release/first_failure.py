"""Keeps why a first release fails while that can be read: CloudFormation deletes all it created, log group included.

With ``OnStackFailure: DELETE`` nothing of the stack is left but its events (API Reference: CreateChangeSet). Exit codes
and log lines are read when ECS counts a task that failed, not when the release has ended.
"""

import msgspec

from generator.release.model.release import Cause, Progress, Release

# The log group goes with the stack, so that no command can read it.
_FIX = "correct what its last lines say, then release it again; its log group was deleted with the stack"
_OVER = ("FAILED", "STOPPED", "ROLLBACK")


def has_failed(release: Release, progress: Progress) -> bool:
    """Whether a first release shows a failure that was not read yet: one more failed task, or the end of its rollout.

    Once log lines are kept, only the end is read: it may contain more.
    """
    if not release.creates:
        return False
    before = release.progress
    ended = progress.deployment_status.startswith(_OVER) and progress.deployment_status != before.deployment_status
    has_lines = release.cause is not None and bool(release.cause.log)
    return ended or (progress.failed_tasks > before.failed_tasks and not has_lines)


def ended(seen: Cause | None, last: Cause) -> Cause:
    """The cause of a first release whose stack no longer exists: no command can read its log group any more."""
    found = whole(seen, last)
    return msgspec.structs.replace(found, fix=_FIX) if "slipway logs" in found.fix else found


def whole(seen: Cause | None, last: Cause) -> Cause:
    """The earlier cause and the current one as one: exit codes and lines come first, then what CloudFormation did."""
    if seen is None or last.log:
        return last
    evidence = dict.fromkeys((*seen.evidence, last.sentence, *last.evidence))
    evidence.pop(seen.sentence, None)
    return Cause(stage=seen.stage, sentence=seen.sentence, evidence=tuple(evidence)[:12], fix=seen.fix, log=seen.log)
