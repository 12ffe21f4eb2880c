"""The resource schemas that cfn-lint carries: what a type's properties are, and which replace the resource.

Read straight from the package's data files, one type at a time, without importing cfn-lint (which takes half a
second). Source: AWS CloudFormation CLI User Guide, "Resource type schema".
"""

from __future__ import annotations

import importlib.util
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from generator.sandbox.server.errors import AwsError

_REGION = "us-east-1"  # the types and their schemas differ by region in no way that matters to us


@lru_cache(maxsize=1)
def _folder() -> Path:
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        raise AwsError(
            "InternalFailure",
            "the sandbox needs cfn-lint, which Slipway's extra `sandbox` installs; see Install in the README",
            500,
        )
    return Path(next(iter(spec.submodule_search_locations))) / "data" / "schemas"


@lru_cache(maxsize=1)
def _index() -> dict[str, str]:
    found: dict[str, str] = json.loads((_folder() / "providers" / f"{_REGION}.json").read_bytes())
    return found


class Schema:
    """One resource type.

    Paths are tuples of keys below the properties, with `*` for any item of a list.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.create_only = _paths(raw.get("createOnlyProperties"))
        self.conditional = _paths(raw.get("conditionalCreateOnlyProperties"))
        self.read_only = _paths(raw.get("readOnlyProperties"))
        self.write_only = _paths(raw.get("writeOnlyProperties"))
        self.primary = _paths(raw.get("primaryIdentifier"))
        self.properties: dict[str, Any] = raw.get("properties", {})
        tagging = raw.get("tagging")
        self.tag_property = ""
        if isinstance(tagging, dict) and tagging.get("taggable", True):
            self.tag_property = str(tagging.get("tagProperty", "/properties/Tags")).rsplit("/", 1)[-1]
        if self.tag_property not in self.properties:
            self.tag_property = "Tags" if "Tags" in self.properties else ""

    def definition(self, node: Any) -> dict[str, Any]:
        """A schema node with its `$ref` followed."""
        seen = 0
        while isinstance(node, dict) and "$ref" in node and seen < 10:
            target: Any = self.raw
            for key in str(node["$ref"]).lstrip("#/").split("/"):
                target = target.get(key, {}) if isinstance(target, dict) else {}
            node, seen = target, seen + 1
        return node if isinstance(node, dict) else {}

    def recreation(self, path: tuple[str | int, ...]) -> str:
        """`Always`, `Conditionally` or `Never`: what a change at this path of the properties does to the resource."""
        if any(_covers(pattern, path) for pattern in self.create_only):
            return "Always"
        if any(_covers(pattern, path) for pattern in self.conditional):
            return "Conditionally"
        return "Never"

    def is_read_only(self, attribute: str) -> bool:
        """Whether an attribute of `Fn::GetAtt` is created by the service, not given in the template."""
        path = tuple(attribute.split("."))
        return path[0] not in self.properties or any(_covers(pattern, path) for pattern in self.read_only)


def _paths(pointers: list[str] | None) -> list[tuple[str, ...]]:
    return [tuple(pointer.split("/")[2:]) for pointer in pointers or []]


def _covers(pattern: tuple[str, ...], path: tuple[str | int, ...]) -> bool:
    """Whether one is a beginning of the other, so that a change at one touches the other."""
    return all(want in ("*", str(got)) for want, got in zip(pattern, path, strict=False))


@lru_cache(maxsize=256)
def schema(type_name: str) -> Schema | None:
    """The schema of a resource type, or None if AWS has no such type."""
    if type_name not in _index():
        return None
    return Schema(json.loads((_folder() / "resources" / f"{_index()[type_name]}.json").read_bytes()))
