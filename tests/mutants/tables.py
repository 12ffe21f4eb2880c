"""Tables at module level and fields of classes, which mutmut passes over: its own operators, and an element left out.

Each mutant is a fork of this process that imports the changed module in place of the file and runs the tests.
"""

import importlib.abc
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import hypothesis  # noqa: F401 - a fork need not load it again
import libcst as cst
import pytest
from mutmut.mutation.mutators import mutation_operators

from tests.mutants.groups import Group
from tests.mutants.result import Result

_FUNCTIONS = (cst.FunctionDef, cst.Import, cst.ImportFrom, cst.Annotation, cst.Decorator)
_SECONDS = 120


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """``(what changed, the changed source)`` for everything of a module that stands outside functions."""
    module = cst.parse_module(source)
    for node in _outside(module):
        for other in _others(node):
            changed = module.deep_replace(node, other).code
            yield f"{_line(module, node)} → {_line(module, other)}", changed


def _outside(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for child in node.children:
        if isinstance(child, _FUNCTIONS):
            continue
        yield child
        yield from _outside(child)


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


def survivors(folder: Path, group: Group) -> Iterator[Result]:
    """One result for each mutant outside functions; one at a time."""
    for path in sorted({found for pattern in group.sources for found in folder.glob(pattern)}):
        name = str(path.relative_to(folder)).removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        for change, source in mutants(path.read_text()):
            killed = _noticed(folder, group, _Changed(name, str(path), source))
            yield Result(str(path.relative_to(folder)), "" if killed else change, killed)


def _noticed(folder: Path, group: Group, changed: _Changed) -> bool:
    """Whether the tests fail with the changed module, or do not end."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os.setpriority(os.PRIO_PROCESS, 0, 10)
        sys.meta_path.insert(0, changed)
        sys.path.insert(0, str(folder))
        signal.alarm(_SECONDS)
        options = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov")
        os._exit(1 if pytest.main([*options, *group.tests]) else 0)
    return os.waitpid(child, 0)[1] != 0
