"""CloudTrail trails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, flag
from generator.sandbox.providers.api_provider import ApiProvider, dropped, picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_SAID = (
    "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "EnableLogFileValidation", "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail", "IsOrganizationTrail", "KMSKeyId", "S3BucketName", "S3KeyPrefix", "SnsTopicName",
)  # fmt: skip


@provider("AWS::CloudTrail::Trail")
class Trail(ApiProvider):
    """`Ref` is the trail's name."""

    type_name = "AWS::CloudTrail::Trail"
    known = frozenset({*_SAID, "EventSelectors", "IsLogging", "Tags", "TrailName"})
    gone = frozenset({"TrailNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateTrail, and StartLogging if it logs."""
        name = props.get("TrailName") or generated_name(ctx, limit=128)
        call(ctx, "cloudtrail", "create_trail", Name=name, TagsList=self.tags(ctx, props), **picked(props, *_SAID))
        self._rest(ctx, name, props)
        return self._made(ctx, name)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateTrail, logging and tags."""
        made = self._made(ctx, physical_id)
        call(ctx, "cloudtrail", "update_trail", Name=physical_id, **picked(new, *_SAID))
        self._rest(ctx, physical_id, new)
        client, arn = ctx.client("cloudtrail"), made.attributes["Arn"]
        if lost := dropped(old.get("Tags", []), self.tags(ctx, new)):
            client.remove_tags(ResourceId=arn, TagsList=[{"Key": key} for key in lost])
        if tags := self.tags(ctx, new):
            client.add_tags(ResourceId=arn, TagsList=tags)
        return made

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteTrail."""
        del props
        ctx.client("cloudtrail").delete_trail(Name=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetTrail, GetTrailStatus, GetEventSelectors and its tags."""
        del props
        client, trail = ctx.client("cloudtrail"), self._trail(ctx, physical_id)
        tags = client.list_tags(ResourceIdList=[trail["TrailARN"]])["ResourceTagList"]
        return {
            **picked(trail, *_SAID),
            "KMSKeyId": trail.get("KmsKeyId"),
            "EnableLogFileValidation": trail.get("LogFileValidationEnabled"),
            "EventSelectors": client.get_event_selectors(TrailName=physical_id).get("EventSelectors"),
            "IsLogging": client.get_trail_status(Name=physical_id)["IsLogging"],
            "TrailName": trail["Name"],
            "Tags": tags[0]["TagsList"] if tags else [],
        }

    def _trail(self, ctx: Context, name: str) -> dict[str, Any]:
        return dict(ctx.client("cloudtrail").get_trail(Name=name)["Trail"])

    def _made(self, ctx: Context, name: str) -> Created:
        trail = self._trail(ctx, name)
        return Created(name, {"Arn": trail["TrailARN"], "SnsTopicArn": trail.get("SnsTopicARN", "")})

    def _rest(self, ctx: Context, name: str, props: dict[str, Any]) -> None:
        if "EventSelectors" in props:
            call(ctx, "cloudtrail", "put_event_selectors", TrailName=name, EventSelectors=props["EventSelectors"])
        client = ctx.client("cloudtrail")
        if flag(props["IsLogging"]):
            client.start_logging(Name=name)
        else:
            client.stop_logging(Name=name)
