"""EventBridge: patterns that match nothing or are refused, and targets that never receive an event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.lint.rules.iam.statements import statements
from generator.lint.rules.partial_values import decoded, listed, shown
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

_GUIDE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/"
_PATTERNS = f"Amazon EventBridge User Guide: Event patterns, {_GUIDE}eb-event-patterns.html"
# "Comparison operators for use in event patterns" (2026-10).
_MATCHERS = frozenset(
    ("prefix", "suffix", "anything-but", "numeric", "exists", "cidr", "equals-ignore-case", "wildcard")
)
# "Event structure" (2026-10), and the name that a replay adds.
_TOP = frozenset(
    ("account", "detail", "detail-type", "id", "region", "replay-name", "resources", "source", "time", "version")
)

Step = str | int


def _patterns(view: TemplateView) -> Iterator[tuple[Resource, tuple[Step, ...], dict[str, Any]]]:
    for each in view.of("AWS::Events::Rule", "AWS::Events::Archive"):
        pattern = each.get("EventPattern")
        if isinstance(pattern, str):
            pattern = decoded(pattern).value
        if isinstance(pattern, dict):
            yield each, ("EventPattern",), pattern


def _leaves(node: dict[str, Any], path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """Everything in a pattern that should be a list of values."""
    for key, value in node.items():
        if key == "$or" and isinstance(value, list):
            for index, branch in enumerate(value):
                if isinstance(branch, dict):
                    yield from _leaves(branch, (*path, key, index))
        elif isinstance(value, dict) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


@rule(
    "E9646",
    severity="error",
    title="An event pattern whose values are not lists",
    why="Every field of a pattern ends in a list with at least one value; PutRule refuses anything else.",
    source=_PATTERNS,
    fix='Put the value into brackets, as in "source": ["aws.ecs"].',
)
def values_in_lists(view: TemplateView) -> Iterator[Problem]:
    """A leaf that is a scalar or an empty list or object, and a pattern that is empty."""
    for each, place, pattern in _patterns(view):
        if not pattern:
            yield each.problem(*place, message="The event pattern is empty")
        for path, value in _leaves(pattern, place):
            if (isinstance(value, list) and value) or isinstance(value, Unknown):
                continue
            message = "is empty" if value in ([], {}) else f"is {json.dumps(value)}, not a list"
            yield each.problem(*path, message=f'The pattern for "{path[-1]}" {message}')


@rule(
    "E9647",
    severity="error",
    title="An event pattern with an unknown comparison",
    why="PutRule refuses comparison operators that it does not know.",
    source=f"Amazon EventBridge User Guide: Comparison operators, {_GUIDE}eb-create-pattern-operators.html",
    fix="Use prefix, suffix, anything-but, numeric, exists, cidr, equals-ignore-case or wildcard.",
)
def matcher(view: TemplateView) -> Iterator[Problem]:
    """An object among the values whose only key is not an operator."""
    for each, place, pattern in _patterns(view):
        for path, value in _leaves(pattern, place):
            for index, entry in enumerate(items(value)):
                if isinstance(entry, dict) and (len(entry) != 1 or not entry.keys() <= _MATCHERS):
                    message = f"{json.dumps(entry, default=str)[:60]} is not a comparison"
                    yield each.problem(*path, index, message=message)


@rule(
    "E9648",
    severity="error",
    title="A field that no event has",
    why="Events have lower-case fields with hyphens, such as detail-type; a pattern for another field never matches.",
    source=f"Amazon EventBridge User Guide: Event structure, {_GUIDE}eb-events-structure.html",
    fix="Use source, detail-type, account, region, time, resources, id, version or detail.",
)
def top_field(view: TemplateView) -> Iterator[Problem]:
    """A key of the pattern, outside of detail, that events do not have; one about missing fields is left alone."""
    for each, place, pattern in _patterns(view):
        for key, value in pattern.items():
            absent = isinstance(value, list) and {"exists": False} in value
            if key not in _TOP and key != "$or" and not absent:
                near = str(key).lower().replace("_", "-").replace("detailtype", "detail-type")
                hint = f'; did you mean "{near}"?' if near in _TOP else ""
                yield each.problem(*place, key, message=f'No event has a field "{key}"{hint}')


def _targets(view: TemplateView) -> Iterator[tuple[Resource, int, dict[str, Any]]]:
    for each in view.of("AWS::Events::Rule"):
        for index, target in enumerate(items(each.get("Targets"))):
            if isinstance(target, dict):
                yield each, index, target


@rule(
    "E9649",
    severity="error",
    title="Two targets of a rule with one Id",
    why="The Id tells the targets of a rule apart: PutTargets keeps only the last of two.",
    source="Amazon EventBridge API Reference: Target, Id, "
    "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html",
    fix="Give each target an Id of its own.",
)
def target_id(view: TemplateView) -> Iterator[Problem]:
    """Equal known ids in one rule."""
    seen: set[tuple[str, str]] = set()
    for each, index, target in _targets(view):
        key = (each.id, shown(target.get("Id")))
        if isinstance(target.get("Id"), str) and key in seen:
            yield each.problem("Targets", index, "Id", message=f'The Id "{key[1]}" is used by an earlier target')
        seen.add(key)


@rule(
    "E9650",
    severity="error",
    title="A target without the parameters of its kind",
    why="An ECS cluster needs a task definition and a role, a FIFO queue a message group: PutTargets refuses or events are lost.",
    source="Amazon EventBridge API Reference: Target, "
    "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html",
    fix="Add EcsParameters and RoleArn, or SqsParameters with a MessageGroupId.",
)
def target_parameters(view: TemplateView) -> Iterator[Problem]:
    """Clusters and FIFO queues of this template as targets."""
    for each, index, target in _targets(view):
        to = view.resource(target.get("Arn"))
        if to is None:
            continue
        missing = ""
        if to.type == "AWS::ECS::Cluster":
            missing = next((key for key in ("EcsParameters", "RoleArn") if key not in target), "")
        elif to.type == "AWS::SQS::Queue" and to.get("FifoQueue") is True and "SqsParameters" not in target:
            missing = "SqsParameters"
        if missing:
            yield each.problem("Targets", index, message=f"The target {to.id} ({to.type}) needs {missing}")


def _may_invoke(view: TemplateView, function: Resource) -> bool:
    """Whether a permission for EventBridge exists for the function, or may exist."""
    for each in view.of("AWS::Lambda::Permission"):
        name = each.get("FunctionName")
        about = view.resource(name)
        same = about is function or (
            about is None and not (isinstance(name, str) and name != function.get("FunctionName"))
        )
        if about is not None and about.type in {"AWS::Lambda::Alias", "AWS::Lambda::Version"}:
            same = True
        if same and shown(each.get("Principal")).startswith(("events.", "*", "${")):
            return True
    return False


@rule(
    "W9651",
    severity="warning",
    title="A Lambda target that EventBridge may not invoke",
    why="Without AWS::Lambda::Permission for events.amazonaws.com every event is dropped, which only a metric shows.",
    source=f"Amazon EventBridge User Guide: Resource-based policies, Lambda permissions, {_GUIDE}eb-use-resource-based.html",
    fix="Add an AWS::Lambda::Permission with Principal events.amazonaws.com and the rule's ARN as SourceArn.",
)
def invoke_permission(view: TemplateView) -> Iterator[Problem]:
    """A function of this template as target of a rule, no role for the target and no permission in the template."""
    for each, index, target in _targets(view):
        to = view.resource(target.get("Arn"))
        if to is None or to.type != "AWS::Lambda::Function" or "RoleArn" in target or _may_invoke(view, to):
            continue
        yield each.problem("Targets", index, "Arn", message=f"Nothing allows events.amazonaws.com to invoke {to.id}")


@rule(
    "W9652",
    severity="warning",
    title="A queue or topic target that EventBridge may not write to",
    why="Queues and topics accept events only if their own policy allows events.amazonaws.com.",
    source=f"Amazon EventBridge User Guide: Resource-based policies, {_GUIDE}eb-use-resource-based.html",
    fix="Add a queue or topic policy for events.amazonaws.com with the rule's ARN as aws:SourceArn.",
)
def write_permission(view: TemplateView) -> Iterator[Problem]:
    """A queue or topic of this template as target, and no policy of the template that could be for it."""
    policies = {
        "AWS::SQS::Queue": ("Queues", "AWS::SQS::QueuePolicy", "AWS::SQS::QueueInlinePolicy"),
        "AWS::SNS::Topic": ("Topics", "AWS::SNS::TopicPolicy", "AWS::SNS::TopicInlinePolicy"),
    }
    for each, index, target in _targets(view):
        to = view.resource(target.get("Arn"))
        if to is None or to.type not in policies or "RoleArn" in target:
            continue
        key, *kinds = policies[to.type]
        allowed = any(_for_events(view, policy) and _about(view, policy, key, to) for policy in view.of(*kinds))
        if not allowed:
            message = f"No policy of {to.id} allows events.amazonaws.com to write to it"
            yield each.problem("Targets", index, "Arn", message=message)


def _about(view: TemplateView, policy: Resource, key: str, to: Resource) -> bool:
    names = listed(policy.get(key, default=policy.get(key.removesuffix("s"), default=policy.get("TopicArn"))))
    return any(view.resource(name) in (to, None) for name in names)


def _for_events(view: TemplateView, policy: Resource) -> bool:
    if not isinstance(policy.get("PolicyDocument"), dict):
        return True
    mine = [each for each in statements(view) if each.document.resource is policy and each.allows]
    services = [shown(principal) for each in mine for _, principal in each.principals("Service")]
    return any(name.startswith(("events.", "${")) for name in services) or any(
        each.anyone() or isinstance(fields(each.body).get("Principal"), Unknown) for each in mine
    )
