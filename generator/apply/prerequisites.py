"""What must exist before the first release: home, foundations and permissions, which administrators create."""

from collections.abc import Callable, Iterable

import msgspec

from generator.apply import first_worker
from generator.apply.administrator import Administrator, AdministratorStack
from generator.apply.former_roles import former_roles
from generator.catalog.stack_spec import home_environment as home_environment  # noqa: PLC0414 - commands need it too
from generator.catalog.stacks import HOME, stacks
from generator.config.model import Configuration
from generator.errors import UsageError
from generator.wiring.built_platform import BuiltPlatform
from templates.params.account import FIRST_WORKER, FORMER_ROLES, PermissionsParams

Say = Callable[[str], None]
HOME_STACK = "home/home"


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
    """An administrator with the caller's own permissions. ``pace`` scales the time between two reads."""
    return Administrator(platform.tools.calls, pace=pace)


def administrators_stacks(config: Configuration, accounts: Iterable[str]) -> list[str]:
    """Home first, then the foundations of these accounts, each with the permissions of its environments."""
    chosen = set(accounts)
    home = home_environment(config).account
    groups = [*([HOME] if home in chosen else []), *sorted(chosen)]
    specs = [spec for spec in stacks(config) if spec.is_administrators]
    return [spec.key for group in groups for spec in specs if spec.group == group]


def parameters(platform: BuiltPlatform, admin: Administrator, stack: AdministratorStack) -> dict[str, str]:
    """Values of a stack's parameters: outputs of the stacks that feed it.

    Raises:
        UsageError: one of them does not exist yet.
    """
    values: dict[str, str] = {}
    outputs: dict[str, dict[str, str]] = {}
    for name, source in stack.sources.items():
        if source not in outputs:
            outputs[source] = admin.outputs(administrator_stack(platform, source))
        if name not in outputs[source]:
            account = platform.specs[source].scope.account
            raise UsageError(f"{stack.key} needs {name} of {source}; run first: slipway bootstrap {account}")
        values[name] = outputs[source][name]
    if FIRST_WORKER in _declared(stack):
        values[FIRST_WORKER] = first_worker.value(platform, admin, stack)
    spec = platform.specs[stack.key]
    if isinstance(spec.params, PermissionsParams) and FORMER_ROLES in _declared(stack):
        iam = platform.tools.calls("iam", stack.account, stack.region)
        values[FORMER_ROLES] = "kept" if former_roles(iam, spec.params) else "none"
    return values


def _declared(stack: AdministratorStack) -> frozenset[str]:
    """The parameters of a template."""
    return frozenset(msgspec.json.decode(stack.body).get("Parameters", {}))


def in_order(platform: BuiltPlatform, admin: Administrator, keys: Iterable[str]) -> list[str]:
    """The administrators' stacks in the order in which they must be updated.

    A new account gets its foundation first, which feeds the permissions. Where it is there already, the permissions
    come first: a foundation may then let the releases use their new roles, and they are there.
    """
    found = list(keys)
    there = {k for k in found if k.endswith("/foundation") and admin.exists(administrator_stack(platform, k))}
    for foundation in there:
        last = max(i for i, k in enumerate(found) if k.partition("/")[0] == foundation.partition("/")[0])
        found.insert(last, found.pop(found.index(foundation)))
    return found


def bring_up(platform: BuiltPlatform, admin: Administrator, keys: Iterable[str], say: Say) -> list[tuple[str, str]]:
    """Create or update the administrators' stacks that are not up to date. Returns the outcome of each.

    Raises:
        StackFailed: one of them could not be created; earlier ones stay.
    """
    found: list[tuple[str, str]] = []
    for key in in_order(platform, admin, keys):
        stack = administrator_stack(platform, key)
        values = parameters(platform, admin, stack)
        outcome = "unchanged"
        if not admin.is_current(stack, values):
            say(f"{key}: a stack of the administrators, created with your own credentials")
            prepared = admin.prepare(stack, values)
            outcome = admin.execute(prepared) if prepared is not None else "unchanged"
        admin.protect(stack)
        found.append((key, outcome))
    return found


def bring_up_accounts(platform: BuiltPlatform, accounts: Iterable[str], pace: float, say: Say) -> list[tuple[str, str]]:
    """:func:`bring_up` for home, if its account is one of these, and for what each account has."""
    keys = administrators_stacks(platform.config, accounts)
    return bring_up(platform, administrator(platform, pace), keys, say)
