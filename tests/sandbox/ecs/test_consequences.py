"""What scripted images cause: target health, metrics, logs, alarms, events; and what those cause in turn."""

import datetime as dt
import json
import urllib.parse
import urllib.request
from typing import Any

import pytest

GRACE = {"healthCheckGracePeriodSeconds": 60}


def _balanced(ways: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"targetGroupArn": ways["blue"], "containerName": "app", "containerPort": 8080}]


def _health(stage: Any, group: str) -> list[dict[str, Any]]:
    rows = stage.aws("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [row["TargetHealth"] for row in rows]


def _names(ways: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"Name": "LoadBalancer", "Value": ways["lb"].partition(":loadbalancer/")[2]},
        {"Name": "TargetGroup", "Value": ways["blue"].rpartition(":")[2]},
    ]


def _errors_alarm(stage: Any, ways: dict[str, Any], **more: Any) -> None:
    stage.aws("cloudwatch").put_metric_alarm(
        AlarmName="errors", Namespace="AWS/ApplicationELB", MetricName="HTTPCode_Target_5XX_Count", Dimensions=_names(ways),
        Statistic="Sum", Period=60, EvaluationPeriods=3, DatapointsToAlarm=2, Threshold=10,
        ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="notBreaching", **more,
    )  # fmt: skip


def _state(stage: Any, name: str = "errors") -> str:
    return str(stage.aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])


def test_targets_become_healthy_and_drain(stage: Any) -> None:
    """A user sees initial, healthy and draining targets in turn (Elastic Load Balancing User Guide, target health)."""
    ways = stage.balancer()
    stage.control.speed(0.03)
    stage.start(stage.define(), loadBalancers=_balanced(ways))
    stage.until(lambda: _health(stage, ways["blue"]), lambda rows: any(r["State"] == "initial" for r in rows))
    stage.until(lambda: _health(stage, ways["blue"]), lambda rows: [r["State"] for r in rows] == ["healthy"] * 2)
    stage.settle()
    stage.update(taskDefinition=stage.define("app:2"))
    found = stage.until(lambda: _health(stage, ways["blue"]), lambda rows: any(r["State"] == "draining" for r in rows))
    assert {"Target.DeregistrationInProgress", None} >= {
        r.get("Reason") for r in found if r["State"] in {"draining", "healthy"}
    }
    stage.settle()


def test_an_image_that_is_never_healthy_is_rolled_back(stage: Any) -> None:
    """A user whose release fails the load balancer's checks reads so on its tasks (Developer Guide, stopped tasks)."""
    ways = stage.balancer()
    stage.behave("app:2", "never-healthy")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    stage.serve(stage.define("app:1"), loadBalancers=_balanced(ways), deploymentConfiguration=breaker, **GRACE)
    assert stage.release("app:2")["status"] == "ROLLBACK_SUCCESSFUL"
    reasons = {t["stoppedReason"] for t in stage.tasks("STOPPED")}
    assert f"Task failed ELB health checks in (target-group {ways['blue']})" in reasons
    assert [r["State"] for r in _health(stage, ways["blue"])] == ["healthy"] * 2


@pytest.mark.parametrize("grace", [0, 300])
def test_a_slow_image_needs_its_grace_period(stage: Any, grace: int) -> None:
    """A user whose tasks start slowly needs the grace period (API Reference, healthCheckGracePeriodSeconds)."""
    ways = stage.balancer()
    stage.behave("app:2", "slow", seconds=120)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    stage.serve(
        stage.define("app:1"), loadBalancers=_balanced(ways), deploymentConfiguration=breaker,
        healthCheckGracePeriodSeconds=grace,
    )  # fmt: skip
    assert stage.release("app:2")["status"] == ("SUCCESSFUL" if grace else "ROLLBACK_SUCCESSFUL")


