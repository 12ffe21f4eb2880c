"""What CloudFormation keeps: stacks, their resources, change sets, operations and events.

These are plain values that `msgspec` writes to the state folder. Only the thread that runs a stack's operation changes
its stack, under the lock of the `Cloud`.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations when it loads the state
from typing import Any

import msgspec


class Event(msgspec.Struct, kw_only=True):
    """One entry of a stack's history: a stack event, or a finding of the validation of a change set."""

    event_id: str
    at: datetime
    operation_id: str
    logical_id: str
    physical_id: str
    type: str
    status: str = ""
    reason: str = ""
    properties: str = ""
    token: str = ""
    validation: dict[str, str] = {}


class Operation(msgspec.Struct, kw_only=True):
    """Something done to a stack, from its request to its end.

    `kind` is one of AWS's OperationType values; `outcome` is `IN_PROGRESS`, `SUCCEEDED` or `FAILED`.
    """

    operation_id: str
    kind: str
    started: datetime
    token: str = ""
    ended: datetime | None = None
    outcome: str = "IN_PROGRESS"
    change_set_id: str = ""


class Drift(msgspec.Struct, kw_only=True):
    """What drift detection last found about a resource."""

    status: str
    at: datetime
    expected: str = ""
    actual: str = ""
    differences: list[dict[str, str]] = []


class Resource(msgspec.Struct, kw_only=True):
    """One resource of a stack as it was last deployed.

    `props` are the resolved properties that were given to the provider, `shown` the same with NoEcho values masked.
    `needs` are the logical ids that it was deployed after, which deletion walks backwards.
    """

    logical_id: str
    type: str
    at: datetime
    physical_id: str = ""
    status: str = ""
    reason: str = ""
    props: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    definition: dict[str, Any] = {}
    needs: list[str] = []
    tags: dict[str, str] = {}
    drift: Drift | None = None

    def policy(self, name: str) -> str:
        """`DeletionPolicy` or `UpdateReplacePolicy` of the template; `Delete` unless it says otherwise."""
        given = self.definition.get(name)
        return given if isinstance(given, str) else "Delete"


class Source(msgspec.Struct, kw_only=True):
    """A template with everything that it is deployed with."""

    body: str
    template: dict[str, Any]
    parameters: dict[str, str] = {}
    resolved: dict[str, str] = {}
    tags: dict[str, str] = {}
    capabilities: list[str] = []


class Owing(msgspec.Struct, kw_only=True):
    """A physical resource that the clean-up phase still has to delete."""

    resource: Resource
    policy: str


class ChangeSet(msgspec.Struct, kw_only=True):
    """A change set: its input, what it would change, and where its creation and execution stand."""

    change_set_id: str
    name: str
    kind: str
    created: datetime
    source: Source
    stack_id: str
    operation_id: str
    request: dict[str, Any] = {}
    status: str = "CREATE_PENDING"
    execution: str = "UNAVAILABLE"
    reason: str = ""
    changes: list[dict[str, Any]] = []
    use_previous_template: bool = False


class Stack(msgspec.Struct, kw_only=True):
    """A stack, from the moment its first change set names it until 90 days after its deletion."""

    stack_id: str
    name: str
    account: str
    region: str
    created: datetime
    status: str
    reason: str = ""
    updated: datetime | None = None
    deleted: datetime | None = None
    source: Source | None = None
    stable: Source | None = None
    stable_resources: dict[str, Resource] = {}
    resources: dict[str, Resource] = {}
    owing: list[Owing] = []
    outputs: list[dict[str, str]] = []
    imports: list[str] = []
    events: list[Event] = []
    change_sets: dict[str, ChangeSet] = {}
    last_change_set: str = ""
    operations: list[Operation] = []
    tokens: dict[str, str] = {}
    policy: str = ""
    protected: bool = False
    role_arn: str = ""
    notification_arns: list[str] = []
    rollback: dict[str, Any] = {}
    disable_rollback: bool = False
    on_failure: str = "ROLLBACK"
    retain_except_on_create: bool = False
    timeout_minutes: int = 0
    deployment: dict[str, Any] = {}
    deletion_mode: str = ""
    drift_status: str = "NOT_CHECKED"
    drift_at: datetime | None = None

    @property
    def busy(self) -> bool:
        """Whether an operation is under way. `REVIEW_IN_PROGRESS` waits for a person and is not busy."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def gone(self) -> bool:
        """Whether it was deleted; it can still be described by its id."""
        return self.status == "DELETE_COMPLETE"

    def current(self) -> Operation:
        """The operation that was started last."""
        return self.operations[-1]


class Detection(msgspec.Struct, kw_only=True):
    """A run of drift detection."""

    detection_id: str
    stack_id: str
    at: datetime
    status: str = "DETECTION_IN_PROGRESS"
    reason: str = ""
    drift_status: str = "UNKNOWN"
    drifted: int = 0


class Fault(msgspec.Struct, kw_only=True):
    """A resource operation that fails on demand.

    `phase` is `CREATE`, `UPDATE`, `DELETE` or `ROLLBACK` (any act of a rollback); `stack` and `logical_id` may be `*`.
    """

    stack: str
    logical_id: str
    phase: str
    reason: str = "The sandbox was asked to fail this resource"
    code: str = "GeneralServiceException"
    times: int = 1
