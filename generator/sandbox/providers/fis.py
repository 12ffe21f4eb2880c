"""FIS experiment templates. `Ref` is the template's id."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, named_as
from generator.sandbox.providers.api_provider import ApiProvider, listed, picked
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_SAID = (
    "Actions", "Description", "ExperimentOptions", "ExperimentReportConfiguration", "LogConfiguration", "RoleArn",
    "StopConditions", "Targets",
)  # fmt: skip


@provider("AWS::FIS::ExperimentTemplate")
class ExperimentTemplate(ApiProvider):
    """Its tags are a map, and CloudFormation's names begin with capitals where the API's don't."""

    type_name = "AWS::FIS::ExperimentTemplate"
    known = frozenset({*_SAID, "Tags"})
    gone = frozenset({"ResourceNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateExperimentTemplate."""
        tags = self.tag_map(ctx, {"Tags": listed(props.get("Tags"))})
        made = call(
            ctx, "fis", "create_experiment_template", clientToken=str(uuid.uuid4()), Tags=tags, **picked(props, *_SAID)
        )
        found = made["experimentTemplate"]["id"]
        return Created(found, {"Id": found})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateExperimentTemplate and tags; the options take the mode for empty targets only."""
        said = picked(new, *_SAID)
        if "ExperimentOptions" in said:
            said["ExperimentOptions"] = picked(said["ExperimentOptions"], "EmptyTargetResolutionMode")
        found = call(ctx, "fis", "update_experiment_template", Id=physical_id, **said)["experimentTemplate"]
        client, wanted = ctx.client("fis"), self.tag_map(ctx, {"Tags": listed(new.get("Tags"))})
        if lost := sorted((old.get("Tags") or {}).keys() - wanted.keys()):
            client.untag_resource(resourceArn=found["arn"], tagKeys=lost)
        if wanted:
            client.tag_resource(resourceArn=found["arn"], tags=wanted)
        return Created(physical_id, {"Id": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteExperimentTemplate."""
        del props
        ctx.client("fis").delete_experiment_template(id=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetExperimentTemplate."""
        found = ctx.client("fis").get_experiment_template(id=physical_id)["experimentTemplate"]
        said = {tag["Key"] for tag in listed(props.get("Tags"))}
        tags = {
            key: value
            for key, value in found.get("tags", {}).items()
            if key in said or (not key.startswith("aws:") and key not in ctx.tags)
        }
        return {**named_as(picked(props, *_SAID), found), "Tags": tags}

    def _said_tags(self, ctx: Context, props: dict[str, Any], live: Any) -> Any:
        del ctx, props
        return live
