"""The other services, as ministack has them: the `Outside` of a running sandbox."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import hook_functions, ministack_ecs
from generator.sandbox.ecs.image_scripts import LABEL
from generator.sandbox.ecs.other_services import Alarm, Image, TargetGroup
from generator.sandbox.services import ministack_ecr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from generator.sandbox.ecs.model import Home

_ECR = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<name>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]+))?$"
)


class Ministack:
    """Calls ministack on its event loop."""

    def target_group(self, home: Home, arn: str) -> TargetGroup | None:
        """From ministack's load balancing."""
        found = ministack_ecs.on_loop(home, lambda: ministack_ecs.target_group(arn))
        if found is None:
            return None
        row, attributes, balancer = found
        return TargetGroup(
            name=arn.rpartition(":")[2],
            balancer=balancer.partition(":loadbalancer/")[2],
            interval=float(row.get("HealthCheckIntervalSeconds", 30)),
            healthy=int(row.get("HealthyThresholdCount", 5)),
            unhealthy=int(row.get("UnhealthyThresholdCount", 2)),
            delay=float(attributes.get("deregistration_delay.timeout_seconds", 300)),
        )

    def register(self, home: Home, group: str, ip: str, port: int) -> None:
        """RegisterTargets."""
        ministack_ecs.on_loop(home, lambda: ministack_ecs.put_target(group, ip, port, there=True))

    def deregister(self, home: Home, group: str, ip: str, port: int) -> None:
        """DeregisterTargets, after the drain."""
        ministack_ecs.on_loop(home, lambda: ministack_ecs.put_target(group, ip, port, there=False))

    def weigh(self, home: Home, rule: str, weights: Mapping[str, int]) -> None:
        """ModifyRule, or ModifyListener."""
        ministack_ecs.on_loop(home, lambda: ministack_ecs.weigh(rule, weights))

    def image(self, home: Home, name: str) -> Image:
        """ECR's images are looked up; images of other registries exist."""
        match = _ECR.match(name)
        if match is None:
            return Image("")
        owner = type(home)(match["account"], match["region"])
        tag, digest = match["tag"] or "latest", match["digest"] or ""
        found = ministack_ecs.on_loop(owner, lambda: ministack_ecr.image(match["name"], tag, digest))
        if found:
            return Image(str(found["imageDigest"]), annotation(found.get("imageManifest")))
        # Wording: Amazon ECS Developer Guide, "CannotPullContainer task errors".
        if found is None:
            why = f"name unknown: The repository with name '{match['name']}' does not exist in the registry with id '{match['account']}'"
        else:
            why = f"{name}: not found"
        return Image(
            digest,
            error="CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
            f"{name}: {why}",
        )

    def secret(self, home: Home, name: str) -> str | None:
        """GetSecretValue, or GetParameter."""
        return ministack_ecs.on_loop(home, lambda: ministack_ecs.secret(name))

    def log(self, home: Home, group: str, stream: str, lines: Iterable[str]) -> None:
        """PutLogEvents."""
        ministack_ecs.on_loop(home, lambda: ministack_ecs.log(group, stream, lines))

    def call(self, home: Home, function: str, event: dict[str, Any], answered: Callable[[Any], None]) -> None:
        """Lambda's Invoke, with the function's own code."""
        hook_functions.begin(home, function, event, answered)

    def metrics(self, home: Home, rows: Iterable[tuple[str, str, Mapping[str, str], list[float]]]) -> None:
        """PutMetricData in AWS's own namespaces."""
        ministack_ecs.on_loop(home, lambda: ministack_ecs.put_metrics(rows))

    def event(self, home: Home, source: str, kind: str, resources: list[str], detail: Mapping[str, Any]) -> None:
        """An event of AWS's own."""
        ministack_ecs.on_loop(home, lambda: ministack_ecs.put_event(source, kind, resources, detail))

    def alarms(self, home: Home) -> list[Alarm]:
        """Every alarm."""
        rows = ministack_ecs.on_loop(home, ministack_ecs.alarms)
        return [Alarm(str(row["AlarmName"]), str(row["StateValue"]), row) for row in rows]

    def set_alarm(self, home: Home, name: str, state: str, reason: str) -> None:
        """SetAlarmState, as CloudWatch itself does after an evaluation."""
        ministack_ecs.on_loop(home, lambda: ministack_ecs.set_alarm(name, state, reason))

    def subnets(self, home: Home, ids: list[str]) -> list[tuple[str, str, str]]:
        """DescribeSubnets."""
        return ministack_ecs.on_loop(home, lambda: ministack_ecs.subnets(ids))


def annotation(manifest: Any) -> str:
    """The scripted behaviour that an image's manifest carries, or nothing."""
    try:
        found = json.loads(manifest or "{}")
    except (TypeError, ValueError):
        return ""
    notes = found.get("annotations") if isinstance(found, dict) else None
    value = notes.get(LABEL, "") if isinstance(notes, dict) else ""
    return value if isinstance(value, str) else json.dumps(value)