def test_errors_fire_the_alarm_that_rolls_the_release_back(stage: Any) -> None:
    """A user whose release answers 5xx during the bake gets the old one back (Developer Guide, deployment alarms)."""
    ways = stage.balancer()
    stage.behave("app:2", "fails", after=30, failing=["error: no database"])
    _errors_alarm(stage, ways)
    advanced = {"alternateTargetGroupArn": ways["green"], "productionListenerRule": ways["rule"], "roleArn": "r"}
    config = {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 10,
        "alarms": {"alarmNames": ["both"], "enable": True, "rollback": True},
    }
    queries: list[dict[str, Any]] = [
        {"Id": f"m{n}", "ReturnData": False, "MetricStat": {"Period": 60, "Stat": "Sum", "Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count", "Dimensions": [_names(ways)[0], {"Name": "TargetGroup", "Value": ways[g].rpartition(":")[2]}]}}}
        for n, g in enumerate(("blue", "green"))
    ]  # fmt: skip
    stage.aws("cloudwatch").put_metric_alarm(
        AlarmName="both", Metrics=[*queries, {"Id": "both", "Expression": "FILL(m0,0)+FILL(m1,0)", "ReturnData": True}],
        EvaluationPeriods=3, DatapointsToAlarm=2, Threshold=10, ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )  # fmt: skip
    balancer = _balanced(ways)[0] | {"advancedConfiguration": advanced}
    assert stage.serve(stage.define("app:1"), loadBalancers=[balancer], deploymentConfiguration=config) == "SUCCESSFUL"
    row = stage.release("app:2")
    assert row["status"] == "ROLLBACK_SUCCESSFUL"
    assert row["alarms"] == {"status": "TRIGGERED", "alarmNames": ["both"], "triggeredAlarmNames": ["both"]}
    stage.until(lambda: _state(stage, "both"), lambda state: state == "OK")
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
    stage.until(lambda: _state(stage, "odd"), lambda state: state == "ALARM")
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
    stage.until(lambda: (_state(stage, "a"), _state(stage, "b")), lambda found: found == ("OK", "OK"))
    watch.put_metric_data(Namespace="Own", MetricData=[{"MetricName": "Queue", "Value": 9, "Dimensions": [{"Name": "Queue", "Value": "a"}]}])  # fmt: skip
    stage.until(lambda: (_state(stage, "a"), _state(stage, "b")), lambda found: found == ("ALARM", "OK"))


def test_a_leaking_image_is_killed_and_replaced(stage: Any) -> None:
    """A user sees exit code 137 and OutOfMemoryError, and a new task (Developer Guide, OutOfMemory errors)."""
    stage.behave("app:1", "leaks", after=300)
    stage.serve(stage.define("app:1"))
    killed = stage.until(lambda: [t for t in stage.tasks("STOPPED") if t["lastStatus"] == "STOPPED"], bool)[0]
    (container,) = killed["containers"]
    assert container["exitCode"] == 137
    assert container["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    metric = stage.aws("cloudwatch").get_metric_statistics(
        Namespace="AWS/ECS", MetricName="MemoryUtilization", Period=3600, Statistics=["Maximum"],
        Dimensions=[{"Name": "ClusterName", "Value": "c"}, {"Name": "ServiceName", "Value": "app"}],
        StartTime=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1),
        EndTime=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1),
    )  # fmt: skip
    assert max(point["Maximum"] for point in metric["Datapoints"]) > 80


def test_each_task_logs_its_lines(stage: Any) -> None:
    """A user reads what a task printed in the stream of the awslogs driver (Developer Guide, awslogs-stream-prefix)."""
    logs = stage.aws("logs")
    logs.create_log_group(logGroupName="/app")
    stage.behave("app:2", "exits", code=2, lines=["could not bind", "bye"])
    options = {"awslogs-group": "/app", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "app"}
    definition = stage.define("app:2", container={"logConfiguration": {"logDriver": "awslogs", "options": options}})
    run = stage.ecs.run_task(cluster="c", taskDefinition=definition, networkConfiguration=stage.network)["tasks"][0]
    task = run["taskArn"].rpartition("/")[2]
    stage.until(
        lambda: stage.ecs.describe_tasks(cluster="c", tasks=[task])["tasks"][0], lambda t: t["lastStatus"] == "STOPPED"
    )
    found = logs.get_log_events(logGroupName="/app", logStreamName=f"app/app/{task}")["events"]
    assert [event["message"] for event in found] == ["could not bind", "bye"]


