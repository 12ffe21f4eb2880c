"""EventBridge: rules with their targets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, code_of, picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_DEFAULTS = {"Description": "", "State": "ENABLED"}
_RULE = ("Description", "RoleArn", "ScheduleExpression", "State")


@provider("AWS::Events::Rule")
class Rule(ApiProvider):
    """`Ref` is the name, after `bus|` when the rule is not on the default bus."""

    type_name = "AWS::Events::Rule"
    known = frozenset({"EventBusName", "EventPattern", "Name", "Tags", "Targets", *_RULE})
    gone = frozenset({"ResourceNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """PutRule, then PutTargets."""
        events = ctx.client("events")
        name = props.get("Name") or generated_name(ctx, limit=64)
        try:
            events.describe_rule(Name=name, **picked(props, "EventBusName"))
        except events.exceptions.ClientError as error:
            if code_of(error) not in self.gone:
                raise
        else:
            raise self.taken(name)
        arn = self._put(ctx, name, props, tags=self.tags(ctx, props))
        bus = _bus(props)
        physical_id = name if bus == "default" else f"{bus}|{name}"
        ctx.initiated(physical_id)
        self._targets(ctx, name, {}, props)
        return Created(physical_id, {"Arn": arn})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """PutRule again, targets that differ, and tags."""
        events = ctx.client("events")
        name = physical_id.rpartition("|")[2]
        events.describe_rule(Name=name, **picked(new, "EventBusName"))
        # Ministack keeps what PutRule leaves out; AWS does not ("the old values for those arguments are not kept").
        arn = self._put(ctx, name, {name: default for name, default in _DEFAULTS.items() if name in old} | new)
        self._targets(ctx, name, old, new)
        tags = self.tags(ctx, new)
        lost = dropped(old.get("Tags", []), tags)
        if lost:
            events.untag_resource(ResourceARN=arn, TagKeys=lost)
        events.tag_resource(ResourceARN=arn, Tags=tags)
        return Created(physical_id, {"Arn": arn})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """RemoveTargets, then DeleteRule."""
        events = ctx.client("events")
        name, bus = physical_id.rpartition("|")[2], picked(props, "EventBusName")
        targets = [target["Id"] for target in events.list_targets_by_rule(Rule=name, **bus)["Targets"]]
        if targets:
            events.remove_targets(Rule=name, Ids=targets, **bus)
        events.delete_rule(Name=name, **bus)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeRule, ListTargetsByRule and ListTagsForResource."""
        events = ctx.client("events")
        name, bus = physical_id.rpartition("|")[2], picked(props, "EventBusName")
        found = events.describe_rule(Name=name, **bus)
        return {
            **{key: found.get(key) for key in (*_RULE, "Name", "EventBusName", "EventPattern")},
            "Targets": events.list_targets_by_rule(Rule=name, **bus)["Targets"],
            "Tags": events.list_tags_for_resource(ResourceARN=found["Arn"])["Tags"],
        }

    def _put(self, ctx: Context, name: str, props: dict[str, Any], tags: list[dict[str, str]] | None = None) -> str:
        said = picked(props, "EventBusName", *_RULE)
        if "EventPattern" in props:
            said["EventPattern"] = json.dumps(props["EventPattern"])
        if tags:
            said["Tags"] = tags
        arn: str = ctx.client("events").put_rule(Name=name, **said)["RuleArn"]
        return arn

    def _targets(self, ctx: Context, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        events, bus = ctx.client("events"), picked(new, "EventBusName")
        wanted = new.get("Targets", [])
        kept = {target["Id"] for target in wanted}
        lost = [target["Id"] for target in old.get("Targets", ()) if target["Id"] not in kept]
        answers = []
        if lost:
            answers.append(events.remove_targets(Rule=name, Ids=lost, **bus))
        if wanted:
            answers.append(events.put_targets(Rule=name, Targets=wanted, **bus))
        for answer in answers:
            for entry in answer.get("FailedEntries", ()):
                raise ResourceFailure(f"{entry.get('ErrorMessage', entry['ErrorCode'])}")


def _bus(props: dict[str, Any]) -> str:
    return str(props.get("EventBusName", "default")).rpartition("/")[2]
