"""Application Auto Scaling for ECS services: targets, step scaling and target tracking, driven by alarms.

Sources: Application Auto Scaling User Guide ("How step scaling works", "How target tracking works") and API Reference.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import ministack_ecs
from generator.sandbox.ecs.autoscaling import PREDEFINED, SCALERS, Policy, Target, alarms_of
from generator.sandbox.ecs.engine_instance import ENGINE
from generator.sandbox.ecs.lookup import home, page
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import operation

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request

_SERVICE = "application-autoscaling"


def _invalid(text: str) -> AwsError:
    return AwsError("ValidationException", text)


def _id(request: Request) -> tuple[str, str, str]:
    namespace, dimension = request.text("ServiceNamespace"), request.text("ScalableDimension")
    if namespace != "ecs" or dimension not in {"", "ecs:service:DesiredCount"}:
        raise _invalid(f"The sandbox does not scale {namespace} {dimension}; only ecs:service:DesiredCount")
    return request.account, request.region, request.text("ResourceId")


def _target(request: Request) -> Target:
    found = SCALERS.targets.get("|".join(_id(request)))
    if found is None:
        raise AwsError(
            "ObjectNotFoundException",
            f"No scalable target registered for service namespace: ecs, resource ID: {request.text('ResourceId')}, "
            "scalable dimension: ecs:service:DesiredCount",
        )
    return found


@operation(_SERVICE, "RegisterScalableTarget")
def register(request: Request) -> dict[str, Any]:
    """Set the range of a service's desired count; a count out of the range is brought into it."""
    account, region, resource = _id(request)
    with ENGINE.held() as world:
        key = f"{account}|{region}|{resource}"
        there = SCALERS.targets.get(key)
        low = request.number("MinCapacity", there.low if there else None)
        high = request.number("MaxCapacity", there.high if there else None)
        if low is None or high is None:
            raise _invalid("MinCapacity and MaxCapacity are required for a new scalable target")
        if low > high:
            raise _invalid("Maximum capacity cannot be less than minimum capacity")
        cluster, _, name = resource.removeprefix("service/").partition("/")
        arn = f"arn:aws:ecs:{region}:{account}:service/{cluster}/{name}"
        service = world.state.services.get(arn)
        if service is None or service.status != "ACTIVE":
            raise _invalid("ECS service doesn't exist: " + resource)
        target = there or Target(
            arn=f"arn:aws:application-autoscaling:{region}:{account}:scalable-target/{uuid.uuid4().hex[:20]}",
            home=home(request), resource=resource, service=arn, low=low, high=high, created=time.time(),
        )  # fmt: skip
        target.low, target.high = low, high
        if request.params.get("SuspendedState"):
            target.suspended = request.params["SuspendedState"]
        target.tags |= request.params.get("Tags") or {}
        SCALERS.targets[key] = target
        SCALERS.keep_in_range(ENGINE, target)
        return {"ScalableTargetARN": target.arn}


@operation(_SERVICE, "DescribeScalableTargets")
def describe_targets(request: Request) -> dict[str, Any]:
    """Show targets."""
    resource_ids = set(request.params.get("ResourceIds") or [])
    with ENGINE.held():
        rows = [
            {
                "ServiceNamespace": "ecs",
                "ResourceId": t.resource,
                "ScalableDimension": "ecs:service:DesiredCount",
                "MinCapacity": t.low,
                "MaxCapacity": t.high,
                "RoleARN": f"arn:aws:iam::{t.home.account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService",
                "CreationTime": t.created,
                "SuspendedState": t.suspended,
                "ScalableTargetARN": t.arn,
            }
            for t in SCALERS.targets.values()
            if t.home == home(request) and (not resource_ids or t.resource in resource_ids)
        ]
    return _paged(request, rows, "ScalableTargets")


@operation(_SERVICE, "DeregisterScalableTarget")
def deregister(request: Request) -> dict[str, Any]:
    """Forget a target with its policies and their alarms."""
    with ENGINE.held():
        target = _target(request)
        for policy in [p for p in SCALERS.policies.values() if p.target == target.arn]:
            _drop(policy)
        del SCALERS.targets["|".join(_id(request))]
    return {}


