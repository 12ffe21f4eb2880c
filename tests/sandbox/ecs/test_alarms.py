"""Alarms over HTTP: metrics change them, and they stop releases and tell people."""

import json
import urllib.parse
import urllib.request
from typing import Any

import pytest

from tests.sandbox.ecs.observations import GRACE, balanced, errors_alarm, names, state


def test_errors_fire_the_alarm_that_rolls_the_release_back(stage: Any) -> None:
    """A user whose release answers 5xx during the bake gets the old one back (Developer Guide, deployment alarms)."""
    ways = stage.balancer()
    stage.behave("app:2", "fails", after=30, failing=["error: no database"])
    errors_alarm(stage, ways)
    advanced = {"alternateTargetGroupArn": ways["green"], "productionListenerRule": ways["rule"], "roleArn": "r"}
    config = {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 10,
        "alarms": {"alarmNames": ["both"], "enable": True, "rollback": True},
    }
    queries: list[dict[str, Any]] = [
        {"Id": f"m{n}", "ReturnData": False, "MetricStat": {"Period": 60, "Stat": "Sum", "Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count", "Dimensions": [names(ways)[0], {"Name": "TargetGroup", "Value": ways[g].rpartition(":")[2]}]}}}
        for n, g in enumerate(("blue", "green"))
    ]  # fmt: skip
    stage.aws("cloudwatch").put_metric_alarm(
        AlarmName="both", Metrics=[*queries, {"Id": "both", "Expression": "FILL(m0,0)+FILL(m1,0)", "ReturnData": True}],
        EvaluationPeriods=3, DatapointsToAlarm=2, Threshold=10, ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )  # fmt: skip
    balancer = balanced(ways)[0] | {"advancedConfiguration": advanced}
    assert stage.serve(stage.define("app:1"), loadBalancers=[balancer], deploymentConfiguration=config) == "SUCCESSFUL"
    row = stage.release("app:2")
    assert row["status"] == "ROLLBACK_SUCCESSFUL"
    assert row["alarms"] == {"status": "TRIGGERED", "alarmNames": ["both"], "triggeredAlarmNames": ["both"]}
    stage.until(lambda: state(stage, "both"), lambda state: state == "OK")
    history = stage.aws("cloudwatch").describe_alarm_history(AlarmName="both", HistoryItemType="StateUpdate")
    assert any("to ALARM" in item["HistorySummary"] for item in history["AlarmHistoryItems"])
    shown = stage.aws("cloudwatch").describe_alarms(AlarmNames=["both"])["MetricAlarms"][0]
    assert [q["Id"] for q in shown["Metrics"]] == ["m0", "m1", "both"]


def test_an_alarm_that_fires_already_does_not_stop_a_release(stage: Any) -> None:
    """A user's release goes on under an alarm that was in ALARM before (Developer Guide, deployment alarms)."""
    stage.aws("cloudwatch").put_metric_alarm(
        AlarmName="odd", Namespace="Own", MetricName="Odd", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="LessThanThreshold", TreatMissingData="breaching",
    )  # fmt: skip
    stage.until(lambda: state(stage, "odd"), lambda state: state == "ALARM")
    config = {"alarms": {"alarmNames": ["odd"], "enable": True, "rollback": True}}
    assert stage.serve(stage.define("app:1"), deploymentConfiguration=config) == "SUCCESSFUL"
    assert stage.release("app:2")["status"] == "SUCCESSFUL"


def test_own_metrics_change_alarms(stage: Any) -> None:
    """A user's own metric fires an alarm with its dimensions only (CloudWatch User Guide, Evaluating an alarm)."""
    watch = stage.aws("cloudwatch")
    for name in ("a", "b"):
        watch.put_metric_alarm(
            AlarmName=name, Namespace="Own", MetricName="Queue", Dimensions=[{"Name": "Queue", "Value": name}],
            Statistic="Maximum", Period=60, EvaluationPeriods=1, Threshold=5,
            ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
        )  # fmt: skip
    stage.until(lambda: (state(stage, "a"), state(stage, "b")), lambda found: found == ("OK", "OK"))
    watch.put_metric_data(Namespace="Own", MetricData=[{"MetricName": "Queue", "Value": 9, "Dimensions": [{"Name": "Queue", "Value": "a"}]}])  # fmt: skip
    stage.until(lambda: (state(stage, "a"), state(stage, "b")), lambda found: found == ("ALARM", "OK"))


