"""Deferred imports: a stand-in module that loads the real one when an attribute of it is first used."""

import importlib
import re
import sys
from types import ModuleType
from typing import Any


class _Deferred(ModuleType):
    """Stands in ``sys.modules`` for a module that most runs never use.

    ``importlib.util.LazyLoader`` can't do this: the import statement itself reads ``__spec__`` of a module that it
    finds in ``sys.modules``, and a lazy module loads at any attribute.
    """

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def defer(name: str) -> None:
    """Make the next ``import name`` cost nothing until the module is used; no effect if it is loaded already."""
    sys.modules.setdefault(name, _Deferred(name))


def without(missing: str, name: str) -> None:
    """Import module ``name`` as if ``missing`` were not installed; no effect if either is loaded already.

    For libraries that take the standard library instead. Afterwards ``missing`` can be imported as ever.
    """
    if missing in sys.modules or name in sys.modules:
        return
    sys.modules[missing] = None  # type: ignore[assignment]
    try:
        importlib.import_module(name)
    finally:
        del sys.modules[missing]


class _Pattern:
    """Stands for a compiled pattern until something is asked of it."""

    def __init__(self, *given: Any) -> None:
        self._given = given

    def __getattr__(self, name: str) -> Any:
        found = getattr(_compile(*self._given), name)
        setattr(self, name, found)
        return found


_compile: Any = re.compile


def with_late_patterns(name: str) -> None:
    """Import package ``name`` so that its regular expressions are compiled when they are first used; no effect if loaded."""
    if name in sys.modules:
        return

    def compile_(*given: Any) -> Any:
        ours = sys._getframe(1).f_globals.get("__name__", "").partition(".")[0] == name  # noqa: SLF001 - who asks
        return _Pattern(*given) if ours else _compile(*given)

    re.compile = compile_  # type: ignore[assignment]
    try:
        importlib.import_module(name)
    finally:
        re.compile = _compile