@operation(_SERVICE, "PutScalingPolicy")
def put_policy(request: Request) -> dict[str, Any]:
    """Make or replace a policy; target tracking makes its alarms."""
    kind = request.text("PolicyType", "StepScaling")
    config = request.params.get("StepScalingPolicyConfiguration" if kind == "StepScaling" else "TargetTrackingScalingPolicyConfiguration")  # fmt: skip
    if kind not in {"StepScaling", "TargetTrackingScaling"} or not config:
        raise _invalid(
            f"The sandbox does not support {kind} without its configuration; use StepScaling or TargetTrackingScaling"
        )
    with ENGINE.held() as world:
        target = _target(request)
        name = request.text("PolicyName")
        key = f"{target.arn}|{name}"
        there = SCALERS.policies.get(key)
        where = home(request)
        policy = there or Policy(
            arn=f"arn:aws:autoscaling:{where.region}:{where.account}:scalingPolicy:{uuid.uuid4()}:resource/ecs/{target.resource}:policyName/{name}",
            target=target.arn, name=name, kind=kind, config=config, created=time.time(),
        )  # fmt: skip
        policy.config = config
        if kind == "TargetTrackingScaling":
            metric = (config.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
            if metric not in PREDEFINED:
                raise _invalid(
                    f"The sandbox does not track {metric or 'custom metrics'}; use one of {', '.join(PREDEFINED)}"
                )
            alarms = alarms_of(policy, target)
            policy.alarms = [str(row["AlarmName"]) for row in alarms]
            for row in alarms:
                ministack_ecs.on_loop(where, lambda row=row: ministack_ecs.put_alarm(row))  # type: ignore[misc]
        SCALERS.policies[key] = policy
        world.hurry()
        return {"PolicyARN": policy.arn, "Alarms": _alarms(policy, target)}


def _alarms(policy: Policy, target: Target) -> list[dict[str, str]]:
    base = f"arn:aws:cloudwatch:{target.home.region}:{target.home.account}:alarm:"
    return [{"AlarmName": name, "AlarmARN": base + name} for name in policy.alarms]


def _drop(policy: Policy) -> None:
    target = next(t for t in SCALERS.targets.values() if t.arn == policy.target)
    for name in policy.alarms:
        ministack_ecs.on_loop(target.home, lambda name=name: ministack_ecs.drop_alarm(name))  # type: ignore[misc]
    del SCALERS.policies[f"{policy.target}|{policy.name}"]


@operation(_SERVICE, "DescribeScalingPolicies")
def describe_policies(request: Request) -> dict[str, Any]:
    """Show policies."""
    names, resource = set(request.params.get("PolicyNames") or []), request.text("ResourceId")
    with ENGINE.held():
        targets = {t.arn: t for t in SCALERS.targets.values() if t.home == home(request)}
        rows = []
        for p in SCALERS.policies.values():
            if p.target not in targets or (names and p.name not in names):
                continue
            target = targets[p.target]
            if resource and target.resource != resource:
                continue
            member = "StepScalingPolicyConfiguration" if p.kind == "StepScaling" else "TargetTrackingScalingPolicyConfiguration"  # fmt: skip
            rows.append(
                {
                    "PolicyARN": p.arn,
                    "PolicyName": p.name,
                    "ServiceNamespace": "ecs",
                    "ResourceId": target.resource,
                    "ScalableDimension": "ecs:service:DesiredCount",
                    "PolicyType": p.kind,
                    member: p.config,
                    "Alarms": _alarms(p, target),
                    "CreationTime": p.created,
                }
            )
    return _paged(request, rows, "ScalingPolicies")


@operation(_SERVICE, "DeleteScalingPolicy")
def delete_policy(request: Request) -> dict[str, Any]:
    """Forget a policy with its alarms."""
    with ENGINE.held():
        found = SCALERS.policies.get(f"{_target(request).arn}|{request.text('PolicyName')}")
        if found is None:
            raise AwsError("ObjectNotFoundException", f"No scaling policy found for policy name: {request.text('PolicyName')}")  # fmt: skip
        _drop(found)
    return {}


@operation(_SERVICE, "DescribeScalingActivities")
def describe_activities(request: Request) -> dict[str, Any]:
    """What was scaled and why, the newest first."""
    resource = request.text("ResourceId")
    with ENGINE.held():
        rows = [
            row
            for t in SCALERS.targets.values()
            if t.home == home(request) and resource in {"", t.resource}
            for row in t.activities
        ]
    return _paged(request, sorted(rows, key=lambda row: -row["StartTime"]), "ScalingActivities")


@operation(_SERVICE, "TagResource", "UntagResource", "ListTagsForResource")
def tags(request: Request) -> dict[str, Any]:
    """Tags of a target."""
    with ENGINE.held():
        found = next((t for t in SCALERS.targets.values() if t.arn == request.text("ResourceARN")), None)
        if found is None:
            raise AwsError("ResourceNotFoundException", "The specified resource doesn't exist.")
        found.tags |= request.params.get("Tags") or {}
        for key in request.params.get("TagKeys") or []:
            found.tags.pop(str(key), None)
        return {"Tags": dict(found.tags)} if request.action == "ListTagsForResource" else {}


def _paged(request: Request, rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    asked = {"maxResults": request.params.get("MaxResults"), "nextToken": request.params.get("NextToken") or "0"}
    found = page(request._replace(params=asked), rows, key, most=50)
    return {key: found[key], "NextToken": found["nextToken"]}
