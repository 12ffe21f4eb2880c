"""``slipway lint [PATH…]``: check templates with every engine, and show each finding once."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.lint.findings import Report
    from generator.lint.paths import Selection

EXAMPLES = [
    "slipway lint                          # everything that build wrote",
    "slipway lint prod network cluster     # two stacks of one environment",
    "slipway lint cdk.out 'infra/**/*.yaml' # templates that nobody here wrote",
    "slipway lint --fast template.yaml     # one engine, for an editor or a pre-commit hook",
    "slipway lint --format sarif > lint.sarif",
]
DOCUMENTS = ("lint",)
# Progress is shown once a run has taken this long, in seconds.
_PATIENCE = 1.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "what",
        nargs="*",
        metavar="PATH|ENV|STACK",
        help=(
            "files, folders, patterns or - (standard input), or environments and stacks (default: every stack in --out)"
        ),
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "sarif", "github"),
        default=None,
        help="text to read, sarif for code scanning, github for annotations (default: text)",
    )
    parser.add_argument("--fast", action="store_true", help="cloudformation-validate alone: about ten times faster")
    parser.add_argument(
        "--level",
        choices=("info", "warning", "error"),
        default="info",
        help="lowest severity to report (default: info, which reports everything)",
    )
    parser.add_argument("--no-cache", action="store_true", help="do not use the cache, and do not write it")
    parser.add_argument("--out", default="build", metavar="DIR", help="folder that build wrote to (default: build)")


def run(args: argparse.Namespace, out: Output) -> int:
    """Lint, print, and write the record for the next up-to-date check. 0: no findings, 1: findings, 2: not all was linted."""
    from generator.build.up_to_date import Watch

    watch, now = Watch(), time.time_ns()
    watch.add(output_sources())
    from generator.lint.engine_preload import FOLDER, require_engines
    from generator.lint.linter import Options, lint

    require_engines()
    selection = templates_to_lint(args)
    watch.add(selection.looked_at)
    report = lint(
        selection.templates,
        Options(fast=args.fast, level=args.level),
        folder=None if args.no_cache else Path(FOLDER),
        progress=progress_line(out),
    )
    printed = _render(report, args, out)
    out.stdout.write(printed)
    text = _notes(selection, out)
    code = 2 if selection.unreadable else 1 if report.findings else 0
    if code == 0 and not args.no_cache and _repeatable(args.what):
        watch.record(args.argv, now, stdout=printed, stderr=text, code=0)
    return code


def templates_to_lint(args: argparse.Namespace) -> "Selection":
    """The templates that the arguments name, read from disk.

    Raises:
        UsageError: an argument that is not known, or nothing is built.
    """
    from generator.lint.paths import select

    return select(args.what, Path(args.out))


def output_sources() -> list[str]:
    """Every file and folder besides the templates that decides the output."""
    from generator.build.up_to_date import libraries, sources
    from generator.lint.cache import schema_downloads

    here = Path(__file__).parent

    return [*sources(str(here.parent / "lint")), *sources(str(here)), *libraries(), schema_downloads()]


def _repeatable(words: list[str]) -> bool:
    """Whether files and folders decide everything: standard input can't be read again, and a pattern may match new files."""
    return all(word != "-" and (Path(word).exists() or not set("*?[") & set(word)) for word in words)


def _render(report: "Report", args: argparse.Namespace, out: Output) -> str:
    from generator.lint.formats import github, json_document, sarif, text
    from generator.lint.origin import to_source
    from generator.safe_text import lines

    match args.format or ("json" if args.json else "text"):
        case "json":
            return out.encode(json_document.document(report))
        case "sarif":
            from importlib.metadata import version

            return out.encode(sarif.document(to_source(report), version("slipway-ecs")))
        case "github":
            return lines(github.render(to_source(report)))
        case _:
            return text.render(report, colour=out.rich)


def _notes(selection: "Selection", out: Output) -> str:
    """Report on stderr what was not linted. Returns what was reported and belongs to a run without findings."""
    from generator.safe_text import plain

    for problem in selection.unreadable:
        out.error(problem)
    if not selection.skipped:
        return ""
    some = ", ".join(selection.skipped[:3]) + (", ..." if len(selection.skipped) > 3 else "")
    count = len(selection.skipped)
    note = plain(
        f"skipped {count:,} {'file that is not a template' if count == 1 else 'files that are not templates'}: {some}"
    )
    out.progress(note)
    return "" if out.json else note + "\n"


def progress_line(out: Output) -> "Callable[[int, int], None] | None":
    """Redraw one line on a terminal, at the earliest after a second."""
    if out.json or not sys.stderr.isatty():
        return None
    started = time.monotonic()

    def tell(done: int, of: int) -> None:
        if time.monotonic() - started > _PATIENCE:
            end = "\r\x1b[K" if done == of else ""
            out.stderr.write(f"\r\x1b[Klinted {done:,} of {of:,}{end}")
            out.stderr.flush()

    return tell
