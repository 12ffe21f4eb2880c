"""``slipway drift ENV``: what somebody changed in AWS by hand, compared with the stacks' templates."""

import argparse
from typing import TYPE_CHECKING, Any

from generator.cli import standing
from generator.cli.output import Output
from generator.engine import Engine

if TYPE_CHECKING:
    from generator.drifting import Drifted

EXAMPLES = [
    "slipway drift prod",
    "slipway drift prod network --json   # exit 1 if there is drift",
]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("env", metavar="ENV", help="an environment, `home`, or an account id")
    parser.add_argument("stack", nargs="*", metavar="STACK", help="stacks of ENV (default: all)")
    standing.reads(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """0 everything is as the templates say, 1 something differs."""
    return standing.act(args, out, lambda engine: drift(engine, args, out))


def drift(engine: Engine, args: argparse.Namespace, out: Output) -> int:
    """Let CloudFormation compare, and leave out what belongs to ECS and to scaling."""
    from generator import places
    from generator.drifting import drifted

    chosen = places.several(engine.facts, args.env, tuple(args.stack))
    found = [row for facts in chosen for row in drifted(engine, facts.ref, out.progress)]
    if out.json:
        out.data([_document(row) for row in found])
    else:
        for row in found:
            out.text(
                f"{row.stack}  {row.logical_id} ({row.type}) {row.path or row.status.lower()}: {row.expected} → {row.actual}"
            )
        if not found:
            out.text(f"{args.env}: everything is as the templates say ({len(chosen)} stacks)")
        else:
            out.progress(f"Next: write into stacks/ what should stay, then: {engine.again(f'apply {args.env}')}")
    return 1 if found else 0


def _document(row: "Drifted") -> dict[str, Any]:
    return row._asdict()