def test_events_reach_a_queue(stage: Any) -> None:
    """A user's rule on aws.ecs delivers task and deployment events to SQS (Developer Guide, Amazon ECS events)."""
    sqs, events = stage.aws("sqs"), stage.aws("events")
    queue = sqs.create_queue(QueueName="ecs")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change", "ECS Deployment State Change"]}
    events.put_rule(Name="ecs", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="ecs", Targets=[{"Id": "1", "Arn": arn}])
    stage.serve(stage.define(), desiredCount=1)
    found: list[dict[str, Any]] = []

    def read() -> set[str]:
        got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        found.extend(json.loads(message["Body"]) for message in got)
        return {e["detail"].get("eventName") or e["detail"]["lastStatus"] for e in found}

    wanted = {"PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"}  # fmt: skip
    stage.until(read, lambda names: wanted <= names)
    assert {event["source"] for event in found} == {"aws.ecs"}
    running = next(e["detail"] for e in found if e["detail"].get("lastStatus") == "RUNNING")
    assert (running["group"], running["startedAt"][-1], running["containers"][0]["name"]) == ("service:app", "Z", "app")


def test_the_behaviour_may_stand_in_the_image(stage: Any) -> None:
    """A user scripts an image by an annotation of its manifest, or a container by a docker label (assumed: ours alone)."""
    ecr = stage.aws("ecr")
    ecr.create_repository(repositoryName="app")
    manifest = {"schemaVersion": 2, "annotations": {"dev.slipway.behaviour": '{"kind":"exits","code":9}'}}
    pushed = ecr.put_image(repositoryName="app", imageManifest=json.dumps(manifest), imageTag="1")["image"]
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1"
    labelled = {"dockerLabels": {"dev.slipway.behaviour": "exits"}}
    for name, container, code in ((image, {}, 9), ("plain:1", labelled, 1)):
        definition = stage.define(name, executionRoleArn="arn:aws:iam::111122223333:role/x", container=container)
        run = stage.ecs.run_task(cluster="c", taskDefinition=definition, networkConfiguration=stage.network)["tasks"][0]
        task = stage.until(
            lambda arn=run["taskArn"]: stage.ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0],
            lambda t: t["lastStatus"] == "STOPPED",
        )
        assert task["containers"][0]["exitCode"] == code
        if name == image:
            assert task["containers"][0]["imageDigest"] == pushed["imageId"]["imageDigest"]


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
    stage.serve(stage.define("app:1"), loadBalancers=_balanced(ways), deploymentConfiguration=config, **GRACE)
    row = stage.release("app:2")
    assert (row["status"], row["alarms"]["triggeredAlarmNames"]) == ("ROLLBACK_SUCCESSFUL", ["any"])


def test_an_alarm_tells_its_topic(stage: Any) -> None:
    """A user subscribed to the alarm's topic gets its message, as CloudWatch sends it (User Guide, alarm actions)."""
    sns, sqs = stage.aws("sns"), stage.aws("sqs")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    ways = stage.balancer()
    _errors_alarm(stage, ways, AlarmActions=[topic])
    stage.behave("app:1", "fails", after=60)
    stage.serve(stage.define("app:1"), loadBalancers=_balanced(ways))
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
    stage.until(lambda: _state(stage, "sum"), lambda state: state == "ALARM")


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
    stage.until(lambda: _state(stage, "math"), lambda state: state == "OK")
    shown = stage.aws("cloudwatch").describe_alarms(AlarmNames=["math"])["MetricAlarms"][0]
    assert [(q["Id"], q["ReturnData"]) for q in shown["Metrics"]] == [("m0", False), ("e", True)]
