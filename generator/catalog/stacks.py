"""Which stacks a configuration asks for, and with which parameters. From a configuration to :class:`StackSpec`s."""

from collections.abc import Iterator

from generator.catalog.environment_stacks import environment_stacks, foundation_region
from generator.catalog.stack_spec import HOME, StackSpec, home_environment, scope_of, split_stacks
from generator.config.model import Configuration
from generator.config.rules.regions import BUDGET, lacks
from templates import TEMPLATES
from templates.params.account import FoundationParams, HomeParams, PermissionsParams, RegistryParams

# A template travels in a request of 51,200 bytes: where there are more services, there are more stacks.
REPOSITORIES_PER_REGISTRY = 20


def stacks(config: Configuration) -> Iterator[StackSpec]:
    """Every stack of the platform, in a fixed order; lazily, so that thousands need no memory at once."""
    yield from _home(config)
    for account in sorted({e.account for e in config.environments.values()}):
        yield _foundation(config, account)
        yield from _permissions(config, account)
    for name in config.environments:
        yield from environment_stacks(config, name)


def _home(config: Configuration) -> Iterator[StackSpec]:
    env = home_environment(config)
    accounts = tuple(sorted({e.account for e in config.environments.values()}))
    where = (env.account, env.region)
    yield StackSpec(
        HOME,
        "home",
        TEMPLATES["home"],
        HomeParams(
            scope=scope_of(config, HOME, "home", where),
            github=config.platform.github,
            accounts=accounts,
            bot=config.platform.bot.environment,
            operators=config.platform.operators,
            repositories=tuple(sorted(config.platform.repositories.items())),
            site_accounts=tuple(sorted({e.account for e in config.environments.values() if e.sites})),
        ),
    )
    for _, stack, some in split_stacks("registry", (*_services(config), "bot"), REPOSITORIES_PER_REGISTRY):
        scope = scope_of(config, HOME, stack, where)
        yield StackSpec(
            HOME, stack, TEMPLATES["registry"], RegistryParams(scope=scope, services=some, pull_accounts=accounts)
        )


def _foundation(config: Configuration, account: str) -> StackSpec:
    region = foundation_region(config, account)
    params = FoundationParams(
        scope=scope_of(config, "account", "foundation", (account, region)),
        github=config.platform.github,
        budget=None if lacks(BUDGET, region) else config.platform.budget,
        regions=tuple(sorted({e.region for e in config.environments.values() if e.account == account})),
        environments=tuple(name for name, e in config.environments.items() if e.account == account),
        is_home=home_environment(config).account == account,
        bot=config.platform.bot.environment if home_environment(config).account == account else "",
        repositories=tuple(sorted(config.platform.repositories.items()))
        if home_environment(config).account == account
        else (),
    )
    return StackSpec(account, "foundation", TEMPLATES["foundation"], params)


def _permissions(config: Configuration, account: str) -> Iterator[StackSpec]:
    """One for each environment of an account, and in home's account those of home and of the bot."""

    def spec(name: str, environment: str, region: str, zones: tuple[str, ...]) -> StackSpec:
        stack = f"permissions-{name}"
        params = PermissionsParams(
            scope=scope_of(config, "account", stack, (account, foundation_region(config, account))),
            name=name,
            environment=environment,
            region=region,
            zones=zones,
        )
        return StackSpec(account, stack, TEMPLATES["permissions"], params)

    for name, env in config.environments.items():
        if env.account == account:
            yield spec(name, name, env.region, (env.hosted_zone_id,) if env.hosted_zone_id else ())
    home = home_environment(config)
    if home.account == account:
        yield spec(HOME, HOME, home.region, ())
        yield spec("bot", config.platform.bot.environment, home.region, ())


def _services(config: Configuration) -> tuple[str, ...]:
    """Names of all services of all environments, sorted."""
    return tuple(sorted({name for services in config.services.values() for name in services}))


__all__ = ["HOME", "StackSpec", "stacks"]
