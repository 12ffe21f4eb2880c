"""``slipway build [ENV [STACK…]]``: write every template, or report that nothing changed."""

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from generator.build import up_to_date
from generator.build.build import Build, build
from generator.catalog.region_notes import region_notes
from generator.cli.output import Output
from generator.config.read import read_configuration
from generator.config.rules.cut_requests import request_notes
from generator.config.rules.releases import implied_notes
from generator.config.rules.shared_accounts import notes
from generator.safe_text import plain

if TYPE_CHECKING:
    from generator.cli.documents.platform_documents import BuildDocument

# Beyond this a table tells people nothing that its summary does not.
MOST_ROWS = 100
EXAMPLES = [
    "slipway build                      # everything, into build/",
    "slipway build prod network cluster # two stacks of one environment",
    "slipway build --format yaml        # YAML beside the JSON, for reading",
    "slipway build --check              # exit 1 if build/ is not what stacks/ says",
]
DOCUMENTS = ("build",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("env", nargs="?", metavar="ENV", help="an environment, `home`, or an account id (default: all)")
    parser.add_argument("stack", nargs="*", metavar="STACK", help="stacks of ENV (default: all)")
    parser.add_argument(
        "--format", choices=("json", "yaml"), default="json", help="yaml: write YAML beside the JSON that is deployed"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if a template is missing or differs"
    )
    parser.add_argument("--out", default="build", metavar="DIR", help="folder to write to (default: build)")


def run(args: argparse.Namespace, out: Output) -> int:
    """Build, print the table, and write the record for the next up-to-date check."""
    started = time.perf_counter()
    watch = up_to_date.Watch()
    now = time.time_ns()
    watch.add(_read_by(args))
    config = read_configuration(Path(args.stacks))
    only = [args.env, *args.stack] if args.env else []
    result = build(config, Path(args.out), only=only, yaml=args.format == "yaml", check=args.check)
    seconds = time.perf_counter() - started
    code = 1 if args.check and (result.changed or result.removed) else 0
    lines = [
        plain(note) for note in (*notes(config), *implied_notes(config), *region_notes(config), *request_notes(config))
    ]
    for note in lines:
        out.progress(note)
    if out.json:
        out.data(_document(result))
    elif result.changed:
        _table(result, out)
        out.progress(_summary(result, args) + f" in {seconds * 1000:,.0f} ms")
    else:
        out.text(_summary(result, args))
    if code:
        out.error(f"{args.out}/ is not up to date with {args.stacks}/; run `slipway build`")
    if not result.changed and not result.removed:
        watch.add(_written_by(args, result))
        quiet = _unchanged(result, out)
        watch.record(
            args.argv,
            now,
            stdout=quiet if out.json else plain(_summary(result, args)) + "\n",
            stderr="" if out.json else "".join(f"{note}\n" for note in lines),
            code=0,
        )
    return code


def _read_by(args: argparse.Namespace) -> list[str]:
    """Everything that decides what a build writes: the configuration, our code, the libraries."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    packages = [os.path.join(os.path.dirname(here), "templates")]
    packages += [os.path.join(here, name) for name in ("config", "catalog", "build", "release")]
    return [*up_to_date.sources(args.stacks), *up_to_date.sources(*packages), here, __file__, *up_to_date.libraries()]


def _written_by(args: argparse.Namespace, result: Build) -> list[str]:
    kinds = ("json", "yaml") if args.format == "yaml" else ("json",)
    files = [f"{args.out}/{s.artifact.key}.{kind}" for s in result.stacks for kind in kinds]
    return [*files, f"{args.out}/manifest.json"]


def _unchanged(result: Build, out: Output) -> str:
    return out.encode(_document(result)) if out.json else ""


def _summary(result: Build, args: argparse.Namespace) -> str:
    total = sum(s.artifact.resources for s in result.stacks)
    count = f"{len(result.stacks)} stacks with {total} resources in {args.out}/"
    if not result.changed and not result.removed:
        return f"{count}: nothing changed"
    verb = "stale" if args.check else "written"
    removed = f", {len(result.removed)} removed" if result.removed else ""
    return f"{count}: {len(result.changed)} {verb}{removed}"


def _table(result: Build, out: Output) -> None:
    rows = [
        [
            s.artifact.key,
            s.stack_name,
            str(s.artifact.resources),
            f"{s.artifact.size:,}",
            s.artifact.digest[7:19],
            s.change,
        ]
        for s in result.changed[:MOST_ROWS]
    ]
    out.table(["stack", "name", "resources", "bytes", "sha256", "change"], rows, right=frozenset({2, 3}))
    if len(result.changed) > MOST_ROWS:
        out.text(f"... and {len(result.changed) - MOST_ROWS:,} more; --json lists all of them")


def _document(result: Build) -> "BuildDocument":
    from generator.cli.documents.platform_documents import BuildDocument, BuiltStack

    return BuildDocument(
        removed=result.removed,
        stacks=tuple(
            BuiltStack(
                key=s.artifact.key,
                stack_name=s.stack_name,
                account=s.account,
                region=s.region,
                change=s.change,
                digest=s.artifact.digest,
                size=s.artifact.size,
                resources=s.artifact.resources,
                capabilities=s.artifact.capabilities,
            )
            for s in result.stacks
        ),
    )
