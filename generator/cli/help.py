"""``slipway help [WORD]``: what a command takes, or what a word of Slipway means."""

from typing import TYPE_CHECKING

from generator.cli import ALIASES, COMMANDS

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from generator.cli.output import Output

EXAMPLES = [
    "slipway help deploy         # the same as: slipway deploy --help",
    "slipway help change class   # a word of the glossary",
]
DOCUMENTS = ("glossary",)


def arguments(parser: "argparse.ArgumentParser") -> None:
    """Declare the options."""
    parser.add_argument("word", nargs="*", metavar="WORD", help="a command, or a word such as gate, freeze or binding")


def run(args: "argparse.Namespace", out: "Output") -> int:
    """Explain; 2 where nothing is called so."""
    from generator.errors import UsageError

    word = " ".join(args.word).lower()
    if not word:
        out.block(text())
        return 0
    name = ALIASES.get(word, word)
    if name in COMMANDS:
        from generator.cli.parser import parse

        parse(name, ["--help"])
    meanings = glossary()
    found = {term: meaning for term, meaning in meanings.items() if word in (term, *term.split(", "))}
    if not found:
        from difflib import get_close_matches

        known = [*COMMANDS, *(part for term in meanings for part in term.split(", "))]
        near = list(dict.fromkeys(get_close_matches(word, known, n=3)))
        hint = (
            f"did you mean {' or '.join(near)}?" if near else "see `slipway --help`, or docs/glossary.md for the words"
        )
        raise UsageError(f"nothing is called {word!r}; {hint}")
    if out.json:
        from generator.cli.documents.platform_documents import GlossaryDocument

        out.data(GlossaryDocument(words=found))
    else:
        for term, meaning in found.items():
            out.text(f"{term}: {meaning}")
    return 0


def glossary() -> dict[str, str]:
    """The words of docs/glossary.md with their meanings, without marks of Markdown."""
    import re

    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \|$", _page().read_text(), re.MULTILINE)
    plain = re.compile(r"[*`]|\[([^\]]*)\]\([^)]*\)")
    return {term: plain.sub(lambda link: link[1] or "", meaning) for term, meaning in rows}


def _page() -> "Path":
    """The wheel carries the page beside this module; a checkout has it in docs/."""
    from pathlib import Path

    here = Path(__file__)
    carried = here.with_name("glossary.md")
    return carried if carried.exists() else here.parents[2] / "docs" / "glossary.md"


def text() -> str:
    """The list of commands, how to get help on one, and an example."""
    width = max(map(len, COMMANDS)) + 2
    commands = "\n".join(f"  {name:{width}}{summary}" for name, summary in COMMANDS.items())
    return f"""\
usage: slipway COMMAND [OPTION ...]

Build, lint and release the CloudFormation of an ECS platform.

commands:
{commands}

options:
  -h, --help  show this, or with a command what it takes: slipway build --help
  --version   print the version

Each command also takes -q (no progress), -v (each call to AWS) and --no-color.

Example: slipway build prod && slipway lint prod
"""
