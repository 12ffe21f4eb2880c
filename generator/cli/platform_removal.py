"""``slipway destroy --everything``: take the whole platform out of the account of your credentials, and say what AWS keeps."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli.output import Output
from generator.errors import UsageError
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.apply.administrator import Administrator
    from generator.apply.retained_resources import Retained
    from generator.wiring.built_platform import BuiltPlatform


def remove_platform(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Delete environments, registries, permissions, foundations and home, in this order, and then what they retain."""
    from generator.apply import prerequisites
    from generator.apply.retained_resources import delete_retained
    from generator.wiring.built_platform import build_platform

    refused = _refusal(application)
    if refused:
        out.error(refused)
        return 3
    platform = build_platform(application, Path(args.out))
    admin = prerequisites.administrator(platform, application.pace)
    keys = _order(platform, _accounts(application, platform))
    there = [key for key in keys if admin.stack(prerequisites.administrator_stack(platform, key)) is not None]
    if not there:
        out.text("nothing is left of the platform in this account")
        return 0
    if not _agreed(application.config.platform.name, there, args, out):
        out.error("nothing was deleted")
        return 3
    kept: list[Retained] = []
    for key in there:
        out.progress(f"{key}: deleting")
        kept += _delete(application, platform, admin, key)
        out.text(f"{key} deleted")
    left = [text for one in kept if (text := delete_retained(platform.tools.calls, one))]
    for line in left:
        out.text(line)
    out.text(f"{len(there)} stacks and {len(kept) - len(left)} of {len(kept)} retained resources are deleted")
    return 0


def _refusal(application: Application) -> str:
    protected = sorted(name for name, env in application.config.environments.items() if env.protected)
    if protected:
        names = ", ".join(protected)
        return f"{names} is protected; write `protected: false` in its file, apply that, then try again"
    return ""


def _accounts(application: Application, platform: "BuiltPlatform") -> set[str]:
    """Accounts that these credentials reach: all in the embedded AWS, elsewhere their own."""
    everywhere = {env.account for env in platform.config.environments.values()}
    if application.may_act_for_others:
        return everywhere
    from generator.catalog.stack_spec import home_environment

    home = home_environment(platform.config)
    me = platform.tools.calls("sts", home.account, home.region)("get_caller_identity")
    return everywhere & {str(me["Account"])}


def _order(platform: "BuiltPlatform", accounts: set[str]) -> list[str]:
    """What others need goes last: workloads, registries, permissions, foundations, home."""
    order = [key for key in reversed(platform.result.graph.order) if platform.specs[key].scope.account in accounts]

    def place(key: str) -> int:
        group, _, stack = key.partition("/")
        if group in platform.config.environments:
            return 0
        if key == "home/home":
            return 4
        return 1 if group == "home" else 2 if stack.startswith("permissions-") else 3

    return sorted(order, key=place)


def _delete(application: Application, platform: "BuiltPlatform", admin: "Administrator", key: str) -> "list[Retained]":
    """Delete a stack. Returns what it leaves behind."""
    from generator.apply import prerequisites
    from generator.apply.retained_resources import retained

    place = prerequisites.administrator_stack(platform, key)
    kept = list(retained(admin.template(place), admin.resources(place), place.account, place.region))
    admin.unprotect(place)
    admin.release(place)
    admin.delete(place, _role(application, key))
    return kept


def _role(application: Application, key: str) -> str:
    """The execution role of a stack that releases change; the administrators' have none."""
    from generator.aws.accounts import execution_role_name
    from generator.wiring.adapters import partition

    facts = application.facts.stacks.get(key)
    if facts is None or facts.administrators:
        return ""
    name = f"{application.config.platform.name}-{execution_role_name(facts.ref)}"
    return f"arn:{partition(facts.ref.region)}:iam::{facts.ref.account}:role/{name}"


def _agreed(platform: str, there: list[str], args: argparse.Namespace, out: Output) -> bool:
    if args.yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            f"this would delete {', '.join(there)}, and all data in them; run it in a terminal, and type {platform} there"
        )
    out.ask(f"This deletes {', '.join(there)}, and all data in them.\nType {platform} to continue: ")
    return sys.stdin.readline().strip() == platform
