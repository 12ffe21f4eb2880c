"""The tags of a resource: those of its template, of its stack, and CloudFormation's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, required_of, unless_missing
from generator.sandbox.providers.api_resource import ApiResource
from generator.sandbox.providers.expressions import evaluated, is_text
from generator.sandbox.providers.tags import dropped, listed, tag_member, tags_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.table import Props
    from generator.sandbox.providers.tags import Tag

# They refuse `aws:cloudformation:*` tags from anyone but CloudFormation itself, so there they are missing (docs/sandbox.md).
_NOT_FROM_US = frozenset({"cloudwatch", "s3"})
# Members of the operations for tags that want an ARN, by how their names end.
_ARNS = ("arn", "arns", "resource", "resourcename")


class TaggedResource(ApiResource):
    """What a resource does with tags."""

    def said_tags(self, props: Props) -> list[Tag]:
        """The tags that a template says, of a list or a map."""
        said = props.get(self.table.tags.property) or []
        return listed(said) if isinstance(said, dict) else list(said)

    def wanted_tags(self) -> list[Tag]:
        """The tags of the resource and its stack."""
        tags = listed({**self.ctx.tags, **{tag["Key"]: str(tag["Value"]) for tag in self.said_tags(self.props)}})
        return [tag for tag in tags if self.table.service not in _NOT_FROM_US or not tag["Key"].startswith("aws:")]

    def retag(self, found: Mapping[str, Any]) -> None:
        """Remove the tags that are no longer wanted, and add those that are."""
        tags, wanted = self.table.tags, self.wanted_tags()
        if lost := dropped(self.said_tags(self.old), wanted):
            self._tag_call(tags.remove, found, lost, keys=True)
        if wanted:
            self._tag_call(tags.add, found, wanted)

    def live_tags(self, found: Mapping[str, Any]) -> Any:
        """The tags that the template says and those that somebody else gave, in the template's shape."""
        read, said = self.table.tags.read, self.props[self.table.tags.property]
        shown = {} if read else found
        with unless_missing():
            shown = self._tag_call(read, found, None) if read else found
        live = self.not_ours(tags_in(shown))
        return {tag["Key"]: tag["Value"] for tag in live} if isinstance(said, dict) else live

    def not_ours(self, live: list[Tag]) -> list[Tag]:
        """Live tags without those that only the stack gave."""
        said = {tag["Key"] for tag in self.said_tags(self.props)}
        return [
            tag
            for tag in live
            if tag["Key"] in said or (not tag["Key"].startswith("aws:") and tag["Key"] not in self.ctx.tags)
        ]

    def _tag_call(self, operation: str, found: Mapping[str, Any], value: Any, *, keys: bool = False) -> dict[str, Any]:
        member = tag_member(self.takes(operation).values(), keys=keys)
        *_, resource = (name for name in required_of(self.ctx, self.table.service, operation) if name != member)
        said = {resource: self._tagged_as(resource, found)} | ({member: value} if value and member else {})
        return call(self.ctx, self.table.service, operation, **self.fitting(operation, self.table.always) | said)

    def _tagged_as(self, member: str, found: Mapping[str, Any]) -> Any:
        """What the operations for tags know the resource by: what the table says, or its ARN, or its id."""
        tagged = self.table.tagged
        if tagged and is_text(tagged):
            return evaluated(tagged, self.scope())
        if not tagged and (self.id.startswith("arn:") or not member.lower().endswith(_ARNS)):
            return self.id
        shown = found or self.find()
        return evaluated(tagged, self.scope(shown)) if tagged else self.facts.shown(shown, "Arn")
