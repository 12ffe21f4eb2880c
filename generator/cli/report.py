"""``slipway report RELEASE``: what happened, for a post-mortem, as Markdown."""

import argparse
from pathlib import Path

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway report prod-app-12                      # timeline, people, change, cause, evidence, verified record",
    "slipway report prod-app-12 --output incident.md",
    "slipway report prod-app-12 --json",
]
DOCUMENTS = ("report",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("release", metavar="RELEASE", help="its id, such as prod-app-12")
    parser.add_argument("--output", metavar="FILE", help="write the report into a new file instead of printing it")
    release_command.read_options(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """0 written; 1 if the record of this release was changed: the report says where."""
    return release_command.run_with_application(args, out, lambda application: write(application, args, out))


def write(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Read the release, its entries and its signed heads; change nothing but ``--output``."""
    from generator.catalog import stack_names
    from generator.cli.release_report import report
    from generator.errors import UsageError
    from generator.release.audit_verification import chain_verified

    release = application.release(stack_names.release(args.release))
    chain = f"release/{release.id}"
    log = application.client.log
    entries = list(log.entries(chain))
    walked = chain_verified(log, application.seal, chain)
    if args.json:
        from generator.cli.documents.release_documents import ChainFault, ReportDocument

        faults = tuple(ChainFault(**fault._asdict()) for fault in walked.faults)
        out.data(ReportDocument(release=release, timeline=tuple(entries), faults=faults, signed=walked.signed))
    else:
        text = report(release, entries, walked, application.clock())
        if args.output:
            try:
                Path(args.output).touch(exist_ok=False)
                Path(args.output).write_text(text)
            except FileExistsError:
                raise UsageError(f"{args.output} exists, and people may have written in it; name a new file") from None
            except OSError as error:
                raise UsageError(f"can't write {args.output}: {error.strerror}") from None
            out.text(f"wrote {args.output}")
        else:
            out.block(text)
    return 1 if walked.faults else 0
