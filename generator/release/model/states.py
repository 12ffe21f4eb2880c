"""The states of a release: a closed union, in which each state has only the fields it needs.

Times are epoch seconds.
"""

from typing import Literal

from generator.release.model.base import Value
from generator.release.model.people import Actor


class Proposed(Value, tag="proposed"):
    """In preparation: pre-flight checks, then its change set.

    ``change_set`` is its name, chosen before it is created.
    """

    change_set: str = ""
    asked: float = 0.0


class Waiting(Value, tag="waiting for approval"):
    """Waiting for approval until ``expires``. ``nudged`` says whether the approvers were reminded."""

    since: float
    expires: float
    nudged: bool = False


class Approved(Value, tag="approved"):
    """All approvals are there. Before anything runs, the current change is compared with what was approved."""

    since: float
    expires: float
    held: str = ""  # why it doesn't continue yet, such as a freeze that began since


class Executing(Value, tag="executing"):
    """The change set is sent to CloudFormation with ``token``, which makes repeated attempts count once."""

    since: float
    token: str


class Watching(Value, tag="watching"):
    """CloudFormation and ECS are updating. ``token`` marks the operation's events."""

    since: float
    token: str
    # The last look at the stack, and the last event that told of it: polling pauses while events arrive.
    looked: float = 0.0
    last_event: float = 0.0


class Verifying(Value, tag="verifying"):
    """The stack is updated; the service must stay healthy until ``until``."""

    since: float
    until: float


class RollingBack(Value, tag="rolling back"):
    """A rollback is running.

    ``how``: AWS is rolling its operation back, another release brings the last good version, or the rollback itself is
    stuck and a person has to say what to skip (``stuck`` holds the resources).
    """

    since: float
    how: Literal["operation", "release", "stuck"]
    release: str = ""
    stuck: tuple[str, ...] = ()
    token: str = ""
    by: Actor | None = None  # who wants it back, if a person does
    alone: bool = False  # AWS began it by itself, and needs no word of ours


Outcome = Literal["succeeded", "rolled back", "failed", "rejected", "cancelled", "expired", "superseded"]
OUTCOMES: tuple[Outcome, ...] = (
    "succeeded", "rolled back", "failed", "rejected", "cancelled", "expired", "superseded",
)  # fmt: skip


class Closed(Value, tag="closed"):
    """The release has ended. ``changed`` says whether anything in AWS was changed."""

    outcome: Outcome
    at: float
    changed: bool = True


State = Proposed | Waiting | Approved | Executing | Watching | Verifying | RollingBack | Closed


def name(state: State) -> str:
    """The name of the state for people. A closed release has the name of its outcome."""
    return state.outcome if isinstance(state, Closed) else str(state.__struct_config__.tag)


def may_have_run(state: State) -> bool:
    """Whether CloudFormation may have been asked to execute the change."""
    return isinstance(state, Executing | Watching | Verifying | RollingBack)
