"""ECS services and rollouts: the same promises from memory and from ECS."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from generator.aws import service_state, traffic_metrics
from generator.aws.api_client import Api
from generator.aws.ecs_services import EcsServices
from generator.aws.session import Session
from generator.release.errors import CannotUndo, Denied, Unavailable
from generator.release.model.observed import LogLine
from generator.sandbox.process import Control
from tests.contract.conftest import unique
from tests.contract.service_worlds import EcsWorld, FakeWorld, World, counted, digest, ecs_world, newest, now
from tests.sandbox.conftest import ACCOUNT, REGION


@pytest.fixture(params=["fake", "sandbox"])
def world(request: pytest.FixtureRequest) -> World:
    """A service that rolls."""
    return FakeWorld(gated=False) if request.param == "fake" else ecs_world(request)


@pytest.fixture(params=["fake", "sandbox"])
def gated(request: pytest.FixtureRequest) -> World:
    """A blue/green service that runs, whose next deployment waits at a gate."""
    found: World = FakeWorld(gated=True) if request.param == "fake" else ecs_world(request, gated=True)
    found.release("one")
    found.settle()
    found.release("two")
    found.settle()
    return found


def test_a_service_that_is_not_there_is_none(world: World) -> None:
    """Nothing deployed yet: no service, no deployment, no targets, no alarms, no lines."""
    services = world.services
    assert services.service(world.arn) is None
    assert services.deployment(world.arn) is None
    assert (
        services.targets([f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/none/0123456789abcdef"]) == []
    )
    assert services.alarms(["none"]) == services.alarms([]) == []
    assert services.logs("/none", 0.0, 10) == []


def test_a_rollout_shows_what_runs(world: World) -> None:
    """Image digests and task definition of the revision that a deployment brings, and healthy targets at its end."""
    for image in ("one", "two"):
        world.release(image)
        world.settle()
        found = newest(world)
        assert (found.status, found.is_over, found.images) == ("SUCCESSFUL", True, (digest(image),))
        assert (found.new_tasks, found.desired_tasks, found.failed_tasks, found.strategy) == (2, 2, 0, "ROLLING")
        service = world.services.service(world.arn)
        assert service is not None
        assert (service.arn, service.status, service.desired, service.running) == (world.arn, "ACTIVE", 2, 2)
        assert service.task_definition == found.task_definition
        healthy = [target for target in world.services.targets(service.target_groups) if target.state == "healthy"]
        assert len(healthy) == 2
        with pytest.raises(CannotUndo, match="read the "):
            world.services.stop(found.arn)


def test_a_bad_image_rolls_back_and_says_why(world: World) -> None:
    """The circuit breaker counts failed tasks and brings the last revision back; tasks tell their exit code."""
    world.release("one")
    world.settle()
    before = newest(world)
    world.spoil("bad")
    world.release("bad")
    world.settle()
    found = newest(world)
    assert (found.status, found.is_over, found.images) == ("ROLLBACK_SUCCESSFUL", True, (digest("bad"),))
    assert found.failed_tasks >= 3
    assert found.reason
    service = world.services.service(world.arn)
    assert service is not None
    assert service.task_definition == before.task_definition
    tasks = world.services.stopped_tasks(service)
    assert [at.at for at in tasks] == sorted((at.at for at in tasks), reverse=True)
    failed = [task for task in tasks if task.code == "EssentialContainerExited"]
    assert failed
    assert failed[0].containers[0][:2] == ("app", 3)


@pytest.mark.parametrize(
    ("way", "status"), [("continue", "SUCCESSFUL"), ("back", "ROLLBACK_SUCCESSFUL"), ("stop", "ROLLBACK_SUCCESSFUL")]
)
def test_a_gate_opens_once(gated: World, way: str, status: str) -> None:
    """A waiting rollout continues or rolls back when somebody says so; anyone who comes second learns that it does not wait."""
    found = newest(gated)
    assert not found.is_over
    [hook] = found.hooks
    assert (hook.stage, hook.timeout_action, hook.expires > 0) == ("POST_SCALE_UP", "ROLLBACK", True)
    if way == "stop":
        gated.services.stop(found.arn)
    else:
        gated.services.continue_deployment(found.arn, hook.id, continue_rollout=way == "continue")
    with pytest.raises(CannotUndo, match="read the "):
        gated.services.continue_deployment(found.arn, hook.id, continue_rollout=True)
    if way == "continue":
        gated.settle()
    else:
        for _ in range(12000):
            if newest(gated).is_over:
                break
            time.sleep(0.01)
    assert (newest(gated).status, newest(gated).hooks) == (status, ())
    assert newest(gated).traffic_percent == (100.0 if status == "SUCCESSFUL" else 0.0)


def test_both_sides_of_a_gate_are_counted(gated: World) -> None:
    """Which target group is old and which new, and what the load balancer counted for each: nothing is not zero."""
    found = newest(gated)
    assert found.hooks
    service = now(gated)
    assert {found.old_group, found.group} == set(service.target_groups)
    old, new = gated.services.traffic([found.old_group, found.group], 0.0)
    assert (old.group, new.group) == (found.old_group, found.group)
    assert (new.requests, new.errors, new.latency) == (None, None, None)
    assert old.requests is not None
    assert old.requests > 0
    assert (old.errors, old.latency) == (0, 0.05)
    assert old.seconds > 0
    gone = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/none/0123456789abcdef"
    assert gated.services.traffic([gone, found.group], 0.0)[0].group == found.group
    assert gated.services.traffic([], 0.0) == []
    with_both = gated.services.traffic([found.group, found.old_group], found.started)
    assert [row.group for row in with_both] == [found.group, found.old_group]


def test_the_rules_of_a_listener(gated: World) -> None:
    """Each rule with its priority and who gets how much; the default rule is none, and no listener has none."""
    found = newest(gated)
    [rule] = gated.services.rules(gated.listener)
    assert (rule.priority, set(rule.weights)) == (1, {found.old_group, found.group})
    assert sum(rule.weights.values()) == 100
    assert gated.services.rules(f"{gated.listener}0") == []


def test_failing_requests_are_counted(request: pytest.FixtureRequest, control: Control) -> None:
    """A version that answers every second request with a 5xx is seen to."""
    world = ecs_world(request, gated=True)
    behaviour = {"kind": "fails", "after": 0, "share": 0.5}
    control.post("images", {"image": f"*{world.name}@{digest('one')}", "behaviour": behaviour})
    for image in ("one", "two"):
        world.release(image)
        world.settle()
    [old] = world.services.traffic([newest(world).old_group], 0.0)
    assert old.requests is not None
    assert old.errors is not None
    assert 0.3 < old.errors / old.requests < 0.7


@pytest.mark.parametrize(("status", "error"), [("Forbidden", Denied), ("InternalError", Unavailable)])
def test_metrics_that_aws_keeps_to_itself_are_not_zero(status: str, error: type[Exception]) -> None:
    """CloudWatch answers, but not for the metrics: that is no figure."""
    cloudwatch = boto3.client("cloudwatch", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106 - a word
    with Stubber(cloudwatch) as stubbed:
        stubbed.add_response("get_metric_data", {"MetricDataResults": [{"Id": "m0requestcount", "StatusCode": status}]})
        with pytest.raises(error):
            traffic_metrics.traffic(
                Api(cloudwatch, "cloudwatch"),
                [traffic_metrics.MeasuredTargetGroup("a:targetgroup/a/1", "app/a/1")],
                0,
                60,
            )


def test_alarms_of_both_kinds_are_reported(session: Session) -> None:
    """Metric and composite alarms in the order asked for, those that are not there left out."""
    cloudwatch, metric, both, began = session.api("cloudwatch"), unique("errors"), unique("any"), time.time()
    cloudwatch(
        "put_metric_alarm",
        AlarmName=metric,
        Namespace="N",
        MetricName="M",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    cloudwatch("put_composite_alarm", AlarmName=both, AlarmRule=f'ALARM("{metric}")')
    cloudwatch("set_alarm_state", AlarmName=metric, StateValue="ALARM", StateReason="on purpose")
    found = EcsServices(session.api).alarms([both, "none", metric, metric])
    assert [alarm.name for alarm in found] == [both, metric]
    assert (found[1].state, found[1].reason) == ("ALARM", "on purpose")
    assert began - 1 <= found[1].since <= 1 + time.time()


def test_the_last_lines_of_a_log_are_read(session: Session) -> None:
    """Oldest first, from the time asked for, no more than asked for, over all streams."""
    logs, group = session.api("logs"), unique("/slipway/dev")
    logs("create_log_group", logGroupName=group)
    now = int(time.time() * 1000)
    for stream in ("a", "b"):
        logs("create_log_stream", logGroupName=group, logStreamName=stream)
        rows = [{"timestamp": now + number, "message": f"{stream}{number}"} for number in range(3)]
        logs("put_log_events", logGroupName=group, logStreamName=stream, logEvents=rows)
    services = EcsServices(session.api)
    assert [line.text[1:] for line in services.logs(group, now / 1000, 100)] == ["0", "0", "1", "1", "2", "2"]
    assert {line.text for line in services.logs(group, now / 1000, 2)} == {"a2", "b2"}
    assert services.logs(group, now / 1000 + 60, 2) == []
    assert all(isinstance(line, LogLine) and line.stream == line.text[0] for line in services.logs(group, 0.0, 9))


def test_secrets_that_are_missing_are_named(session: Session) -> None:
    """By name or ARN; one that is being deleted is missing."""
    api, there, going = session.api("secretsmanager"), unique("slipway/there"), unique("slipway/going")
    arn = api("create_secret", Name=there, SecretString="x")["ARN"]
    api("create_secret", Name=going, SecretString="x")
    api("delete_secret", SecretId=going)
    assert EcsServices(session.api).missing_secrets([there, arn, going, "slipway/none"]) == [going, "slipway/none"]
    assert EcsServices(session.api).missing_secrets([]) == []


def test_addresses_are_counted_by_subnet(request: pytest.FixtureRequest) -> None:
    """Free addresses of each subnet, and the share of the tasks that it gets."""
    world = ecs_world(request)
    rows = service_state.addresses(world.apis("ec2"), world.subnets, 3)
    assert [(row.what, row.needed) for row in rows] == [(f"addresses in {subnet}", 2) for subnet in world.subnets]
    assert all(row.free is not None and 200 < row.free < 256 for row in rows)
    assert service_state.addresses(world.apis("ec2"), [], 3) == []


@pytest.mark.parametrize(("values", "free"), [([3.5, 4.25], 5), ([], 10), (None, None)])
def test_the_quota_of_fargate_is_reported_as_far_as_aws_does(values: list[float] | None, free: int | None) -> None:
    """The limit less what is used; where AWS says no, the answer is None, which is not zero."""
    quotas, cloudwatch = (
        boto3.client(name, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106 - a word
        for name in ("service-quotas", "cloudwatch")
    )
    with Stubber(quotas) as stubbed, Stubber(cloudwatch) as counted:
        if values is None:
            stubbed.add_client_error("get_service_quota", "NoSuchResourceException")
        else:
            stubbed.add_response("get_service_quota", {"Quota": {"Value": 10.0}})
            counted.add_response("get_metric_data", {"MetricDataResults": [{"Id": "used", "Values": values}]})
        found = service_state.fargate(Api(quotas, "service-quotas"), Api(cloudwatch, "cloudwatch"), 1.5)
    assert (found.free, found.needed) == (free, 2)


CALLS: list[tuple[str, str, Callable[[EcsWorld], Any]]] = [
    ("ecs", "DescribeServices", lambda world: world.services.service(world.arn)),
    ("ecs", "ListServiceDeployments", lambda world: world.services.deployment(world.arn)),
    ("ecs", "DescribeServiceDeployments", lambda world: EcsServices(world.apis).deployment(world.arn)),
    ("ecs", "DescribeServiceRevisions", lambda world: EcsServices(world.apis).deployment(world.arn)),
    ("ecs", "ListTasks", lambda world: world.services.stopped_tasks(now(world))),
    ("elasticloadbalancing", "DescribeTargetHealth", lambda world: world.services.targets(now(world).target_groups)),
    ("elasticloadbalancing", "DescribeRules", lambda world: world.services.rules(world.listener)),
    ("monitoring", "GetMetricData", counted),
    ("monitoring", "DescribeAlarms", lambda world: world.services.alarms(["x"])),
    ("logs", "FilterLogEvents", lambda world: world.services.logs("/x", 0, 1)),
    ("secretsmanager", "DescribeSecret", lambda world: world.services.missing_secrets(["x"])),
    ("ec2", "DescribeSubnets", lambda world: service_state.addresses(world.apis("ec2"), world.subnets, 1)),
]  # fmt: skip


def test_faults_while_looking(request: pytest.FixtureRequest, control: Control) -> None:
    """One bad answer of each call is passed over; an AWS that is down is unavailable."""
    world = ecs_world(request)
    world.release("one")
    world.settle()
    for service, operation, call in CALLS:
        want = call(world)
        for kind in ("throttle", "error", "reset", "lost"):
            control.faults({"service": service, "operation": operation, "kind": kind}, clear=True)
            assert call(world) == want
            assert control.faults(clear=True) == [1], operation
        control.faults({"service": service, "operation": operation, "kind": "error", "times": 9}, clear=True)
        with pytest.raises(Unavailable, match="try again"):
            call(world)
        control.faults(clear=True)


@pytest.mark.parametrize("kind", ["throttle", "error", "reset", "lost"])
def test_faults_while_steering(request: pytest.FixtureRequest, control: Control, kind: str) -> None:
    """A gate opens although an answer was lost: done, or told that it no longer waits; never both ways."""
    world = ecs_world(request, gated=True)
    for image in ("one", "two"):
        world.release(image)
        world.settle()
    found = newest(world)
    control.faults({"service": "ecs", "operation": "ContinueServiceDeployment", "kind": kind}, clear=True)
    try:
        world.services.continue_deployment(found.arn, found.hooks[0].id, continue_rollout=True)
    except CannotUndo:
        assert kind == "lost"
    world.settle()
    assert newest(world).status == "SUCCESSFUL"
