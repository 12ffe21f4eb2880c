"""Runs one command line: finds the command, parses its options, reports errors in one sentence."""

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from generator.cli import ALIASES, COMMANDS, module_of
from generator.cli.output import Output
from generator.errors import BuildError, UsageError

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

# Commands that never ask AWS, or are the sandbox's own. The prices of `cost --refresh` are not in the sandbox.
WITHOUT_AWS = frozenset(
    {"build", "completion", "cost", "graph", "help", "init", "lint", "new", "rules", "sandbox", "schema"}
)


class _Parser(argparse.ArgumentParser):
    """Exits with 2 and one sentence that says what to do next."""

    def print_help(self, file: "SupportsWrite[str] | None" = None) -> None:
        """Argparse would not say that the help could not be written."""
        (file or sys.stdout).write(self.format_help())

    def error(self, message: str) -> NoReturn:
        from generator.safe_text import plain

        self.exit(2, f"{self.prog}: {plain(message)}; see `{self.prog} --help`\n")


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Keeps examples as they are written. argparse creates one for each option and would import shutil for the width."""
    try:
        width = min(os.get_terminal_size().columns, 120)
    except OSError:
        width = 100
    return argparse.RawDescriptionHelpFormatter(prog, width=width - 2)


def parse(name: str, options: list[str]) -> argparse.Namespace:
    """Parse the options of command ``name``; no other command's module is imported."""
    module = import_module(module_of(name))
    parser = _Parser(
        prog=f"slipway {name}",
        description=COMMANDS[name] + ".",
        epilog="Examples:\n" + "\n".join(f"  {line}" for line in module.EXAMPLES),
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    declare(name, parser)
    args = parser.parse_args(options)
    args.argv = [name, *options]
    return args


def declare(name: str, parser: argparse.ArgumentParser) -> None:
    """Declare what command ``name`` takes: the options that all have, then its own."""
    parser.add_argument(
        "--stacks", default="stacks", metavar="DIR", help="folder of the configuration (default: stacks)"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="print no progress: only the result and errors")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print more: rows that are left out, and each call to AWS"
    )
    parser.add_argument("--no-color", action="store_true", help="print without colors, as the variable NO_COLOR does")
    if name not in WITHOUT_AWS:
        parser.add_argument(
            "--sandbox",
            action="store_true",
            help="use the embedded AWS of this checkout; it is started if it is not running",
        )
    import_module(module_of(name)).arguments(parser)


def run(argv: list[str]) -> int:
    """Run one command line and return its exit code: 0 done, 1 failed, 2 usage or configuration, 3 refused."""
    name, options = ALIASES.get(argv[0], argv[0]), argv[1:]
    if name == "--version":
        from importlib.metadata import version

        sys.stdout.write(f"slipway {version('slipway-ecs')}\n")
        return 0
    if name not in COMMANDS:
        sys.stderr.write(_unknown(name))
        return 2
    args = parse(name, options)
    out = Output(json=args.json, quiet=args.quiet)
    if args.no_color:
        os.environ["NO_COLOR"] = "1"
    if args.verbose:
        _print_calls()
    try:
        if name not in WITHOUT_AWS and args.sandbox:
            from generator.cli.sandbox import prepare_for, use

            use(args, out)
            failed = prepare_for(args, out)
            if failed:
                return failed
        code: int = import_module(module_of(name)).run(args, out)
    except UsageError as error:
        out.error(str(error))
        return 2
    except BuildError as error:
        out.error(str(error))
        return 1
    return code


def _print_calls() -> None:
    """Each call to AWS on standard error, by service, operation and time; parameters may hold secrets."""
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    calls = logging.getLogger("slipway.calls")
    calls.handlers = [handler]
    calls.setLevel(logging.DEBUG)
    calls.propagate = False


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    from generator.safe_text import plain

    if name.startswith("-"):
        return f"slipway: the command comes first, then its options; see `slipway --help` (got {plain(name)})\n"
    near = get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean `slipway {near[0]}`?" if near else "see `slipway --help`"
    return f"slipway: no command is called {name!r}; {hint}\n"
