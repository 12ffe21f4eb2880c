"""Load balancers, listeners and target groups that Elastic Load Balancing refuses or that are weaker than they look."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from generator.lint.rules.elb import known_names as tables
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, items, known, number, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
USER = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
CREATE_GROUP = f"Elastic Load Balancing API Reference: CreateTargetGroup, {API}API_CreateTargetGroup.html"
CREATE_LISTENER = f"Elastic Load Balancing API Reference: CreateListener, {API}API_CreateListener.html"
POLICIES = f"User Guide for Application Load Balancers: Security policies, {USER}describe-ssl-policies.html"
DRAINING = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html"
DRAINS = 5  # seconds: what AWS recommends where every request takes less than one
LAYER_SEVEN, LAYER_FOUR = ("HTTP", "HTTPS"), ("TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC")
PROTOCOLS = {tables.ALB: LAYER_SEVEN, tables.NLB: LAYER_FOUR, tables.GWLB: ("GENEVE",)}


def _attributes(resource: Resource, key: str) -> Iterator[tuple[int, str, Any]]:
    for index, item in enumerate(items(resource.get(key))):
        name = fields(item).get("Key")
        if isinstance(name, str):
            yield index, name, fields(item).get("Value")


def _wrong_keys(resource: Resource, key: str, table: Mapping[str, tables.Attribute], kind: Any) -> Iterator[Problem]:
    for index, name, _ in _attributes(resource, key):
        attribute = table.get(name)
        if attribute is None:
            near = get_close_matches(name, table, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield resource.problem(key, index, "Key", message=f"There is no attribute {name}{hint}")
        elif isinstance(kind, str) and kind not in attribute.types:
            yield resource.problem(key, index, "Key", message=f"{name} is not for a load balancer of type {kind}")


def _wrong_values(resource: Resource, key: str, table: Mapping[str, tables.Attribute]) -> Iterator[Problem]:
    for index, name, value in _attributes(resource, key):
        attribute, text = table.get(name), scalar(value)
        if attribute is None or text is None:
            continue
        amount = number(text)
        outside = attribute.range and amount is not None and not attribute.range[0] <= amount <= attribute.range[1]
        if outside or not attribute.value.fullmatch(text):
            yield resource.problem(key, index, "Value", message=f"{name} is {text!r}, not {attribute.says}")


def _kind(view: TemplateView, listener: Resource) -> Any:
    """The type of a listener's load balancer; None if it is not in this template."""
    balancer = view.resource(listener.get("LoadBalancerArn"))
    if balancer is None or balancer.type != BALANCER:
        return None
    return balancer.get("Type", default=tables.ALB)


@rule(
    "E9565",
    severity="error",
    why="An unknown attribute key, or one of another load balancer type, fails the update although cfn-lint accepts it.",
    source=f"Elastic Load Balancing API Reference: LoadBalancerAttribute, {API}API_LoadBalancerAttribute.html",
    fix="Use a key that this type of load balancer has.",
)
def attribute_keys(view: TemplateView) -> Iterator[Problem]:
    """Attribute keys exist for the type of load balancer."""
    for balancer in view.of(BALANCER):
        kind = balancer.get("Type", default=tables.ALB)
        yield from _wrong_keys(balancer, "LoadBalancerAttributes", tables.LOAD_BALANCER, kind)
    for group in view.of(GROUP):
        protocol = group.get("Protocol")
        kinds = [kind for kind, protocols in PROTOCOLS.items() if isinstance(protocol, str) and protocol in protocols]
        yield from _wrong_keys(group, "TargetGroupAttributes", tables.TARGET_GROUP, kinds[0] if kinds else None)
    for listener in view.of(LISTENER):
        yield from _wrong_keys(listener, "ListenerAttributes", tables.LISTENER, _kind(view, listener))


@rule(
    "E9566",
    severity="error",
    why="Attribute values are text to CloudFormation, so a value that the load balancer refuses shows only during the update.",
    source=f"Elastic Load Balancing API Reference: TargetGroupAttribute, {API}API_TargetGroupAttribute.html",
    fix="Use a value that the message lists.",
)
def attribute_values(view: TemplateView) -> Iterator[Problem]:
    """Attribute values are of the kind and range that the attribute takes."""
    for balancer in view.of(BALANCER):
        yield from _wrong_values(balancer, "LoadBalancerAttributes", tables.LOAD_BALANCER)
    for group in view.of(GROUP):
        yield from _wrong_values(group, "TargetGroupAttributes", tables.TARGET_GROUP)
    for listener in view.of(LISTENER):
        yield from _wrong_values(listener, "ListenerAttributes", tables.LISTENER)