def test_a_composite_alarm_stops_a_release_too(stage: Any) -> None:
    """A user may watch several alarms through one composite (CloudWatch User Guide, Create a composite alarm)."""
    watch = stage.aws("cloudwatch")
    watch.put_metric_alarm(
        AlarmName="memory", Namespace="AWS/ECS", MetricName="MemoryUtilization", Statistic="Maximum", Period=60,
        Dimensions=[{"Name": "ClusterName", "Value": "c"}, {"Name": "ServiceName", "Value": "app"}], EvaluationPeriods=1,
        Threshold=70, ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
    )  # fmt: skip
    watch.put_composite_alarm(AlarmName="any", AlarmRule='ALARM("memory")')
    ways = stage.balancer(HealthCheckIntervalSeconds=100)
    stage.behave("app:2", "leaks", after=150)
    config = {"alarms": {"alarmNames": ["any"], "enable": True, "rollback": True}}
    stage.serve(stage.define("app:1"), loadBalancers=balanced(ways), deploymentConfiguration=config, **GRACE)
    row = stage.release("app:2")
    assert (row["status"], row["alarms"]["triggeredAlarmNames"]) == ("ROLLBACK_SUCCESSFUL", ["any"])


def test_an_alarm_notifies_its_topic(stage: Any) -> None:
    """A user subscribed to the alarm's topic gets its message, as CloudWatch sends it (User Guide, alarm actions)."""
    sns, sqs = stage.aws("sns"), stage.aws("sqs")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    ways = stage.balancer()
    errors_alarm(stage, ways, AlarmActions=[topic])
    stage.behave("app:1", "fails", after=60)
    stage.serve(stage.define("app:1"), loadBalancers=balanced(ways))
    got = stage.until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages", []), bool)
    message = json.loads(json.loads(got[0]["Body"])["Message"])
    assert (message["AlarmName"], message["NewStateValue"]) == ("errors", "ALARM")
    assert message["NewStateReason"].startswith("Threshold Crossed: 2 out of the last 3 datapoints")


@pytest.mark.parametrize("sent", ["value", "values", "statistics"])
def test_metrics_may_be_sent_in_every_form(stage: Any, sent: str) -> None:
    """A user's alarm counts single values, values with counts and statistic sets (API Reference, MetricDatum)."""
    forms: dict[str, dict[str, Any]] = {
        "value": {"Value": 12},
        "values": {"Values": [2.0, 4.0], "Counts": [2.0, 2.0]},
        "statistics": {"StatisticValues": {"SampleCount": 4, "Sum": 12, "Minimum": 1, "Maximum": 5}},
    }
    watch = stage.aws("cloudwatch")
    watch.put_metric_alarm(
        AlarmName="sum", Namespace="Own", MetricName="Queue", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=12,
        ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="notBreaching",
    )  # fmt: skip
    watch.put_metric_data(Namespace="Own", MetricData=[{"MetricName": "Queue", **forms[sent]}])
    stage.until(lambda: state(stage, "sum"), lambda state: state == "ALARM")


def test_metric_math_may_come_by_the_query_protocol(stage: Any, sandbox: Any) -> None:
    """A user of an older AWS CLI, which speaks Query, puts the same alarm (API Reference, PutMetricAlarm)."""
    members = {
        "Action": "PutMetricAlarm",
        "Version": "2010-08-01",
        "AlarmName": "math",
        "EvaluationPeriods": "1",
        "Threshold": "5",
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "breaching",
        "Metrics.member.1.Id": "m0",
        "Metrics.member.1.ReturnData": "false",
        "Metrics.member.1.MetricStat.Metric.Namespace": "Own",
        "Metrics.member.1.MetricStat.Metric.MetricName": "Queue",
        "Metrics.member.1.MetricStat.Period": "60",
        "Metrics.member.1.MetricStat.Stat": "Sum",
        "Metrics.member.2.Id": "e",
        "Metrics.member.2.Expression": "FILL(m0, 1)+1",
    }
    credential = "Credential=111122223333/20260101/eu-west-1/monitoring/aws4_request"
    call = urllib.request.Request(  # noqa: S310 - a loopback address
        sandbox.url,
        data=urllib.parse.urlencode(members).encode(),
        headers={"Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"},
    )
    with urllib.request.urlopen(call) as answer:  # noqa: S310 - likewise
        assert answer.status == 200
    stage.until(lambda: state(stage, "math"), lambda state: state == "OK")
    shown = stage.aws("cloudwatch").describe_alarms(AlarmNames=["math"])["MetricAlarms"][0]
    assert [(q["Id"], q["ReturnData"]) for q in shown["Metrics"]] == [("m0", False), ("e", True)]
