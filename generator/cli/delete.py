"""``slipway delete service NAME ENV``: empty the stack of a service that ``stacks/`` does not ask for, and delete it."""

import argparse
from typing import TYPE_CHECKING

from generator.cli import release_command
from generator.cli.output import Output
from generator.errors import UsageError
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.release.model.requests import DeleteStack

EXAMPLES = [
    "slipway delete service api dev          # after stacks/services/api.yaml was removed and published",
    "slipway delete function events dev",
    "slipway delete service api prod --wait  # do not end while people are asked",
]
DOCUMENTS = ("release", "answer")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("what", choices=("service", "function"), metavar="KIND", help="service or function")
    parser.add_argument("name", metavar="NAME", help="its name")
    parser.add_argument("env", metavar="ENV", help="an environment")
    parser.add_argument(
        "--out", default="build", metavar="DIR", help="with --sandbox: folder to build into (default: build)"
    )
    release_command.reason_options(parser)
    release_command.follow_options(parser)
    release_command.person_option(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Propose, then follow. Return 0 if deleted, 1 if it failed, 3 if refused or waiting for approval."""
    return release_command.run_with_application(
        args, out, lambda application: ask(application, args, out, f"{args.what}-{args.name}")
    )


def ask(application: Application, args: argparse.Namespace, out: Output, stack: str) -> int:
    """Ask for the deletion of one stack and follow it.

    Raises:
        UsageError: there is no such environment, or its configuration asks for the stack.
    """
    from generator.cli.progress import report_answer

    answer = application.ask(request(application, args, stack))
    return report_answer(application, out, answer, wait=args.wait, follow=not args.no_follow)


def request(application: Application, args: argparse.Namespace, stack: str) -> "DeleteStack":
    """The request for the deletion of one stack."""
    from generator.catalog import stack_names
    from generator.release.client import request_id
    from generator.release.model.requests import DeleteStack
    from generator.release.tombstone import orphan

    key = f"{stack_names.environment(application.facts, args.env)}/{stack}"
    if key in application.facts.stacks:
        raise UsageError(
            f"stacks/ asks for {key}; remove it there and publish that, then try again. To delete a whole environment: "
            f"slipway destroy {args.env}"
        )
    if orphan(application.facts, key) is None:
        raise UsageError(
            f"{key} belongs to the administrators or the bot, and no release deletes it; delete it by hand"
        )
    return DeleteStack(id=request_id(), stack=key, reason=args.reason, break_glass=args.break_glass)
