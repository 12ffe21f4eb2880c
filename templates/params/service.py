"""Parameters of a service's stack: task, routing, rollout, scaling, alarms."""

from collections.abc import Iterator
from math import ceil
from typing import Annotated, Literal, assert_never

from msgspec import Meta

from templates.params.base import LogDays, Name, Percent, Port, Scope, Section, Text
from templates.params.before_release import BeforeRelease, before_release_faults
from templates.params.data import Data
from templates.params.health_rule import health_faults
from templates.params.login import Login, login_faults

EnvName = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
Stage = Literal[
    "RECONCILE_SERVICE", "PRE_SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT",
]  # fmt: skip


class HealthCheck(Section):
    """What the load balancer asks each task, and when it believes the answer."""

    path: Annotated[str, Meta(pattern=r"^/[!-~]*$", max_length=1024)] = "/health"
    interval: Annotated[int, Meta(ge=5, le=300, description="Seconds.")] = 30
    timeout: Annotated[int, Meta(ge=2, le=120, description="Seconds; below the interval.")] = 5
    healthy: Annotated[int, Meta(ge=2, le=10)] = 2
    unhealthy: Annotated[int, Meta(ge=2, le=10)] = 3
    codes: Annotated[str, Meta(pattern=r"^[0-9]{3}([,-][0-9]{3})*$")] = "200"
    grace: Annotated[int, Meta(ge=0, le=10800, description="Seconds that a new task may take to start.")] = 60
    command: Annotated[
        tuple[Text, ...],
        Meta(description="A check inside the container too: `[CMD, ...]` or `[CMD-SHELL, ...]`."),
    ] = ()


class Pause(Section):
    """A PAUSE lifecycle hook: the rollout waits at ``stage`` until somebody continues it."""

    stage: Stage = "POST_TEST_TRAFFIC_SHIFT"
    timeout_minutes: Annotated[int, Meta(ge=1, le=20160)] = 60
    on_timeout: Literal["ROLLBACK", "CONTINUE"] = "ROLLBACK"


class Rollout(Section):
    """How a new version replaces the old one."""

    strategy: Literal["rolling", "blue-green", "canary", "linear"] = "rolling"
    min_percent: Annotated[int, Meta(ge=0, le=100)] = 100
    max_percent: Annotated[int, Meta(ge=100, le=200)] = 200
    bake_minutes: Annotated[int, Meta(ge=0, le=1440)] = 5
    canary_percent: Annotated[float, Meta(ge=0.1, le=100.0)] = 10.0
    canary_bake_minutes: Annotated[int, Meta(ge=0, le=1440)] = 10
    step_percent: Annotated[float, Meta(ge=3.0, le=100.0)] = 20.0
    step_bake_minutes: Annotated[int, Meta(ge=0, le=1440)] = 3
    pause: Pause | None = None


class Scaling(Section):
    """Autoscaling: a CPU target, steps for sharp changes, and the range of tasks."""

    min: Annotated[int, Meta(ge=0, le=5000)] = 2
    max: Annotated[int, Meta(ge=1, le=5000)] = 10
    cpu_target: Annotated[int, Meta(ge=10, le=95)] = 70
    step_out_cpu: Percent = 85
    step_out_by: Annotated[int, Meta(ge=1, le=100)] = 2
    step_in_cpu: Percent = 50
    step_in_by: Annotated[int, Meta(ge=1, le=100)] = 1


class Alarms(Section):
    """When the service's alarms fire. They also stop a rollout."""

    errors_5xx: Annotated[int, Meta(ge=1, description="5xx answers of the targets in a minute.")] = 10
    latency_p99_seconds: Annotated[float, Meta(gt=0, le=120)] = 2.0
    cpu_percent: Percent = 90
    memory_percent: Percent = 90


class Uses(Section):
    """Which of the environment's data the service may use; names from ``data:``."""

    database: bool = False
    tables: tuple[Name, ...] = ()
    buckets: tuple[Name, ...] = ()
    release_log: Annotated[
        Literal["read"] | None,
        Meta(
            description="Read the platform's release log, as the release board does. For environments of the account that "
            "holds it (`bot.environment` in platform.yaml); nothing that a service has can write it."
        ),
    ] = None
    login: Annotated[
        Name | None,
        Meta(
            description="The service whose `login` signed people in, where that service passes their requests on: "
            "LOAD_BALANCER_ARN, LOGIN_ISSUER and LOGIN_CLIENT_ID then say whose signature to verify."
        ),
    ] = None


