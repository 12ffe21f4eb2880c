"""Alarms that CloudWatch refuses, or that can never fire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, items, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

ALARM = "AWS::CloudWatch::Alarm"
API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/"
MONITORING = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
PUT_ALARM = f"Amazon CloudWatch API Reference: PutMetricAlarm, {API}API_PutMetricAlarm.html"
DATA_QUERY = f"Amazon CloudWatch API Reference: MetricDataQuery, {API}API_MetricDataQuery.html"
MATH = f"Amazon CloudWatch User Guide: Using metric math, {MONITORING}using-metric-math.html"
ANOMALY = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")
# Dimension -> type -> the attribute that CloudWatch knows it by (Ref gives an ARN or an id that it does not).
NAMED_BY = {
    "LoadBalancer": {"AWS::ElasticLoadBalancingV2::LoadBalancer": "LoadBalancerFullName"},
    "TargetGroup": {"AWS::ElasticLoadBalancingV2::TargetGroup": "TargetGroupFullName"},
    "ServiceName": {"AWS::ECS::Service": "Name"},
}
_STRINGS = re.compile(r"'[^']*'|\"[^\"]*\"")
_IDS = re.compile(r"(?<![\w.$])[a-z]\w*(?!\w*\s*\()")
_FUNCTIONS = frozenset({"ALARM", "OK", "INSUFFICIENT_DATA", "AT_LEAST", "AND", "OR", "NOT", "TRUE", "FALSE"})


def queries(alarm: Resource) -> list[dict[str, Any]] | None:
    """The metric queries of an alarm; None if they are not all known objects."""
    listed = alarm.get("Metrics")
    if not isinstance(listed, list) or not all(isinstance(query, dict) for query in listed):
        return None
    return listed


@rule(
    "E9580",
    severity="error",
    why="M out of N with M above N can never be reached, and PutMetricAlarm refuses it.",
    source=PUT_ALARM,
    fix="Set DatapointsToAlarm to EvaluationPeriods or less.",
)
def datapoints(view: TemplateView) -> Iterator[Problem]:
    """An alarm needs no more datapoints than it evaluates."""
    for alarm in view.of(ALARM):
        needed, periods = number(alarm.get("DatapointsToAlarm")), number(alarm.get("EvaluationPeriods"))
        if needed is not None and periods is not None and needed > periods:
            yield alarm.problem("DatapointsToAlarm", message=f"{needed:g} datapoints out of {periods:g} periods")


@rule(
    "E9581",
    severity="error",
    why="An alarm watches exactly one series, and ReturnData is true unless it is set to false.",
    source=DATA_QUERY,
    fix="Set ReturnData to true on the one that the alarm watches, and to false on all others.",
)
def one_series(view: TemplateView) -> Iterator[Problem]:
    """Exactly one metric query of an alarm returns data."""
    for alarm in view.of(ALARM):
        flags = [str(query.get("ReturnData", True)).lower() for query in queries(alarm) or ()]
        if not flags or any(flag not in {"true", "false"} for flag in flags):
            continue
        if alarm.get("ThresholdMetricId") is None and flags.count("true") != 1:
            yield alarm.problem("Metrics", message=f"{flags.count('true')} of {len(flags)} queries return data")
        elif flags.count("true") == 0:
            yield alarm.problem("Metrics", message="No query returns data")


@rule(
    "E9582",
    severity="error",
    why="CloudWatch takes periods of 10, 20, 30 and multiples of 60 seconds; cfn-lint looks only at alarms on a single metric.",
    source=PUT_ALARM,
    fix="Use 60 or a multiple of it.",
)
def query_period(view: TemplateView) -> Iterator[Problem]:
    """The period of a metric query is 10, 20, 30 or a multiple of 60 seconds."""
    for alarm in view.of(ALARM):
        for index, query in enumerate(queries(alarm) or ()):
            for path, value in (
                (("MetricStat", "Period"), fields(query.get("MetricStat")).get("Period")),
                (("Period",), query.get("Period")),
            ):
                seconds = number(value)
                if seconds is not None and seconds not in (1, 5, 10, 20, 30) and (seconds < 60 or seconds % 60):
                    yield alarm.problem(
                        "Metrics", index, *path, message=f"A period of {seconds:g} seconds is not possible"
                    )


@rule(
    "E9583",
    severity="error",
    why="CloudWatch looks back at most one day, or seven with periods of an hour and longer.",
    source=PUT_ALARM,
    fix="Take fewer or shorter periods.",
)
def window(view: TemplateView) -> Iterator[Problem]:
    """An alarm's evaluation window is at most a day, or seven with periods of an hour."""
    for alarm in view.of(ALARM):
        periods, seconds = number(alarm.get("EvaluationPeriods")), number(alarm.get("Period"))
        if periods is None or seconds is None:
            continue
        days = 1 if seconds < 3600 else 7
        if periods * seconds > days * 86400:
            message = f"{periods:g} periods of {seconds:g} seconds are more than {days} day{'s' * (days > 1)}"
            yield alarm.problem("EvaluationPeriods", message=message)


