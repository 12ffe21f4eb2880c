"""What the release engine must know about the platform, from its configuration. Pure; builds no template."""

from typing import Any

import msgspec

from generator.catalog.stack_spec import HOME, StackSpec, home_environment
from generator.catalog.stacks import stacks
from generator.config.model import Configuration
from generator.release.model.platform import EnvironmentRules, PlatformFacts, StackFacts
from generator.release.model.release import StackRef
from generator.release.model.settings import Releases
from templates.params.function import FunctionParams
from templates.params.operations import BotParams
from templates.params.service import ServiceParams
from templates.params.static_site import SiteParams


def facts(config: Configuration) -> PlatformFacts:
    """Environments with their rules, stacks with what a release must know of them, people and teams.

    ``home`` and the accounts release as the environment that the bot lives in, without its promotion: nothing of theirs
    runs anywhere else first.
    """
    home = home_environment(config).releases
    once = msgspec.structs.replace(home, promote_from=None, promote_after_minutes=0, smoke=())
    environments = {name: _rules(name, env.releases, bool(env.protected)) for name, env in config.environments.items()}
    for name in (HOME, *sorted({env.account for env in config.environments.values()})):
        environments[name] = _rules(name, once, True)  # noqa: FBT003 - what no environment owns is protected
    github = config.platform.github
    return PlatformFacts(
        name=config.platform.name,
        default_branch=github.default_branch,
        repository=github.repository,
        environments=environments,
        stacks={spec.key: _stack(spec) for spec in stacks(config)},
        people=config.platform.people,
        session_roles=dict(config.platform.session_roles),
        teams=config.platform.teams,
    )


def _rules(name: str, releases: Releases, protected: bool) -> EnvironmentRules:  # noqa: FBT001 - a field of the file
    return EnvironmentRules(name=name, protected=protected, releases=releases)


def _stack(spec: StackSpec) -> StackFacts:
    scope = spec.scope
    ref = StackRef(
        key=spec.key, name=scope.stack_name, account=scope.account, region=scope.region, service=scope.service
    )
    return StackFacts(ref=ref, **_about(spec.params), administrators=spec.is_administrators)


def _about(params: Any) -> dict[str, Any]:
    """Facts that depend on the kind of stack. A log group without a fixed name is found among the stack's resources."""
    match params:
        case ServiceParams(spec=spec):
            below = f"{params.scope.platform}/{params.scope.environment}"
            hosts = [host for host in params.hosts if not set("*?") & set(host)]
            return {
                "secrets": tuple(sorted({f"{below}/{value.partition(':')[0]}" for value in spec.secrets.values()})),
                "restarts": spec.restart_on_rotation,
                "uses_database": spec.uses.database,
                "architecture": spec.architecture,
                "url": f"https://{hosts[0]}/" if hosts else "",
                "tasks": spec.scaling.min,
            }
        case FunctionParams():
            return {}
        case SiteParams(site=site):
            return {"url": f"https://{site.host}/"}
        case BotParams(bot=bot, scope=scope):
            return {
                "architecture": bot.architecture,
                "log_group": f"/{scope.platform}/{scope.environment}/bot",
                "tasks": bot.fronts + bot.workers,
                "carries_policy": True,
            }
        case _:
            return {}
