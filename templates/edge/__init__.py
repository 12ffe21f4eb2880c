"""How the outside world finds an environment: DNS records, health check, failover, CDN, accelerator."""

from troposphere import Template

from templates.edge.dns import balancer, failover_record, health_check, host_records, site_records
from templates.params.operations import EdgeParams
from templates.stack import Stack


def build(p: EdgeParams) -> Template:
    """Alias records for the services' hosts and whatever else ``edge`` asks for.

    Raises:
        ValueError: failover or a CDN alias without the hosted zone that would hold their records, or a CDN alias
            without a certificate.
    """
    _check(p)
    s = Stack(p.scope, f"{p.scope.prefix}: edge", architecture="DNS, and optionally CloudFront and Global Accelerator.")
    accelerated = None
    if p.edge.accelerator:
        from templates.edge.accelerator import accelerator

        accelerated = accelerator(s)
    if p.zone_hosts:
        host_records(s, p, accelerated or balancer(s))
    if p.site_hosts:
        site_records(s, p)
    # The other side of a pair must learn that this one is down, so failover always has a health check.
    if p.edge.failover is not None:
        failover_record(s, p, p.edge.failover, accelerated or balancer(s), health_check(s, p))
    elif p.edge.health_check:
        health_check(s, p)
    if p.edge.cdn is not None:
        from templates.edge.cdn import distribution

        distribution(s, p, p.edge.cdn)
    return s.template


def _check(p: EdgeParams) -> None:
    if p.edge.failover and p.hosted_zone_id is None:
        raise ValueError("edge.failover writes a DNS record; name the environment's hosted_zone_id")
    if p.edge.cdn and p.edge.cdn.alias and p.hosted_zone_id is None:
        raise ValueError("edge.cdn.alias writes a DNS record; name the environment's hosted_zone_id")
    if p.edge.cdn and p.edge.cdn.alias and p.edge.cdn.certificate_arn is None:
        raise ValueError("edge.cdn.alias needs edge.cdn.certificate_arn: a certificate for it in us-east-1")
