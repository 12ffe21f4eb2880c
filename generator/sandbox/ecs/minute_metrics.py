"""What running tasks cause once a minute: metrics of ECS and of the load balancer, and the state of alarms.

Traffic is assumed: 120 requests a minute to each service, shared by the weights of its target groups.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.ecs import alarm_evaluation, image_scripts
from generator.sandbox.ecs.alarm_evaluation import Metric
from generator.sandbox.ecs.lifecycle_stages import SHIFTING, strategy
from generator.sandbox.ecs.task_progress import is_process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.sandbox.ecs.model import Home, Service, Task
    from generator.sandbox.ecs.runtime import Runtime

MINUTE = 60.0
REQUESTS = 120
LATENCY = 0.05  # seconds
_KEPT = 3 * 3600.0

Row = tuple[str, str, "Mapping[str, str]", list[float]]


class Point(NamedTuple):
    """Samples of a metric at one moment of the engine's time."""

    at: float
    values: tuple[float, ...]


class MinuteMetrics:
    """Keeps the metrics of the last hours by the engine's time, and evaluates alarms with them."""

    def __init__(self, world: Runtime) -> None:
        self._world = world
        self._series: dict[tuple[Home, Metric], deque[Point]] = {}

    def record(self, home: Home, metric: Metric, values: Sequence[float], at: float) -> None:
        """Keep samples of a metric."""
        kept = self._series.setdefault((home, metric), deque())
        kept.append(Point(at, tuple(values)))
        while kept and kept[0].at < self._world.seconds - _KEPT:
            kept.popleft()

    def clear(self) -> None:
        """Forget everything."""
        self._series.clear()

    def tick(self) -> None:
        """A minute has passed: record what tasks caused, and evaluate the alarms of their accounts."""
        homes: dict[Home, None] = {key[0]: None for key in self._series}
        counted = self._world.machine.minute() if self._world.machine else {}
        for service in self._world.state.services.values():
            if service.status == "ACTIVE":
                homes[service.home] = None
                rows = measured(self._world, service, counted)
                for namespace, name, dimensions, values in rows:
                    metric = Metric(namespace, name, tuple(sorted(dimensions.items())))
                    self.record(service.home, metric, values, self._world.seconds - MINUTE / 2)
                if rows:
                    self._world.outside.metrics(service.home, rows)
        for home in homes:
            self.evaluate(home)

    def evaluate(self, home: Home) -> None:
        """Set every alarm of a home to the state that its metric puts it in."""
        lookup = self._lookup(home)
        for alarm in self._world.outside.alarms(home):
            state, reason = alarm_evaluation.evaluate(alarm.definition, lookup, self._world.seconds, alarm.state)
            if state != alarm.state:
                self._world.outside.set_alarm(home, alarm.name, state, reason)

    def value(self, home: Home, definition: Mapping[str, Any]) -> float | None:
        """The newest value that an alarm compares with its threshold."""
        return alarm_evaluation.value_at(definition, self._lookup(home), self._world.seconds, 0)

    def _lookup(self, home: Home) -> alarm_evaluation.Lookup:
        def lookup(metric: Metric, after: float, until: float) -> Sequence[float]:
            kept = self._series.get((home, metric), ())
            return [value for point in kept if after < point.at <= until for value in point.values]

        return lookup


def measured(
    world: Runtime, service: Service, counted: Mapping[str, list[tuple[str, list[float]]]] | None = None
) -> list[Row]:
    """The metrics of one minute of a service; `counted` is what real load balancers counted, by target group."""
    tasks = [t for t in world.tasks_of(service) if t.status == "RUNNING" and t.running_since is not None]
    found: list[Row] = []
    ecs = {"ClusterName": service.cluster.rpartition("/")[2], "ServiceName": service.name}
    if tasks:
        memory = [
            t.used_memory if is_process(t) else image_scripts.memory_of(t.behaviour, world.seconds - (t.running_since or 0))
            for t in tasks
        ]  # fmt: skip
        found.append(
            ("AWS/ECS", "CPUUtilization", ecs, [t.used_cpu if is_process(t) else t.behaviour.cpu for t in tasks])
        )
        found.append(("AWS/ECS", "MemoryUtilization", ecs, memory))
    for arn, weight in traffic(service).items():
        group = world.group_of(service.home, arn)
        if group is None or not group.balancer:
            continue
        own = [t for t in tasks if t.target_group == arn and t.target in {"initial", "healthy", "unhealthy"}]
        names = {"LoadBalancer": group.balancer, "TargetGroup": group.name}
        if any(is_process(t) for t in tasks):
            found += _counted(names, own, (counted or {}).get(arn, []))
        else:
            found += _balanced(world, names, own, REQUESTS * weight / 100)
    return found


def _hosts(names: dict[str, str], tasks: list[Task]) -> list[Row]:
    return [
        ("AWS/ApplicationELB", "HealthyHostCount", names, [float(sum(t.target == "healthy" for t in tasks))]),
        ("AWS/ApplicationELB", "UnHealthyHostCount", names, [float(sum(t.target == "unhealthy" for t in tasks))]),
    ]


def _counted(names: dict[str, str], tasks: list[Task], metrics: list[tuple[str, list[float]]]) -> list[Row]:
    """The 5xx answers of the load balancer itself have no target group (CloudWatch metrics, "Metric dimensions")."""
    balancer = {"LoadBalancer": names["LoadBalancer"]}
    found = _hosts(names, tasks)
    for name, values in metrics:
        found.append(("AWS/ApplicationELB", name, balancer if "_ELB_" in name else names, values))
    return found


def _balanced(world: Runtime, names: dict[str, str], tasks: list[Task], requests: float) -> list[Row]:
    healthy = [t for t in tasks if t.target == "healthy"]
    found = _hosts(names, tasks)
    if requests <= 0:
        return found
    if not healthy:
        # The load balancer has nobody to ask and answers 503 itself.
        return [
            *found,
            ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", {"LoadBalancer": names["LoadBalancer"]}, [requests]),
        ]
    shares = [image_scripts.failing_share(t.behaviour, world.seconds - (t.running_since or 0)) for t in healthy]
    failed = round(requests * sum(shares) / len(shares))
    found.append(("AWS/ApplicationELB", "RequestCount", names, [round(requests, 1)]))
    found.append(("AWS/ApplicationELB", "TargetResponseTime", names, [LATENCY]))
    if failed:
        # Elastic Load Balancing reports this metric only if there is a nonzero value.
        found.append(("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", names, [float(failed)]))
    return found


def traffic(service: Service) -> dict[str, float]:
    """Per cent of production traffic by target group."""
    revision = service.revisions.get(service.current)
    if revision is None or not revision.target_group:
        return {}
    rollout = service.rollout
    if rollout is None or strategy(rollout.config) not in SHIFTING:
        return {revision.target_group: 100.0}
    target = service.revisions[rollout.target]
    found: dict[str, Any] = {target.target_group: rollout.weight}
    if rollout.sources:
        source = service.revisions[rollout.sources[0]]
        found[source.target_group] = found.get(source.target_group, 0) + 100 - rollout.weight
    return found
