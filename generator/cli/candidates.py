"""What can stand where somebody pressed Tab: names from ``stacks/``, releases from the log.

Nothing here starts a sandbox, prints, or fails: where names can't be had, there are none.
"""

import argparse
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from typing import Any

from generator.cli import ALIASES, COMMANDS
from generator.cli.parser import declare

# Somebody waits with a finger on Tab.
_WITHIN = 3.0
_EARLIER = 10  # releases of the stack whose id was begun


def complete() -> int:
    """Answer the shell's question in ``COMP_LINE``; argcomplete ends the process where one was asked."""
    import argcomplete
    from argcomplete.lexers import split_line

    words = split_line(os.environ.get("COMP_LINE", ""), int(os.environ.get("COMP_POINT", "0")))[3]
    argcomplete.autocomplete(parser_of(words[1] if len(words) > 1 else ""), always_complete_options=False)
    return 1


class _Parser(argparse.ArgumentParser):
    """Gives each argument the names that its metavar stands for."""

    def add_argument(self, *args: Any, **more: Any) -> argparse.Action:
        action = super().add_argument(*args, **more)
        names = [_NAMES[part] for part in str(action.metavar or "").split("|") if part in _NAMES]
        if names:
            # argcomplete asks for this attribute: https://kislyuk.github.io/argcomplete/#specifying-completers
            setattr(action, "completer", _quiet(names))  # noqa: B010 - argparse knows no such attribute
        elif action.option_strings and action.metavar not in {"DIR", "FILE"} and action.choices is None:
            setattr(action, "completer", _quiet([]))  # noqa: B010
        return action


def parser_of(command: str) -> argparse.ArgumentParser:
    """A parser that knows every command by name, and what ``command`` takes; an empty one for what is not a command."""
    parser = argparse.ArgumentParser(prog="slipway", allow_abbrev=False)
    if command and ALIASES.get(command, command) not in COMMANDS:
        return parser
    commands = parser.add_subparsers(parser_class=_Parser)
    for name, summary in COMMANDS.items():
        added = commands.add_parser(name, help=summary, allow_abbrev=False)
        if name == ALIASES.get(command, command):
            declare(name, added)
    return parser


def environments(args: argparse.Namespace, _prefix: str) -> Iterable[str]:
    """The files of ``stacks/environments``."""
    return _files(args, "environments")


def services(args: argparse.Namespace, _prefix: str) -> Iterable[str]:
    """Services and functions, by their files."""
    return [*_files(args, "services"), *_files(args, "functions")]


def stacks(args: argparse.Namespace, _prefix: str) -> Iterable[str]:
    """The stacks of the environment that stands before them; of all where none does."""
    from generator.catalog.release_facts import facts
    from generator.config.read import read_configuration

    keys = [key.partition("/") for key in facts(read_configuration(Path(args.stacks))).stacks]
    named = getattr(args, "env", None)
    return [stack for env, _, stack in keys if not named or env in named]


def people(args: argparse.Namespace, _prefix: str) -> Iterable[str]:
    """Who stands under ``people:``."""
    from generator.config.read import read_configuration

    return list(read_configuration(Path(args.stacks)).platform.people)


def releases(args: argparse.Namespace, prefix: str) -> Iterable[str]:
    """The open release and the last one of each stack; of the stack whose id was begun, earlier ones too."""
    from generator.wiring.composition import Options, compose

    if args.sandbox and not _sandbox(args.stacks):
        return []
    application = compose(Path(args.stacks), Options(sandbox=args.sandbox))
    try:
        slots = application.client.log.slots(list(application.facts.stacks))
        found = dict.fromkeys(id_ for slot in slots.values() for id_ in (slot.open, slot.last) if id_)
        for slot in slots.values():
            stem, _, last = slot.last.rpartition("-")
            if stem and prefix.startswith(f"{stem}-"):
                found |= dict.fromkeys(f"{stem}-{number}" for number in range(int(last), 0, -1)[:_EARLIER])
        return list(found)
    finally:
        application.close()


def _files(args: argparse.Namespace, folder: str) -> list[str]:
    return sorted(path.stem for path in (Path(args.stacks) / folder).glob("*.yaml"))


def _sandbox(folder: str) -> bool:
    """Point boto3 at the sandbox of this checkout if it is running."""
    from generator.sandbox import process

    endpoint = process.find(process.root_of(folder))
    if endpoint is not None:
        os.environ.update(endpoint.environment())
    return endpoint is not None


Names = Callable[[argparse.Namespace, str], Iterable[str]]
# What a metavar stands for.
_NAMES: dict[str, Names] = {
    "ENV": environments,
    "FROM": environments,
    "TO": environments,
    "SERVICE": services,
    "FUNCTION": services,
    "STACK": stacks,
    "PERSON": people,
    "RELEASE": releases,
}


def _quiet(names: list[Names]) -> Callable[..., list[str]]:
    """All of ``names``, as far as they answer in time and without a fault: a message would stand in the command line."""

    def ask(prefix: str, parsed_args: argparse.Namespace, **_: object) -> list[str]:
        found: list[str] = []

        def gather() -> None:
            for name in names:
                try:
                    found.extend(name(parsed_args, prefix))
                except Exception:  # noqa: BLE001, S112 - whatever it is, the command itself will say it
                    continue

        asking = Thread(target=gather, daemon=True)
        asking.start()
        asking.join(_WITHIN)
        return [name for name in list(found) if name.startswith(prefix)]

    return ask
