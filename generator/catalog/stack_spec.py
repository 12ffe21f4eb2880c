"""One stack to build, and what the parameters of all stacks have in common."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from generator.config.model import Configuration, Environment
from templates import TemplateBuilder
from templates.params.account import FoundationParams, HomeParams, PermissionsParams
from templates.params.base import Scope

if TYPE_CHECKING:
    from troposphere import Template

HOME = "home"
T = TypeVar("T")


class StackSpec(Struct, frozen=True):
    """One stack to build. ``group`` is an environment's name, ``home``, or an account id.

    ``params`` is the frozen ``...Params`` struct that ``build`` takes: equal parameters and equal
    code give equal templates.
    """

    group: str
    stack: str
    build: TemplateBuilder
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

    @property
    def is_administrators(self) -> bool:
        """Whether only administrators change it, with their own credentials: it decides who may change other stacks."""
        return isinstance(self.params, HomeParams | FoundationParams | PermissionsParams)

    def template(self) -> "Template":
        """Build the template; imports troposphere and the template's module on first use."""
        return self.build(self.params)


def scope_of(config: Configuration, group: str, stack: str, where: tuple[str, str], service: str = "") -> Scope:
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
        protected=bool(env.protected) if env else True,
    )


def split_stacks(stack: str, items: tuple[T, ...], most: int) -> Iterator[tuple[int, str, tuple[T, ...]]]:
    """Spread ``items`` over stacks of at most ``most``: number, name (``edge``, ``edge-2``, ...) and its share.

    There is always a first part, perhaps without items.
    """
    for part, start in enumerate(range(0, max(1, len(items)), most), 1):
        yield part, stack if part == 1 else f"{stack}-{part}", items[start : start + most]


def sites_bucket(config: Configuration) -> str:
    """The bucket of home that holds the files of static sites (``templates.home.names``)."""
    home = home_environment(config)
    return f"{config.platform.name}-{HOME}-sites-{home.account}-{home.region}"


def home_environment(config: Configuration) -> Environment:
    """The environment that the bot lives in: its account and Region are the platform's home."""
    return config.environments[config.platform.bot.environment]
