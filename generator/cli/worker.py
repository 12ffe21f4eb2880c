"""``slipway worker``: receive requests from the queue and move releases, in this process until Ctrl-C."""

import argparse

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway worker             # with the worker's role, for those who may assume it",
    "slipway worker --sandbox",
    "slipway worker --once      # everything that is due now, then end",
]
DOCUMENTS = ("work",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--once", action="store_true", help="handle the requests and releases that are due now, then stop"
    )
    parser.set_defaults(worker=True)


def run(args: argparse.Namespace, out: Output) -> int:
    """Run a worker. Return 0 if it was asked to stop, 1 if AWS refused access."""
    return release_command.run_with_application(args, out, lambda application: work(application, args, out))


def work(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Make one round after another. A fault of one message or release does not stop the others."""
    if application.work is None:
        raise ValueError("composed without a worker")
    total = 0
    try:
        if not args.once:
            out.progress(
                f"running for {application.facts.name}; Ctrl-C stops this worker, and another worker continues"
            )
        while True:
            did = application.work(0.0 if args.once else 2.0)
            total += did
            if args.once and not did:
                break
    except KeyboardInterrupt:
        out.progress("stopped; nothing is lost, the next worker continues")
    if out.json:
        from generator.cli.documents.environment_documents import WorkDocument

        out.data(WorkDocument(done=total))
    return 0
