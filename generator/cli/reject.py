"""``slipway reject RELEASE``: reject what waits for approval; nothing was changed, nothing will be."""

import argparse

from generator.cli import decision, release_command
from generator.cli.output import Output

EXAMPLES = [
    "slipway reject prod-app-12 --reason 'not on a Friday'",
]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    decision.arguments(parser)
    release_command.reason_options(parser, glass=False)


def run(args: argparse.Namespace, out: Output) -> int:
    """0 done, 3 refused: somebody decided before, or it has begun (then: undo)."""
    return release_command.run_with_application(args, out, lambda engine: decision.decide(engine, args, out, "reject"))
