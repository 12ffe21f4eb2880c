"""``slipway bootstrap ACCOUNT``: create home, an account's foundation and its permissions with an administrator's own credentials."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli import release_command
from generator.cli.output import Output
from generator.errors import UsageError
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.apply.administrator import Administrator
    from generator.wiring.built_platform import BuiltPlatform

EXAMPLES = [
    "slipway bootstrap 333333333333           # home lives there, so it comes first",
    "slipway bootstrap 333333333333 --check   # only look at what would go wrong",
    "slipway bootstrap --policy > policy.json  # what an administrator must be allowed for that",
    "slipway bootstrap 222222222222 --yes --sandbox",
]
DOCUMENTS = ("stacks", "checks")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("account", metavar="ACCOUNT", nargs="?", default="", help="account id of an environment")
    parser.add_argument(
        "--policy",
        action="store_true",
        help="print the IAM policy that an administrator needs for this, and do nothing",
    )
    parser.add_argument("--check", action="store_true", help="only check what would make the first deployment fail")
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation before each stack")
    parser.add_argument("--out", default="build", metavar="DIR", help="folder to build into (default: build)")


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if all was created, 1 if a check or a stack failed, 3 if it was not confirmed."""
    if args.policy:
        return _policy(args, out)
    if not args.account:
        raise UsageError("an account is missing; write: slipway bootstrap ACCOUNT")
    return release_command.run_with_application(args, out, lambda application: bootstrap(application, args, out))


def _policy(args: argparse.Namespace, out: Output) -> int:
    """Print the policy; AWS is not asked."""
    from generator.apply.administrator_policy import administrator_policy
    from generator.catalog.stack_spec import home_environment
    from generator.config.read import read_configuration
    from generator.wiring.adapters import partition

    config = read_configuration(Path(args.stacks))
    partition_name = partition(home_environment(config).region)
    # An IAM policy as IAM takes it, whether or not --json was given.
    out.block(out.encode(administrator_policy(config.platform.name, args.account or "*", partition_name)))
    return 0


def bootstrap(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Check, show what would be created, ask, create it."""
    from generator.apply import prerequisites
    from generator.catalog.stack_names import unknown
    from generator.wiring.built_platform import build_platform

    accounts = sorted({env.account for env in application.config.environments.values()})
    if args.account not in accounts:
        raise UsageError(unknown("account of an environment", args.account, accounts))
    platform = build_platform(application, Path(args.out))
    admin = prerequisites.administrator(platform, application.pace)
    if not _checked(platform, admin, args, out):
        return 1
    if args.check:
        return 0
    made: list[tuple[str, str]] = []
    keys = prerequisites.administrators_stacks(platform.config, [args.account])
    for key in prerequisites.in_order(platform, admin, keys):
        outcome = _make(platform, admin, key, args, out)
        made.append((key, outcome))
        if not out.json:
            out.text(f"{key} {outcome}")
        if outcome == "not confirmed":
            return 3
    if out.json:
        from generator.cli.documents.environment_documents import StacksDocument
        from generator.cli.documents.release_documents import StackResult

        out.data(StacksDocument(stacks=tuple(StackResult(stack=key, result=outcome) for key, outcome in made)))
    home = prerequisites.administrator_stack(platform, prerequisites.HOME_STACK)
    if home.account != args.account:
        out.progress(f"Next: {application.command_line('apply ENV')}")
        return 0
    from generator.cli.first_worker_report import say_who_runs_it

    say_who_runs_it(application, platform, admin, out)
    return 0


def _checked(platform: "BuiltPlatform", admin: "Administrator", args: argparse.Namespace, out: Output) -> bool:
    from generator.apply.account_checks import checks

    found = list(checks(platform, admin, args.account, validate=args.check))
    for check in found:
        if args.check and not out.json:
            out.text(f"{check.name:24} {check.result:8} {check.text}".rstrip())
        elif check.result == "failed":
            out.error(f"{check.name}: {check.text}")
        elif check.result == "warning":
            out.progress(f"{check.name}: {check.text}")
    if args.check and out.json:
        from generator.cli.documents.environment_documents import ChecksDocument

        out.data(ChecksDocument(checks=tuple(found)))
    return all(check.result != "failed" for check in found)


def _make(platform: "BuiltPlatform", admin: "Administrator", key: str, args: argparse.Namespace, out: Output) -> str:
    from generator.apply import prerequisites

    stack = prerequisites.administrator_stack(platform, key)
    prepared = admin.prepare(stack, prerequisites.parameters(platform, admin, stack))
    if prepared is None:
        if admin.protect(stack):
            out.progress(f"{key}: termination protection is on now")
        return "unchanged"
    verb = "created" if prepared.creates else "changed"
    out.progress(f"{key} ({stack.name} in {stack.account}, {stack.region}) would be {verb}:")
    for line in prepared.changes:
        out.progress(f"  {line}")
    if not args.yes and not _agreed(out):
        admin.withdraw(prepared)
        return "not confirmed"
    outcome = admin.execute(prepared)
    admin.protect(stack)
    return outcome


def _agreed(out: Output) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("no terminal is attached to confirm this; read what would be created, then add --yes")
    out.ask("Create or change it with your credentials? [y/N] ")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
