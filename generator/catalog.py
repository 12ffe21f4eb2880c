"""Which stacks a configuration asks for, and with which parameters: a configuration in, :class:`StackSpec`s out."""

from collections.abc import Iterator
from importlib import import_module
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from generator.config.model import Configuration, Environment
from generator.routing import default_priority
from templates.params.account import FoundationParams, HomeParams, RegistryParams
from templates.params.base import Scope
from templates.params.cluster import ClusterParams
from templates.params.data import DataParams
from templates.params.function import FunctionParams
from templates.params.network import AlertsParams, CertificateParams, NetworkParams
from templates.params.operations import BotParams, ChaosParams, EdgeParams, ObservabilityParams, WatchedService
from templates.params.service import ServiceParams, ServiceSpec

if TYPE_CHECKING:
    from troposphere import Template

HOME = "home"


class StackSpec(Struct, frozen=True):
    """One stack to build. ``group`` is an environment's name, ``home``, or an account id; ``module`` names the template.

    ``params`` is the frozen ``...Params`` struct that ``templates.MODULE.build`` takes: equal parameters and equal
    code give equal templates.
    """

    group: str
    stack: str
    module: str
    params: Any

    @property
    def key(self) -> str:
        """``prod/network``: the stack's place below ``build/``, without the ending."""
        return f"{self.group}/{self.stack}"

    @property
    def scope(self) -> Scope:
        """Names, tags, account and Region of the stack."""
        scope: Scope = self.params.scope
        return scope

    def template(self) -> "Template":
        """Build the template; imports troposphere and the template's module on first use."""
        template: Template = import_module(f"templates.{self.module}").build(self.params)
        return template


def stacks(config: Configuration) -> Iterator[StackSpec]:
    """Every stack of the platform, in a fixed order; lazily, so that thousands need no memory at once."""
    yield from _home(config)
    for account in sorted({e.account for e in config.environments.values()}):
        yield _foundation(config, account)
    for name in config.environments:
        yield from environment_stacks(config, name)


def environment_stacks(config: Configuration, name: str) -> Iterator[StackSpec]:
    """The stacks of one environment."""
    env = config.environments[name]

    def scope(stack: str, service: str = "") -> Scope:
        return _scope(config, name, stack, (env.account, env.region), service)

    if env.certificate_arn is None and env.hosted_zone_id is not None:
        yield StackSpec(
            name,
            "certificate",
            "certificate",
            CertificateParams(scope=scope("certificate"), domain=env.domain, hosted_zone_id=env.hosted_zone_id),
        )
    yield StackSpec(name, "alerts", "alerts", AlertsParams(scope=scope("alerts"), emails=env.alerts.emails))
    yield StackSpec(name, "network", "network", _network(env, scope("network")))
    if env.data.database or env.data.tables or env.data.buckets:
        yield StackSpec(name, "data", "data", DataParams(scope=scope("data"), data=env.data))
    yield StackSpec(
        name,
        "cluster",
        "cluster",
        ClusterParams(
            scope=scope("cluster"),
            cluster=env.cluster,
            load_balancer=env.load_balancer,
            vpc_cidr=env.network.cidr,
            zones=env.network.zones,
            certificate_arn=env.certificate_arn,
            log_retention_days=env.log_retention_days,
        ),
    )
    services = config.services[name]
    for service, spec in services.items():
        stack = f"service-{service}"
        yield StackSpec(name, stack, "service", _service(env, scope(stack, service), service, spec))
    functions = config.functions[name]
    for function, code in functions.items():
        stack = f"function-{function}"
        yield StackSpec(
            name,
            stack,
            "function",
            FunctionParams(
                scope=scope(stack, function),
                name=function,
                spec=code,
                source=config.sources.get(function),
                data=env.data,
                home_region=home_environment(config).region,
            ),
        )
    watched = tuple(
        WatchedService(name=n, strategy=s.rollout.strategy, min_tasks=s.scaling.min, max_tasks=s.scaling.max)
        for n, s in services.items()
    )
    yield StackSpec(
        name,
        "observability",
        "observability",
        ObservabilityParams(
            scope=scope("observability"),
            observability=env.observability,
            services=watched,
            functions=tuple(functions),
            has_database=env.data.database is not None,
            has_nat=env.network.nat != "none",
            audit_alarms=env.observability.audit_alarms and _watches_account(config, name),
        ),
    )
    hosts = tuple(sorted({h for n, s in services.items() for h in route_hosts(env, n, s)}))
    edge = env.edge
    records = edge.records and env.hosted_zone_id is not None and bool(hosts)
    if records or edge.health_check or edge.failover or edge.cdn or edge.accelerator:
        yield StackSpec(
            name,
            "edge",
            "edge",
            EdgeParams(
                scope=scope("edge"),
                edge=edge,
                domain=env.domain,
                hosted_zone_id=env.hosted_zone_id,
                hosts=hosts,
                health_path=next((s.health_check.path for s in services.values()), "/health"),
            ),
        )
    if env.chaos:
        yield StackSpec(
            name,
            "chaos",
            "chaos",
            ChaosParams(
                scope=scope("chaos"),
                chaos=env.chaos,
                services=tuple(services),
                database_services=tuple(n for n, s in services.items() if s.uses.database),
                database_port=None if env.data.database is None else database_port(env.data.database.engine),
            ),
        )
    if config.platform.bot.environment == name:
        yield StackSpec(
            name,
            "bot",
            "bot",
            BotParams(scope=scope("bot", "bot"), bot=config.platform.bot, log_retention_days=env.log_retention_days),
        )


