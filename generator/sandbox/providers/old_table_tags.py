"""The tags of a resource whose type a table describes."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, members_of, required_of
from generator.sandbox.providers.api_provider import ApiProvider
from generator.sandbox.providers.expressions import evaluated, is_text
from generator.sandbox.providers.tags import dropped, listed, tag_member, tags_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.old_table import ResourceTable
    from generator.sandbox.providers.provider import Context
    from generator.sandbox.providers.tags import Tag

Props = dict[str, Any]


class TaggedProvider(ApiProvider):
    """What a `TableProvider` does with tags.

    Args:
        table: The table of the type.
    """

    def __init__(self, table: ResourceTable) -> None:
        self.table = table
        self.type_name, self.own_tags = table.type_name, table.own_tags
        self.known = frozenset(table.properties.split()) | ({table.tags.property} - {""})
        self.gone = frozenset(table.gone.split())

    def find(self, ctx: Context, physical_id: str, props: Props) -> dict[str, Any]:
        """The resource as its service shows it."""
        raise NotImplementedError

    def scope(self, ctx: Context, physical_id: str, props: Props, found: Mapping[str, Any]) -> dict[str, Any]:
        """What an expression of the table knows."""
        name = re.split("[:/]", physical_id)[-1]
        here = {"account": ctx.account, "region": ctx.region, "token": str(uuid.uuid4())}
        return {**props, **found, **here, "id": physical_id, "name": name}

    def said_tags(self, props: Props) -> list[Tag]:
        """The tags that a template says, of a list or a map."""
        said = props.get(self.table.tags.property) or []
        return listed(said) if isinstance(said, dict) else list(said)

    def wanted_tags(self, ctx: Context, props: Props) -> list[Tag]:
        """The tags of the resource and its stack."""
        return self.tags(ctx, {"Tags": self.said_tags(props)})

    def retag(self, ctx: Context, physical_id: str, old: Props, new: Props, found: Mapping[str, Any]) -> None:
        """Remove the tags that are no longer wanted, and add those that are."""
        tags, wanted = self.table.tags, self.wanted_tags(ctx, new)
        if not is_text(tags.of) and tags.of != "id" and not found:
            found = self.find(ctx, physical_id, new)
        if lost := dropped(self.said_tags(old), wanted):
            self._tag_call(ctx, tags.remove, physical_id, found, lost)
        if wanted:
            self._tag_call(ctx, tags.add, physical_id, found, wanted)

    def live_tags(self, ctx: Context, physical_id: str, props: Props, found: Mapping[str, Any]) -> Any:
        """The tags that the template says and those that somebody else gave, in the template's shape."""
        tags = self.table.tags
        live = tags_in(self._tag_call(ctx, tags.read, physical_id, found, None) if tags.read else found)
        shown = self._said_tags(ctx, {"Tags": self.said_tags(props)}, live)
        return {tag["Key"]: tag["Value"] for tag in shown} if isinstance(props[tags.property], dict) else shown

    def _tag_call(
        self, ctx: Context, operation: str, physical_id: str, found: Mapping[str, Any], value: Any
    ) -> dict[str, Any]:
        takes = members_of(ctx, self.table.service, operation)
        member = tag_member(takes.values())
        constants = {name: value for name, value in self.table.always.items() if name.lower() in takes}
        *_, resource = (name for name in required_of(ctx, self.table.service, operation) if name != member)
        of = evaluated(self.table.tags.of, self.scope(ctx, physical_id, {}, found))
        return call(
            ctx, self.table.service, operation, **(constants | {resource: of} | ({member: value} if value else {}))
        )
