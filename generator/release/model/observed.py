"""The current state of AWS: stacks, rollouts, tasks, targets, alarms, images. Times are epoch seconds."""

from typing import Literal

from generator.release.model.base import Value
from generator.release.model.change import ChangeSet
from generator.release.model.preview import Finding


class StackNow(Value):
    """A stack as DescribeStacks reports it. ``status`` is AWS's word; an unknown one counts as busy."""

    id: str
    name: str
    status: str
    reason: str = ""
    role: str = ""
    parameters: dict[str, str] = {}
    outputs: dict[str, str] = {}
    exports: dict[str, str] = {}  # by output, the name under which other stacks of the Region may import it
    tags: dict[str, str] = {}
    capabilities: tuple[str, ...] = ()
    updated: float = 0.0  # of the last update, or of the creation
    protected: bool = False

    @property
    def is_new(self) -> bool:
        """Whether the stack has no resources yet: it waits for its first change set."""
        return self.status == "REVIEW_IN_PROGRESS"

    @property
    def is_settled(self) -> bool:
        """Whether no operation is running any more, whatever its result."""
        return self.status.endswith(("_COMPLETE", "_FAILED")) or self.is_new

    @property
    def can_change(self) -> bool:
        """Whether a change set can be executed (CloudFormation User Guide: Stack status codes)."""
        return self.is_new or self.status in {
            "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE",
            "IMPORT_ROLLBACK_COMPLETE",
        }  # fmt: skip


class StackEvent(Value):
    """One event of a stack, as DescribeStackEvents reports it."""

    id: str
    at: float
    logical_id: str
    type: str
    status: str
    reason: str = ""
    physical_id: str = ""
    token: str = ""


class StackResource(Value):
    """One resource of a stack."""

    logical_id: str
    type: str
    physical_id: str
    status: str


class Pending(Value, tag="pending"):
    """CloudFormation is still creating the change set."""


class NoChanges(Value, tag="no-changes"):
    """There is nothing to change: AWS created an empty change set that can't be executed."""

    reason: str


class Broken(Value, tag="broken"):
    """The change set could not be created.

    ``problems`` holds AWS's messages, including the findings of early validation.
    """

    problems: tuple[str, ...]


class Gone(Value, tag="gone"):
    """The change set does not exist or is obsolete, because another operation changed the stack."""

    reason: str = ""


class Ready(Value, tag="ready"):
    """The change set can be executed, or was executed: see its ``execution``."""

    change_set: ChangeSet


Described = Pending | NoChanges | Broken | Gone | Ready


class NewChangeSet(Value):
    """What a change set is created from. ``template`` is the whole body; None uses the stack's own.

    ``parameters`` maps names to values; None keeps the value that the stack has. ``kind`` is CREATE for a stack that is
    not there, or still in REVIEW_IN_PROGRESS. Tags are all that the stack shall have.
    """

    name: str
    stack_name: str
    kind: Literal["CREATE", "UPDATE"]
    template: str | None
    parameters: dict[str, str | None]
    tags: dict[str, str]
    capabilities: tuple[str, ...]
    role: str
    description: str = ""


class Hook(Value):
    """A PAUSE gate of a rollout that waits for a decision."""

    id: str
    stage: str
    expires: float = 0.0
    timeout_action: str = ""


class Deployment(Value):
    """One service deployment of ECS, the newest of its service (API Reference: ServiceDeployment)."""

    arn: str
    status: str  # PENDING, IN_PROGRESS, SUCCESSFUL, STOPPED, ROLLBACK_IN_PROGRESS, ...
    reason: str = ""
    revision: str = ""  # ARN of the target service revision
    task_definition: str = ""  # of the target revision
    images: tuple[str, ...] = ()  # digests that the target revision runs
    old_images: tuple[str, ...] = ()  # and the revision that it replaces
    stage: str = ""  # lifecycle stage
    strategy: str = ""
    old_tasks: int = 0
    new_tasks: int = 0
    desired_tasks: int = 0
    pending: int = 0
    failed_tasks: int = 0
    traffic_percent: float = 0.0  # production traffic that the new revision gets
    group: str = ""  # ARN of the target group of the target revision, "" where ECS does not tell
    old_group: str = ""  # of the revision that it replaces
    hooks: tuple[Hook, ...] = ()
    alarms: tuple[str, ...] = ()  # names of alarms that triggered
    started: float = 0.0
    finished: float = 0.0

    @property
    def is_over(self) -> bool:
        """Whether ECS has ended it, whatever its result."""
        return self.status in {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}


class ServiceNow(Value):
    """An ECS service as DescribeServices reports it."""

    arn: str
    name: str
    cluster: str
    status: str
    task_definition: str
    desired: int
    running: int
    pending: int
    target_groups: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()  # names of its deployment alarms
    events: tuple[str, ...] = ()  # newest first


class StoppedTask(Value):
    """Why a task ended: ECS's reason, and each container's exit code."""

    id: str
    at: float
    reason: str
    code: str = ""  # stopCode
    containers: tuple[tuple[str, int | None, str], ...] = ()  # name, exit code, reason
    task_definition: str = ""


class Target(Value):
    """One target of a target group, with its health as the load balancer reports it."""

    id: str
    group: str
    state: str  # healthy, unhealthy, initial, draining, ...
    reason: str = ""


class Traffic(Value):
    """What the load balancer counted for one target group in the last ``seconds``.

    ``requests`` is None where it counted none: Elastic Load Balancing reports no zeros. ``errors`` are answers of 5xx
    by targets; ``latency`` is the p99 of the slowest minute in seconds. Both are None without requests.
    """

    group: str
    seconds: float
    requests: int | None = None
    errors: int | None = None
    latency: float | None = None


class ListenerRule(Value):
    """A rule of a load balancer's listener; ``weights`` are those of the target groups (ARNs) that it forwards to."""

    arn: str
    priority: int
    weights: dict[str, int] = {}


class Alarm(Value):
    """An alarm and its state (OK, ALARM or INSUFFICIENT_DATA). ``since`` is when it entered that state."""

    name: str
    state: str
    reason: str = ""
    since: float = 0.0


class LogLine(Value):
    """A line of a log group."""

    at: float
    stream: str
    text: str


class ImageNow(Value):
    """An image in the registry. ``findings`` is None where it was not scanned.

    ``base`` is what its manifest says of the image that it was built from: a name, "" for nothing, and no date.
    """

    digest: str
    pushed: float = 0.0
    size: int = 0
    tags: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    scan: str = ""  # AWS's word: COMPLETE, FAILED, ...
    findings: tuple[Finding, ...] | None = None
    base: str = ""


class Quota(Value):
    """Capacity that a service needs: ``free`` of the resource that ``what`` names, None if AWS does not report it."""

    what: str
    free: int | None
    needed: int
