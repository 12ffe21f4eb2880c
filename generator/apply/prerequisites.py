"""What must be there before the first release: home and the foundations, which administrators create."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from generator.apply.administrator import Administrator, AdministratorStack
from generator.build.build import Build
from generator.catalog.stack_spec import StackSpec
from generator.catalog.stack_spec import home_environment as home_environment  # noqa: PLC0414 - commands need it too
from generator.catalog.stacks import HOME, stacks
from generator.config.model import Configuration
from generator.errors import UsageError
from generator.wiring.application import Application, Tools

Say = Callable[[str], None]


class BuiltPlatform(NamedTuple):
    """A built configuration and the means to bring it up."""

    config: Configuration
    result: Build
    bodies: Mapping[str, bytes]
    specs: Mapping[str, StackSpec]
    tools: Tools


def ground(application: Application, out: Path) -> BuiltPlatform:
    """Build the configuration into ``out`` and keep what bringing it up takes.

    Raises:
        BuildError: it can't be built.
    """
    from generator.build.publish import built

    result, bodies = built(application.config, out)
    if application.tools is None:
        raise UsageError("this command has no AWS access; use --sandbox, or AWS credentials")
    return BuiltPlatform(
        application.config, result, bodies, {spec.key: spec for spec in stacks(application.config)}, application.tools
    )


def place(platform: BuiltPlatform, key: str) -> AdministratorStack:
    """A stack as an administrator makes it."""
    built = next(s for s in platform.result.stacks if s.artifact.key == key)
    scope = platform.specs[key].scope
    return AdministratorStack(
        key=key,
        name=built.stack_name,
        account=built.account,
        region=built.region,
        body=platform.bodies[key].decode(),
        capabilities=built.artifact.capabilities,
        sources=platform.result.graph.sources(key),
        tags={"platform": scope.platform, "environment": scope.environment, "stack": scope.stack},
    )


def administrator(platform: BuiltPlatform, pace: float) -> Administrator:
    """Somebody with the caller's own rights."""
    return Administrator(platform.tools.calls, pace=pace)


def administrators_stacks(config: Configuration, accounts: Iterable[str]) -> list[str]:
    """Home first, then the foundations of these accounts."""
    wanted = set(accounts)
    home = home_environment(config).account
    first = [f"{HOME}/home"] if home in wanted else []
    return [*first, *(f"{account}/foundation" for account in sorted(wanted))]


def parameters(platform: BuiltPlatform, admin: Administrator, wanted: AdministratorStack) -> dict[str, str]:
    """Values of a stack's parameters: outputs of the stacks that feed it.

    Raises:
        UsageError: one of them is not there yet.
    """
    values: dict[str, str] = {}
    outputs: dict[str, dict[str, str]] = {}
    for name, source in wanted.sources.items():
        if source not in outputs:
            outputs[source] = admin.outputs(place(platform, source))
        if name not in outputs[source]:
            account = platform.specs[source].scope.account
            raise UsageError(f"{wanted.key} needs {name} of {source}; run first: slipway bootstrap {account}")
        values[name] = outputs[source][name]
    return values


def bring_up(platform: BuiltPlatform, admin: Administrator, keys: Iterable[str], say: Say) -> list[tuple[str, str]]:
    """Make or update the administrators' stacks that are not what they should be; answers what became of each.

    Raises:
        StackFailed: one of them could not be made; those before it stay.
    """
    found: list[tuple[str, str]] = []
    for key in keys:
        wanted = place(platform, key)
        outcome = "unchanged"
        if not admin.is_current(wanted):
            say(f"{key}: a stack of the administrators, created with your own credentials")
            prepared = admin.prepare(wanted, parameters(platform, admin, wanted))
            outcome = admin.execute(prepared) if prepared is not None else "unchanged"
        admin.protect(wanted)
        found.append((key, outcome))
    return found