class ReleaseLog(Section):
    """Where the platform's release log is: the table's name, and its Region."""

    table: str
    region: str


class Route(Section):
    """Which requests reach the service. Without hosts and paths: ``NAME.DOMAIN``."""

    hosts: Annotated[tuple[Text, ...], Meta(max_length=3)] = ()
    paths: Annotated[tuple[Text, ...], Meta(max_length=3)] = ()
    priority: (
        Annotated[
            int,
            Meta(ge=1, le=200, description="A place before all services without one; the lowest is asked first."),
        ]
        | None
    ) = None


class ServiceSpec(Section):
    """One deployable service, as ``stacks/services/NAME.yaml`` gives it for one environment."""

    port: Port
    cpu: Literal[256, 512, 1024, 2048, 4096, 8192, 16384] = 256
    memory: Annotated[int, Meta(ge=512, le=122880, description="MiB.")] = 512
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    launch: Annotated[
        Literal["default", "fargate", "spot", "ec2"],
        Meta(description="Capacity provider; `default` follows the cluster's strategy."),
    ] = "default"
    command: tuple[str, ...] = ()
    environment: dict[EnvName, str] = {}
    user: Annotated[
        str, Meta(pattern=r"^[1-9][0-9]{0,9}(:[1-9][0-9]{0,9})?$", description="Numeric UID, or UID:GID; never root.")
    ] = "10001:10001"
    tmp_mib: Annotated[
        int, Meta(ge=0, le=16384, description="Size of the writable /tmp in memory, MiB; 0: nothing is writable.")
    ] = 64
    secrets: Annotated[
        dict[EnvName, str],
        Meta(
            description="Variable name to Secrets Manager secret `NAME` or `NAME:json-key`, below PLATFORM/ENVIRONMENT/."
        ),
    ] = {}
    restart_on_rotation: Annotated[
        bool,
        Meta(
            description=(
                "Restart the tasks when a secret that they were given as a variable is rotated, the database's password "
                "included: ECS reads secrets only when a task starts."
            )
        ),
    ] = True
    route: Route = Route()
    login: Login | None = None
    health_check: HealthCheck = HealthCheck()
    rollout: Rollout = Rollout()
    before_release: BeforeRelease | None = None
    scaling: Scaling = Scaling()
    alarms: Alarms = Alarms()
    uses: Uses = Uses()
    log_retention_days: LogDays = 7
    stop_timeout: Annotated[int, Meta(ge=2, le=120, description="Seconds between SIGTERM and SIGKILL.")] = 30
    deregistration_delay: Annotated[
        int, Meta(ge=5, le=3600, description="Seconds that requests have to end; longer than the longest of them.")
    ] = 30
    exec: Annotated[bool, Meta(description="Allow ECS Exec into its tasks.")] = False


class ServiceParams(Section):
    """A service's stack: ``spec`` after the environment's overrides; hosts and priority are resolved."""

    scope: Scope
    name: str
    spec: ServiceSpec
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    priority: int
    # How the environment runs tasks: whether Spot exists and whether an EC2 capacity provider does.
    has_spot: bool
    has_ec2: bool
    # What the environment keeps, to know the keys, engine and port of what the service uses.
    data: Data
    # Priority of the rule for what needs no login; and the login that signs people in, its own or that of `uses.login`.
    open_priority: int | None = None
    signed_in_by: Login | None = None
    # The release log, for a service that reads it.
    release_log: ReleaseLog | None = None
    # Image of the fault injection agent, where an experiment of the environment is about this service.
    fault_agent: str | None = None


# Set by the template; a service that sets them itself would hide which release runs.
RESERVED_VARIABLES = frozenset({"RELEASE"})
# ECS gives a CloudFormation update 36 hours and refuses canary and linear rollouts of more than 33 (schema of
# AWS::ECS::Service); what is left over is for starting and draining tasks.
ROLLOUT_LIMIT_MINUTES = 33 * 60
# Amazon ECS API Reference, DeploymentLifecycleHook: PAUSE can't stand at the two shifting stages.
_NO_PAUSE = frozenset({"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"})


def traffic_steps(rollout: Rollout) -> int:
    """How often production traffic shifts in one rollout: 0 for rolling, 1 for blue-green, 2 for canary."""
    match rollout.strategy:
        case "rolling":
            return 0
        case "blue-green":
            return 1
        case "canary":
            return 2
        case "linear":
            # The tolerance keeps 100 / 3.3-like quotients from gaining a step by rounding.
            return ceil(100 / rollout.step_percent - 1e-9)
        case other:
            assert_never(other)


