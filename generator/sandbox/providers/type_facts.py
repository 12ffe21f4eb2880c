"""What the schema of a resource type says, so that its table need not: names, attributes, parents, what stays for ever."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation.resource_schemas import Schema, schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.table import Props, ResourceTable

_LIMIT = 255


class TypeFacts:
    """The facts of one type; each is read from the schema when it is first asked for.

    Args:
        table: The table of the type, whose own fields go before the schema.
    """

    def __init__(self, table: ResourceTable) -> None:
        self.table = table
        self.short = table.type_name.rpartition("::")[2]
        self.properties = tuple(table.properties.split())

    @cached_property
    def schema(self) -> Schema:
        """The resource schema; one without any facts for a type that AWS does not have."""
        return schema(self.table.type_name) or Schema({})

    @cached_property
    def name(self) -> str:
        """The property that names the resource: `Name`, or called as the type or its end (`TableName`); "" if none does."""
        ends = {f"{self.short[at:]}Name" for at in range(len(self.short))}
        wanted = {"Name", f"{self.short}Identifier", *ends}
        return self.table.name or next((name for name in self.properties if name in wanted), "")

    @cached_property
    def limit(self) -> int:
        """How long a generated name may be."""
        said = self.schema.definition(self.schema.properties.get(self.name)).get("maxLength", _LIMIT)
        return self.table.limit or int(said)

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """The properties and attributes that identify the resource."""
        return frozenset(path[0] for path in self.schema.primary)

    @cached_property
    def parents(self) -> tuple[str, ...]:
        """The properties that an operation needs beside the id to know the resource."""
        return (*self.table.beside.split(), *sorted(self.identifiers & set(self.properties) - {self.name}))

    @cached_property
    def attributes(self) -> dict[str, str]:
        """The attributes, each with the expression for it; "" for one that the resource shows by its name.

        One that identifies the resource, and is the only one to do so, is the physical id.
        """
        told = [path[0] for path in self.schema.read_only if len(path) == 1]
        given = [name for name in told if name in self.identifiers]
        return {name: "{id}" if given == [name] else "" for name in told} | self.table.attributes

    def without_fixed(self, said: Props) -> Props:
        """Properties without what can't change, as operations that only update take them."""
        fixed = self.schema.create_only
        whole = {path[0] for path in fixed if len(path) == 1}
        parts = {name: {path[1] for path in fixed if path[0] == name and len(path) > 1} for name in said}
        return {
            name: {key: part for key, part in value.items() if key not in parts[name]}
            if isinstance(value, dict)
            else value
            for name, value in said.items()
            if name not in whole
        }

    def shown(self, found: Mapping[str, Any], name: str) -> Any:
        """What a resource shows by a name, with or without the type's own before it: `Arn`, `TableArn`, `trailARN`."""
        for key, value in found.items():
            head, tail = key[: -len(name)].lower(), key[-len(name) :].lower()
            if tail == name.lower() and self.short.lower().endswith(head):
                return value
        return None
