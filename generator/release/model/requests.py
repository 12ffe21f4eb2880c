"""What people request, as it is sent over the queue, and what the worker answers.

The queue carries no trust: the worker sets the actor from what SQS attests, and decides by the log alone.
"""

from typing import Annotated, Literal

from msgspec import Meta

from generator.release.model.base import Value
from generator.release.model.observed import LogLine
from generator.release.model.people import Actor

RequestId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{8,128}$")]
ReleaseId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,80}$")]
_Key = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}/[a-z0-9-]{1,60}$")]
_Reason = Annotated[str, Meta(max_length=1000)]
_Commit = Annotated[str, Meta(pattern=r"^[0-9a-f]{7,40}$")]
_Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class Propose(Value, tag="propose", tag_field="kind"):
    """Release a version to a stack (``prod/service-app``). No version: the newest that may go there.

    ``promote_from`` takes what runs in another environment. ``break_glass`` is the reason for skipping freezes and
    approvals, which only some people may do. ``refresh`` takes the current outputs of other stacks, also where the
    template stays; a stack that has all of it is skipped. ``spare`` lets a listener rule take a spare priority as long as
    another stack of the same apply has the one that it gets.
    """

    id: RequestId
    stack: _Key
    version: _Commit | None = None
    promote_from: _Name | None = None
    refresh: bool = False
    spare: bool = False
    reason: _Reason = ""
    break_glass: _Reason = ""


class RollBack(Value, tag="roll-back", tag_field="kind"):
    """Roll back to an earlier version: that of ``release``, ``version``, or the last good one."""

    id: RequestId
    stack: _Key
    release: ReleaseId | None = None
    version: _Commit | None = None
    reason: _Reason = ""
    break_glass: _Reason = ""


class RestartService(Value, tag="restart", tag_field="kind"):
    """Start new tasks of the version that runs, with the template that the stack has."""

    id: RequestId
    stack: _Key
    reason: _Reason = ""
    break_glass: _Reason = ""


class DeleteStack(Value, tag="delete", tag_field="kind"):
    """Empty a stack that the newest version does not ask for any more (``prod/service-app``), and delete it."""

    id: RequestId
    stack: _Key
    reason: _Reason = ""
    break_glass: _Reason = ""


class Decide(Value, tag="decide", tag_field="kind"):
    """Approve, reject, cancel or undo a release, or let a waiting rollout continue. ``binding`` is what the person saw.

    ``skip`` names the resources that a stuck rollback may leave behind; ``hook`` the gate that may open.
    """

    id: RequestId
    release: ReleaseId
    verdict: Literal["approve", "reject", "cancel", "undo", "continue"]
    binding: Annotated[str, Meta(pattern=r"^[0-9a-f]{0,64}$")] = ""
    reason: _Reason = ""
    break_glass: _Reason = ""
    skip: tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9.:-]{1,255}$")], ...] = ()
    hook: Annotated[str, Meta(max_length=255)] = ""


class Lock(Value, tag="lock", tag_field="kind"):
    """Hold back the releases of one stack, or with ``*`` of a whole environment (``prod/*``).

    ``hours`` 0 is until unlocked.
    """

    id: RequestId
    scope: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}/([a-z0-9-]{1,60}|\*)$")]
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]
    hours: Annotated[float, Meta(ge=0, le=8760)] = 0
    freeze: bool = False


class Unlock(Value, tag="unlock", tag_field="kind"):
    """Remove a lock."""

    id: RequestId
    scope: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}/([a-z0-9-]{1,60}|\*)$")]
    reason: _Reason = ""


class Logs(Value, tag="logs", tag_field="kind"):
    """Read the last lines that a service printed. Changes nothing."""

    id: RequestId
    stack: _Key


class Wake(Value, tag="wake-up", tag_field="kind"):
    """Something happened in AWS. The message carries no orders: the worker reads AWS's state itself."""

    id: str = ""
    time: str = ""
    account: str = ""
    region: str = ""
    type: str = ""
    resources: tuple[str, ...] = ()
    name: str = ""
    group: str = ""


Request = Propose | RollBack | RestartService | DeleteStack | Decide | Lock | Unlock | Logs | Wake


class Opened(Value, tag="opened"):
    """A release was opened, or the same request had opened it already."""

    release: str
    commit: str = ""
    passed_over: tuple[str, ...] = ()  # "3f2a… (Fix typo): did not succeed in staging yet"


class Done(Value, tag="done"):
    """The request was carried out, or is noted for the release's next step."""

    text: str = ""


class Refusal(Value, tag="no"):
    """The request was refused. ``rule`` is a short name, ``why`` a sentence that ends with what to do."""

    rule: str
    why: str
    passed_over: tuple[str, ...] = ()


class Skipped(Value, tag="skipped"):
    """There is nothing to release.

    No version of that service was published yet, or (``current``) the stack is up to date.
    """

    why: str
    current: bool = False


class Lines(Value, tag="lines"):
    """What a service printed to its log group, oldest first. ``why`` says why it could not be read."""

    group: str
    lines: tuple[LogLine, ...] = ()
    why: str = ""


Answer = Opened | Done | Refusal | Skipped | Lines


class ReceivedDecision(Value):
    """A decision in the log, in the order in which it arrived; the holder of the release sees it at its next step.

    ``groups`` are the teams that the actor belonged to when it arrived, ``evidence`` the digest of its evidence.
    ``refused`` says why it does not belong to a valid card, "" if it does.
    """

    number: int
    request: Decide
    actor: Actor
    at: float
    groups: tuple[str, ...] = ()
    evidence: str = ""
    refused: str = ""
