"""``slipway unlock ENV [SERVICE]``: remove a lock or a freeze."""

import argparse

from generator.cli import lock, release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway unlock prod app",
    "slipway unlock prod       # the lock or freeze of the whole environment",
]
DOCUMENTS = ("answer",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    lock.scope(parser)
    release_command.reason_options(parser, glass=False)
    release_command.person_option(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if removed, or if there was none."""
    return release_command.run_with_application(args, out, lambda application: unlock(application, args, out))


def unlock(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Request the removal."""
    from generator.catalog import stack_names
    from generator.cli.progress import report_answer
    from generator.release.client import request_id
    from generator.release.model.requests import Unlock

    held = stack_names.scope(application.facts, args.env, args.service)
    request = Unlock(id=request_id(), scope=held, reason=args.reason)
    return report_answer(application, out, application.ask(request), wait=False)
