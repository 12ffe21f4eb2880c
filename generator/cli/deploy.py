"""``slipway deploy SERVICE ENV [VERSION]``: release a version to a service, and follow it until it ends."""

import argparse

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway deploy app prod                # the newest version that may go there",
    "slipway deploy app prod 3f2a5b6        # this version",
    "slipway deploy app prod --wait         # do not end while people are asked",
    "slipway deploy app prod --sandbox --as ana",
    "slipway deploy app prod --break-glass 'customers cannot log in'",
]
DOCUMENTS = ("release", "answer")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("service", metavar="SERVICE", help="a service or function, or any stack of ENV")
    parser.add_argument("env", metavar="ENV", help="an environment")
    parser.add_argument("version", nargs="?", metavar="VERSION", help="seven or more digits of a published commit")
    release_command.reason_options(parser)
    release_command.follow_options(parser)
    release_command.person_option(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Propose, then follow. Return 0 for success, 1 for a failure or a rollback, 3 if refused or waiting for approval."""
    return release_command.run_with_application(args, out, lambda application: deploy(application, args, out))


def deploy(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Request the release and follow it."""
    from generator.catalog import stack_names
    from generator.cli.progress import report_answer
    from generator.release.client import request_id
    from generator.release.model.requests import Propose

    key = stack_names.stack(application.facts, args.env, args.service).ref.key
    request = Propose(
        id=request_id(),
        stack=key,
        version=stack_names.version(args.version),
        reason=args.reason,
        break_glass=args.break_glass,
    )
    return report_answer(application, out, application.ask(request), wait=args.wait, follow=not args.no_follow)
