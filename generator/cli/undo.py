"""``slipway undo RELEASE``: go back, by whatever way is open in the state that it is in."""

import argparse

from generator.cli import decision, release_command
from generator.cli.output import Output

EXAMPLES = [
    "slipway undo prod-app-12                    # stops a rollout, cancels an update, or withdraws it",
    "slipway undo prod-app-12 --reason retry     # goes on with a rollback that is stuck",
    "slipway undo prod-app-12 --skip Service     # and leaves that resource behind as it is",
]


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
    """0 it is back, 1 it could not go back, 3 refused: it is over, or it is stuck and nobody said what to skip."""
    return release_command.run_with_application(
        args, out, lambda engine: decision.decide(engine, args, out, "undo", skip=tuple(args.skip))
    )