def home_environment(config: Configuration) -> Environment:
    """The environment that the bot lives in: its account and Region are the platform's home."""
    return config.environments[config.platform.bot.environment]


def database_port(engine: str) -> int:
    """5432 for PostgreSQL, 3306 for MySQL."""
    return 5432 if engine == "postgres" else 3306


def route_hosts(env: Environment, name: str, spec: ServiceSpec) -> tuple[str, ...]:
    """Host names that reach a service: its own, or ``NAME.DOMAIN`` where it names neither hosts nor paths."""
    if spec.route.hosts or spec.route.paths:
        return spec.route.hosts
    return (f"{name}.{env.domain}",)


def subnets(env: Environment) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Public and private blocks, one a zone. What is not given is cut from the VPC's block.

    In 10.0.0.0/16 public subnets are 10.0.1.0/24, 10.0.2.0/24, ... and private ones 10.0.11.0/24, 10.0.12.0/24, ...;
    in a smaller block the same places of its 32 equal parts' /24 or smaller neighbours.

    Raises:
        ValueError: the VPC's block is no IPv4 network or too small (smaller than /23).
    """
    net = env.network
    vpc = IPv4Network(net.cidr)
    blocks = list(vpc.subnets(new_prefix=max(24, min(28, vpc.prefixlen + 5)))) if vpc.prefixlen <= 23 else []
    if not blocks:
        raise ValueError(f"{net.cidr} has no room for subnets; use a block between /16 and /23")
    public = net.public_subnets or tuple(str(blocks[1 + i]) for i in range(net.zones))
    private = net.private_subnets or tuple(str(blocks[11 + i]) for i in range(net.zones))
    return public, private


def _scope(config: Configuration, group: str, stack: str, where: tuple[str, str], service: str = "") -> Scope:
    """The scope of one stack; ``where`` is its account and Region. What no environment owns is protected."""
    platform = config.platform
    env = config.environments.get(group)
    account, region = where
    return Scope(
        platform=platform.name,
        environment=group,
        account=account,
        region=region,
        owner=platform.owner,
        cost_center=platform.cost_center,
        stack=stack,
        service=service,
        tags=platform.tags | (env.tags if env else {}),
        protected=env.protected if env else True,
    )


def _home(config: Configuration) -> Iterator[StackSpec]:
    env = home_environment(config)
    accounts = tuple(sorted({e.account for e in config.environments.values()}))
    services = tuple(sorted({name for services in config.services.values() for name in services}))
    home, registry = (_scope(config, HOME, stack, (env.account, env.region)) for stack in ("home", "registry"))
    yield StackSpec(HOME, "home", "home", HomeParams(scope=home, accounts=accounts))
    yield StackSpec(
        HOME,
        "registry",
        "registry",
        RegistryParams(scope=registry, services=(*services, "bot"), pull_accounts=accounts),
    )


def _foundation(config: Configuration, account: str) -> StackSpec:
    here = {name: env for name, env in config.environments.items() if env.account == account}
    home = home_environment(config)
    region = home.region if home.account == account else next(iter(here.values())).region
    return StackSpec(
        account,
        "foundation",
        "foundation",
        FoundationParams(
            scope=_scope(config, "account", "foundation", (account, region)),
            github=config.platform.github,
            budget=config.platform.budget,
            regions=tuple(sorted({env.region for env in here.values()})),
            environments=tuple(sorted(here)),
            is_home=home.account == account,
            services=tuple(sorted({name for services in config.services.values() for name in services})),
        ),
    )


def _watches_account(config: Configuration, name: str) -> bool:
    """Whether this environment is the first of its account; the trail delivers to the foundation's Region alone."""
    env = config.environments[name]
    same = [n for n, e in config.environments.items() if (e.account, e.region) == (env.account, env.region)]
    return same[0] == name and _foundation(config, env.account).scope.region == env.region


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


def _service(env: Environment, scope: Scope, name: str, spec: ServiceSpec) -> ServiceParams:
    return ServiceParams(
        scope=scope,
        name=name,
        spec=spec,
        hosts=route_hosts(env, name, spec),
        paths=spec.route.paths,
        priority=spec.route.priority or default_priority(name),
        has_spot=env.cluster.spot is not None,
        has_ec2=env.cluster.ec2 is not None,
        data=env.data,
    )
