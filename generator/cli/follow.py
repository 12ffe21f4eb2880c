"""``slipway follow RELEASE``: show a release until it ends. Stopping the command changes nothing."""

import argparse

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway follow prod-app-12",
    "slipway follow prod-app-12 --wait   # also while people are asked",
]
DOCUMENTS = ("release",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("release", metavar="RELEASE", help="its id, such as prod-app-12")
    parser.add_argument(
        "--wait", action="store_true", help="keep waiting for approval, instead of ending with exit code 3"
    )
    release_command.read_options(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Exit codes as for ``deploy``."""
    return release_command.run_with_application(args, out, lambda application: follow(application, args, out))


def follow(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Follow the release, and print how it ended."""
    from generator.catalog import stack_names
    from generator.cli.progress import finish, follow_release

    return finish(application, out, follow_release(application, out, stack_names.release(args.release), wait=args.wait))
