"""The other services as ECS sees them, behind one small port: `Outside`. `ministack_services.Ministack` is the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from generator.sandbox.ecs.model import Home, Task


class TargetGroup(NamedTuple):
    """What ECS needs to know about a target group.

    Attributes:
        name: As CloudWatch knows it: `targetgroup/app/1234`.
        balancer: The load balancer as CloudWatch knows it, `app/shared/5678`; empty if none forwards to it.
        interval: Seconds between health checks.
        healthy: Passed checks until a target is healthy again.
        unhealthy: Failed checks until it is unhealthy.
        delay: Seconds that a target drains.
    """

    name: str
    balancer: str
    interval: float = 30
    healthy: int = 5
    unhealthy: int = 2
    delay: float = 300


class Image(NamedTuple):
    """What the registry says. `error` is why a pull fails; `annotation` is the scripted behaviour of the manifest."""

    digest: str
    annotation: str = ""
    error: str = ""


class Alarm(NamedTuple):
    """A metric or composite alarm, with its definition in CloudWatch's shape; a composite has no ComparisonOperator."""

    name: str
    state: str
    definition: Mapping[str, Any]


class Outside(Protocol):
    """Everything that tasks cause or need beyond ECS. All methods answer at once and never raise."""

    def target_group(self, home: Home, arn: str) -> TargetGroup | None:
        """A target group, or None if there is none."""
        ...

    def register(self, home: Home, group: str, ip: str, port: int) -> None:
        """Add a target."""
        ...

    def deregister(self, home: Home, group: str, ip: str, port: int) -> None:
        """Take a target away."""
        ...

    def weigh(self, home: Home, rule: str, weights: Mapping[str, int]) -> None:
        """Set the weights of a rule's (or listener's) target groups."""
        ...

    def image(self, home: Home, name: str) -> Image:
        """What the registry has under an image's name."""
        ...

    def secret(self, home: Home, name: str) -> str | None:
        """The value that a container's `valueFrom` names: a secret, one key of its JSON, or a parameter; None if none."""
        ...

    def log(self, home: Home, group: str, stream: str, lines: Iterable[str]) -> None:
        """Write lines into a log stream, which is created if it is missing."""
        ...

    def metrics(self, home: Home, rows: Iterable[tuple[str, str, Mapping[str, str], list[float]]]) -> None:
        """Record values of metrics, now: (namespace, name, dimensions, values)."""
        ...

    def event(self, home: Home, source: str, kind: str, resources: list[str], detail: Mapping[str, Any]) -> None:
        """Publish an event of AWS's on the default bus."""
        ...

    def alarms(self, home: Home) -> list[Alarm]:
        """Every alarm."""
        ...

    def set_alarm(self, home: Home, name: str, state: str, reason: str) -> None:
        """Change an alarm's state, with its actions."""
        ...

    def call(self, home: Home, function: str, event: dict[str, Any], answered: Callable[[Any], None]) -> None:
        """Call a function by its ARN, and give its answer later, on another thread; None where it fails."""
        ...

    def subnets(self, home: Home, ids: list[str]) -> list[tuple[str, str, str]]:
        """(Id, Availability Zone, CIDR) of these subnets, as far as they exist."""
        ...


class Machine(Protocol):
    """What runs tasks that are processes of this machine. All methods answer at once, and are called holding the world."""

    def start(self, task: Task) -> None:
        """The task is about to run: start its containers."""
        ...

    def entered(self, task: Task) -> None:
        """The task drains, stops or is gone (its status says which): do what belongs to that."""
        ...

    def judge(self, task: Task) -> None:
        """The task's time is up: see whether it is healthy enough to stay."""
        ...

    def minute(self) -> Mapping[str, list[tuple[str, list[float]]]]:
        """What load balancers counted since the last call: target group's ARN to metrics of AWS/ApplicationELB."""
        ...

    def clear(self) -> None:
        """Kill everything and forget it."""
        ...
