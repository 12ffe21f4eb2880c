"""``slipway undo RELEASE``: roll back, in any way that is possible in the current state of the release."""

import argparse

from generator.cli import decision, release_command
from generator.cli.output import Output

EXAMPLES = [
    "slipway undo prod-app-12                    # stops a rollout, cancels an update, or withdraws it",
    "slipway undo prod-app-12 --reason retry     # continues a rollback that is stuck",
    "slipway undo prod-app-12 --skip Service     # and leaves that resource as it is",
]
DOCUMENTS = ("release", "answer")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    decision.arguments(parser)
    release_command.reason_options(parser, glass=False)
    parser.add_argument(
        "--skip",
        action="append",
        default=[],
        metavar="RESOURCE",
        help="a resource that a stuck rollback skips; recorded as a debt; may be repeated",
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if rolled back, 1 if that failed, 3 if refused: it has ended, or it is stuck and no resources were named."""
    return release_command.run_with_application(
        args, out, lambda engine: decision.decide(engine, args, out, "undo", skip=tuple(args.skip))
    )
