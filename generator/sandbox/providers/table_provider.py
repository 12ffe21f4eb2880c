"""The providers of the types that tables describe: they refuse what the sandbox does not support, and let a resource do the rest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from generator.sandbox.providers.api_calls import unless_missing
from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.registry import register
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import ResourceTable, tables_in
from generator.sandbox.providers.type_facts import TypeFacts

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.providers.provider import Context, Created

_Class = TypeVar("_Class", bound=type[Resource])


class TableProvider:
    """The provider of one type.

    Args:
        table: The table of the type.
    """

    def __init__(self, table: ResourceTable) -> None:
        self.table = table
        self.resource = Resource
        self._facts = TypeFacts(table)

    def create(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Make the resource.

        Raises:
            ResourceFailure: A property is one that the sandbox does not support, or the name is taken.
            ClientError: The service refused; the engine words it as AWS's handlers do.
        """
        self._check(props)
        return self.resource(ctx, self._facts, props).create()

    def update(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Change it in place.

        Raises:
            ResourceFailure: Code `NotFound` if it was deleted outside of CloudFormation.
        """
        self._check(new)
        return self.resource(ctx, self._facts, new, physical_id, old).update()

    def delete(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Delete it; that it is gone already is fine."""
        resource = self.resource(ctx, self._facts, props, physical_id)
        with unless_missing():
            if resource.there():
                resource.delete()

    def read(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """The live values of what the template says."""
        return self.resource(ctx, self._facts, props, physical_id).read()

    def _check(self, props: dict[str, Any]) -> None:
        strange = ", ".join(sorted(props.keys() - set(self.table.properties.split())))
        if strange:
            text = f"The sandbox does not support {strange} of {self.table.type_name}"
            raise ResourceFailure(f"{text}; leave it out, or deploy to an AWS account")


def surprising(type_name: str) -> Callable[[_Class], _Class]:
    """Let a class do what the table of a type can't say: `@surprising("AWS::EC2::VPC")`.

    Raises:
        KeyError: There is no such table.
    """

    def registered(resource: _Class) -> _Class:
        PROVIDERS[type_name].resource = resource
        return resource

    return registered


PROVIDERS = {
    table.type_name: TableProvider(table)
    for path in sorted((Path(__file__).parent / "tables").glob("*.yaml"))
    for table in tables_in(path)
}
for _name, _provider in PROVIDERS.items():
    register(_name, _provider)
