"""``slipway diff RELEASE`` or ``slipway diff ENV STACK``: every changed value, before and after."""

import argparse
from typing import TYPE_CHECKING

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.release.model.change import ChangeSet
    from generator.release.model.preview import Reading

EXAMPLES = [
    "slipway diff prod-app-12     # what that release changes, or changed",
    "slipway diff prod network    # what the checkout would change there",
    "slipway diff prod-app-12 --markdown   # for a pull request or a post-mortem",
]
DOCUMENTS = ("release-diff", "stack-diff")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("env", metavar="RELEASE|ENV", help="a release, or an environment")
    parser.add_argument("stack", nargs="?", metavar="STACK", help="a stack or service of ENV")
    parser.add_argument("--markdown", action="store_true", help="print it as Markdown, with the effect of each change")
    parser.add_argument("--out", default="build", metavar="DIR", help="folder to build into (default: build)")
    release_command.read_options(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Read and print; changes nothing."""
    return release_command.run_with_application(args, out, lambda application: diff(application, args, out))


def diff(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Show a release, or a plan."""
    if args.stack is None:
        return _release(application, args, out)
    from generator.cli import plan

    (found,) = plan.planned(application, argparse.Namespace(env=args.env, stack=[args.stack], out=args.out), out)
    if out.json:
        from generator.cli.documents.release_documents import StackDiffDocument

        changes = tuple(found.change_set.changes) if found.change_set else ()
        out.data(StackDiffDocument(stack=found.stack.key, result=found.kind, why=found.why, changes=changes))
    elif args.markdown and found.reading is not None and found.change_set is not None:
        out.block(_markdown(found.reading, found.change_set))
    elif found.change_set is None:
        out.text(f"{found.stack.key} {found.kind}{f': {found.why}' if found.why else ''}")
    else:
        _lines(found.change_set, args, out)
    return 1 if found.kind == "blocked" else 0


def _release(application: Application, args: argparse.Namespace, out: Output) -> int:
    from generator.catalog import stack_names
    from generator.release.messages import title

    release = application.release(stack_names.release(args.env))
    changes = release.change_set.changes if release.change_set is not None else ()
    if out.json:
        from generator.cli.documents.release_documents import ReleaseDiffDocument

        out.data(
            ReleaseDiffDocument(
                release=release, binding=release.binding, reading=release.reading, changes=tuple(changes)
            )
        )
        return 0
    if args.markdown and release.reading is not None and release.change_set is not None:
        from generator.safe_text import markdown as escaped

        out.block(f"## `{release.id}` {escaped(title(release))}\n\n")
        out.block(f"Binding `{release.binding[:12]}`: the value that an approval refers to.\n\n")
        out.block(_markdown(release.reading, release.change_set))
        return 0
    out.text(f"{release.id}  {title(release)}")
    if release.binding:
        out.text(f"binding {release.binding[:12]}: the value that an approval refers to")
    if release.reading is not None:
        out.text(f"{release.reading.meaning.level}: {release.reading.meaning.sentence}")
    if release.change_set is None:
        out.text("the release has no change set yet, or there was nothing to change")
    else:
        _lines(release.change_set, args, out)
    return 0


def _markdown(reading: "Reading", change_set: "ChangeSet") -> str:
    from generator.preview.markdown import markdown

    return markdown(reading, change_set)


_COLOURS = {"resource": "\x1b[1m", "old": "\x1b[31m", "new": "\x1b[32m"}


def _lines(change_set: "ChangeSet", args: argparse.Namespace, out: Output) -> None:
    from generator.preview.property_diff import diff as lines
    from generator.safe_text import painted

    for line in lines(change_set, verbose=args.verbose):
        out.text(painted(line.text, _COLOURS.get(line.kind, "") if out.rich else ""))
