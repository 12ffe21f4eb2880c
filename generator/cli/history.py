"""``slipway history SERVICE ENV``: every release of a stack, newest first, with who, what, why and its result."""

import argparse
from datetime import UTC, datetime

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway history app prod",
    "slipway history app prod --limit 100 --json",
]
DOCUMENTS = ("history",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("service", metavar="SERVICE", help="a service or function, or any stack of ENV")
    parser.add_argument("env", metavar="ENV", help="an environment")
    parser.add_argument(
        "--limit", type=int, default=20, metavar="N", help="highest number of releases to list (default: 20)"
    )
    release_command.read_options(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Read and print; changes nothing."""
    return release_command.run_with_application(args, out, lambda application: history(application, args, out))


def history(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Print one line a release, and below it why it did not succeed."""
    from generator.catalog import stack_names
    from generator.errors import UsageError
    from generator.release.messages import short

    if not 1 <= args.limit <= 1000:
        raise UsageError(f"--limit {args.limit}: write a number from 1 to 1000")
    key = stack_names.stack(application.facts, args.env, args.service).ref.key
    found = application.client.history(key, args.limit)
    if out.json:
        from generator.cli.documents.release_documents import HistoryDocument

        out.data(HistoryDocument(stack=key, releases=tuple(found)))
        return 0
    if not found:
        command = application.command_line(f"deploy {args.service} {args.env}")
        out.text(f"{args.service} has never been released to {args.env}; release it with: {command}")
        return 0
    rows = []
    for summary in found:
        at = datetime.fromtimestamp(summary.created, UTC).strftime("%Y-%m-%d %H:%M")
        took = f"{summary.took:.0f} s" if summary.closed else ""
        again = "restart of " if summary.purpose == "restart" else ""
        version = f"{again}{short(summary.commit)} {summary.subject}".strip()
        rows.append(
            [summary.id, at, version, summary.requester, ", ".join(summary.approvers), summary.state, took,
             summary.cause or summary.reason]
        )  # fmt: skip
    out.table(["release", "UTC", "version", "requested by", "approved by", "state", "took", "why"], rows)
    return 0
