"""Who may run the first worker: the administrator whom ``bootstrap`` names, until the bot's own worker runs.

The worker is in the bot's stack, which only a worker can release. So home's roles of worker and publisher trust one
identity of the account, by its id, for as long as that stack is missing (``templates.home.first_worker``).
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from generator.apply.administrator import Administrator, AdministratorStack
from generator.release.errors import Denied, ReleaseError
from generator.wiring.built_platform import BuiltPlatform
from templates.params.account import FIRST_WORKER, NOBODY

_RUNS = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
# Ids of IAM users and of sessions of roles. The root user has neither, and can't assume a role (STS API Reference: AssumeRole).
_MAY_ASSUME = re.compile(r"A[A-Z0-9]{11,127}(:[\w+=,.@-]{2,64})?", re.ASCII)
# "Changes that I make are not always immediately visible" (IAM User Guide: Troubleshoot IAM).
_PATIENCE, _PAUSE = 120.0, 5.0


class Caller(NamedTuple):
    """Who runs this command, as STS says it: the id that IAM compares, and the ARN that people read."""

    id: str
    arn: str

    @property
    def may_assume_roles(self) -> bool:
        """False for the root user of an account, who can't assume a role."""
        return _MAY_ASSUME.fullmatch(self.id) is not None


def caller(sts: Callable[..., Any]) -> Caller:
    """The identity of these credentials."""
    found = sts("get_caller_identity")
    return Caller(str(found["UserId"]), str(found["Arn"]))


def bots_stack(platform: BuiltPlatform) -> AdministratorStack:
    """The stack that holds the bot's worker."""
    from generator.apply.prerequisites import administrator_stack

    return administrator_stack(platform, f"{platform.config.platform.bot.environment}/bot")


def bot_runs(platform: BuiltPlatform, admin: Administrator) -> bool:
    """Whether the bot's stack, and so a worker, was ever created."""
    found = admin.stack(bots_stack(platform))
    return found is not None and found.status in _RUNS


def value(platform: BuiltPlatform, admin: Administrator, home: AdministratorStack) -> str:
    """Who may run the first worker from now on: nobody once the bot's stack is there, otherwise the caller."""
    if bot_runs(platform, admin):
        return NOBODY
    me = caller(platform.tools.calls("sts", home.account, home.region))
    return me.id if me.may_assume_roles else NOBODY


def named(parameters: Mapping[str, str]) -> str:
    """The id of who may run the first worker, by home's parameters; "" for nobody."""
    found = parameters.get(FIRST_WORKER, NOBODY)
    return "" if found == NOBODY else found


def close(platform: BuiltPlatform, admin: Administrator, home: AdministratorStack) -> bool:
    """Take the right away again once the bot's worker runs, with the caller's own rights. Returns whether it was there.

    Home keeps the template that it has: a newer one is for ``bootstrap``, which shows it first.

    Raises:
        ReleaseError: the caller may not change home, or CloudFormation could not.
    """
    found = admin.stack(home)
    if found is None or not named(found.parameters) or not bot_runs(platform, admin):
        return False
    body = json.dumps(admin.template(home))
    prepared = admin.prepare(home._replace(body=body), {**found.parameters, FIRST_WORKER: NOBODY})
    if prepared is not None:
        admin.execute(prepared)
    return True


def told(platform: BuiltPlatform, admin: Administrator, home: AdministratorStack, line: Callable[[str], str]) -> str:
    """What ``bootstrap`` says of it, with what to run next; ``line`` writes a command."""
    there = admin.stack(home)
    name = named(there.parameters) if there is not None else ""
    me = caller(platform.tools.calls("sts", home.account, home.region))
    role = f"{platform.config.platform.name}-worker"
    if bot_runs(platform, admin):
        return f"The bot's worker runs: nobody else may work as {role}. Next: {line('apply ENV')}"
    if not name:
        return (
            f"{me.arn} can't run the first worker, because the root user of an account can't assume a role. Sign in as "
            f"a user or role with the rights that {line('bootstrap --policy')} prints, and run bootstrap again"
        )
    whose = f"You ({me.arn})" if name == me.id else name
    return (
        f"{whose} may run the first worker as {role} and publish the first version, until the bot's stack runs; then run "
        f"this again, which takes the right away. Next: {line('publish')}, then {line('apply ENV --worker')}"
    )


def wait(sts: Callable[..., Any], role: str, sleep: Callable[[float], None], say: Callable[[str], None]) -> bool:
    """Wait until the new trust works everywhere. Returns False if it does not after two minutes."""
    waited = 0.0
    while True:
        try:
            sts("assume_role", RoleArn=role, RoleSessionName="bootstrap")
        except Denied:
            if waited >= _PATIENCE:
                return False
            if not waited:
                say("waiting until IAM knows of the new trust, which may take a minute")
            sleep(_PAUSE)
            waited += _PAUSE
        except ReleaseError:
            return False
        else:
            return True
