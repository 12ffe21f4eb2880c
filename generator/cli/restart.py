"""``slipway restart SERVICE ENV``: new tasks of the running version, by a release like any other."""

import argparse

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway restart app prod",
    "slipway restart app prod --reason 'the API key has a new value'",
    "slipway restart app prod --wait        # do not end while people are asked",
]
DOCUMENTS = ("release", "answer")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("service", metavar="SERVICE", help="a service of ENV")
    parser.add_argument("env", metavar="ENV", help="an environment")
    release_command.reason_options(parser)
    release_command.follow_options(parser)
    release_command.person_option(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Request the restart and follow it: exit codes as for ``deploy``."""
    return release_command.run_with_application(args, out, lambda application: restart(application, args, out))


def restart(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Request the release and follow it."""
    from generator.catalog import stack_names
    from generator.cli.progress import report_answer
    from generator.release.client import request_id
    from generator.release.model.requests import RestartService

    request = RestartService(
        id=request_id(),
        stack=stack_names.stack(application.facts, args.env, args.service).ref.key,
        reason=args.reason,
        break_glass=args.break_glass,
    )
    return report_answer(application, out, application.ask(request), wait=args.wait, follow=not args.no_follow)
