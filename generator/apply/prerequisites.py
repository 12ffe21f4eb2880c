"""What must be there before the first release: home and the foundations, which administrators create."""

from collections.abc import Callable, Iterable

from generator.apply.administrator import Administrator, AdministratorStack
from generator.catalog.stack_spec import home_environment as home_environment  # noqa: PLC0414 - commands need it too
from generator.catalog.stacks import HOME, stacks
from generator.config.model import Configuration
from generator.errors import UsageError
from generator.wiring.built_platform import BuiltPlatform

Say = Callable[[str], None]


def administrator_stack(platform: BuiltPlatform, key: str) -> AdministratorStack:
    """The stack of this key, as an administrator creates it."""
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
    """An administrator with the caller's own rights; ``pace`` scales the waiting between two looks."""
    return Administrator(platform.tools.calls, pace=pace)


def administrators_stacks(config: Configuration, accounts: Iterable[str]) -> list[str]:
    """Home first, then the foundations of these accounts, each with the permissions of its environments."""
    wanted = set(accounts)
    home = home_environment(config).account
    groups = [*([HOME] if home in wanted else []), *sorted(wanted)]
    specs = [spec for spec in stacks(config) if spec.is_administrators]
    return [spec.key for group in groups for spec in specs if spec.group == group]


def parameters(platform: BuiltPlatform, admin: Administrator, wanted: AdministratorStack) -> dict[str, str]:
    """Values of a stack's parameters: outputs of the stacks that feed it.

    Raises:
        UsageError: one of them is not there yet.
    """
    values: dict[str, str] = {}
    outputs: dict[str, dict[str, str]] = {}
    for name, source in wanted.sources.items():
        if source not in outputs:
            outputs[source] = admin.outputs(administrator_stack(platform, source))
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
        wanted = administrator_stack(platform, key)
        outcome = "unchanged"
        if not admin.is_current(wanted):
            say(f"{key}: a stack of the administrators, created with your own credentials")
            prepared = admin.prepare(wanted, parameters(platform, admin, wanted))
            outcome = admin.execute(prepared) if prepared is not None else "unchanged"
        admin.protect(wanted)
        found.append((key, outcome))
    return found


def bring_up_accounts(platform: BuiltPlatform, accounts: Iterable[str], pace: float, say: Say) -> list[tuple[str, str]]:
    """:func:`bring_up` for home, if its account is one of these, and for the foundation of each account."""
    keys = administrators_stacks(platform.config, accounts)
    return bring_up(platform, administrator(platform, pace), keys, say)
