"""CloudWatch: alarms, composite alarms and dashboards. `Ref` is the name of each.

Putting one overwrites what has the name, so a name that is taken is asked for first, as CloudFormation does.
"""

from __future__ import annotations

from generator.sandbox.providers.table import ResourceTable, Tags
from generator.sandbox.providers.table_provider import register_tables

_ALARM = "ActionsEnabled AlarmActions AlarmDescription AlarmName InsufficientDataActions OKActions"
_ARN = "arn:aws:cloudwatch:{region}:{account}:alarm:{id}"
_GONE = "ResourceNotFound ResourceNotFoundException ResourceNotFoundFault"

register_tables(
    ResourceTable(
        "AWS::CloudWatch::Alarm",
        "cloudwatch",
        "put_metric_alarm describe_alarms put_metric_alarm delete_alarms",
        f"{_ALARM} ComparisonOperator DatapointsToAlarm Dimensions EvaluateLowSampleCountPercentile EvaluationPeriods "
        "ExtendedStatistic MetricName Metrics Namespace Period Statistic Threshold ThresholdMetricId TreatMissingData Unit",
        found="MetricAlarms",
        name="AlarmName",
        attributes={"Arn": _ARN},
        gone=_GONE,
        overwrites=True,
        always={"AlarmTypes": ["MetricAlarm"]},
        tags=Tags(of=_ARN),
        own_tags=False,
    ),
    ResourceTable(
        "AWS::CloudWatch::CompositeAlarm",
        "cloudwatch",
        "put_composite_alarm describe_alarms put_composite_alarm delete_alarms",
        f"{_ALARM} ActionsSuppressor ActionsSuppressorExtensionPeriod ActionsSuppressorWaitPeriod AlarmRule",
        name="AlarmName",
        attributes={"Arn": _ARN},
        gone=_GONE,
        overwrites=True,
        always={"AlarmTypes": ["CompositeAlarm"]},
        tags=Tags(of=_ARN),
        own_tags=False,
    ),
    ResourceTable(
        "AWS::CloudWatch::Dashboard",
        "cloudwatch",
        "put_dashboard get_dashboard put_dashboard delete_dashboards",
        "DashboardBody DashboardName",
        name="DashboardName",
        gone=f"{_GONE} DashboardNotFoundError",
        overwrites=True,
        tags=Tags(of="DashboardArn"),
        own_tags=False,
    ),
)
