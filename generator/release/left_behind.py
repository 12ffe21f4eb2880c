"""Resources that CloudFormation took out of a stack and could not delete: they continue, and nothing manages them any more.

CloudFormation User Guide, "Troubleshooting CloudFormation", "Resource removed from stack but not deleted": it tries three
times, removes the resource from the stack and ends as UPDATE_COMPLETE. The stack's reason is then "Update successful. One
or more resources could not be deleted." (serverless/serverless#9144 shows the events).
"""

from collections.abc import Iterable, Iterator

from generator.release.model.observed import StackEvent, StackNow

_SAID = "could not be deleted"
_MOST = 20


def may_leave(stack: StackNow) -> bool:
    """Whether the stack says that something was not deleted, so that its events are worth a call."""
    return _SAID in stack.reason


def left_behind(events: Iterable[StackEvent]) -> tuple[str, ...]:
    """``LoadBalancer (arn:…)`` for each resource whose last event of an update is a failed deletion, sorted."""
    last = {(e.logical_id, e.physical_id): e for e in events if e.type != "AWS::CloudFormation::Stack"}
    failed = [e for e in last.values() if e.status == "DELETE_FAILED"]
    return tuple(sorted(f"{e.logical_id} ({e.physical_id})" for e in failed)[:_MOST])


def sentences(key: str, left: Iterable[str]) -> Iterator[str]:
    """A line for each, with what to do."""
    for one in left:
        yield (
            f"{key}: {one} is left behind: it is in no stack any more, and AWS could not delete it, for example because it is "
            "protected. Delete it by hand"
        )
