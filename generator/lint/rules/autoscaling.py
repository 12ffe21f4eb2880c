"""Scaling that is refused, or that never scales."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, items, mentions, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
GROUP_POLICY = "AWS::AutoScaling::ScalingPolicy"
API = "https://docs.aws.amazon.com/autoscaling/application/APIReference/"
REGISTER = f"Application Auto Scaling API Reference: RegisterScalableTarget, {API}API_RegisterScalableTarget.html"
PUT_POLICY = f"Application Auto Scaling API Reference: PutScalingPolicy, {API}API_PutScalingPolicy.html"
STEP = f"Application Auto Scaling API Reference: StepAdjustment, {API}API_StepAdjustment.html"
PREDEFINED = f"Application Auto Scaling API Reference: PredefinedMetricSpecification, {API}API_PredefinedMetricSpecification.html"
CONFIGURATION = {
    "StepScaling": "StepScalingPolicyConfiguration",
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
    "PredictiveScaling": "PredictiveScalingPolicyConfiguration",
}
# The form of a resource id, with ${...} for what only AWS knows; RegisterScalableTarget, read 2026-10.
_ANY = r"(?:[^/:${}]|\$\{[^}]*\})+"
FORMS = {
    "ecs": (re.compile(rf"service/{_ANY}/{_ANY}"), "service/CLUSTER/SERVICE"),
    "dynamodb": (re.compile(rf"table/{_ANY}(?:/index/{_ANY})?"), "table/NAME or table/NAME/index/INDEX"),
    "rds": (re.compile(rf"cluster:{_ANY}"), "cluster:NAME"),
    "lambda": (re.compile(rf"function:{_ANY}:{_ANY}"), "function:NAME:ALIAS"),
}
# The first part of a predefined metric's name -> the service namespaces that have it.
METRICS = {
    "ECSService": {"ecs"},
    "ALBRequestCountPerTarget": {"ecs", "ec2"},
    "DynamoDB": {"dynamodb"},
    "RDSReader": {"rds"},
    "Lambda": {"lambda"},
    "SageMaker": {"sagemaker"},
    "ElastiCache": {"elasticache"},
    "Kafka": {"kafka"},
    "Cassandra": {"cassandra"},
    "Neptune": {"neptune"},
    "AppStream": {"appstream"},
    "Comprehend": {"comprehend"},
    "EC2SpotFleet": {"ec2"},
    "WorkSpaces": {"workspaces"},
}


@rule(
    "E9590",
    severity="error",
    why="A minimum above the maximum is refused; cfn-lint compares them for Auto Scaling groups only.",
    source=REGISTER,
    fix="Set MinCapacity to MaxCapacity or less.",
)
def capacity(view: TemplateView) -> Iterator[Problem]:
    """A scalable target's minimum is not above its maximum, in its scheduled actions too."""
    for target in view.of(TARGET):
        places: list[tuple[str | int, ...]] = [()]
        count = len(items(target.get("ScheduledActions")))
        places += [("ScheduledActions", index, "ScalableTargetAction") for index in range(count)]
        for place in places:
            low, high = number(target.get(*place, "MinCapacity")), number(target.get(*place, "MaxCapacity"))
            if low is not None and high is not None and low > high:
                message = f"The minimum of {low:g} is above the maximum of {high:g}"
                yield target.problem(*place, "MinCapacity", message=message)


@rule(
    "E9591",
    severity="error",
    why="The dimension begins with the namespace that it belongs to; another one is refused.",
    source=REGISTER,
    fix="Use the namespace and the dimension of the same service.",
)
def dimension(view: TemplateView) -> Iterator[Problem]:
    """The scalable dimension belongs to the service namespace."""
    for resource in view.of(TARGET, POLICY):
        namespace, name = resource.get("ServiceNamespace"), resource.get("ScalableDimension")
        if isinstance(namespace, str) and isinstance(name, str) and name.partition(":")[0] != namespace:
            yield resource.problem("ScalableDimension", message=f"{name} is not a dimension of {namespace}")


