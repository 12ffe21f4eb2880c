"""The alarms of a service, and which of them stop a rollout.

They have no actions of their own: the environment's observability stack has one composite alarm over them, so that one fault
is one message.
"""

from typing import Any, NamedTuple

from troposphere import GetAtt, Ref
from troposphere import cloudwatch as cw
from troposphere import elasticloadbalancingv2 as elb

from templates.params.health_rule import health_rule
from templates.params.service import ServiceParams
from templates.stack import Stack


class Watch(NamedTuple):
    """One alarm: the metric, how it is read, and when it fires. ``minutes`` is (datapoints, of periods)."""

    title: str
    suffix: str
    metric: str
    statistic: str
    threshold: float
    minutes: tuple[int, int]
    about: str
    comparison: str = "GreaterThanOrEqualToThreshold"
    missing: str = "notBreaching"
    # How the two target groups of a shifting service become one number.
    joined: str = "FILL(m0,0)+FILL(m1,0)"


def traffic_alarms(s: Stack, p: ServiceParams, groups: tuple[elb.TargetGroup, ...]) -> tuple[cw.Alarm, ...]:
    """5xx, latency and unhealthy targets, measured at the load balancer.

    These stop a rollout, so they may not depend on the ECS service: it names them. Dimensions of target group and
    load balancer do not; where traffic shifts, both groups count.
    """
    limits = p.spec.alarms
    ill = health_rule(p.spec).datapoints
    watches = (
        Watch(
            "Errors", "5xx", "HTTPCode_Target_5XX_Count", "Sum", limits.errors_5xx, (2, 3),
            f"{p.name} answers {limits.errors_5xx} or more requests a minute with 5xx. Look at its log group, or roll back.",
        ),
        Watch(
            "Latency", "latency", "TargetResponseTime", "p99", limits.latency_p99_seconds, (3, 5),
            f"One in a hundred requests to {p.name} takes {limits.latency_p99_seconds:g} s or more. Look at cpu and database.",
            joined="MAX([FILL(m0,0),FILL(m1,0)])",
        ),
        Watch(
            "Unhealthy", "unhealthy", "UnHealthyHostCount", "Maximum", 1, (ill, ill),
            f"A task of {p.name} fails {p.spec.health_check.path}. Look at its stopped tasks and log group.",
        ),
    )  # fmt: skip
    return tuple(_add(s, p, watch, _target_metric(s, watch, groups)) for watch in watches)


def task_alarms(s: Stack, p: ServiceParams, dimensions: list[cw.MetricDimension]) -> tuple[cw.Alarm, ...]:
    """CPU, memory, and no running task at all; measured by ECS."""
    limits = p.spec.alarms
    watches = [
        Watch(
            "Cpu", "cpu", "CPUUtilization", "Average", limits.cpu_percent, (5, 5),
            f"{p.name} uses {limits.cpu_percent} % of its CPU or more. Raise scaling.max or cpu.",
        ),
        Watch(
            "Memory", "memory", "MemoryUtilization", "Average", limits.memory_percent, (3, 3),
            f"{p.name} uses {limits.memory_percent} % of its memory or more. Raise memory before tasks are killed.",
        ),
    ]  # fmt: skip
    if p.spec.scaling.min > 0:
        watches.append(
            # Each running task reports once a minute, so the number of samples is the number of tasks (Amazon ECS
            # Developer Guide: Service RUNNING task count); Container Insights would cost money for the same.
            Watch(
                "NoTask", "no-task", "CPUUtilization", "SampleCount", 1, (3, 3),
                f"No task of {p.name} is running. Look at its service events and stopped tasks.",
                comparison="LessThanThreshold", missing="breaching",
            )
        )  # fmt: skip
    return tuple(_add(s, p, w, _plain("AWS/ECS", w, dimensions)) for w in watches)


def alarm_name(p: ServiceParams, suffix: str) -> str:
    """``slipway-prod-app-5xx``: what people read in the notification."""
    return f"{p.scope.prefix}-{p.name}-{suffix}"


def _add(s: Stack, p: ServiceParams, watch: Watch, measured: dict[str, Any]) -> cw.Alarm:
    needed, periods = watch.minutes
    alarm = cw.Alarm(
        f"{watch.title}Alarm",
        AlarmName=alarm_name(p, watch.suffix),
        AlarmDescription=watch.about,
        ComparisonOperator=watch.comparison,
        Threshold=watch.threshold,
        DatapointsToAlarm=needed,
        EvaluationPeriods=periods,
        TreatMissingData=watch.missing,
        **measured,
    )
    return s.add(alarm, watch.about)


def _plain(namespace: str, watch: Watch, dimensions: list[cw.MetricDimension]) -> dict[str, Any]:
    kind = "ExtendedStatistic" if watch.statistic.startswith("p") else "Statistic"
    return {
        "Namespace": namespace,
        "MetricName": watch.metric,
        "Dimensions": dimensions,
        "Period": 60,
        kind: watch.statistic,
    }


def _target_metric(s: Stack, watch: Watch, groups: tuple[elb.TargetGroup, ...]) -> dict[str, Any]:
    if len(groups) == 1:
        return _plain("AWS/ApplicationELB", watch, _target_dimensions(s, groups[0]))
    queries = [
        cw.MetricDataQuery(
            Id=f"m{number}",
            ReturnData=False,
            MetricStat=cw.MetricStat(
                Metric=cw.Metric(
                    Namespace="AWS/ApplicationELB", MetricName=watch.metric, Dimensions=_target_dimensions(s, group)
                ),
                Period=60,
                Stat=watch.statistic,
            ),
        )
        for number, group in enumerate(groups)
    ]
    return {"Metrics": [*queries, cw.MetricDataQuery(Id="both", Expression=watch.joined, ReturnData=True)]}


def _target_dimensions(s: Stack, group: elb.TargetGroup) -> list[cw.MetricDimension]:
    balancer: Ref = s.need("LoadBalancerFullName", about="Name of the load balancer as CloudWatch knows it")
    return [
        cw.MetricDimension(Name="LoadBalancer", Value=balancer),
        cw.MetricDimension(Name="TargetGroup", Value=GetAtt(group, "TargetGroupFullName")),
    ]
