"""``slipway reject RELEASE``: say no what waits for approval; nothing was changed, nothing will be."""

import argparse

from generator.cli import deciding, standing
from generator.cli.output import Output

EXAMPLES = [
    "slipway reject prod-app-12 --reason 'not on a Friday'",
]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    deciding.arguments(parser)
    standing.because(parser, glass=False)


def run(args: argparse.Namespace, out: Output) -> int:
    """0 done, 3 refused: somebody decided before, or it has begun (then: undo)."""
    return standing.act(args, out, lambda engine: deciding.decide(engine, args, out, "reject"))