@rule(
    "E9592",
    severity="error",
    why="The id is a text of several parts. A missing part, or an ARN in place of a name, is found only when the stack is updated.",
    source=REGISTER,
    fix="Write it in the form of the message, with ${Service.Name} for the name of an ECS service.",
)
def resource_id(view: TemplateView) -> Iterator[Problem]:
    """The resource id has the form that its namespace wants."""
    for resource in view.of(TARGET, POLICY):
        namespace, value = resource.get("ServiceNamespace"), resource.get("ResourceId")
        form = FORMS.get(namespace) if isinstance(namespace, str) else None
        text = value.text if isinstance(value, Unknown) else value
        if form is None or not isinstance(text, str) or "${?}" in text or "${Fn::" in text:
            continue
        if namespace == "ecs" and (arn := _service_arn(view, text)):
            yield resource.problem("ResourceId", message=f"${{{arn}}} is an ARN, and {form[1]} needs its name")
        elif not (isinstance(value, Unknown) and value.target) and not form[0].fullmatch(text):
            yield resource.problem("ResourceId", message=f"{text} does not have the form {form[1]}")


def _service_arn(view: TemplateView, text: str) -> str | None:
    for name in re.findall(r"\$\{(\w+)\}", text):
        named = view.named(name)
        if named is not None and named.type == "AWS::ECS::Service":
            return str(name)
    return None


def _namespace(view: TemplateView, policy: Resource) -> Any:
    target = view.resource(policy.get("ScalingTargetId"))
    holder = policy if target is None or target.type != TARGET else target
    return holder.get("ServiceNamespace")


@rule(
    "E9593",
    severity="error",
    why="A predefined metric belongs to one service; PutScalingPolicy refuses it for another.",
    source=PREDEFINED,
    fix="Use a metric of the service that is scaled.",
)
def metric_type(view: TemplateView) -> Iterator[Problem]:
    """A predefined metric belongs to the namespace of the target."""
    path = ("TargetTrackingScalingPolicyConfiguration", "PredefinedMetricSpecification", "PredefinedMetricType")
    for policy in view.of(POLICY):
        name, namespace = policy.get(*path), _namespace(view, policy)
        if not isinstance(name, str) or not isinstance(namespace, str) or namespace == "custom-resource":
            continue
        owners = next((owners for prefix, owners in METRICS.items() if name.startswith(prefix)), None)
        if owners is not None and namespace not in owners:
            yield policy.problem(*path, message=f"{name} is not a metric of {namespace}")


@rule(
    "E9594",
    severity="error",
    why="PutScalingPolicy refuses a policy without the configuration of its type.",
    source=PUT_POLICY,
    fix="Add the configuration that belongs to the PolicyType, and no other.",
)
def policy_configuration(view: TemplateView) -> Iterator[Problem]:
    """A scaling policy has the configuration of its type."""
    for policy in view.of(POLICY):
        kind = policy.get("PolicyType")
        expected = CONFIGURATION.get(kind) if isinstance(kind, str) else None
        if expected is None:
            continue
        if policy.get(expected) is None:
            yield policy.problem("PolicyType", message=f"A {kind} policy without {expected}")
        for other in CONFIGURATION.values():
            if other != expected and policy.get(other) is not None:
                yield policy.problem(other, message=f"A {kind} policy with {other}")


def _steps(policy: Resource) -> tuple[tuple[str, ...], list[tuple[float, float]]] | None:
    """The intervals of a step policy in order, and where they stand; None if one of them is not known."""
    group = policy.type == GROUP_POLICY
    path = ("StepAdjustments",) if group else ("StepScalingPolicyConfiguration", "StepAdjustments")
    found = []
    for step in items(policy.get(*path)):
        bounds = [fields(step).get(f"MetricInterval{end}Bound") for end in ("Lower", "Upper")]
        numbers = [number(bound) for bound in bounds]
        if not isinstance(step, dict) or any(b is not None and n is None for b, n in zip(bounds, numbers, strict=True)):
            return None
        low, high = numbers
        found.append((float("-inf") if low is None else low, float("inf") if high is None else high))
    return path, sorted(found)


