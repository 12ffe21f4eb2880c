"""What scales: targets and policies, and what they do each minute. `autoscaling_api` is their API."""

from __future__ import annotations

import math
import time
import uuid
from typing import TYPE_CHECKING, Any

import msgspec

from generator.sandbox.ecs.engine_instance import ENGINE
from generator.sandbox.ecs.model import Home  # noqa: TC001 - msgspec reads the annotations when it loads the state
from generator.sandbox.server.persistence import persisted

if TYPE_CHECKING:
    from generator.sandbox.ecs.engine import Engine
    from generator.sandbox.ecs.other_services import Alarm

# What target tracking can follow here -> the metric of AWS/ECS.
PREDEFINED = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}


class Target(msgspec.Struct, kw_only=True):
    """A scalable target: the range of one service's desired count."""

    arn: str
    home: Home
    resource: str
    service: str
    low: int
    high: int
    created: float
    suspended: dict[str, bool] = {}
    tags: dict[str, str] = {}
    activities: list[dict[str, Any]] = []


class Policy(msgspec.Struct, kw_only=True):
    """A scaling policy. `acted` is the engine's time of its last activity; `alarms` are those that it made itself."""

    arn: str
    target: str
    name: str
    kind: str
    config: dict[str, Any]
    created: float
    acted: float = -math.inf
    alarms: list[str] = []


class _Saved(msgspec.Struct):
    targets: dict[str, Target]
    policies: dict[str, Policy]


def step_change(config: dict[str, Any], distance: float, desired: int) -> int:
    """The new count that a step policy asks for, for a metric so far above (or below) the threshold."""
    for row in config.get("StepAdjustments") or []:
        low = float(row.get("MetricIntervalLowerBound", -math.inf))
        high = float(row.get("MetricIntervalUpperBound", math.inf))
        # Bounds of zero and above include the lower one, those below include the upper one.
        inside = low <= distance < high if distance >= 0 else low < distance <= high
        if inside:
            amount = int(row["ScalingAdjustment"])
            match config.get("AdjustmentType"):
                case "ExactCapacity":
                    return amount
                case "PercentChangeInCapacity":
                    least = int(config.get("MinAdjustmentMagnitude") or 1)
                    change = desired * amount / 100
                    size = max(least, math.floor(abs(change)))
                    return desired + int(math.copysign(size, change))
                case _:
                    return desired + amount
    return desired


def tracked_count(target_value: float, value: float, desired: int) -> int:
    """The count that brings an average to its target, rounded up as AWS does not risk too few."""
    return max(1, math.ceil(desired * value / target_value)) if target_value else desired


def alarms_of(policy: Policy, target: Target) -> list[dict[str, Any]]:
    """The alarms that target tracking makes: high after three minutes, and low after fifteen unless it may not."""
    config = policy.config
    metric = PREDEFINED[config["PredefinedMetricSpecification"]["PredefinedMetricType"]]
    value = float(config["TargetValue"])
    _, cluster, service = target.resource.split("/")
    sides = [("AlarmHigh", "GreaterThanThreshold", value, 3)]
    if not config.get("DisableScaleIn"):
        sides.append(("AlarmLow", "LessThanThreshold", value * 0.9, 15))
    known = {name.split("-Alarm")[1][:3]: name for name in policy.alarms}
    found = []
    for side, operator, threshold, periods in sides:
        name = known.get(side[5:8]) or f"TargetTracking-{target.resource}-{side}-{uuid.uuid4()}"
        found.append(
            {
                "AlarmName": name,
                "AlarmArn": f"arn:aws:cloudwatch:{target.home.region}:{target.home.account}:alarm:{name}",
                "AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.arn}.",
                "Namespace": "AWS/ECS",
                "MetricName": metric,
                "Dimensions": [
                    {"Name": "ClusterName", "Value": cluster},
                    {"Name": "ServiceName", "Value": service},
                ],
                "Statistic": "Average",
                "Period": 60,
                "EvaluationPeriods": periods,
                "Threshold": threshold,
                "ComparisonOperator": operator,
                "TreatMissingData": "missing",
                "ActionsEnabled": True,
                "AlarmActions": [policy.arn],
                "OKActions": [],
                "InsufficientDataActions": [],
                "StateValue": "INSUFFICIENT_DATA",
                "StateReason": "Unchecked: Initial alarm creation",
                "StateUpdatedTimestamp": int(time.time()),
                "AlarmConfigurationUpdatedTimestamp": int(time.time()),
            }
        )
    return found


