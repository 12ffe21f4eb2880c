"""``slipway continue RELEASE``: continue a rollout that is waiting at its PAUSE gate."""

import argparse

from generator.cli import decision, release_command
from generator.cli.output import Output

EXAMPLES = [
    "slipway continue prod-app-12   # the other way is: slipway undo prod-app-12",
]
DOCUMENTS = ("release", "answer")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    decision.arguments(parser)
    release_command.reason_options(parser, glass=False)


def run(args: argparse.Namespace, out: Output) -> int:
    """Continue, then follow: exit codes as for ``deploy``."""
    return release_command.run_with_application(
        args, out, lambda engine: decision.decide(engine, args, out, "continue")
    )
