"""Functions and methods, by mutmut: it keeps all mutants of a function in one file and forks a test run for each."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.mutants.groups import Group
from tests.mutants.result import Result

_COPIED = ("generator", "templates", "stacks", "bot", "app", "tests", "docs")
_PLUGINS_OFF = ("no:cacheprovider", "no:xdist", "no:cov")
_SECTION = """
[tool.mutmut]
source_paths = ["generator", "templates"]
only_mutate = {sources}
also_copy = ["stacks", "bot", "app", "docs"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = {plugins}
track_dependencies = false
use_git_change_detection = false
"""


def copied(root: Path, into: Path, group: Group) -> None:
    """A copy of the repository in which mutmut may write, with its settings for this group."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for name in _COPIED:
        shutil.copytree(root / name, into / name, ignore=shutil.ignore_patterns("__pycache__"))
    plugins = [part for plugin in _PLUGINS_OFF for part in ("-p", plugin)]
    settings = _SECTION.format(
        sources=json.dumps(group.sources), tests=json.dumps(group.tests), plugins=json.dumps(plugins)
    )
    (into / "pyproject.toml").write_text((root / "pyproject.toml").read_text() + settings)


def survivors(folder: Path, processes: int) -> Iterator[Result]:
    """One result for each mutant of a function; a mutant that no test reaches counts as one that survived."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [str(Path(sys.executable).with_name("mutmut"))]
    run = subprocess.run(
        [*command, "run", "--max-children", str(processes)],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise SystemExit(f"mutmut did not run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    for meta in sorted((folder / "mutants").rglob("*.py.meta")):
        path = str(meta.relative_to(folder / "mutants")).removesuffix(".meta")
        codes = json.loads(meta.read_text())["exit_code_by_key"]
        for key, code in codes.items():
            lives = code in (0, 5, 33)
            change = _change(command, folder, environment, key) if lives else ""
            yield Result(path, change, killed=not lives)


def _change(command: list[str], folder: Path, environment: dict[str, str], key: str) -> str:
    """The line before and the line after, as ``mutmut show`` prints them."""
    shown = subprocess.run(
        [*command, "show", key], cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout
    lines = [line for line in shown.splitlines() if line[:1] in "-+" and not line.startswith(("---", "+++"))]
    return " → ".join(line[1:].strip() for line in lines)
