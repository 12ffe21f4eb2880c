"""``slipway approve RELEASE``: approve exactly what the release would change now."""

import argparse

from generator.cli import decision, release_command
from generator.cli.output import Output
from generator.errors import UsageError
from generator.wiring.application import Application

EXAMPLES = [
    "slipway approve prod-app-12",
    "slipway approve prod-app-12 --as ben --sandbox",
    "slipway approve prod-app-12 --binding 3f2a5b6c7d8e   # only if it is still what you looked at",
]
DOCUMENTS = ("release", "answer")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    decision.arguments(parser)
    parser.add_argument(
        "--wait", action="store_true", help="keep waiting for other approvals, instead of ending with exit code 3"
    )
    parser.add_argument(
        "--binding",
        metavar="DIGITS",
        help="the binding that `slipway diff RELEASE` shows; the approval is refused if it has changed",
    )
    release_command.reason_options(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Approve, then follow. Return 0 for success, 1 for a failure or a rollback, 3 if refused or approvals are missing."""
    return release_command.run_with_application(args, out, lambda application: approve(application, args, out))


def approve(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Show what is being approved, and approve that and nothing else."""
    from generator.catalog import stack_names
    from generator.cli.release_text import risk
    from generator.release.messages import title

    release = decision.settled(application, stack_names.release(args.release))
    binding = args.binding or ""
    if binding and (len(binding) < 12 or not release.binding.startswith(binding)):
        raise UsageError(
            f"{release.id} is no longer the change that you looked at; look at it again with: "
            f"{application.command_line(f'diff {release.id}')}"
        )
    out.progress(f"{release.id}  {title(release)}")
    for line in risk(release):
        out.progress(f"{release.id}  {line}")
    return decision.decide(
        application, args, out, "approve", binding=release.binding, break_glass=args.break_glass, wait=args.wait
    )
