"""Which provider makes which resource type."""

from __future__ import annotations

import importlib
import pkgutil
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.providers.provider import Provider

_Class = TypeVar("_Class", bound="type[Provider]")
_providers: dict[str, Provider] = {}
_loading = threading.RLock()
_loaded = threading.Event()


def provider(*types: str) -> Callable[[_Class], _Class]:
    """Register a class as the provider of these types: `@provider("AWS::EC2::VPC")`. It is made without arguments.

    Raises:
        ValueError: A type has a provider already.
    """

    def registered(cls: _Class) -> _Class:
        instance = cls()
        for name in types:
            register(name, instance)
        return cls

    return registered


def register(name: str, instance: Provider) -> None:
    """Register an instance, for providers that are made with arguments.

    Raises:
        ValueError: The type has a provider already.
    """
    if name in _providers:
        raise ValueError(
            f"{name} has two providers: {type(_providers[name]).__qualname__} and {type(instance).__qualname__}"
        )
    _providers[name] = instance


def load() -> None:
    """Import every module of this package (and of its sub-packages), once."""
    if _loaded.is_set():
        return
    with _loading:
        if _loaded.is_set():
            return
        package = importlib.import_module("generator.sandbox.providers")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
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