class Autoscaling:
    """Every target and policy. The engine holds the world whenever these are read or changed."""

    def __init__(self) -> None:
        self.targets: dict[str, Target] = {}
        self.policies: dict[str, Policy] = {}

    def tick(self, engine: Engine) -> None:
        """A minute has passed: policies whose alarm is in ALARM act, unless they cool down."""
        for target in self.targets.values():
            own = [p for p in self.policies.values() if p.target == target.arn]
            if not own:
                continue
            firing = [a for a in engine.world.outside.alarms(target.home) if a.state == "ALARM"]
            for policy in own:
                for alarm in firing:
                    if policy.arn in (alarm.definition.get("AlarmActions") or []):
                        self._act(engine, target, policy, alarm)

    def _act(self, engine: Engine, target: Target, policy: Policy, alarm: Alarm) -> None:
        service = engine.world.state.services.get(target.service)
        if service is None or service.status != "ACTIVE":
            return
        value = engine.meter.value(target.home, alarm.definition)
        threshold = float(alarm.definition.get("Threshold") or 0)
        if value is None:
            return
        if policy.kind == "StepScaling":
            desired = step_change(policy.config, value - threshold, service.desired)
            cooldown = float(policy.config.get("Cooldown") or 0)
        else:
            desired = tracked_count(float(policy.config["TargetValue"]), value, service.desired)
            more = desired > service.desired
            cooldown = float(policy.config.get("ScaleOutCooldown" if more else "ScaleInCooldown", 300))
        desired = min(target.high, max(target.low, desired))
        frozen = "DynamicScalingOutSuspended" if desired > service.desired else "DynamicScalingInSuspended"
        late = engine.world.seconds - policy.acted >= cooldown
        if desired != service.desired and late and not target.suspended.get(frozen):
            policy.acted = engine.world.seconds
            self._set(
                engine, target, desired, f"monitor alarm {alarm.name} in state ALARM triggered policy {policy.name}"
            )

    def keep_in_range(self, engine: Engine, target: Target) -> None:
        """Bring the desired count into the target's range."""
        service = engine.world.state.services.get(target.service)
        if service:
            desired = min(target.high, max(target.low, service.desired))
            if desired != service.desired:
                self._set(engine, target, desired, "minimum or maximum capacity was set")

    def _set(self, engine: Engine, target: Target, desired: int, cause: str) -> None:
        service = engine.world.state.services[target.service]
        service.desired, service.steady = desired, False
        engine.world.note(service, f"has changed its desired count to {desired}.")
        engine.touch(service)
        now = time.time()
        target.activities.insert(
            0,
            {
                "ActivityId": str(uuid.uuid4()),
                "ServiceNamespace": "ecs",
                "ResourceId": target.resource,
                "ScalableDimension": "ecs:service:DesiredCount",
                "Description": f"Setting desired count to {desired}.",
                "Cause": cause,
                "StartTime": now,
                "EndTime": now,
                "StatusCode": "Successful",
                "StatusMessage": f"Successfully set desired count to {desired}. Change successfully fulfilled by ecs.",
            },
        )
        del target.activities[50:]

    def dump(self) -> Any:
        """Everything; one uninterrupted call, as `Engine.dump`."""
        return msgspec.to_builtins(_Saved(self.targets, self.policies))

    def load(self, data: Any) -> None:
        """Take back what `dump` gave."""
        found = msgspec.convert(data, _Saved)
        self.targets, self.policies = found.targets, found.policies

    def reset(self) -> None:
        """Forget everything."""
        self.targets, self.policies = {}, {}


SCALERS = Autoscaling()
persisted("scaling", SCALERS)
ENGINE.each_minute.append(SCALERS.tick)
