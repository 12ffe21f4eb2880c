"""Systems Manager: parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, dropped, listed, picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_SAID = ("AllowedPattern", "DataType", "Description", "Tier", "Type", "Value")


@provider("AWS::SSM::Parameter")
class Parameter(ApiProvider):
    """`Ref` is the name; its tags are a map, unlike most types'."""

    type_name = "AWS::SSM::Parameter"
    known = frozenset({"Name", "Tags", *_SAID})
    gone = frozenset({"ParameterNotFound", "InvalidResourceId"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """PutParameter; a name that is taken fails."""
        name = props.get("Name") or f"CFN-{generated_name(ctx)}"
        tags = self.tags(ctx, {"Tags": listed(props.get("Tags"))})
        ctx.client("ssm").put_parameter(Name=name, Tags=tags, **picked(props, *_SAID))
        return _made(name, props)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """PutParameter with `Overwrite`, and tags."""
        ssm = ctx.client("ssm")
        ssm.get_parameter(Name=physical_id)
        ssm.put_parameter(Name=physical_id, Overwrite=True, **({"Description": ""} | picked(new, *_SAID)))
        tags = self.tags(ctx, {"Tags": listed(new.get("Tags"))})
        resource = {"ResourceType": "Parameter", "ResourceId": physical_id}
        lost = dropped(listed(old.get("Tags")), tags)
        if lost:
            ssm.remove_tags_from_resource(**resource, TagKeys=lost)
        ssm.add_tags_to_resource(**resource, Tags=tags)
        return _made(physical_id, new)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteParameter."""
        del props
        ctx.client("ssm").delete_parameter(Name=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetParameter and DescribeParameters."""
        ssm = ctx.client("ssm")
        value = ssm.get_parameter(Name=physical_id)["Parameter"]
        rows = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [physical_id]}])["Parameters"]
        tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=physical_id)["TagList"]
        said = props.get("Tags", {})
        mine = [tag for tag in tags if tag["Key"] in said or tag["Key"] not in ctx.tags]
        live = {**(rows[0] if rows else {}), **value}
        return {
            **{key: live.get(key) for key in _SAID},
            "Name": physical_id,
            "Tags": {tag["Key"]: tag["Value"] for tag in mine},
        }


def _made(name: str, props: dict[str, Any]) -> Created:
    return Created(name, {"Type": props["Type"], "Value": props["Value"]})
