"""Functions and methods, by mutmut: it writes all mutants of a function into one file and chooses one when it is called."""

import difflib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from mutmut.mutation.file_mutation import MutatedFile, mutate_file_contents

from tests.mutants.groups import Group
from tests.mutants.result import Result

_COPIED = ("generator", "templates", "stacks", "bot", "app", "tests", "docs", "pyproject.toml")


class Chosen:
    """Which mutants are tried: each of ``every`` after the first ``skipped``, and if ``alone`` is given those that it names."""

    def __init__(self, every: int = 1, skipped: int = 0, alone: Collection[tuple[str, str]] | None = None) -> None:
        self.every, self.alone, self._asked = every, alone, -skipped

    def takes(self, path: str, change: str) -> bool:
        """Whether to try this one."""
        self._asked += 1
        return self._asked % self.every == 0 and (self.alone is None or (path, change) in self.alone)


def copied(root: Path, into: Path) -> None:
    """A copy of what the tests need, in which files may be changed."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for name in _COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, into / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / name, into / name)


def written(folder: Path, group: Group) -> dict[str, tuple[str, str]]:
    """Write the mutants into the files of the copy; ``(path, what changed)`` by the mutant's name."""
    found: dict[str, tuple[str, str]] = {}
    for file in group.files(folder):
        path = str(file.relative_to(folder))
        mutated = mutate_file_contents(path, file.read_text())
        file.write_text(mutated.code)
        module = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        for name in mutated.mutant_names:
            found[f"{module}.{name}"] = (path, changed(mutated, name))
    return found


def changed(mutated: MutatedFile, name: str) -> str:
    """The lines before and the lines after: ``a < b → a <= b``."""
    lines = mutated.code.splitlines()

    def text(of: str) -> list[str]:
        span = mutated.line_span_by_function_name[of]
        return [line.replace(of, "NAME").strip() for line in lines[span.start - 1 : span.end]]

    # Rows of ``@@`` and the two of names are no change; ndiff would take minutes for a group.
    rows = list(difflib.unified_diff(text(name.rpartition("_")[0] + "_orig"), text(name), n=0, lineterm=""))
    return " → ".join(row[1:] for row in rows[2:] if row[0] in "-+")


def survivors(folder: Path, group: Group, processes: int, chosen: Chosen) -> Iterator[Result]:
    """One result for each mutant of a function; one that no test reaches lives."""
    mutants = written(folder, group)
    names = [name for name, where in mutants.items() if chosen.takes(*where)]
    (folder / "mutants.json").write_text(json.dumps(names))
    command = [sys.executable, "-m", "tests.mutants.session", "mutants.json", "results.jsonl", str(processes)]
    environment = {**os.environ, "CI": "1"}  # hypothesis takes the same examples each time
    run = subprocess.run(
        [*command, *group.tests], cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    if run.returncode:
        raise SystemExit(f"the tests fail without a change:\n{run.stdout[-4000:]}{run.stderr[-2000:]}")
    for row in (folder / "results.jsonl").read_text().splitlines():
        name, noticed = json.loads(row)
        yield Result(*mutants[name], killed=noticed)