@rule(
    "E9567",
    severity="error",
    why="A misspelt policy name fails the listener; cfn-lint takes any text.",
    source=POLICIES,
    fix="Use ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09 or ELBSecurityPolicy-TLS13-1-2-2021-06.",
)
def policy_name(view: TemplateView) -> Iterator[Problem]:
    """The security policy exists."""
    for listener in view.of(LISTENER):
        policy = listener.get("SslPolicy")
        if isinstance(policy, str) and policy not in tables.STRONG_POLICIES | tables.WEAK_POLICIES:
            yield listener.problem("SslPolicy", message=f"There is no security policy {policy}")


@rule(
    "W9568",
    severity="warning",
    why="TLS 1.0 and 1.1 are broken and deprecated (RFC 8996); without SslPolicy CloudFormation still gets a policy that has both.",
    source=POLICIES,
    fix="Use ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09 or another policy that begins at TLS 1.2.",
)
def weak_policy(view: TemplateView) -> Iterator[Problem]:
    """A listener accepts TLS 1.2 and later only."""
    for listener in view.of(LISTENER):
        policy = listener.get("SslPolicy", default=tables.DEFAULT_POLICY)
        if listener.get("Protocol") in ("HTTPS", "TLS") and isinstance(policy, str) and policy in tables.WEAK_POLICIES:
            how = "by default" if listener.get("SslPolicy") is None else "as chosen"
            yield listener.problem("SslPolicy", message=f"{policy} ({how}) accepts TLS 1.0 or 1.1")


@rule(
    "E9569",
    severity="error",
    why="Priorities order the rules of one listener, so two equal ones fail the second.",
    source=f"Elastic Load Balancing API Reference: CreateRule, {API}API_CreateRule.html",
    fix="Give each rule of the listener its own priority.",
)
def rule_priority(view: TemplateView) -> Iterator[Problem]:
    """Rules of one listener have distinct priorities."""
    seen: dict[tuple[str, float], str] = {}
    for each in view.of(LISTENER_RULE):
        listener, priority = each.get("ListenerArn"), number(each.get("Priority"))
        if priority is None or not isinstance(listener, str | Unknown):
            continue
        first = seen.setdefault((repr(listener), priority), each.id)
        if first != each.id:
            yield each.problem("Priority", message=f"{each.id} and {first} both have priority {priority:g}")


@rule(
    "E9570",
    severity="error",
    why="A check must end before the next one begins, or the target group is refused.",
    source=CREATE_GROUP,
    fix="Set HealthCheckTimeoutSeconds below HealthCheckIntervalSeconds.",
)
def check_timeout(view: TemplateView) -> Iterator[Problem]:
    """The health check timeout is shorter than the interval."""
    for group in view.of(GROUP):
        interval = number(group.get("HealthCheckIntervalSeconds", default=30))
        timeout = number(group.get("HealthCheckTimeoutSeconds"))
        strict = group.get("Protocol") in LAYER_SEVEN
        if interval is None or timeout is None:
            continue
        if timeout > interval or (strict and timeout == interval):
            message = f"A timeout of {timeout:g} s does not fit into an interval of {interval:g} s"
            yield group.problem("HealthCheckTimeoutSeconds", message=message)


@rule(
    "W9571",
    severity="warning",
    why="When the delay is over, the load balancer cuts what is still under way.",
    source=f"Amazon ECS Developer Guide: Optimize load balancer connection draining parameters, {DRAINING}",
    fix="Let the delay be longer than the longest request: 5 seconds where every request takes less than one.",
)
def short_draining(view: TemplateView) -> Iterator[Problem]:
    """A target group drains for at least five seconds."""
    for group in view.of(GROUP):
        if group.get("Protocol") not in LAYER_SEVEN:
            continue
        for index, name, value in _attributes(group, "TargetGroupAttributes"):
            seconds = number(value)
            if name == "deregistration_delay.timeout_seconds" and seconds is not None and seconds < DRAINS:
                message = f"Requests that take more than {seconds:g} s are cut at each release"
                yield group.problem("TargetGroupAttributes", index, "Value", message=message)


