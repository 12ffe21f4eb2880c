"""``slipway plan ENV [STACK…]``: what apply would change, and the effect of it. Changes nothing."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.apply.plan import Planned
    from generator.cli.documents.release_documents import PlannedStack

EXAMPLES = [
    "slipway plan prod",
    "slipway plan prod network --json",
    "slipway plan prod --markdown   # what CI puts on a pull request",
]
DOCUMENTS = ("plan",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("env", metavar="ENV", help="an environment, or `home`")
    parser.add_argument("stack", nargs="*", metavar="STACK", help="stacks of ENV (default: all)")
    parser.add_argument("--markdown", action="store_true", help="print it as Markdown")
    parser.add_argument("--out", default="build", metavar="DIR", help="folder to build into (default: build)")
    release_command.read_options(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if planned, 1 if CloudFormation refuses a change."""
    return release_command.run_with_application(args, out, lambda application: plan(application, args, out))


def planned(application: Application, args: argparse.Namespace, out: Output) -> "list[Planned]":
    """Build the checkout and plan the chosen stacks of it."""
    from generator.apply.orphans import there
    from generator.apply.plan import plan as plan_stacks
    from generator.build.publish import Parts, content_commit, create_version
    from generator.catalog import stack_names
    from generator.wiring.built_platform import build_platform

    chosen = {
        f.ref.key for f in stack_names.several(application.facts, args.env, tuple(args.stack)) if not f.administrators
    }
    platform = build_platform(application, Path(args.out))
    version = create_version(
        platform.result, platform.bodies, content_commit(platform.result, Parts(), "", ""), Parts(), 0.0
    ).version
    keys = [key for key in version.order if key in chosen]
    gone = [] if args.stack else there(application, args.env)
    return plan_stacks(application, keys, version.stacks, platform.bodies, out.progress, gone)


def plan(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Print the worst first, then each stack in full."""
    from generator.apply.plan_sentences import ranked, sentences
    from generator.preview import text

    found = planned(application, args, out)
    if out.json:
        from generator.cli.documents.release_documents import PlanDocument

        out.data(PlanDocument(environment=args.env, stacks=tuple(_document(p) for p in ranked(found))))
    elif args.markdown:
        out.block(_markdown(args.env, found))
    else:
        for number, line in enumerate(sentences(found)):
            out.text(f"{args.env}: {line}" if number == 0 else f"  {line}")
        for p in ranked(found):
            if p.reading is not None:
                out.text("")
                out.text(f"{p.stack.key} ({p.stack.name})")
                for line in text.lines(p.reading, colour=out.rich, verbose=args.verbose):
                    out.text(f"  {line}".rstrip())
    return 1 if any(p.kind == "blocked" for p in found) else 0


def _document(p: "Planned") -> "PlannedStack":
    from generator.cli.documents.release_documents import PlannedStack

    return PlannedStack(
        stack=p.stack.key,
        result=p.kind,
        why=p.why,
        brings=p.brings,
        resources=p.resources,
        reading=p.reading,
        changes=tuple(p.change_set.changes) if p.change_set is not None else (),
    )


def _markdown(env: str, found: "list[Planned]") -> str:
    """The plan as Markdown: cost, permissions and exposures first, then each stack as on pull requests."""
    from generator.apply.plan_sentences import ranked, sentences
    from generator.preview.text import markdown
    from generator.safe_text import markdown as escaped

    head, *rest = sentences(found)
    meanings = [(p.stack.key, p.reading.meaning) for p in ranked(found) if p.reading is not None]
    first = [f"- **Rights** in {key}: {escaped(gain.sentence)}" for key, m in meanings for gain in m.gains]
    first += [f"- **Opened** in {key}: {escaped(one.sentence)}" for key, m in meanings for one in m.exposures]
    parts = [f"## Plan for `{env}`: {head}", "", *first, *(f"- {escaped(line)}" for line in rest), ""]
    parts += [markdown(p.reading, p.change_set) for p in ranked(found) if p.reading and p.change_set]
    return "\n".join(parts)
