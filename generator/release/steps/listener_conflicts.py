"""Changes of a listener rule that would fail or break a service, in the current state of its listener.

A load balancer refuses a priority that another rule has (ELB API Reference: SetRulePriorities, PriorityInUse). Of a
rule whose weights ECS moves, an update of the stack sets the weights of the template again (reported in
aws/aws-cdk#36649): requests would go to target groups without tasks.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.observed import ListenerRule
from generator.release.model.people import ENGINE
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Cause, StackRef
from generator.release.ports import Cloud, Clouds

_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
_ROUTING = frozenset({"Actions", "Conditions", "Priority"})


class ChangeTarget(NamedTuple):
    """Where a change set would be executed: the stack, its AWS, and the other stacks of its environment."""

    ref: StackRef
    cloud: Cloud
    clouds: Clouds
    facts: PlatformFacts


def refused_rule(
    target: ChangeTarget, change_set: ChangeSet, carried: Mapping[str, Any], freed: frozenset[int] = frozenset()
) -> Cause | None:
    """Why the listener's current rules do not allow this change set, with what to do. None if they do.

    ``freed`` are priorities that count as free, because other stacks give them up before.

    Raises:
        Unavailable, Denied: AWS does not answer, or refuses.
    """
    for change in change_set.changes:
        if change.type != _RULE or change.action not in {"Add", "Modify"}:
            continue
        properties = properties_of(carried, change.logical_id)
        listener = resolved(properties.get("ListenerArn"), change_set.parameters)
        if not listener.startswith("arn:") or not _routes(change):
            continue
        rules = target.cloud.services.rules(listener)
        physical = resources(target) if change.action == "Modify" else {}
        own = physical.get(change.logical_id)
        others = [rule for rule in rules if rule.arn != own and rule.priority not in freed]
        cause = _taken(target, change, properties, others)
        if cause is None:
            weights = next((rule.weights for rule in rules if rule.arn == own), {})
            cause = _other_side(target, change, properties, {n: weights.get(arn, 0) for n, arn in physical.items()})
        if cause is not None:
            return cause
    return None


def _routes(change: ResourceChange) -> bool:
    """Whether it changes more of a rule than its tags."""
    named = {d.name or d.path.removeprefix("/Properties/").partition("/")[0] for d in change.details}
    return change.action == "Add" or bool(named & _ROUTING)


def resolved(value: Any, parameters: Mapping[str, str]) -> str:
    """A text, or the value of the parameter that it refers to."""
    if isinstance(value, Mapping):
        return parameters.get(str(value.get("Ref")), "")
    return value if isinstance(value, str) else ""


def _taken(
    target: ChangeTarget,
    change: ResourceChange,
    properties: Mapping[str, Any],
    others: list[ListenerRule],
) -> Cause | None:
    priority = str(properties.get("Priority"))
    holder = next((rule for rule in others if str(rule.priority) == priority), None)
    if holder is None:
        return None
    key = stack_of(target, holder)
    sentence = f"{change.logical_id}: listener priority {priority} is taken by " + (key or f"the rule {holder.arn}")
    both = f"{target.ref.environment} {target.ref.label} {key.partition('/')[2].removeprefix('service-')}"
    fix = (
        f"release both together, where {key} is to give it up: slipway apply {both}; or "
        if key
        else "delete that rule, or "
    )
    return Cause(stage="change-set", sentence=sentence, fix=f"{fix}write another route.priority for one of the two")


def stack_of(target: ChangeTarget, rule: ListenerRule) -> str:
    """The stack of the environment that owns a rule: ``prod/service-web``. "" for none."""
    for key, facts in target.facts.stacks.items():
        ref = facts.ref
        if ref.environment != target.ref.environment or not ref.service or key == target.ref.key:
            continue
        stacks = target.clouds.at(ref, ENGINE).stacks
        stack = stacks.describe(ref.name)
        if stack is not None and any(row.physical_id == rule.arn for row in stacks.resources(stack.id)):
            return key
    return ""


def _other_side(
    target: ChangeTarget, change: ResourceChange, properties: Mapping[str, Any], weights: Mapping[str, int]
) -> Cause | None:
    """Whether a target group receives requests now that would receive none by the template.

    ``weights`` by logical id.
    """
    service = f"{target.ref.label} {target.ref.environment}"
    for action in _rows(properties.get("Actions")):
        for group in _rows(_mapping(action.get("ForwardConfig")).get("TargetGroups")):
            name = str(_mapping(group.get("TargetGroupArn")).get("Ref"))
            if group.get("Weight") == 0 and weights.get(name, 0) > 0:
                return Cause(
                    stage="change-set",
                    sentence=f"{change.logical_id}: an update of the rule takes all requests away from {name}, which "
                    "serves now",
                    fix=f"restart the service first, which moves it to its other side: slipway restart {service}; "
                    "then release this",
                )
    return None


def properties_of(carried: Mapping[str, Any], logical_id: str) -> Mapping[str, Any]:
    """The properties of a resource as a template has them; {} where a transform creates it, or a function decides."""
    return _mapping(_mapping(_mapping(carried.get("Resources")).get(logical_id)).get("Properties"))


def _mapping(value: Any) -> Mapping[str, Any]:
    """A value that is an object. A text, or a list in its place, has no parts that anybody knows here."""
    return value if isinstance(value, Mapping) else {}


def _rows(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; [] for ``Fn::If`` and the like, whose rows only AWS knows."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def resources(target: ChangeTarget) -> dict[str, str]:
    """Physical ids of the stack's resources by logical id."""
    stacks = target.cloud.stacks
    stack = stacks.describe(target.ref.name)
    return {row.logical_id: row.physical_id for row in stacks.resources(stack.id)} if stack is not None else {}
