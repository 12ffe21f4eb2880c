"""``slipway lock ENV [SERVICE]``: hold releases back, with a reason, until it is removed or expires."""

import argparse

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway lock prod app --reason 'load test until noon' --hours 3",
    "slipway lock prod --reason 'database moves'   # every stack of prod",
]
DOCUMENTS = ("answer",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    scope(parser)
    parser.add_argument(
        "--reason", required=True, metavar="TEXT", help="the reason, shown to everybody who is blocked by the lock"
    )
    parser.add_argument(
        "--hours", type=float, default=0.0, metavar="N", help="how long (default: until it is unlocked)"
    )
    release_command.person_option(parser)


def scope(parser: argparse.ArgumentParser) -> None:
    """Declare what is locked."""
    parser.add_argument("env", metavar="ENV", help="an environment")
    parser.add_argument("service", nargs="?", metavar="SERVICE", help="a service or stack of it (default: all of them)")


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if locked, 3 if refused because another person holds it."""
    return release_command.run_with_application(
        args, out, lambda application: lock(application, args, out, freeze=False)
    )


def lock(application: Application, args: argparse.Namespace, out: Output, *, freeze: bool) -> int:
    """Request the lock."""
    from generator.catalog import stack_names
    from generator.cli.progress import report_answer
    from generator.errors import UsageError
    from generator.release.client import request_id
    from generator.release.model.requests import Lock

    if not 0 <= args.hours <= 8760:
        raise UsageError(f"--hours {args.hours:g}: write a number from 0 (until it is unlocked) to 8760")
    if not 1 <= len(args.reason) <= 1000:
        raise UsageError("--reason: write 1 to 1,000 characters")
    held = stack_names.scope(application.facts, args.env, args.service)
    request = Lock(id=request_id(), scope=held, reason=args.reason, hours=args.hours, freeze=freeze)
    return report_answer(application, out, application.ask(request), wait=False)
