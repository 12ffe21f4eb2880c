"""``slipway drift ENV``: what somebody changed in AWS by hand, compared with the stacks' templates."""

import argparse

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

EXAMPLES = [
    "slipway drift prod",
    "slipway drift prod network --json   # exit 1 if there is drift",
]
DOCUMENTS = ("drift",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("env", metavar="ENV", help="an environment, `home`, or an account id")
    parser.add_argument("stack", nargs="*", metavar="STACK", help="stacks of ENV (default: all)")
    release_command.read_options(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if everything is as the templates say, 1 if something differs."""
    return release_command.run_with_application(args, out, lambda application: drift(application, args, out))


def drift(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Let CloudFormation compare, and leave out values that ECS and scaling change."""
    from generator.apply.drift import drifted
    from generator.apply.orphans import sentences, there
    from generator.catalog import stack_names

    chosen = stack_names.several(application.facts, args.env, tuple(args.stack))
    found = [(facts.ref.key, row) for facts in chosen for row in drifted(application, facts.ref, out.progress)]
    gone = [] if args.stack else there(application, args.env)
    if out.json:
        from generator.cli.documents.environment_documents import DriftDocument, DriftedProperty

        rows = tuple(DriftedProperty(stack=key, drift=row) for key, row in found)
        out.data(DriftDocument(environment=args.env, drift=rows, nothing_asks_for=tuple(one.ref.key for one in gone)))
        return 1 if found or gone else 0
    for line in sentences(gone):
        out.text(line)
    if not found and not gone:
        count = f"{len(chosen)} {'stack' if len(chosen) == 1 else 'stacks'}"
        out.text(f"{args.env}: no drift from the templates ({count})")
    elif found:
        for key, row in found:
            who = f", by {row.who} at {row.when}" if row.who else ""
            out.text(f"{key}  {row.logical_id} ({row.type}) {row.path}: {row.expected} → {row.actual}{who}")
        out.progress(
            f"Next: write into stacks/ what you want to keep, then run: {application.command_line(f'apply {args.env}')}"
        )
    return 1 if found or gone else 0
