"""``slipway rollback SERVICE ENV [RELEASE|VERSION]``: release an earlier version again, by a release like any other."""

import argparse
import re

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway rollback app prod              # the last good version before what runs",
    "slipway rollback app prod prod-app-12  # what that release brought",
    "slipway rollback app prod 3f2a5b6      # this version",
]
DOCUMENTS = ("release", "answer")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("service", metavar="SERVICE", help="a service or function, or any stack of ENV")
    parser.add_argument("env", metavar="ENV", help="an environment")
    parser.add_argument("to", nargs="?", metavar="RELEASE|VERSION", help="the release or the version to roll back to")
    release_command.reason_options(parser)
    release_command.follow_options(parser)
    release_command.person_option(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Request the rollback and follow it: exit codes as for ``deploy``."""
    return release_command.run_with_application(args, out, lambda application: rollback(application, args, out))


def rollback(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Request the release and follow it."""
    from generator.catalog import stack_names
    from generator.cli.progress import report_answer
    from generator.release.client import request_id
    from generator.release.model.requests import RollBack

    to = args.to or ""
    is_version = bool(_COMMIT.fullmatch(to))
    request = RollBack(
        id=request_id(),
        stack=stack_names.stack(application.facts, args.env, args.service).ref.key,
        release=stack_names.release(to) if to and not is_version else None,
        version=to if is_version else None,
        reason=args.reason,
        break_glass=args.break_glass,
    )
    return report_answer(application, out, application.ask(request), wait=args.wait, follow=not args.no_follow)
