"""How a release can be rolled back in the current state of AWS. Pure: the caller asks again until the rollback ends."""

from collections.abc import Sequence

from generator.release.model.base import Value
from generator.release.model.observed import Deployment, StackNow


class CloseGate(Value):
    """The rollout waits at its PAUSE gate. Answer it with ROLLBACK (ContinueServiceDeployment)."""

    deployment: str
    hook: str


class StopRollout(Value):
    """ECS shifts tasks or traffic, or is in its bake time. Call StopServiceDeployment with a rollback."""

    deployment: str


class CancelUpdate(Value):
    """CloudFormation is updating, and ECS is not deploying. Call CancelUpdateStack."""


class Wait(Value):
    """AWS is rolling back already, or can't be stopped in this state."""

    why: str


class Stuck(Value):
    """The rollback itself failed. A person must say which resources to skip (ContinueUpdateRollback)."""


class RolledBack(Value):
    """The stack is as it was before the release, or was never created."""


class TooLate(Value):
    """The operation has succeeded. Only another release brings the earlier version back."""


Way = CloseGate | StopRollout | CancelUpdate | Wait | Stuck | RolledBack | TooLate

_BACK = {
    "UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "DELETE_COMPLETE", "IMPORT_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS",
}  # fmt: skip


def rollback_path(stack: StackNow | None, deployments: Sequence[Deployment]) -> Way:
    """How to roll back a stack whose operation is running, or has just ended.

    docs/decisions.md, Undo; CloudFormation User Guide: Stack status codes; Amazon ECS API Reference: StopServiceDeployment,
    ContinueServiceDeployment. A status that is not known counts as busy.
    """
    if stack is None or stack.status in _BACK:
        return RolledBack()
    match stack.status:
        case "UPDATE_ROLLBACK_FAILED":
            return Stuck()
        case "CREATE_COMPLETE" | "UPDATE_COMPLETE":
            return TooLate()
        case "UPDATE_IN_PROGRESS":
            return _under_way(deployments)
        case status:
            return Wait(why=f"the stack is {status}")


def _under_way(deployments: Sequence[Deployment]) -> Way:
    active = next((d for d in deployments if not d.is_over), None)
    if active is None:
        return CancelUpdate()
    if active.status.startswith(("ROLLBACK", "STOP")):
        return Wait(why="ECS rolls back")
    if active.hooks:
        return CloseGate(deployment=active.arn, hook=active.hooks[0].id)
    return StopRollout(deployment=active.arn)
