"""What ECS keeps: clusters, task definitions, services, revisions, service deployments and tasks.

AWS's own members are kept in AWS's shape (`given`); what the engine decides with has fields of its own. Moments are
Unix times as clients see them; `due`, `since` and the like are the engine's seconds (see `engine`).
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from generator.sandbox.ecs.image_scripts import HEALTHY, Behaviour

TargetState = Literal["none", "initial", "healthy", "unhealthy", "draining"]


class Home(NamedTuple):
    """An account and a region."""

    account: str
    region: str


class Task(msgspec.Struct, kw_only=True):
    """One task. `status` is AWS's lastStatus; `due` is when it continues by itself, in the engine's seconds."""

    arn: str
    home: Home
    cluster: str
    definition: str
    group: str
    created: float
    service: str = ""
    revision: str = ""
    started_by: str = ""
    status: str = "PROVISIONING"
    desired: str = "RUNNING"
    due: float | None = None
    running_since: float | None = None
    milestone: int = 0
    health: str = "UNKNOWN"
    target: TargetState = "none"
    target_group: str = ""
    port: int = 0
    ip: str = ""
    subnet: str = ""
    zone: str = ""
    provider: str = ""
    behaviour: Behaviour = HEALTHY
    pull_error: str = ""
    stop_code: str = ""
    stopped_reason: str = ""
    exit_code: int | None = None
    container_reason: str = ""
    counted: bool = False
    version: int = 1
    times: dict[str, float] = {}
    images: dict[str, str] = {}
    given: dict[str, Any] = {}
    tags: list[dict[str, str]] = []
    # Of a task that is a process: where it listens on this machine, per cent of its CPU and memory in use, and how
    # each of its containers ended (exit code, reason).
    address: str = ""
    used_cpu: float = 0
    used_memory: float = 0
    ends: dict[str, tuple[int | None, str]] = {}

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]


class Revision(msgspec.Struct, kw_only=True):
    """A service revision: what was deployed, frozen, with the images' digests."""

    arn: str
    created: float
    definition: str
    given: dict[str, Any]
    images: list[dict[str, str]]
    target_group: str = ""
    rule: str = ""
    digest: str = ""


class Hook(msgspec.Struct, kw_only=True):
    """A lifecycle hook that a deployment reached. `expires` is in the engine's seconds, `expires_at` Unix time.

    A hook with a `target` (a function's ARN) is CALLED while the function works, and IN_PROGRESS until `expires`, when it
    is called again with what it answered as `details`.
    """

    id: str
    stage: str
    beat: int
    expires: float
    expires_at: float
    timeout_action: str
    status: str = "AWAITING_ACTION"
    target: str = ""
    details: Any = None


class Rollout(msgspec.Struct, kw_only=True):
    """One service deployment."""

    arn: str
    id: str
    created: float
    target: str
    config: dict[str, Any]
    sources: list[str] = []
    began: float = 0
    status: str = "IN_PROGRESS"
    reason: str = ""
    updated: float = 0
    finished: float | None = None
    stopped: float | None = None
    beat: int = 0
    since: float = 0
    shifted: bool = False
    weight: float = 0
    hooks: list[Hook] = []
    failures: int = 0
    undo_failures: int = 0
    threshold: int = 3
    retry: float = 0
    alarms_before: list[str] = []
    triggered: list[str] = []
    breaker: str = "DISABLED"
    rollback_reason: str = ""
    rollback_at: float | None = None
    rollback_id: str = ""

    @property
    def goal(self) -> str:
        """The revision that the service is on its way to: the source once it rolls back."""
        return self.sources[0] if self.rollback_at is not None and self.sources else self.target

    @property
    def active(self) -> bool:
        """Whether it still moves."""
        return self.status in {"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}


class Service(msgspec.Struct, kw_only=True):
    """A service. `current` is the ARN of the revision that runs, or that the rollout is about to bring."""

    arn: str
    home: Home
    cluster: str
    name: str
    created: float
    given: dict[str, Any]
    desired: int
    status: str = "ACTIVE"
    current: str = ""
    steady: bool = False
    halted: bool = False
    retry: float = 0
    crashes: int = 0
    busy_until: float = 0
    tags: list[dict[str, str]] = []
    events: list[dict[str, Any]] = []
    revisions: dict[str, Revision] = {}
    rollouts: list[Rollout] = []

    @property
    def rollout(self) -> Rollout | None:
        """The deployment that moves, or None."""
        return self.rollouts[-1] if self.rollouts and self.rollouts[-1].active else None


class Cluster(msgspec.Struct, kw_only=True):
    """A cluster, in AWS's shape without its counts."""

    arn: str
    name: str
    home: Home
    status: str = "ACTIVE"
    given: dict[str, Any] = {}
    tags: list[dict[str, str]] = []


class Definition(msgspec.Struct, kw_only=True):
    """A task definition revision, in AWS's shape."""

    arn: str
    home: Home
    family: str
    revision: int
    shape: dict[str, Any]
    tags: list[dict[str, str]] = []

    @property
    def status(self) -> str:
        """`ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`."""
        return str(self.shape["status"])


class State(msgspec.Struct, kw_only=True):
    """Everything, by ARN. `clock` is where the engine's seconds stood when it was saved."""

    clusters: dict[str, Cluster] = {}
    definitions: dict[str, Definition] = {}
    services: dict[str, Service] = {}
    tasks: dict[str, Task] = {}
    providers: dict[str, dict[str, Any]] = {}
    revisions_of: dict[str, int] = {}
    clock: float = 0
