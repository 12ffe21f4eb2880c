"""``slipway audit verify``: whether the release log is what was written and signed."""

import argparse

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway audit verify   # exit 1 if an entry was changed, left out or cut off",
]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "verb", choices=("verify",), metavar="verify", help="verify every chain against its signed heads"
    )
    release_command.reads(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """0 all is as it was written, 1 there are faults."""
    return release_command.act(args, out, lambda application: verify(application, out))


def verify(application: Application, out: Output) -> int:
    """Walk every chain that the log or a signed head names."""
    from generator.release.audit_verification import verified

    found = verified(application.client.log, application.seal, application.facts)
    if out.json:
        out.data(
            {
                "chains": found.chains,
                "entries": found.entries,
                "heads": found.heads,
                "faults": [fault._asdict() for fault in found.faults],
            }
        )
    else:
        for fault in found.faults:
            out.text(f"{fault.chain} entry {fault.number} {fault.text}")
        seen = f"{found.entries:,} entries in {found.chains:,} chains, {found.heads:,} signed heads"
        if found.faults:
            out.error(f"{len(found.faults)} faults in {seen}; see docs/runbook.md for what to do")
        else:
            out.text(f"{seen}: no entry was changed")
    return 1 if found.faults else 0