@rule(
    "E9584",
    severity="error",
    why="A metric math expression can use only ids of its own alarm; any other fails PutMetricAlarm.",
    source=MATH,
    fix="Add the query under that Id, or correct the expression.",
)
def expression_ids(view: TemplateView) -> Iterator[Problem]:
    """A metric math expression uses ids that its alarm defines."""
    for alarm in view.of(ALARM):
        listed = queries(alarm) or []
        ids = {query.get("Id") for query in listed if isinstance(query.get("Id"), str)}
        if len(ids) != len(listed):
            continue
        for index, query in enumerate(listed):
            expression = query.get("Expression")
            if not isinstance(expression, str) or expression.lstrip().upper().startswith("SELECT"):
                continue
            for name in dict.fromkeys(_IDS.findall(_STRINGS.sub("", expression))):
                if name not in ids:
                    yield alarm.problem("Metrics", index, "Expression", message=f"No query has the Id {name}")


@rule(
    "E9586",
    severity="error",
    why="CloudWatch cannot compare a metric with a threshold without a statistic for its datapoints.",
    source=PUT_ALARM,
    fix="Set Statistic, or ExtendedStatistic for percentiles.",
)
def statistic(view: TemplateView) -> Iterator[Problem]:
    """An alarm on a metric has a statistic."""
    for alarm in view.of(ALARM):
        statistics = [alarm.get(key) for key in ("Statistic", "ExtendedStatistic")]
        if alarm.get("MetricName") is not None and statistics == [None, None]:
            yield alarm.problem("MetricName", message="Neither Statistic nor ExtendedStatistic is set")


@rule(
    "E9587",
    severity="error",
    why="The anomaly operators compare with a band, all others with a number; PutMetricAlarm refuses a mixture.",
    source=f"Amazon CloudWatch User Guide: Anomaly detection alarms, {MONITORING}Create_Anomaly_Detection_Alarm.html",
    fix="Use ThresholdMetricId with an anomaly operator, or Threshold with a plain one.",
)
def threshold(view: TemplateView) -> Iterator[Problem]:
    """Anomaly operators go with ThresholdMetricId, plain ones with Threshold."""
    for alarm in view.of(ALARM):
        operator, band = alarm.get("ComparisonOperator"), alarm.get("ThresholdMetricId")
        if not isinstance(operator, str):
            continue
        if operator in ANOMALY and band is None:
            yield alarm.problem("ComparisonOperator", message=f"{operator} without ThresholdMetricId")
        elif operator not in ANOMALY and band is not None:
            yield alarm.problem("ThresholdMetricId", message=f"ThresholdMetricId with {operator}")


@rule(
    "E9588",
    severity="error",
    why="CloudWatch parses the rule only when the alarm is put, so a mistake fails the deployment.",
    source=f"Amazon CloudWatch API Reference: PutCompositeAlarm, {API}API_PutCompositeAlarm.html",
    fix="Combine ALARM(name), OK(name) and INSUFFICIENT_DATA(name) with AND, OR, NOT and balanced parentheses.",
)
def composite_rule(view: TemplateView) -> Iterator[Problem]:
    """The rule of a composite alarm is well formed."""
    for alarm in view.of("AWS::CloudWatch::CompositeAlarm"):
        said = alarm.get("AlarmRule")
        text = said.text if isinstance(said, Unknown) else said
        alone = isinstance(said, Unknown) and said.target is not None
        if not isinstance(text, str) or alone or "${?}" in text or "${Fn::" in text:
            continue
        bare = re.sub(r"\$\{[^}]*\}", "x", _STRINGS.sub("x", text))
        if bare.count("(") != bare.count(")"):
            yield alarm.problem("AlarmRule", message="The parentheses of the rule are not balanced")
        for name in re.findall(r"([A-Za-z_]+)\s*\(", bare):
            if name.upper() not in _FUNCTIONS:
                yield alarm.problem("AlarmRule", message=f"{name} is not a function of alarm rules")


@rule(
    "E9589",
    severity="error",
    why="CloudWatch knows load balancers and target groups by their full name and services by their name; with an ARN the alarm "
    "never gets data.",
    source="Elastic Load Balancing: CloudWatch metrics for your Application Load Balancer, "
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
    fix="Use Fn::GetAtt with the attribute of the message.",
)
def dimension_value(view: TemplateView) -> Iterator[Problem]:
    """A dimension holds the name that CloudWatch uses, not an ARN."""
    for alarm in view.of(ALARM):
        for path in _dimensions(alarm):
            pair = fields(alarm.get(*path))
            name, value = pair.get("Name"), pair.get("Value")
            resource = view.resource(value)
            expected = NAMED_BY.get(name, {}).get(resource.type) if isinstance(name, str) and resource else None
            if expected and isinstance(value, Unknown) and value.attribute != expected:
                given = f"its {value.attribute}" if value.attribute else "its ARN"
                message = f"{name} is {given}, and CloudWatch wants {resource.id if resource else ''}.{expected}"
                yield alarm.problem(*path, "Value", message=message)


def _dimensions(alarm: Resource) -> Iterator[tuple[str | int, ...]]:
    for place in range(len(items(alarm.get("Dimensions")))):
        yield ("Dimensions", place)
    for index in range(len(items(alarm.get("Metrics")))):
        for place in range(len(items(alarm.get("Metrics", index, "MetricStat", "Metric", "Dimensions")))):
            yield ("Metrics", index, "MetricStat", "Metric", "Dimensions", place)
