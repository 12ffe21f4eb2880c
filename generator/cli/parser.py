"""Builds the argument parser for one command, or for the list of all."""

import argparse
from importlib import import_module
from typing import NoReturn

from generator.cli import COMMANDS
from generator.cli.output import Output
from generator.errors import BuildError, UsageError


class _Parser(argparse.ArgumentParser):
    """Exits with 2 and one sentence that says what to do next."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see `{self.prog} --help`\n")


def parse(argv: list[str]) -> argparse.Namespace:
    """Parse ``argv``; only the module of the named command is imported."""
    parser = _Parser(
        prog="slipway",
        description="Build, lint and release the CloudFormation of an ECS platform.",
        epilog="Example: slipway build prod && slipway lint prod",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    wanted = next((a for a in argv if not a.startswith("-")), None)
    for name, summary in COMMANDS.items():
        command = (
            commands.add_parser(name, help=summary, add_help=False)
            if name != wanted
            else _command(commands, name, summary)
        )
        command.set_defaults(command=name)
    args = parser.parse_args(argv)
    args.argv = argv
    return args


def _command(commands: "argparse._SubParsersAction[_Parser]", name: str, summary: str) -> argparse.ArgumentParser:
    module = import_module(f"generator.cli.{name}")
    parser = commands.add_parser(
        name,
        help=summary,
        description=summary + ".",
        epilog="Examples:\n" + "\n".join(f"  {line}" for line in module.EXAMPLES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--stacks", default="stacks", metavar="DIR", help="folder of the configuration (default: stacks)"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    module.arguments(parser)
    return parser


def run(argv: list[str]) -> int:
    """Run one command line and return its exit code: 0 done, 1 failed, 2 usage or configuration, 3 refused."""
    args = parse(argv)
    if args.version:
        from importlib.metadata import version

        print(version("slipway"))  # noqa: T201 - stdout is data
        return 0
    if args.command is None:
        return run(["--help"])
    out = Output(json=args.json)
    try:
        code: int = import_module(f"generator.cli.{args.command}").run(args, out)
    except UsageError as error:
        out.error(str(error))
        return 2
    except BuildError as error:
        out.error(str(error))
        return 1
    return code
