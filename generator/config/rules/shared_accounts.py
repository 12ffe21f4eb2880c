"""Which environments share an account: who may release to one that is not protected can reach all the others there.

Releases to an environment that is not protected need no approval, and a release there runs with an execution role of
its account.
"""

from collections.abc import Iterator, Mapping

from generator.config.model import Configuration, Environment, Platform
from generator.config.problems import Cause, Parts, Problem


def check(parts: Parts) -> Iterator[Problem]:
    """Yield environments that are not protected, in an account that holds home or a protected one."""
    if parts.platform is None or set(parts.environments) != set(parts.names):
        return  # a file that can't be read may hold what matters here
    single = len({env.account for env in parts.environments.values()}) == 1
    for name, env in parts.environments.items():
        if env.protected or (single and env.protected is False):
            continue
        others = _others(parts.platform, parts.environments, name)
        if others:
            problem = f"{name} is not protected, and its account {env.account} also holds {_listed(others)}"
            fix = "write protected: true, or give it an account of its own"
            if single:
                fix += ", or write protected: false to accept that a release to it needs no approval and reaches all of these"
            elif name == parts.platform.bot.environment:
                safe = next((o for o, other in parts.environments.items() if other.protected), "")
                fix += f", or, before the first bootstrap, move home: bot: {{ environment: {safe} }}" if safe else ""
            also: list[Cause] = [("environment", o, (key,)) for o in parts.names for key in ("account", "protected")]
            also.append(("platform", "platform", ("bot", "environment")))
            yield Problem("environment", name, (("protected",), ("account",)), problem, fix, also=tuple(also))


def notes(config: Configuration) -> Iterator[str]:
    """What ``protected: false`` explicitly means where one account holds everything; a sentence for each."""
    for name, env in config.environments.items():
        others = [] if env.protected else _others(config.platform, config.environments, name)
        if others:
            yield (
                f"Note: {name} is not protected, and its account {env.account} also holds {_listed(others)}. A release to "
                f"{name} needs no approval and can reach all of these. Give production an account of its own, with protected: true."
            )


def _others(platform: Platform, environments: Mapping[str, Environment], name: str) -> list[str]:
    account = environments[name].account
    bot = environments.get(platform.bot.environment)
    home = ["home, with the bot and the release log"] if bot is not None and bot.account == account else []
    return [*home, *(o for o, env in environments.items() if o != name and env.protected and env.account == account)]


def _listed(names: list[str]) -> str:
    return " and ".join(names)
