"""CloudWatch: alarms, composite alarms and dashboards.

Putting one overwrites what has the name, so a name that is taken is asked for first, as CloudFormation does.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_GONE = frozenset({"ResourceNotFound", "ResourceNotFoundException", "ResourceNotFoundFault"})
_BOTH = frozenset(
    {"AlarmName", "AlarmDescription", "ActionsEnabled", "AlarmActions", "OKActions", "InsufficientDataActions", "Tags"}
)
_METRIC = _BOTH | {
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "MetricName",
    "Metrics",
    "Namespace",
    "Period",
    "Statistic",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
}
_COMPOSITE = _BOTH | {
    "AlarmRule",
    "ActionsSuppressor",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
}


class _AnyAlarm(ApiProvider):
    """What metric and composite alarms share. `Ref` is the name, `Arn` the ARN."""

    gone = _GONE
    own_tags = False
    kind: str
    listed_as: str

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Put the alarm with its tags."""
        name = props.get("AlarmName") or generated_name(ctx)
        if self._find(ctx, name) is not None:
            raise self.taken(name)
        self.put(ctx, {**props, "AlarmName": name, "Tags": self.tags(ctx, props)})
        return self._made(ctx, name)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Put it again; tags have an API of their own then (PutMetricAlarm, "Tags")."""
        if self._find(ctx, physical_id) is None:
            raise self.absent(physical_id)
        self.put(ctx, {**{key: value for key, value in new.items() if key != "Tags"}, "AlarmName": physical_id})
        made = self._made(ctx, physical_id)
        tags, watch = self.tags(ctx, new), ctx.client("cloudwatch")
        lost = dropped(old.get("Tags", []), tags)
        if lost:
            watch.untag_resource(ResourceARN=made.attributes["Arn"], TagKeys=lost)
        if tags:
            watch.tag_resource(ResourceARN=made.attributes["Arn"], Tags=tags)
        return made

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteAlarms."""
        del props
        ctx.client("cloudwatch").delete_alarms(AlarmNames=[physical_id])

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeAlarms and ListTagsForResource."""
        del props
        found = self._find(ctx, physical_id)
        if found is None:
            raise self.absent(physical_id)
        tags = ctx.client("cloudwatch").list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
        return {**{key: found.get(key) for key in self.known}, "Tags": tags}

    @abc.abstractmethod
    def put(self, ctx: Context, said: dict[str, Any]) -> None:
        """Call the service."""

    def _find(self, ctx: Context, name: str) -> dict[str, Any] | None:
        answer = ctx.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=[self.kind])
        found: list[dict[str, Any]] = answer.get(self.listed_as, [])
        return found[0] if found else None

    def _made(self, ctx: Context, name: str) -> Created:
        return Created(name, {"Arn": f"arn:aws:cloudwatch:{ctx.region}:{ctx.account}:alarm:{name}"})


@provider("AWS::CloudWatch::Alarm")
class Alarm(_AnyAlarm):
    """An alarm on a metric or on metric math."""

    type_name = "AWS::CloudWatch::Alarm"
    known = frozenset(_METRIC)
    kind = "MetricAlarm"
    listed_as = "MetricAlarms"

    def put(self, ctx: Context, said: dict[str, Any]) -> None:
        """PutMetricAlarm."""
        ctx.client("cloudwatch").put_metric_alarm(**said)


@provider("AWS::CloudWatch::CompositeAlarm")
class CompositeAlarm(_AnyAlarm):
    """An alarm on other alarms."""

    type_name = "AWS::CloudWatch::CompositeAlarm"
    known = frozenset(_COMPOSITE)
    kind = "CompositeAlarm"
    listed_as = "CompositeAlarms"

    def put(self, ctx: Context, said: dict[str, Any]) -> None:
        """PutCompositeAlarm."""
        ctx.client("cloudwatch").put_composite_alarm(**said)


@provider("AWS::CloudWatch::Dashboard")
class Dashboard(ApiProvider):
    """`Ref` is the name."""

    type_name = "AWS::CloudWatch::Dashboard"
    known = frozenset({"DashboardName", "DashboardBody", "Tags"})
    gone = _GONE | {"DashboardNotFoundError"}
    own_tags = False

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """PutDashboard."""
        name = props.get("DashboardName") or generated_name(ctx)
        watch = ctx.client("cloudwatch")
        if any(entry["DashboardName"] == name for entry in self._list(ctx, name)):
            raise self.taken(name)
        watch.put_dashboard(DashboardName=name, DashboardBody=props["DashboardBody"], Tags=self.tags(ctx, props))
        return Created(name, {})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """PutDashboard again."""
        watch = ctx.client("cloudwatch")
        arn = watch.get_dashboard(DashboardName=physical_id)["DashboardArn"]
        watch.put_dashboard(DashboardName=physical_id, DashboardBody=new["DashboardBody"])
        tags = self.tags(ctx, new)
        lost = dropped(old.get("Tags", []), tags)
        if lost:
            watch.untag_resource(ResourceARN=arn, TagKeys=lost)
        if tags:
            watch.tag_resource(ResourceARN=arn, Tags=tags)
        return Created(physical_id, {})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteDashboards."""
        del props
        ctx.client("cloudwatch").delete_dashboards(DashboardNames=[physical_id])

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetDashboard and ListTagsForResource."""
        del props
        watch = ctx.client("cloudwatch")
        found = watch.get_dashboard(DashboardName=physical_id)
        tags = watch.list_tags_for_resource(ResourceARN=found["DashboardArn"])["Tags"]
        return {**picked(found, "DashboardName", "DashboardBody"), "Tags": tags}

    def _list(self, ctx: Context, name: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = ctx.client("cloudwatch").list_dashboards(DashboardNamePrefix=name)[
            "DashboardEntries"
        ]
        return entries
