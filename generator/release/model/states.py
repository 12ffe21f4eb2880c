"""Where a release stands: a closed union; each state holds what only it needs. Times are epoch seconds."""

from typing import Literal

from generator.release.model.base import Value
from generator.release.model.people import Actor


class Proposed(Value, tag="proposed"):
    """Being looked at: pre-flight checks, then its change set. ``change_set`` is the name, chosen before it is made."""

    change_set: str = ""
    asked: float = 0.0


class Waiting(Value, tag="waiting for approval"):
    """People are asked until ``expires``. ``nudged`` says whether they were reminded."""

    since: float
    expires: float
    nudged: bool = False


class Approved(Value, tag="approved"):
    """All agreed; what is there is compared with what they agreed to before anything runs."""

    since: float
    expires: float
    held: str = ""  # why it doesn't go on yet, such as a freeze that began since


class Executing(Value, tag="executing"):
    """The change set is sent to CloudFormation with ``token``, once however often that is tried."""

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
    """The stack is done; the service must prove itself until ``until``."""

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
    """Over. ``changed`` says whether anything in AWS was touched."""

    outcome: Outcome
    at: float
    changed: bool = True


State = Proposed | Waiting | Approved | Executing | Watching | Verifying | RollingBack | Closed


def name(state: State) -> str:
    """The state as people call it; a closed release is called by its outcome."""
    return state.outcome if isinstance(state, Closed) else str(state.__struct_config__.tag)


def may_have_run(state: State) -> bool:
    """Whether CloudFormation may have been told to work."""
    return isinstance(state, Executing | Watching | Verifying | RollingBack)
