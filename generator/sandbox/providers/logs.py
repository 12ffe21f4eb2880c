"""CloudWatch Logs: groups, metric filters and resource policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, deep, lower_first
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped, listed

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_GONE = frozenset({"ResourceNotFoundException"})


def _arn(ctx: Context, name: str) -> str:
    return f"arn:aws:logs:{ctx.region}:{ctx.account}:log-group:{name}"


@provider("AWS::Logs::LogGroup")
class LogGroup(ApiProvider):
    """`Ref` is the name; `Arn` ends in `:*`, as the API's `arn` does."""

    type_name = "AWS::Logs::LogGroup"
    known = frozenset({"LogGroupName", "RetentionInDays", "KmsKeyId", "LogGroupClass", "Tags"})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateLogGroup, then PutRetentionPolicy."""
        name = props.get("LogGroupName") or generated_name(ctx, limit=512)
        said = {"kmsKeyId": props.get("KmsKeyId"), "logGroupClass": props.get("LogGroupClass")}
        logs = ctx.client("logs")
        logs.create_log_group(
            logGroupName=name, tags=self.tag_map(ctx, props), **{key: value for key, value in said.items() if value}
        )
        if "RetentionInDays" in props:
            logs.put_retention_policy(logGroupName=name, retentionInDays=int(props["RetentionInDays"]))
        return self._made(ctx, name)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Retention, key and tags."""
        logs = ctx.client("logs")
        self._group(ctx, physical_id)
        if "RetentionInDays" in new:
            logs.put_retention_policy(logGroupName=physical_id, retentionInDays=int(new["RetentionInDays"]))
        elif "RetentionInDays" in old:
            logs.delete_retention_policy(logGroupName=physical_id)
        if new.get("KmsKeyId") and new["KmsKeyId"] != old.get("KmsKeyId"):
            logs.associate_kms_key(logGroupName=physical_id, kmsKeyId=new["KmsKeyId"])
        elif old.get("KmsKeyId") and not new.get("KmsKeyId"):
            logs.disassociate_kms_key(logGroupName=physical_id)
        arn = _arn(ctx, physical_id)
        lost = dropped(old.get("Tags", []), self.tags(ctx, new))
        if lost:
            logs.untag_resource(resourceArn=arn, tagKeys=lost)
        logs.tag_resource(resourceArn=arn, tags=self.tag_map(ctx, new))
        return self._made(ctx, physical_id)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteLogGroup."""
        del props
        ctx.client("logs").delete_log_group(logGroupName=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeLogGroups and ListTagsForResource."""
        del props
        group = self._group(ctx, physical_id)
        tags = ctx.client("logs").list_tags_for_resource(resourceArn=_arn(ctx, physical_id))["tags"]
        return {
            "LogGroupName": group["logGroupName"],
            "RetentionInDays": group.get("retentionInDays"),
            "KmsKeyId": group.get("kmsKeyId"),
            "LogGroupClass": group.get("logGroupClass"),
            "Tags": listed(tags),
        }

    def _group(self, ctx: Context, name: str) -> dict[str, Any]:
        groups = ctx.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        found: dict[str, Any] | None = next((group for group in groups if group["logGroupName"] == name), None)
        if found is None:
            raise self.absent(name)
        return found

    def _made(self, ctx: Context, name: str) -> Created:
        return Created(name, {"Arn": f"{_arn(ctx, name)}:*"})


@provider("AWS::Logs::MetricFilter")
class MetricFilter(ApiProvider):
    """`Ref` is the name of the filter."""

    type_name = "AWS::Logs::MetricFilter"
    known = frozenset({"LogGroupName", "FilterName", "FilterPattern", "MetricTransformations"})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """PutMetricFilter."""
        name = props.get("FilterName") or generated_name(ctx, limit=512)
        self._put(ctx, name, props)
        return Created(name, {})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """PutMetricFilter again."""
        self.look(ctx, physical_id, old)
        self._put(ctx, physical_id, new)
        return Created(physical_id, {})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteMetricFilter."""
        ctx.client("logs").delete_metric_filter(logGroupName=props["LogGroupName"], filterName=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeMetricFilters."""
        found = ctx.client("logs").describe_metric_filters(
            logGroupName=props["LogGroupName"], filterNamePrefix=physical_id
        )["metricFilters"]
        one = next((item for item in found if item["filterName"] == physical_id), None)
        if one is None:
            raise self.absent(physical_id)
        return {
            "LogGroupName": one.get("logGroupName", props["LogGroupName"]),
            "FilterName": one["filterName"],
            "FilterPattern": one["filterPattern"],
            "MetricTransformations": [
                deep(item, lambda key: key[:1].upper() + key[1:]) for item in one["metricTransformations"]
            ],
        }

    def _put(self, ctx: Context, name: str, props: dict[str, Any]) -> None:
        ctx.client("logs").put_metric_filter(
            logGroupName=props["LogGroupName"],
            filterName=name,
            filterPattern=props["FilterPattern"],
            metricTransformations=[_transformation(item) for item in props["MetricTransformations"]],
        )


def _transformation(item: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation lists dimensions as Key and Value; the API takes a map."""
    said: dict[str, Any] = {lower_first(key): value for key, value in item.items() if key != "Dimensions"}
    if "defaultValue" in said:
        said["defaultValue"] = float(said["defaultValue"])
    if "Dimensions" in item:
        said["dimensions"] = {one["Key"]: one["Value"] for one in item["Dimensions"]}
    return said


@provider("AWS::Logs::ResourcePolicy")
class ResourcePolicy(ApiProvider):
    """`Ref` is the name of the policy."""

    type_name = "AWS::Logs::ResourcePolicy"
    known = frozenset({"PolicyName", "PolicyDocument"})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """PutResourcePolicy; a name that is taken fails."""
        if self._find(ctx, props["PolicyName"]) is not None:
            raise self.taken(props["PolicyName"])
        return self._put(ctx, props)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """PutResourcePolicy again."""
        del old
        if self._find(ctx, physical_id) is None:
            raise self.absent(physical_id)
        return self._put(ctx, new)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteResourcePolicy."""
        del props
        ctx.client("logs").delete_resource_policy(policyName=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeResourcePolicies."""
        del props
        found = self._find(ctx, physical_id)
        if found is None:
            raise self.absent(physical_id)
        return {"PolicyName": found["policyName"], "PolicyDocument": found["policyDocument"]}

    def _find(self, ctx: Context, name: str) -> dict[str, Any] | None:
        policies = ctx.client("logs").describe_resource_policies()["resourcePolicies"]
        return next((policy for policy in policies if policy["policyName"] == name), None)

    def _put(self, ctx: Context, props: dict[str, Any]) -> Created:
        ctx.client("logs").put_resource_policy(policyName=props["PolicyName"], policyDocument=props["PolicyDocument"])
        return Created(props["PolicyName"], {})
