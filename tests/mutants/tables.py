"""What mutmut passes over: tables of modules, fields of classes, and decorated functions.

mutmut's own operators, and an element left out. Each mutant is a fork that imports the changed module in place of the file,
and runs the tests; what does not depend on that module was imported before.
"""

import ast
import contextlib
import functools
import importlib
import importlib.abc
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import libcst as cst
import pytest
from mutmut.mutation.mutators import mutation_operators

from tests.mutants import forks
from tests.mutants.functions import Chosen
from tests.mutants.groups import Group
from tests.mutants.result import Result
from tests.mutants.session import OPTIONS

_PASSED_OVER = (cst.Import, cst.ImportFrom, cst.Annotation, cst.Decorator)
_BY_MUTMUT = {"staticmethod", "classmethod"}
_OURS = ("generator", "templates", "bot", "tests")


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """``(what changed, the changed source)`` for everything of a module that mutmut does not change."""
    module = cst.parse_module(source)
    for node in _outside(module):
        for other in _others(node):
            changed = module.deep_replace(node, other).code
            yield f"{_line(module, node)} → {_line(module, other)}", changed


def _outside(node: cst.CSTNode, *, decorated: bool = False) -> Iterator[cst.CSTNode]:
    for child in node.children:
        inside = decorated
        if isinstance(child, cst.FunctionDef) and not decorated:
            inside = _decorated(child)
            if not inside:
                continue
        if isinstance(child, _PASSED_OVER) or _measures(child):
            continue
        yield child
        yield from _outside(child, decorated=inside)


def _decorated(function: cst.FunctionDef) -> bool:
    """Whether mutmut leaves a function alone for its decorators."""
    names = [d.decorator.value for d in function.decorators if isinstance(d.decorator, cst.Name)]
    return bool(function.decorators) and not (len(function.decorators) == 1 and names and names[0] in _BY_MUTMUT)


def _measures(node: cst.CSTNode) -> bool:
    """``len(…)`` and ``isinstance(…)``: without an argument they fail for sure, so mutmut leaves them out too."""
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value in {"len", "isinstance"}


def _others(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.Set | cst.Dict | cst.Tuple | cst.List) and len(node.elements) > 1:
        for index in range(len(node.elements)):
            yield node.with_changes(elements=[*node.elements[:index], *node.elements[index + 1 :]])
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            yield from operator(node)


def _line(module: cst.Module, node: cst.CSTNode) -> str:
    return " ".join(module.code_for_node(node).split())[:160]


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module another source."""

    def __init__(self, name: str, path: str, source: str) -> None:
        self.name, self.path, self.source = name, path, source

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module itself, and no other."""
        del path, target
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def create_module(self, spec: ModuleSpec) -> None:
        """As Python makes modules."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed source."""
        exec(compile(self.source, self.path, "exec"), module.__dict__)  # noqa: S102 - this is what a mutant is


def survivors(folder: Path, group: Group, processes: int, chosen: Chosen) -> Iterator[Result]:
    """One result for each mutant."""
    jobs = []
    for file in group.files(folder):
        path = str(file.relative_to(folder))
        found = [m for m in mutants(file.read_text()) if chosen.takes(path, m[0])]
        if found:
            jobs.append((file, found))
    if not jobs:
        return
    seconds, loaded = _probed(folder, group)
    known = imports(folder)
    for file, found in jobs:
        path = str(file.relative_to(folder))
        name = module_name(path)
        again_loaded = depending(name, known)
        apart = [m for m in loaded if m not in again_loaded and not m.startswith(("tests.", "_pytest", "pytest"))]
        run = _Run(folder, group, processes, seconds, file, found)
        for (change, _), noticed in run.results(name, apart):
            yield Result(path, change, killed=noticed)


def module_name(path: str) -> str:
    """``a/b.py`` as Python names it."""
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def imports(folder: Path) -> dict[str, set[str]]:
    """What each module of ours imports, packages above it and late imports included."""
    found: dict[str, set[str]] = {}
    for top in _OURS:
        for file in (folder / top).rglob("*.py"):
            name = module_name(str(file.relative_to(folder)))
            names = found.setdefault(name, {name})  # a package that is imported again takes what is in it along
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ImportFrom) and node.module:
                    names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                elif isinstance(node, ast.Import):
                    names |= {alias.name for alias in node.names}
    return found


def depending(name: str, known: dict[str, set[str]]) -> set[str]:
    """The module and all that would have to be imported again after it changed."""
    found, new = {name}, {name}
    while new:
        new = {other for other, names in known.items() if other not in found and _uses(names, new)}
        found |= new
    return found


def _uses(names: set[str], changed: set[str]) -> bool:
    return bool(names & changed) or any(used.startswith(f"{package}.") for used in names for package in changed)


def _probed(folder: Path, group: Group) -> tuple[float, list[str]]:
    """Run the tests as they are: their CPU seconds, and the modules that they load."""
    into = folder / "loaded.json"

    def run() -> int:
        began = time.process_time()
        code = _tested(folder, group)
        into.write_text(json.dumps([time.process_time() - began, sorted(sys.modules)]))
        return code

    ((_, noticed),) = forks.each([("", forks.Job(run, 600))], 1)
    if noticed:
        raise SystemExit("the tests fail without a change; run them first: " + " ".join(group.tests))
    seconds, loaded = json.loads(into.read_text())
    return seconds, loaded


def _tested(folder: Path, group: Group, changed: _Changed | None = None) -> int:
    os.chdir(folder)
    os.environ["CI"] = "1"  # hypothesis takes the same examples each time
    sys.path.insert(0, str(folder))
    if changed is not None:
        sys.meta_path.insert(0, changed)
    return 1 if pytest.main(["-x", *OPTIONS, *group.tests]) else 0


class _Run(NamedTuple):
    """The mutants of one file, and what their tests need."""

    folder: Path
    group: Group
    processes: int
    seconds: float
    file: Path
    found: list[tuple[str, str]]

    def results(self, name: str, apart: Sequence[str]) -> Iterator[tuple[tuple[str, str], bool]]:
        """In a process of its own that loads first what does not depend on the file."""
        into = self.folder / "results.jsonl"

        def run() -> int:
            os.chdir(self.folder)
            sys.path.insert(0, str(self.folder))
            for other in apart:
                with contextlib.suppress(Exception):
                    importlib.import_module(other)
            if name in sys.modules:
                return 1
            with into.open("w") as out:
                for index, noticed in forks.each(enumerate(map(self._job(name), self.found)), self.processes):
                    out.write(json.dumps([index, noticed]) + "\n")
                    out.flush()
            return 0

        ((_, failed),) = forks.each([("", forks.Job(run, 10**6))], 1)
        if failed:
            raise SystemExit(f"{name} was loaded before it was changed")
        for row in into.read_text().splitlines():
            index, noticed = json.loads(row)
            yield self.found[index], noticed

    def _job(self, name: str) -> Callable[[tuple[str, str]], forks.Job]:
        def job(mutant: tuple[str, str]) -> forks.Job:
            changed = _Changed(name, str(self.file), mutant[1])
            return forks.Job(functools.partial(_tested, self.folder, self.group, changed), 10 + 3 * self.seconds)

        return job
