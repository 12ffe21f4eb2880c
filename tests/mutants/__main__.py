"""``make mutants``: break the code that holds the promise line by line, and list what no test notices."""

import argparse
import json
import re
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.mutants import functions, tables
from tests.mutants.groups import GROUPS, Group
from tests.mutants.result import Result

ROOT = Path(__file__).parents[2]
EXPLAINED = Path(__file__).with_name("survivors.toml")
CACHE = ROOT / ".cache" / "mutants"
_COPY = CACHE / "copy"


class Explanations:
    """Why mutants that live are equivalent, or what killing them would take, by file and change or pattern of changes."""

    def __init__(self, text: str) -> None:
        rows = tomllib.loads(text)["survivor"]
        self.exact = {(row["path"], row["change"]): row["why"] for row in rows if "change" in row}
        self.patterns = [(row["path"], re.compile(row["pattern"]), row["why"]) for row in rows if "pattern" in row]

    def why(self, result: Result) -> str | None:
        """The reason, or None if nobody has said one."""
        exact = self.exact.get((result.path, result.change))
        found = (why for path, rx, why in self.patterns if path == result.path and rx.fullmatch(result.change))
        return exact or next(found, None)


def score(results: Sequence[Result]) -> float:
    """Per cent of mutants that a test noticed; 100 where there is none."""
    return 100.0 * sum(result.killed for result in results) / len(results) if results else 100.0


def table(results: Sequence[Result], explanations: Explanations) -> str:
    """Each module's score, and under it each survivor with its explanation."""
    lines = ["| module | mutants | killed | lives, equivalent or explained |", "|---|---|---|---|"]
    for path in sorted({result.path for result in results}):
        mine = [result for result in results if result.path == path]
        known = sum(not result.killed and explanations.why(result) is not None for result in mine)
        lines.append(f"| `{path}` | {len(mine)} | {score(mine):.1f} % | {known} |")
    lines.append("")
    for result in results:
        if not result.killed:
            lines.append(f"{result.path}: {result.change}")
            lines.append(f"    {explanations.why(result) or 'NOT EXPLAINED'}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the groups that are asked for; 1 if a promised score is missed or a survivor of such a group is not explained."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("groups", nargs="*", default=list(GROUPS), help=f"of {', '.join(GROUPS)}; all if not given")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="a sample: each mutant of this many")
    parser.add_argument("--skip", type=int, default=0, help="another sample: pass over so many before the first")
    parser.add_argument("--functions", action="store_true", help="no tables of modules: much faster")
    parser.add_argument("--again", action="store_true", help="only what lived in the last run of the group")
    parser.add_argument("--survivors", type=Path, help="only what lives in this file, which an earlier run printed")
    parser.add_argument("--tests", nargs="+", help="other tests than the group's: fewer are faster, and notice less")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.groups if name not in GROUPS]
    if unknown:
        parser.error(f"there is no group {unknown[0]}; write one of {', '.join(GROUPS)}")
    explanations, failed = Explanations(EXPLAINED.read_text()), False
    for name in asked.groups:
        began, group = time.monotonic(), GROUPS[name]
        group = group._replace(tests=tuple(asked.tests or group.tests))
        before = _before(name) if asked.again else []
        alone = survivors(asked.survivors.read_text()) if asked.survivors else None
        found = _results(name, group, asked, before, _chosen(asked, before, alone))
        print(f"## {name}: {score(found):.1f} % of {len(found)} in {time.monotonic() - began:.0f} s\n")
        print(table(found, explanations), flush=True)
        open_ones = [r for r in found if not r.killed and explanations.why(r) is None]
        failed |= bool(group.least) and (score(found) < group.least or bool(open_ones))
    return 1 if failed else 0


def survivors(printed: str) -> set[tuple[str, str]]:
    """``(path, change)`` of each survivor that a run printed."""
    return {(found[1], found[2]) for found in re.finditer(r"^(\S+\.py): (.*)\n    ", printed, re.MULTILINE)}


def _before(name: str) -> list[Result]:
    return [Result(*row) for row in json.loads((CACHE / f"{name}.json").read_text())]


def _chosen(
    asked: argparse.Namespace, before: Sequence[Result], alone: set[tuple[str, str]] | None
) -> Callable[[], functions.Chosen]:
    if asked.again:
        alone = {(result.path, result.change) for result in before if not result.killed}
    return lambda: functions.Chosen(asked.every, asked.skip, alone)


def _results(
    name: str,
    group: Group,
    asked: argparse.Namespace,
    before: Sequence[Result],
    chosen: Callable[[], functions.Chosen],
) -> list[Result]:
    """Run one group; what was killed ``before`` and is not tried now stays so."""
    functions.copied(ROOT, _COPY)
    found = [] if asked.functions else list(tables.survivors(_COPY, group, asked.processes, chosen()))
    found += functions.survivors(_COPY, group, asked.processes, chosen())
    tried = {(result.path, result.change) for result in found}
    found = [*(r for r in before if (r.path, r.change) not in tried and r.killed), *found]
    (CACHE / f"{name}.json").write_text(json.dumps(found))
    return found


if __name__ == "__main__":
    sys.exit(main())
