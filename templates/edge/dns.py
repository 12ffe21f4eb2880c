"""Route 53: alias records, a health check, and one side of a failover pair."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from troposphere import GetAtt, Ref, Tags, route53
from troposphere.validators.route53 import AliasTarget

from templates.params.operations import EdgeParams, Failover
from templates.stack import Stack, logical

# Health checkers ask every 30 seconds; every 10 costs 1 USD a month more (Amazon Route 53 pricing).
CHECK_INTERVAL = 30
# Zone of every distribution's name (AWS General Reference: Amazon CloudFront endpoints).
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
# troposphere left the constructor without types.
_alias_target: Callable[..., Any] = AliasTarget


class Target(NamedTuple):
    """What an alias record points to: a DNS name and the hosted zone that AWS keeps it in."""

    name: Any
    zone: Any
    what: str


class Record(NamedTuple):
    """An alias record; ``more`` holds further properties, such as a failover role."""

    key: str
    host: str
    target: Target
    why: str
    type: str = "A"
    evaluate: bool = True
    more: Mapping[str, Any] = {}


def balancer(s: Stack) -> Target:
    """The environment's load balancer."""
    return Target(
        s.need("LoadBalancerDnsName", about="DNS name of the load balancer"),
        s.need("LoadBalancerZoneId", about="Hosted zone of the load balancer's name"),
        "load balancer",
    )


def record_id(host: str, domain: str) -> str:
    """Logical id of a host's record: ``AppRecord`` for app.dev.example.com in dev.example.com."""
    if host == domain:
        return "ZoneApexRecord"
    below = host.removesuffix(f".{domain}")
    return f"{logical(below.replace('*', 'Wildcard').replace('-', 'Dash-').replace('.', 'Dot-'))}Record"


def host_records(s: Stack, p: EdgeParams, target: Target) -> None:
    """An alias record for every host that the zone can hold; other hosts belong to somebody else's zone."""
    for host in p.zone_hosts:
        alias(s, p, Record(record_id(host, p.domain), host, target, f"{host} reaches the {target.what}."))


def site_records(s: Stack, p: EdgeParams) -> None:
    """Both kinds of alias record for each static site's host."""
    for host, name in p.site_hosts:
        domain = s.need(logical(name, "SiteDomainName"), about=f"CloudFront's own name of the site {name}")
        edge = Target(domain, CLOUDFRONT_ZONE, "distribution")
        key = record_id(host, p.domain)
        for kind, label in (("A", key), ("AAAA", f"{key}6")):
            # Route 53 can't evaluate the health of a distribution.
            why = f"{host} reaches the distribution of the site {name}."
            alias(s, p, Record(label, host, edge, why, type=kind, evaluate=False))


def alias(s: Stack, p: EdgeParams, record: Record) -> None:
    """Add an alias record to the environment's hosted zone."""
    target = _alias_target(
        DNSName=record.target.name, HostedZoneId=record.target.zone, EvaluateTargetHealth=record.evaluate
    )
    s.add(
        route53.RecordSetType(
            record.key,
            HostedZoneId=p.hosted_zone_id,
            Name=record.host,
            Type=record.type,
            AliasTarget=target,
            **record.more,
        ),
        record.why,
    )


def health_check(s: Stack, p: EdgeParams) -> route53.HealthCheck:
    """A health check from outside through the first service's host. Gives ``HealthCheckId``.

    It asks the environment's own name, never the failover name: that one moves away with the fault that the
    check has to see.
    """
    host: Any = next((h for h in p.hosts if "*" not in h and "?" not in h), None)
    check = s.add(
        route53.HealthCheck(
            "HealthCheck",
            HealthCheckConfig=route53.HealthCheckConfig(
                Type="HTTPS",
                # Route 53 does not validate certificates, so the load balancer's own name works where rules go by path.
                FullyQualifiedDomainName=host or s.need("LoadBalancerDnsName", about="DNS name of the load balancer"),
                Port=443,
                ResourcePath=p.health_path,
                RequestInterval=CHECK_INTERVAL,
                FailureThreshold=3,
                EnableSNI=True,
                MeasureLatency=False,
            ),
            HealthCheckTags=Tags(**s.tags(Name=s.scope.prefix)),
        ),
        "Asks from several continents whether people can reach the environment.",
    )
    s.give("HealthCheckId", GetAtt(check, "HealthCheckId"), "Route 53 health check")
    return check


def failover_record(s: Stack, p: EdgeParams, side: Failover, target: Target, check: route53.HealthCheck) -> None:
    """This environment's half of a failover pair; the other environment writes the other half.

    ``record`` is a whole name or the part below ``domain``. The services must accept it as a host.
    """
    name = side.record if f".{side.record}".endswith(f".{p.domain}") else f"{side.record}.{p.domain}"
    why = f"{name} moves to the secondary side while the primary's health check fails."
    pair = {"SetIdentifier": p.scope.prefix, "Failover": side.role.upper(), "HealthCheckId": Ref(check)}
    alias(s, p, Record("FailoverAlias", name, target, why, more=pair))
