"""What scripted images cause: target health, metrics, logs and events; and what those cause in turn."""

import datetime as dt
import json
from typing import Any

import pytest

from tests.sandbox.ecs.observations import GRACE, balanced, health


def test_targets_become_healthy_and_drain(stage: Any) -> None:
    """A user sees initial, healthy and draining targets in turn (Elastic Load Balancing User Guide, target health)."""
    ways = stage.balancer()
    stage.control.speed(0.03)
    stage.start(stage.define(), loadBalancers=balanced(ways))
    stage.until(lambda: health(stage, ways["blue"]), lambda rows: any(r["State"] == "initial" for r in rows))
    stage.until(lambda: health(stage, ways["blue"]), lambda rows: [r["State"] for r in rows] == ["healthy"] * 2)
    stage.settle()
    stage.update(taskDefinition=stage.define("app:2"))
    found = stage.until(lambda: health(stage, ways["blue"]), lambda rows: any(r["State"] == "draining" for r in rows))
    assert {"Target.DeregistrationInProgress", None} >= {
        r.get("Reason") for r in found if r["State"] in {"draining", "healthy"}
    }
    stage.settle()


def test_an_image_that_is_never_healthy_is_rolled_back(stage: Any) -> None:
    """A user whose release fails the load balancer's checks reads so on its tasks (Developer Guide, stopped tasks)."""
    ways = stage.balancer()
    stage.behave("app:2", "never-healthy")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    stage.serve(stage.define("app:1"), loadBalancers=balanced(ways), deploymentConfiguration=breaker, **GRACE)
    assert stage.release("app:2")["status"] == "ROLLBACK_SUCCESSFUL"
    reasons = {t["stoppedReason"] for t in stage.tasks("STOPPED")}
    assert f"Task failed ELB health checks in (target-group {ways['blue']})" in reasons
    assert [r["State"] for r in health(stage, ways["blue"])] == ["healthy"] * 2


@pytest.mark.parametrize("grace", [0, 300])
def test_a_slow_image_needs_its_grace_period(stage: Any, grace: int) -> None:
    """A user whose tasks start slowly needs the grace period (API Reference, healthCheckGracePeriodSeconds)."""
    ways = stage.balancer()
    stage.behave("app:2", "slow", seconds=120)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    stage.serve(
        stage.define("app:1"), loadBalancers=balanced(ways), deploymentConfiguration=breaker,
        healthCheckGracePeriodSeconds=grace,
    )  # fmt: skip
    assert stage.release("app:2")["status"] == ("SUCCESSFUL" if grace else "ROLLBACK_SUCCESSFUL")


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

    expected = {"PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"}  # fmt: skip
    stage.until(read, lambda names: expected <= names)
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
