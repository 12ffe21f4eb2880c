"""Route 53: records and health checks that the service refuses, or that never fail over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.lint.rules.partial_values import shown
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, items, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

_API = "https://docs.aws.amazon.com/Route53/latest/APIReference/"
_SET = f"Amazon Route 53 API Reference: ResourceRecordSet, {_API}API_ResourceRecordSet.html"
_CHECK = f"Amazon Route 53 API Reference: HealthCheckConfig, {_API}API_HealthCheckConfig.html"
_POLICIES = (
    "CidrRoutingConfig",
    "Failover",
    "GeoLocation",
    "GeoProximityLocation",
    "MultiValueAnswer",
    "Region",
    "Weight",
)
_REACHED = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP")


def _policies(record: dict[str, Any]) -> list[str]:
    """The properties by which a record chooses its routing policy; MultiValueAnswer false chooses none."""
    return [
        key for key in _POLICIES if key in record and (key != "MultiValueAnswer" or truth(record[key]) is not False)
    ]


def _records(view: TemplateView) -> Iterator[tuple[Resource, tuple[str | int, ...], dict[str, Any]]]:
    for each in view.of("AWS::Route53::RecordSet"):
        yield each, (), each.props
    for each in view.of("AWS::Route53::RecordSetGroup"):
        zone = {key: value for key, value in each.props.items() if key.startswith("HostedZone")}
        for index, record in enumerate(items(each.get("RecordSets"))):
            if isinstance(record, dict):
                yield each, ("RecordSets", index), {**zone, **record}


@rule(
    "E9661",
    severity="error",
    title="A routing policy and SetIdentifier go together",
    why="Route 53 tells the records of a failover, weighted or other policy apart by SetIdentifier, and refuses one without the other.",
    source=_SET,
    fix="Set both, or neither for a simple record.",
)
def set_identifier(view: TemplateView) -> Iterator[Problem]:
    """A policy without SetIdentifier, or SetIdentifier without a policy."""
    for each, path, record in _records(view):
        policies = _policies(record)
        if policies and "SetIdentifier" not in record:
            yield each.problem(*path, policies[0], message=f"A record with {policies[0]} needs a SetIdentifier")
        elif "SetIdentifier" in record and not policies:
            yield each.problem(*path, "SetIdentifier", message="A record with SetIdentifier needs a routing policy")


@rule(
    "E9662",
    severity="error",
    title="Two routing policies in one record",
    why="A record has one routing policy; Route 53 refuses more.",
    source=_SET,
    fix="Keep one, and nest the other in a record that an alias points to.",
)
def one_policy(view: TemplateView) -> Iterator[Problem]:
    """More than one of the properties that choose a policy."""
    for each, path, record in _records(view):
        policies = _policies(record)
        if len(policies) > 1:
            yield each.problem(*path, policies[1], message=f"The record has both {policies[0]} and {policies[1]}")


@rule(
    "W9663",
    severity="warning",
    title="A primary record that never fails over",
    why="Route 53 leaves the primary record only when its health check fails, or its alias target if that is evaluated.",
    source="Amazon Route 53 Developer Guide: Configuring DNS failover, "
    "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-configuring.html",
    fix="Set HealthCheckId, or EvaluateTargetHealth: true for an alias.",
)
def primary_health(view: TemplateView) -> Iterator[Problem]:
    """Failover PRIMARY with neither a health check nor an evaluated alias."""
    for each, path, record in _records(view):
        evaluated = fields(record.get("AliasTarget")).get("EvaluateTargetHealth", False)
        unclear = isinstance(record.get("AliasTarget"), Unknown) or isinstance(evaluated, Unknown)
        if (
            record.get("Failover") == "PRIMARY"
            and "HealthCheckId" not in record
            and not unclear
            and not truth(evaluated)
        ):
            yield each.problem(*path, "Failover", message="The primary record has no health check")


@rule(
    "E9664",
    severity="error",
    title="A record without an answer",
    why="A record has either an alias target, or values with a TTL.",
    source=_SET,
    fix="Add AliasTarget, or ResourceRecords and TTL.",
)
def answer(view: TemplateView) -> Iterator[Problem]:
    """Neither values nor alias, or values without TTL."""
    for each, path, record in _records(view):
        if "AliasTarget" in record:
            continue
        if "ResourceRecords" not in record:
            yield each.problem(*path, message="The record has neither ResourceRecords nor AliasTarget")
        elif "TTL" not in record:
            yield each.problem(*path, "ResourceRecords", message="A record with ResourceRecords needs a TTL")


@rule(
    "E9665",
    severity="error",
    title="A CNAME at the top of its zone",
    why="DNS allows no CNAME beside the SOA and NS records that every zone has.",
    source="Amazon Route 53 Developer Guide: Supported DNS record types, "
    "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#CNAMEFormat",
    fix="Use an alias record of type A.",
)
def apex(view: TemplateView) -> Iterator[Problem]:
    """Type CNAME and the name of the zone, by HostedZoneName or by a zone of this template."""
    for each, path, record in _records(view):
        zone = view.resource(record.get("HostedZoneId"))
        top = shown(record.get("HostedZoneName")) or (shown(zone.get("Name")) if zone is not None else "")
        name = shown(record.get("Name"))
        if (
            record.get("Type") == "CNAME"
            and name
            and "${Fn::" not in name
            and "${?" not in name
            and name.rstrip(".") == top.rstrip(".")
        ):
            yield each.problem(*path, "Type", message=f"{name} is the top of the zone, where no CNAME can be")


@rule(
    "E9666",
    severity="error",
    title="A health check that lacks what its type needs",
    why="Checks of an endpoint need an address, string matches a string, calculated checks their children.",
    source=_CHECK,
    fix="Add the property that the message names.",
)
def health_check(view: TemplateView) -> Iterator[Problem]:
    """The required properties of each type of health check."""
    for each in view.of("AWS::Route53::HealthCheck"):
        config = fields(each.get("HealthCheckConfig"))
        kind = shown(config.get("Type"))
        missing = ""
        if kind in _REACHED and not {"IPAddress", "FullyQualifiedDomainName"} & config.keys():
            missing = "FullyQualifiedDomainName or IPAddress"
        elif kind.endswith("_STR_MATCH") and "SearchString" not in config:
            missing = "SearchString"
        elif kind == "TCP" and "Port" not in config:
            missing = "Port"
        elif kind == "CALCULATED" and "ChildHealthChecks" not in config:
            missing = "ChildHealthChecks"
        if missing:
            yield each.problem("HealthCheckConfig", message=f"A health check of type {kind} needs {missing}")
