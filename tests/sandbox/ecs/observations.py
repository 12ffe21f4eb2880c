"""What the tests of load balancers and alarms look at."""

from typing import Any

GRACE = {"healthCheckGracePeriodSeconds": 60}


def balanced(ways: dict[str, Any]) -> list[dict[str, Any]]:
    """The load balancer of a service, for CreateService."""
    return [{"targetGroupArn": ways["blue"], "containerName": "app", "containerPort": 8080}]


def health(stage: Any, group: str) -> list[dict[str, Any]]:
    """The health of the targets of a group."""
    rows = stage.aws("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [row["TargetHealth"] for row in rows]


def names(ways: dict[str, Any]) -> list[dict[str, str]]:
    """The dimensions of the load balancer's metrics of the blue group."""
    return [
        {"Name": "LoadBalancer", "Value": ways["lb"].partition(":loadbalancer/")[2]},
        {"Name": "TargetGroup", "Value": ways["blue"].rpartition(":")[2]},
    ]


def errors_alarm(stage: Any, ways: dict[str, Any], **more: Any) -> None:
    """An alarm on ten 5xx answers a minute, in two of three minutes."""
    stage.aws("cloudwatch").put_metric_alarm(
        AlarmName="errors", Namespace="AWS/ApplicationELB", MetricName="HTTPCode_Target_5XX_Count", Dimensions=names(ways),
        Statistic="Sum", Period=60, EvaluationPeriods=3, DatapointsToAlarm=2, Threshold=10,
        ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="notBreaching", **more,
    )  # fmt: skip


def state(stage: Any, name: str = "errors") -> str:
    """The state of an alarm."""
    return str(stage.aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])
