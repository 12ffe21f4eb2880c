"""``slipway reject RELEASE``: reject a release that waits for approval. Nothing is changed."""

import argparse

from generator.cli import decision, release_command
from generator.cli.output import Output

EXAMPLES = [
    "slipway reject prod-app-12 --reason 'not on a Friday'",
]
DOCUMENTS = ("release", "answer")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    decision.arguments(parser)
    release_command.reason_options(parser, glass=False)


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if rejected, 3 if refused: somebody decided before, or it has started (then use undo)."""
    return release_command.run_with_application(args, out, lambda engine: decision.decide(engine, args, out, "reject"))
