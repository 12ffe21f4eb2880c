"""Expressions of the resource tables: JMESPath with functions of ours, or text with JMESPath in braces."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

import jmespath
from jmespath.functions import Functions, signature

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELD = re.compile(r"\{([\w.\[\]]+)\}")


def evaluated(expression: str, scope: Mapping[str, Any]) -> Any:
    """The value of an expression; None for what is not there, which is not text in braces.

    Args:
        expression: Such as `Vpc.VpcId`, `Subnets[].SubnetId` or `arn:aws:s3:::{id}`.
        scope: The names that it knows.
    """
    if is_text(expression):
        return _FIELD.sub(lambda found: str(evaluated(found[1], scope) or ""), expression)
    return _compiled(expression).search(scope, options=_OPTIONS)


def is_text(expression: str) -> bool:
    """Whether it is text with names in braces, which needs nothing of the service."""
    return _FIELD.search(expression) is not None


@functools.cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


class _Functions(Functions):  # type: ignore[misc] # jmespath says nothing of its types
    """What JMESPath lacks. It finds functions by their names, which begin with `_func_`."""

    @signature({"types": ["string"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_split(self, text: str, mark: str) -> list[str]:
        """The parts of a text, of which none is empty."""
        return [part for part in text.split(mark) if part]

    @signature({"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_json(self, text: str) -> Any:
        """The document that a text holds."""
        return json.loads(text)

    @signature({"types": ["array", "null"]}, {"types": ["array", "null"]})  # type: ignore[untyped-decorator]
    def _func_without(self, items: list[Any] | None, others: list[Any] | None) -> list[Any]:
        """The items of a list that are not in another."""
        return [item for item in items or () if item not in (others or ())]

    @signature({"types": ["array", "null"]}, {"types": ["array"]})  # type: ignore[untyped-decorator]
    def _func_among(self, items: list[Any] | None, others: list[Any]) -> list[Any]:
        """The items of a list whose `Key` an item of another has."""
        return [item for item in items or () if item["Key"] in {other["Key"] for other in others}]


_OPTIONS = jmespath.Options(custom_functions=_Functions())
