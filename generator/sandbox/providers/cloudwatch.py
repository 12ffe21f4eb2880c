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
        f"{_ALARM} ComparisonOperator DatapointsToAlarm Dimensions EvaluateLowSampleCountPercentile EvaluationPeriods "
        "ExtendedStatistic MetricName Metrics Namespace Period Statistic Threshold ThresholdMetricId TreatMissingData Unit",
        create="put_metric_alarm",
        read="describe_alarms",
        found="MetricAlarms",
        update="put_metric_alarm",
        delete="delete_alarms",
        name="AlarmName",
        key="AlarmName",
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
        f"{_ALARM} ActionsSuppressor ActionsSuppressorExtensionPeriod ActionsSuppressorWaitPeriod AlarmRule",
        create="put_composite_alarm",
        read="describe_alarms",
        found="CompositeAlarms",
        update="put_composite_alarm",
        delete="delete_alarms",
        name="AlarmName",
        key="AlarmName",
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
        "DashboardBody DashboardName",
        create="put_dashboard",
        read="get_dashboard",
        found="",
        update="put_dashboard",
        delete="delete_dashboards",
        name="DashboardName",
        key="DashboardName",
        gone=f"{_GONE} DashboardNotFoundError",
        overwrites=True,
        tags=Tags(of="DashboardArn"),
        own_tags=False,
    ),
)
