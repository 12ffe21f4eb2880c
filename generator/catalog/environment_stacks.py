"""The stacks of one environment: those that it always has, optional ones, and one for each service and function."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from typing import NamedTuple

from generator.catalog.stack_spec import HOME, StackSpec, home_environment, scope_of, sites_bucket, split_stacks
from generator.config.listener_priority import listener_priority, open_priority
from generator.config.model import Configuration, Environment
from templates import TEMPLATES
from templates.params.base import Scope
from templates.params.cluster import ClusterParams
from templates.params.data import DataParams
from templates.params.function import FunctionParams
from templates.params.login import open_paths
from templates.params.network import AlertsParams, CertificateParams, NetworkParams
from templates.params.operations import (
    SERVICES_PER_OBSERVABILITY,
    BotParams,
    ChaosParams,
    Edge,
    EdgeParams,
    ObservabilityParams,
    WatchedService,
)
from templates.params.service import ReleaseLog, ServiceParams, ServiceSpec
from templates.params.static_site import SiteParams

# A template travels in a request of 51,200 bytes: where there are more hosts, there are more stacks.
HOSTS_PER_EDGE = 80


class _EnvironmentStacks(NamedTuple):
    """An environment while its stacks are created. ``scope(stack, service)`` names and tags one of them."""

    config: Configuration
    name: str
    env: Environment
    scope: Callable[..., Scope]

    def spec(self, stack: str, template: str, params: object) -> StackSpec:
        return StackSpec(self.name, stack, TEMPLATES[template], params)


def environment_stacks(config: Configuration, name: str) -> Iterator[StackSpec]:
    """The stacks of one environment, lazily."""
    env = config.environments[name]

    def scope(stack: str, service: str = "") -> Scope:
        return scope_of(config, name, stack, (env.account, env.region), service)

    place = _EnvironmentStacks(config, name, env, scope)
    yield from _ground(place)
    yield from _workloads(place)
    yield from _operations(place)


def _ground(p: _EnvironmentStacks) -> Iterator[StackSpec]:
    """The stacks that come before any service."""
    env = p.env
    if env.certificate_arn is None and env.hosted_zone_id is not None:
        certificate = CertificateParams(
            scope=p.scope("certificate"), domain=env.domain, hosted_zone_id=env.hosted_zone_id
        )
        yield p.spec("certificate", "certificate", certificate)
    is_bots = p.config.platform.bot.environment == p.scope("alerts").environment
    yield p.spec("alerts", "alerts", AlertsParams(scope=p.scope("alerts"), emails=env.alerts.emails, is_bots=is_bots))
    yield p.spec("network", "network", _network(env, p.scope("network")))
    if env.data.database or env.data.tables or env.data.buckets:
        yield p.spec("data", "data", DataParams(scope=p.scope("data"), data=env.data))
    cluster = ClusterParams(
        scope=p.scope("cluster"),
        cluster=env.cluster,
        load_balancer=env.load_balancer,
        certificate_arn=env.certificate_arn,
        log_retention_days=env.log_retention_days,
        has_login=any(service.login for service in p.config.services[p.name].values()),
    )
    yield p.spec("cluster", "cluster", cluster)


def _workloads(p: _EnvironmentStacks) -> Iterator[StackSpec]:
    """One stack for each service and function."""
    for name, service in p.config.services[p.name].items():
        stack = f"service-{name}"
        yield p.spec(stack, "service", _service(p, p.scope(stack, name), name, service))
    for name, function in p.config.functions[p.name].items():
        stack = f"function-{name}"
        params = FunctionParams(
            scope=p.scope(stack, name),
            name=name,
            spec=function,
            source=p.config.sources.get(name),
            data=p.env.data,
            home_region=home_environment(p.config).region,
        )
        yield p.spec(stack, "function", params)


def _operations(p: _EnvironmentStacks) -> Iterator[StackSpec]:
    """The stacks that monitor, route to, test and release the services."""
    yield from _observability(p)
    yield from _sites(p)
    yield from _edge(p)
    env, services = p.env, p.config.services[p.name]
    if env.chaos:
        chaos = ChaosParams(
            scope=p.scope("chaos"),
            chaos=env.chaos,
            services=tuple(services),
            database_services=tuple(n for n, s in services.items() if s.uses.database),
            log_retention_days=env.log_retention_days,
        )
        yield p.spec("chaos", "chaos", chaos)
    if p.config.platform.bot.environment == p.name:
        bot = BotParams(
            scope=p.scope("bot", "bot"), bot=p.config.platform.bot, log_retention_days=env.log_retention_days
        )
        yield p.spec("bot", "bot", bot)


def _observability(p: _EnvironmentStacks) -> Iterator[StackSpec]:
    env = p.env
    watched = tuple(
        WatchedService(name=n, strategy=s.rollout.strategy, min_tasks=s.scaling.min, max_tasks=s.scaling.max)
        for n, s in p.config.services[p.name].items()
    )
    for part, stack, some in split_stacks("observability", watched, SERVICES_PER_OBSERVABILITY):
        params = ObservabilityParams(
            scope=p.scope(stack),
            observability=env.observability,
            services=some,
            functions=tuple(p.config.functions[p.name]),
            has_database=env.data.database is not None,
            has_nat=env.network.nat != "none",
            audit_alarms=env.observability.audit_alarms and _watches_account(p.config, p.name),
            log_retention_days=env.log_retention_days,
            part=part,
        )
        yield p.spec(stack, "observability", params)


def _edge(p: _EnvironmentStacks) -> Iterator[StackSpec]:
    env, services = p.env, p.config.services[p.name]
    # The record of a site's host leads to its distribution, although services answer some of its paths.
    elsewhere = {site.host for site in env.sites.values()}
    hosts = tuple(sorted({h for n, s in services.items() for h in route_hosts(env, n, s)} - elsewhere))
    for part, stack, some in split_stacks("edge", hosts, HOSTS_PER_EDGE):
        params = EdgeParams(
            scope=p.scope(stack),
            # What an environment has once stands in the first part; further parts hold records alone.
            edge=env.edge if part == 1 else Edge(records=env.edge.records),
            domain=env.domain,
            hosted_zone_id=env.hosted_zone_id,
            hosts=some,
            sites=tuple((site.host, name) for name, site in env.sites.items()) if part == 1 else (),
            health_path=next((s.health_check.path for s in services.values()), "/health"),
        )
        if not params.empty:
            yield p.spec(stack, "edge", params)


def _sites(p: _EnvironmentStacks) -> Iterator[StackSpec]:
    """One stack for each static site. The edge leads to them."""
    home = home_environment(p.config)
    for name, site in p.env.sites.items():
        stack = f"site-{name}"
        params = SiteParams(
            scope=p.scope(stack, name),
            name=name,
            site=site,
            bucket=sites_bucket(p.config),
            bucket_region=home.region,
        )
        yield p.spec(stack, "site", params)


def _watches_account(config: Configuration, name: str) -> bool:
    """Whether this is the first environment in the Region of its account's trail, which is the foundation's Region."""
    env = config.environments[name]
    same = [n for n, e in config.environments.items() if (e.account, e.region) == (env.account, env.region)]
    return same[0] == name and foundation_region(config, env.account) == env.region


def foundation_region(config: Configuration, account: str) -> str:
    """Region of an account's foundation: home's in the home account, else that of its first environment."""
    home = home_environment(config)
    here = next(env for env in config.environments.values() if env.account == account)
    return home.region if home.account == account else here.region


def route_hosts(env: Environment, name: str, spec: ServiceSpec) -> tuple[str, ...]:
    """Host names that reach a service: its own, or ``NAME.DOMAIN`` if it names neither hosts nor paths."""
    if spec.route.hosts or spec.route.paths:
        return spec.route.hosts
    return (f"{name}.{env.domain}",)


def subnets(env: Environment) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Public and private blocks, one a zone. Blocks that are not given are computed from the VPC's block.

    In 10.0.0.0/16 public subnets are 10.0.1.0/24, 10.0.2.0/24, ... and private ones 10.0.11.0/24, 10.0.12.0/24, ...; in
    a smaller block the same places of its 32 equal parts' /24 or smaller neighbours.

    Raises:
        ValueError: a list is not given, and the VPC's block is not an IPv4 network or too small to cut it from.
    """
    net = env.network
    if net.public_subnets and net.private_subnets:
        return net.public_subnets, net.private_subnets
    vpc = IPv4Network(net.cidr)
    if vpc.prefixlen > 23:
        raise ValueError(f"{net.cidr} has no room for subnets; use a block between /16 and /23")
    prefix = max(24, min(28, vpc.prefixlen + 5))
    first = int(vpc.network_address)

    def block(place: int) -> str:
        return str(IPv4Network((first + (place << (32 - prefix)), prefix)))

    public = net.public_subnets or tuple(block(1 + zone) for zone in range(net.zones))
    private = net.private_subnets or tuple(block(11 + zone) for zone in range(net.zones))
    return public, private


