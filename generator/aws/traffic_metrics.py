"""What CloudWatch knows of the traffic to a target group.

Source: Elastic Load Balancing User Guide for Application Load Balancers, CloudWatch metrics: RequestCount,
HTTPCode_Target_5XX_Count and TargetResponseTime by LoadBalancer and TargetGroup, once a minute, each reported only if
there is a nonzero value. The alarms of ``templates/service/alarms.py`` read the same.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from generator.aws.api_client import Api, ApiError
from generator.release.errors import Denied, Unavailable
from generator.release.model.observed import Traffic

_PERIOD = 60
_STATISTICS = {"RequestCount": "Sum", "HTTPCode_Target_5XX_Count": "Sum", "TargetResponseTime": "p99"}


class MeasuredTargetGroup(NamedTuple):
    """A target group (ARN) and its load balancer as CloudWatch names it: ``app/shared/5678``."""

    group: str
    balancer: str


def balancer(elb: Api, group: str) -> str:
    """The load balancer that serves a target group; "" for none, or if there is no such group."""
    try:
        rows = elb("describe_target_groups", TargetGroupArns=[group])["TargetGroups"]
    except ApiError as error:
        if error.code in {"TargetGroupNotFound", "TargetGroupNotFoundException"}:
            return ""
        raise
    # A target group belongs to one load balancer (ELB API Reference: TargetGroup).
    arns = [arn for row in rows for arn in row.get("LoadBalancerArns") or ()]
    return arns[0].partition(":loadbalancer/")[2] if arns else ""


def traffic(cloudwatch: Api, served: Sequence[MeasuredTargetGroup], since: float, now: float) -> list[Traffic]:
    """GetMetricData, once for all groups. AWS charges by metric, three for each group.

    Raises:
        Denied: no right to it.
        Unavailable: CloudWatch does not answer, or not for a metric.
    """
    keys = {f"m{index}{name.lower()}": (one, name) for index, one in enumerate(served) for name in _STATISTICS}
    rows = cloudwatch.pages(
        "get_metric_data",
        "MetricDataResults",
        StartTime=datetime.fromtimestamp(since, UTC),
        EndTime=datetime.fromtimestamp(now, UTC),
        MetricDataQueries=[_query(id_, one, name) for id_, (one, name) in keys.items()],
    )
    values: dict[str, list[float]] = {}
    for row in rows:
        if row.get("StatusCode") == "Forbidden":
            raise Denied("CloudWatch denies access to the load balancer's metrics; allow cloudwatch:GetMetricData")
        if row.get("StatusCode") == "InternalError":
            raise Unavailable("CloudWatch could not read the load balancer's metrics; try again")
        values.setdefault(row["Id"], []).extend(float(value) for value in row.get("Values") or ())
    found = []
    for index, one in enumerate(served):
        counted, failed, slow = (values.get(f"m{index}{name.lower()}", []) for name in _STATISTICS)
        requests = round(sum(counted)) or None
        found.append(
            Traffic(
                group=one.group,
                seconds=max(0.0, now - since),
                requests=requests,
                errors=round(sum(failed)) if requests is not None else None,
                # Percentiles of several minutes make no percentile: the worst minute is told.
                latency=max(slow) if slow and requests is not None else None,
            )
        )
    return found


def _query(id_: str, one: MeasuredTargetGroup, name: str) -> dict[str, Any]:
    dimensions = {"LoadBalancer": one.balancer, "TargetGroup": one.group.rpartition(":")[2]}
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/ApplicationELB",
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": _PERIOD,
            "Stat": _STATISTICS[name],
        },
    }
