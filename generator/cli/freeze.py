"""``slipway freeze ENV``: hold back new releases. Rollbacks stay possible."""

import argparse

from generator.cli import lock, release_command
from generator.cli.output import Output

EXAMPLES = [
    "slipway freeze prod --reason 'trade fair' --hours 48   # `slipway unlock prod` ends it",
]
DOCUMENTS = ("answer",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    lock.arguments(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if frozen, 3 if refused because another person holds it."""
    return release_command.run_with_application(args, out, lambda engine: lock.lock(engine, args, out, freeze=True))