def _network(env: Environment, scope: Scope) -> NetworkParams:
    public, private = subnets(env)
    net = env.network
    return NetworkParams(
        scope=scope,
        cidr=net.cidr,
        public=public,
        private=private,
        nat=net.nat,
        flow_logs=net.flow_logs,
        endpoints=net.endpoints,
    )


def _service(p: _EnvironmentStacks, scope: Scope, name: str, spec: ServiceSpec) -> ServiceParams:
    env = p.env
    hosts = route_hosts(env, name, spec)
    needs_none = open_paths(spec)
    signs_in = p.config.services[p.name][spec.uses.login].login if spec.uses.login else spec.login
    return ServiceParams(
        scope=scope,
        name=name,
        spec=spec,
        hosts=hosts,
        paths=spec.route.paths,
        priority=listener_priority(name, hosts, spec.route.paths, spec.route.priority),
        open_priority=open_priority(name, hosts, needs_none, spec.route.priority) if needs_none else None,
        signed_in_by=signs_in,
        has_spot=env.cluster.spot is not None,
        has_ec2=env.cluster.ec2 is not None,
        release_log=_release_log(p.config) if spec.uses.release_log else None,
        fault_agent=_fault_agent(env, spec),
        data=env.data,
    )


def _release_log(config: Configuration) -> ReleaseLog:
    """The account and Region of the release table."""
    home = home_environment(config)
    prefix = scope_of(config, HOME, HOME, (home.account, home.region)).prefix
    return ReleaseLog(table=f"{prefix}-releases", region=home.region)


def _fault_agent(env: Environment, spec: ServiceSpec) -> str | None:
    """Image of the agent that lets an experiment slow down the connection to the database, if there is one."""
    slowed = env.chaos is not None and "database-latency" in env.chaos.experiments and spec.uses.database
    return env.chaos.agent_image if slowed and env.chaos else None