def rollout_minutes(rollout: Rollout) -> float:
    """Longest time that a rollout waits by design, in minutes: bakes and unanswered pauses, without task starts.

    A pause at ``PRE_PRODUCTION_TRAFFIC_SHIFT`` happens before every step (Amazon ECS API Reference,
    DeploymentLifecycleHook); elsewhere it happens once.
    """
    steps = traffic_steps(rollout)
    if steps == 0:
        return 0
    waits = float(rollout.bake_minutes)
    if rollout.strategy == "canary":
        waits += rollout.canary_bake_minutes
    elif rollout.strategy == "linear":
        # ECS does not wait after the step that reaches 100 percent.
        waits += (steps - 1) * rollout.step_bake_minutes
    if rollout.pause:
        waits += rollout.pause.timeout_minutes * (steps if rollout.pause.stage == "PRE_PRODUCTION_TRAFFIC_SHIFT" else 1)
    return waits


def faults(spec: ServiceSpec) -> Iterator[tuple[str, str]]:
    """What is wrong between fields that are each valid: ``(key.path, sentence that ends with what to write)``."""
    yield from _rollout_faults(spec.rollout)
    yield from login_faults(spec)
    yield from before_release_faults(spec)
    scaling, check, route = spec.scaling, spec.health_check, spec.route
    if scaling.min > scaling.max:
        yield "scaling.min", f"{scaling.min} is above scaling.max ({scaling.max}); raise max or lower min"
    if not scaling.step_in_cpu < scaling.cpu_target < scaling.step_out_cpu:
        yield (
            "scaling.cpu_target",
            f"is not between step_in_cpu ({scaling.step_in_cpu}) and step_out_cpu ({scaling.step_out_cpu}); write one that is",
        )
    if check.timeout >= check.interval:
        yield (
            "health_check.timeout",
            f"must be below the interval ({check.interval}); write {check.interval - 1} or less",
        )
    elif scaling.min <= scaling.max:
        yield from health_faults(spec)
    if check.command and check.command[0] not in {"CMD", "CMD-SHELL"}:
        yield "health_check.command", f"starts with {check.command[0]!r}; write CMD or CMD-SHELL first"
    if len(route.hosts) + len(route.paths) > 5:
        # Elastic Load Balancing, Quotas: condition values per rule.
        yield "route", "has more than 5 hosts and paths together, and a listener rule takes 5; remove some"
    if spec.tmp_mib >= spec.memory:
        yield "tmp_mib", f"takes all of the task's memory ({spec.memory} MiB); write less than half of it"
    for name in sorted(RESERVED_VARIABLES & (spec.environment.keys() | spec.secrets.keys())):
        yield f"environment.{name}", "is set by the platform to the commit that runs; use another name"
    for name in sorted(spec.environment.keys() & spec.secrets.keys()):
        yield f"secrets.{name}", "is in environment as well, which ECS refuses; keep one of the two"


def _rollout_faults(rollout: Rollout) -> Iterator[tuple[str, str]]:
    if rollout.min_percent == 100 and rollout.max_percent == 100:
        yield "rollout.max_percent", "of 100 with min_percent 100 leaves no room to replace a task; write 200"
    if rollout.strategy in {"canary", "linear"}:
        name = "canary_percent" if rollout.strategy == "canary" else "step_percent"
        tenths = getattr(rollout, name) * 10
        if abs(tenths - round(tenths)) > 1e-6:
            yield f"rollout.{name}", f"must be a multiple of 0.1; write {round(tenths) / 10}"
    if rollout.pause and rollout.strategy == "rolling":
        yield "rollout.pause", "needs two versions side by side; set strategy to blue-green, canary or linear"
    elif rollout.pause and rollout.pause.stage in _NO_PAUSE:
        yield "rollout.pause.stage", f"can't be {rollout.pause.stage}; write POST_TEST_TRAFFIC_SHIFT"
    minutes = rollout_minutes(rollout)
    if minutes > ROLLOUT_LIMIT_MINUTES:
        yield (
            "rollout",
            f"may wait {minutes:.0f} minutes in bakes and pauses; shorten them to {ROLLOUT_LIMIT_MINUTES} in all",
        )
