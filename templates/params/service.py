"""Parameters of a service's stack: task, routing, rollout, scaling, alarms."""

from typing import Annotated, Literal

from msgspec import Meta

from templates.params.base import Name, Percent, Port, Scope, Section, Text
from templates.params.data import Data

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
    codes: Annotated[str, Meta(pattern=r"^\d{3}([,-]\d{3})*$")] = "200"
    grace: Annotated[int, Meta(ge=0, le=2147483647, description="Seconds after start that failed checks are ignored.")] = 60


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
    """What of the environment's data the service may reach; names from ``data:``."""

    database: bool = False
    tables: tuple[Name, ...] = ()
    buckets: tuple[Name, ...] = ()


class Route(Section):
    """Which requests reach the service. Without hosts and paths: ``NAME.DOMAIN``."""

    hosts: Annotated[tuple[Text, ...], Meta(max_length=3)] = ()
    paths: Annotated[tuple[Text, ...], Meta(max_length=3)] = ()
    priority: Annotated[int, Meta(ge=1, le=50000)] | None = None


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
    secrets: Annotated[
        dict[EnvName, str],
        Meta(description="Variable name to Secrets Manager secret `NAME` or `NAME:json-key`, below PLATFORM/ENVIRONMENT/."),
    ] = {}
    route: Route = Route()
    health_check: HealthCheck = HealthCheck()
    rollout: Rollout = Rollout()
    scaling: Scaling = Scaling()
    alarms: Alarms = Alarms()
    uses: Uses = Uses()
    log_retention_days: int = 7
    stop_timeout: Annotated[int, Meta(ge=2, le=120, description="Seconds between SIGTERM and SIGKILL.")] = 30
    deregistration_delay: Annotated[int, Meta(ge=0, le=3600, description="Seconds.")] = 30
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
