"""What a rollout's decision sees, and what it can ask for. `rollout.step` is the decision, `scheduler` carries it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from generator.sandbox.ecs.model import Rollout


class TaskView(NamedTuple):
    """A task as a decision sees it. `stopping` is also true of one that is on its way out."""

    id: str
    healthy: bool = False
    running: bool = False
    stopping: bool = False


class RolloutView(NamedTuple):
    """What a decision knows. Times are the engine's seconds.

    Attributes:
        goal: Tasks of the revision that the deployment is on its way to.
        others: Tasks of all other revisions.
        alarms: The deployment's alarms that are in ALARM now.
    """

    rollout: Rollout
    desired: int
    goal: tuple[TaskView, ...]
    others: tuple[TaskView, ...]
    alarms: tuple[str, ...]
    now: float


class Start(NamedTuple):
    """Start so many tasks of the goal."""

    tasks: int


class Restore(NamedTuple):
    """Start so many tasks of the source."""

    tasks: int


class Stop(NamedTuple):
    """Stop these tasks."""

    ids: tuple[str, ...]


class Enter(NamedTuple):
    """Go on to a beat."""

    beat: int


class Shift(NamedTuple):
    """Send so many per cent of production traffic to the target revision."""

    weight: float


class Await(NamedTuple):
    """Wait at a PAUSE hook."""

    stage: str
    minutes: int
    action: str


class Call(NamedTuple):
    """Call a hook's function, for the first time or (by the hook's id) again."""

    stage: str
    target: str
    details: Any = None
    hook: str = ""


class Expire(NamedTuple):
    """A hook's time is over: take its timeout action."""

    hook: str


class Rollback(NamedTuple):
    """Go back to the source."""

    reason: str
    alarms: tuple[str, ...] = ()


class Finish(NamedTuple):
    """The deployment is over, with this status."""

    status: str
    reason: str = ""
    alarms: tuple[str, ...] = ()


class Wake(NamedTuple):
    """Nothing before this time."""

    at: float


Action = Start | Restore | Stop | Enter | Shift | Await | Call | Expire | Rollback | Finish | Wake
