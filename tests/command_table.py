"""The table of commands in README.md, from the commands themselves.

``python -m tests.command_table`` writes it, ``--check`` says whether it is stale. The usage stands at the beginning of a
command's module, between double backticks; what it does is its line in ``generator.cli.COMMANDS``.
"""

import ast
import re
import sys
from pathlib import Path

from generator.cli import ALIASES, COMMANDS, module_of

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
_OPEN, _CLOSE = "<!-- commands -->", "<!-- /commands -->"


def usages(name: str) -> list[str]:
    """How a command is called, as the first line of its module says it: ``slipway diff RELEASE``."""
    source = (ROOT / f"{module_of(name).replace('.', '/')}.py").read_text()
    first = (ast.get_docstring(ast.parse(source)) or "").split("\n", 1)[0]
    return [usage for usage in re.findall(r"``([^`]+)``", first.partition("``: ")[0] + "``") if "slipway " in usage]


def table() -> str:
    """The table, a row for each command."""
    rows = ["| command | does |", "|---|---|"]
    for name, summary in COMMANDS.items():
        called = " or ".join(f"`{usage}`" for usage in usages(name)).replace("|", r"\|")
        also = "".join(f" (`{alias}` is the same)" for alias, same in ALIASES.items() if same == name)
        rows.append(f"| {called} | {summary}{also} |")
    return "\n".join(rows)


def expected() -> str:
    """README.md with today's table."""
    before, _, rest = README.read_text().partition(_OPEN)
    return f"{before}{_OPEN}\n\n{table()}\n\n{_CLOSE}{rest.partition(_CLOSE)[2]}"


def main() -> int:
    """Write, or with ``--check`` tell."""
    if README.read_text() == expected():
        return 0
    if "--check" in sys.argv:
        print("README.md: the table of commands is stale; run `make fresh-write`", file=sys.stderr)  # noqa: T201
        return 1
    README.write_text(expected())
    return 0


if __name__ == "__main__":
    sys.exit(main())
