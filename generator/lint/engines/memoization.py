"""Remembers the results of two pure functions inside cfn-lint, for a third of its time.

cfn-lint 1.58 makes a new dataclass for every resource that it validates, by `exec`, although a platform needs a dozen
different ones, and asks `dataclasses.fields` for the same classes hundreds of thousands of times. Where a version has
other insides, nothing is changed. A test holds that findings are the same with and without.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST = 512
_FIELDS_USERS = ("cfnlint.context.context", "cfnlint.jsonschema.validators", "cfnlint.jsonschema._filter")


def install() -> None:
    """Put the memories in place; a second call changes nothing."""
    remembered = lru_cache(_MOST)(dataclasses.fields)
    for name in _FIELDS_USERS:
        module = import_module(name)
        if getattr(module, "fields", None) is dataclasses.fields:
            module.fields = remembered  # type: ignore[attr-defined]
    validators = import_module("cfnlint.jsonschema.validators")
    create = getattr(validators, "create", None)
    if create is not None and not hasattr(create, "remembers"):
        validators.create = remembering(create)  # type: ignore[attr-defined]


def remembering(create: Callable[..., type]) -> Callable[..., type]:
    """``create``, returning the class it made before for equal arguments."""
    made: dict[Any, type] = {}

    def create_once(
        validators: Mapping[str, Any] | None = None,
        function_filter: Any = None,
        fn_resolvers: Mapping[str, Any] | None = None,
    ) -> type:
        # A filter is a dataclass of lists and switches: not hashable, but its repr shows all of it.
        key = (tuple((validators or {}).items()), repr(function_filter), tuple((fn_resolvers or {}).items()))
        if key not in made:
            if len(made) >= _MOST:
                made.clear()
            made[key] = create(validators, function_filter, fn_resolvers)
        return made[key]

    create_once.remembers = made  # type: ignore[attr-defined]
    create_once.__wrapped__ = create  # type: ignore[attr-defined]
    return create_once
