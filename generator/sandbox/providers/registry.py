"""Which provider makes which resource type."""

from __future__ import annotations

import importlib
import pkgutil
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Provider

_providers: dict[str, Provider] = {}
_loading = threading.RLock()
_loaded = threading.Event()


def register(name: str, instance: Provider) -> None:
    """Register the provider of a type.

    Raises:
        ValueError: The type has a provider already.
    """
    if name in _providers:
        raise ValueError(f"{name} has two providers: its table is in two files of tables/, or it has a module, too")
    _providers[name] = instance


def load() -> None:
    """Import every module of this package, once."""
    if _loaded.is_set():
        return
    with _loading:
        if _loaded.is_set():
            return
        package = importlib.import_module("generator.sandbox.providers")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
        _loaded.set()


def provider_for(type_name: str) -> Provider | None:
    """The provider of a resource type, or None if the sandbox has none."""
    load()
    return _providers.get(type_name)


def types() -> tuple[str, ...]:
    """Every type that the sandbox can deploy, sorted."""
    load()
    return tuple(sorted(_providers))
