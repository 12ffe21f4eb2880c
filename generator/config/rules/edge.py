"""How the outside world finds an environment: what needs a hosted zone, a certificate or a host, and who owns a domain."""

from collections.abc import Iterator

from generator.config.model import Environment
from generator.config.problems import Cause, Parts, Path, Problem

Found = tuple[tuple[Path, ...], str, str]
_ZONE: Path = ("hosted_zone_id",)
_ADD_ZONE = "write hosted_zone_id at the top level of the file, or remove this"


def check(parts: Parts) -> Iterator[Problem]:
    """Yield what the edge stack could not do, and two environments that write the same DNS names."""
    owners: dict[tuple[str, str], str] = {}
    for name, env in parts.environments.items():
        for paths, problem, fix in _alone(env):
            yield Problem("environment", name, paths, problem, fix)
        if found := _origin(parts, name, env):
            yield Problem("environment", name, (("edge", "cdn", "paths"), ("edge", "cdn"), _ZONE), *found)
        if env.hosted_zone_id is not None and env.edge.records:
            owner = owners.setdefault((env.hosted_zone_id, env.domain), name)
            if owner != name:
                problem = f"{owner} writes records for {env.domain} in the same hosted zone"
                fix = "write another domain, or `edge: { records: false }` here"
                cause: Cause = ("environment", owner, ("domain",))
                yield Problem("environment", name, (("domain",), _ZONE), problem, fix, also=(cause,))


def _alone(env: Environment) -> Iterator[Found]:
    edge, alias = env.edge, env.edge.cdn.alias if env.edge.cdn is not None else None
    yield from _shut_out(env)
    if env.hosted_zone_id is None and edge.failover is not None:
        yield (("edge", "failover"), _ZONE), "needs a hosted zone for its records", _ADD_ZONE
    if edge.cdn is None or alias is None:
        return
    path: Path = ("edge", "cdn", "alias")
    if env.hosted_zone_id is None:
        yield (path, _ZONE), "needs a hosted zone for its record", _ADD_ZONE
    if edge.cdn.certificate_arn is None:
        fix = "write cdn.certificate_arn of a certificate in us-east-1, or remove alias"
        yield (path, ("edge", "cdn", "certificate_arn")), "needs a certificate", fix
    if not f".{alias}".endswith(f".{env.domain}"):
        yield (path, ("domain",)), f"is not in the domain {env.domain}", f"write a name that ends in {env.domain}"


def _shut_out(env: Environment) -> Iterator[Found]:
    """Route 53's checkers and CloudFront come from the internet, and nothing opens a closed load balancer for them.

    Their prefix lists have 25 and 55 entries, and a security group takes 60 rules, each entry counting as one (Amazon VPC
    User Guide: AWS-managed prefix lists; Amazon VPC quotas). Sources of the need: Route 53 Developer Guide, "Configuring
    router and firewall rules for Amazon Route 53 health checks"; CloudFront Developer Guide, "Use a custom origin".
    """
    balancer, edge = env.load_balancer, env.edge
    if balancer.internal:
        closed: Path = ("load_balancer", "internal")
        who, fix = "is in the internet, and the load balancer is internal", "remove this, or `internal: true`"
    elif "0.0.0.0/0" not in balancer.allow_from:
        closed = ("load_balancer", "allow_from")
        who, fix = (
            "is not in load_balancer.allow_from",
            "remove this, or allow_from; `waf` can refuse callers by address",
        )
    else:
        return
    if edge.health_check or edge.failover is not None:
        key: Path = ("edge", "health_check") if edge.health_check else ("edge", "failover")
        yield (key, closed), f"asks from Route 53's health checkers, of which each {who}", fix
    if edge.cdn is not None and edge.cdn.paths:
        yield (("edge", "cdn", "paths"), ("edge", "cdn"), closed), f"asks from CloudFront, which {who}", fix


def _origin(parts: Parts, name: str, env: Environment) -> tuple[str, str] | None:
    """CloudFront must know the load balancer by a name that its certificate covers."""
    cdn = env.edge.cdn
    if cdn is None or not cdn.paths or cdn.host is not None or env.hosted_zone_id is not None:
        return None
    for workload in parts.workloads:
        if workload.kind == "service" and name in workload.variants:
            route = workload.variants[name].route
            if any("*" not in host and "?" not in host for host in route.hosts) or not (route.hosts or route.paths):
                return None
    return "needs a host to ask, and no service has one", "write cdn.host, or `paths: []`"