@rule(
    "E9572",
    severity="error",
    why="An Application Load Balancer speaks HTTP and HTTPS, a Network Load Balancer TCP, UDP, TLS and QUIC, a Gateway one GENEVE.",
    source=CREATE_LISTENER,
    fix="Change the protocol, or the type of the load balancer.",
)
def listener_protocol(view: TemplateView) -> Iterator[Problem]:
    """A listener's protocol fits its load balancer."""
    for listener in view.of(LISTENER):
        kind, protocol = _kind(view, listener), listener.get("Protocol")
        allowed = PROTOCOLS.get(kind) if isinstance(kind, str) else None
        if allowed and isinstance(protocol, str) and protocol not in allowed:
            yield listener.problem("Protocol", message=f"A load balancer of type {kind} has no {protocol} listener")


@rule(
    "E9573",
    severity="error",
    why="The load balancer and the service disagree about what is healthy, so the group is refused or stays empty.",
    source=f"Elastic Load Balancing API Reference: Matcher, {API}API_Matcher.html",
    fix='Use codes or ranges such as "200", "200,202" or "200-299".',
)
def matcher(view: TemplateView) -> Iterator[Problem]:
    """Success codes are 200 to 499 on an Application Load Balancer and 200 to 599 on a Network Load Balancer."""
    for group in view.of(GROUP):
        codes = scalar(group.get("Matcher", "HttpCode"))
        if codes is None:
            continue
        high = 499 if group.get("Protocol") in LAYER_SEVEN or group.get("TargetType") == "lambda" else 599
        for part in codes.replace(" ", "").split(","):
            bounds = part.split("-")
            if len(bounds) > 2 or not all(bound.isdecimal() and 200 <= int(bound) <= high for bound in bounds):
                yield group.problem("Matcher", "HttpCode", message=f"{part!r} is not a success code from 200 to {high}")


@rule(
    "E9574",
    severity="error",
    why="With every weight 0 nothing is forwarded and clients get 503.",
    source=f"Elastic Load Balancing API Reference: TargetGroupTuple, {API}API_TargetGroupTuple.html",
    fix="Give at least one target group a weight above 0.",
)
def forward_weights(view: TemplateView) -> Iterator[Problem]:
    """A forward action sends traffic somewhere."""
    for source, key in ((LISTENER, "DefaultActions"), (LISTENER_RULE, "Actions")):
        for resource in view.of(source):
            for index in range(len(items(resource.get(key)))):
                path = (key, index, "ForwardConfig", "TargetGroups")
                groups = items(resource.get(*path))
                weights = [fields(group).get("Weight") for group in groups]
                if groups and known(weights) and all(number(weight) == 0 for weight in weights):
                    yield resource.problem(*path, message="Every target group has weight 0")


@rule(
    "E9575",
    severity="error",
    why="An action without an Order of its own, or one that forwards before people have signed in, fails the rule's update.",
    source=f"Elastic Load Balancing API Reference: Action (Order) and CreateRule (the last action), {API}API_Action.html",
    fix="Number the actions: the one that signs people in first, and the one that forwards last.",
)
def sign_in_order(view: TemplateView) -> Iterator[Problem]:
    """Of several actions each has an Order, and people sign in before the last one forwards."""
    for source, key in ((LISTENER, "DefaultActions"), (LISTENER_RULE, "Actions")):
        for resource in view.of(source):
            actions = [fields(action) for action in items(resource.get(key))]
            orders = [number(action.get("Order")) if "Order" in action else -1.0 for action in actions]
            if len(actions) < 2 or None in orders or not known([action.get("Type") for action in actions]):
                continue
            ranked = sorted(zip(orders, actions, strict=True), key=lambda pair: pair[0] or 0)
            ends = [str(action.get("Type")) in ("forward", "redirect", "fixed-response") for _, action in ranked]
            if -1.0 in orders or len(set(orders)) < len(orders):
                yield resource.problem(key, message="Of several actions each needs an Order of its own")
            elif ends != [False] * (len(ends) - 1) + [True]:
                message = "The action with the highest Order, and no other, must forward, redirect or answer"
                yield resource.problem(key, message=message)
