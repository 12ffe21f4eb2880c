"""What all EC2 types share: `CreateTags` for all of them, and the codes that say that one is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context


class Ec2(ApiProvider):
    """An EC2 type whose tags are all that can change; most are."""

    def tag(self, ctx: Context, resource: str, props: dict[str, Any]) -> None:
        """CreateTags with the stack's tags and the resource's own."""
        if tags := self.tags(ctx, props):
            ctx.client("ec2").create_tags(Resources=[resource], Tags=tags)

    def retag(self, ctx: Context, resource: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """The new tags, and without those that are no longer wanted."""
        if lost := dropped(old.get("Tags", []), self.tags(ctx, new)):
            ctx.client("ec2").delete_tags(Resources=[resource], Tags=[{"Key": key} for key in lost])
        self.tag(ctx, resource, new)

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """The values of `Fn::GetAtt`; raises if the resource is gone."""
        raise NotImplementedError

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Tags."""
        found = Created(physical_id, self.attributes(ctx, physical_id))
        self.retag(ctx, physical_id, old, new)
        return found

    def made(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> Created:
        """Tag a new resource; its attributes."""
        self.tag(ctx, physical_id, props)
        return Created(physical_id, self.attributes(ctx, physical_id))
