"""``slipway promote SERVICE FROM TO``: release the last good version of one environment to another."""

import argparse

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway promote app staging prod",
    "slipway promote app staging prod --reason 'checkout is faster'",
]
DOCUMENTS = ("release", "answer")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("service", metavar="SERVICE", help="a service or function, or any stack of both")
    parser.add_argument("source", metavar="FROM", help="the environment whose last good version is released")
    parser.add_argument("env", metavar="TO", help="the environment that it is released to")
    release_command.reason_options(parser)
    release_command.follow_options(parser)
    release_command.person_option(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Propose, then follow: exit codes as for ``deploy``."""
    return release_command.run_with_application(args, out, lambda application: promote(application, args, out))


def promote(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Request the release and follow it."""
    from generator.catalog import stack_names
    from generator.cli.progress import report_answer
    from generator.release.client import request_id
    from generator.release.model.requests import Propose

    stack_names.stack(application.facts, args.source, args.service)
    request = Propose(
        id=request_id(),
        stack=stack_names.stack(application.facts, args.env, args.service).ref.key,
        promote_from=args.source,
        reason=args.reason,
        break_glass=args.break_glass,
    )
    return report_answer(application, out, application.ask(request), wait=args.wait, follow=not args.no_follow)
