"""``make mutants``: break the code that holds the promise line by line, and list what no test notices."""

import argparse
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tests.mutants import functions, tables
from tests.mutants.groups import GROUPS
from tests.mutants.result import Result

ROOT = Path(__file__).parents[2]
EXPLAINED = Path(__file__).with_name("survivors.toml")


def explanations() -> dict[tuple[str, str], str]:
    """Why a mutant that lives is equivalent, or what killing it would take, by file and change."""
    rows = tomllib.loads(EXPLAINED.read_text())["survivor"]
    return {(row["path"], row["change"]): row["why"] for row in rows}


def score(results: Sequence[Result]) -> float:
    """Per cent of mutants that a test noticed; 100 where there is none."""
    return 100.0 * sum(result.killed for result in results) / len(results) if results else 100.0


def table(results: Sequence[Result], why: dict[tuple[str, str], str]) -> str:
    """Each module's score, and under it each survivor with its explanation."""
    lines = ["| module | mutants | killed |", "|---|---|---|"]
    for path in sorted({result.path for result in results}):
        mine = [result for result in results if result.path == path]
        lines.append(f"| {path} | {len(mine)} | {score(mine):.1f} % |")
    lines.append("")
    for result in results:
        if not result.killed:
            lines.append(f"{result.path}: {result.change}")
            lines.append(f"    {why.get((result.path, result.change), 'NOT EXPLAINED')}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the groups that are asked for; 1 if a promised score is missed or a survivor of such a group is not explained."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("groups", nargs="*", default=list(GROUPS), help=f"of {', '.join(GROUPS)}; all if not given")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.groups if name not in GROUPS]
    if unknown:
        parser.error(f"there is no group {unknown[0]}; write one of {', '.join(GROUPS)}")
    why, failed = explanations(), False
    for name in asked.groups:
        began, group, folder = time.monotonic(), GROUPS[name], ROOT / ".cache" / "mutants" / name
        functions.copied(ROOT, folder, group)
        found = [*tables.survivors(folder, group), *functions.survivors(folder, asked.processes)]
        print(f"## {name}: {score(found):.1f} % of {len(found)} in {time.monotonic() - began:.0f} s\n")
        print(table(found, why))
        open_ones = [r for r in found if not r.killed and (r.path, r.change) not in why]
        failed |= bool(group.least) and (score(found) < group.least or bool(open_ones))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