@rule(
    "E9595",
    severity="error",
    why="Step adjustments must cover their range without overlap or gap, or the policy is refused.",
    source=STEP,
    fix="Let each upper bound be the next lower bound, and leave the outermost bounds open.",
)
def step_adjustments(view: TemplateView) -> Iterator[Problem]:
    """Step adjustments neither overlap nor leave a gap."""
    for policy in view.of(POLICY, GROUP_POLICY):
        known = _steps(policy)
        if known is None or not known[1]:
            continue
        path, steps = known
        for low, high in steps:
            if low >= high:
                yield policy.problem(*path, message=f"A step from {low:g} to {high:g} is empty")
        for (_, high), (low, _) in pairwise(steps):
            if low != high:
                how = "overlap" if low < high else "leave a gap"
                yield policy.problem(*path, message=f"Steps {how} between {high:g} and {low:g}")
        if steps[0][0] < 0 and steps[0][0] != float("-inf"):
            yield policy.problem(*path, message=f"Nothing happens below {steps[0][0]:g}")
        if steps[-1][1] > 0 and steps[-1][1] != float("inf"):
            yield policy.problem(*path, message=f"Nothing happens above {steps[-1][1]:g}")


@rule(
    "E9596",
    severity="error",
    why="Requests per target are counted for one target group behind one load balancer, which the label names; no other metric has one.",
    source=PREDEFINED,
    fix="Use app/NAME/ID/targetgroup/NAME/ID: the full name of the load balancer, a slash, the full name of the target group.",
)
def resource_label(view: TemplateView) -> Iterator[Problem]:
    """ALBRequestCountPerTarget has a resource label, and other metrics have none."""
    path = ("TargetTrackingScalingPolicyConfiguration", "PredefinedMetricSpecification")
    for policy in view.of(POLICY):
        specification = fields(policy.get(*path))
        name, label = specification.get("PredefinedMetricType"), specification.get("ResourceLabel")
        if name == "ALBRequestCountPerTarget" and label is None:
            yield policy.problem(*path, message="ALBRequestCountPerTarget without ResourceLabel")
        elif isinstance(name, str) and name != "ALBRequestCountPerTarget" and isinstance(label, str):
            yield policy.problem(*path, "ResourceLabel", message=f"{name} takes no ResourceLabel")


@rule(
    "E9597",
    severity="error",
    why="An Auto Scaling group whose desired capacity lies outside its limits is refused.",
    source="Amazon EC2 Auto Scaling API Reference: CreateAutoScalingGroup, "
    "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html",
    fix="Leave DesiredCapacity out, or keep it between MinSize and MaxSize.",
)
def desired_capacity(view: TemplateView) -> Iterator[Problem]:
    """A group's desired capacity lies between its minimum and maximum."""
    for group in view.of("AWS::AutoScaling::AutoScalingGroup"):
        low, desired, high = (number(group.get(key)) for key in ("MinSize", "DesiredCapacity", "MaxSize"))
        if desired is not None and ((low is not None and desired < low) or (high is not None and desired > high)):
            limits = f"{'?' if low is None else f'{low:g}'} to {'?' if high is None else f'{high:g}'}"
            yield group.problem("DesiredCapacity", message=f"A desired capacity of {desired:g} is outside {limits}")


@rule(
    "W9598",
    severity="warning",
    why="A step policy acts only when an alarm calls it; without such an alarm it never scales.",
    source="Application Auto Scaling User Guide: Step scaling policies, "
    "https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-step-scaling-policies.html",
    fix="Name the policy in AlarmActions of an alarm, or export it for one.",
)
def step_policy_alarm(view: TemplateView) -> Iterator[Problem]:
    """A step scaling policy is called by an alarm."""
    lonely = {policy.id: policy for policy in view.of(POLICY) if policy.get("PolicyType") == "StepScaling"}
    if not lonely:
        return
    used = mentions(view.template.get("Outputs"))
    used = used.union(*(other.mentions for other in view.resources if other.id not in lonely))
    for key in lonely.keys() - used:
        yield lonely[key].problem("PolicyType", message=f"No alarm calls {key}")
