"""ECS services and rollouts: the same promises from memory and from ECS."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any, Protocol

import boto3
import pytest
from botocore.stub import Stubber

from generator.aws import service_state, traffic_metrics
from generator.aws.api_client import Api
from generator.aws.ecs_services import EcsServices
from generator.aws.session import Session
from generator.release.errors import CannotUndo, Denied, Unavailable
from generator.release.model.observed import Deployment, Hook, LogLine, ServiceNow, StoppedTask, Traffic
from generator.release.ports import Services
from generator.sandbox.process import Control
from tests.contract.conftest import unique
from tests.fakes.clock import FakeClock
from tests.fakes.services import FakeServices
from tests.sandbox.conftest import ACCOUNT, REGION

PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}


def digest(what: str) -> str:
    return f"sha256:{hashlib.sha256(what.encode()).hexdigest()}"


class World(Protocol):
    """A service, and what moves it: releases of images, of which some are bad."""

    arn: str

    @property
    def services(self) -> Services: ...

    def release(self, image: str) -> None:
        """Begin a deployment of an image; the first makes the service."""

    def spoil(self, image: str) -> None:
        """Let tasks with this image fail."""

    def settle(self) -> None:
        """Let the newest deployment end, or come to its gate."""


class FakeWorld:
    def __init__(self, *, gated: bool) -> None:
        self.fake = FakeServices(FakeClock())
        self.gated = gated
        self.name = unique("app")
        self.arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{self.name}/{self.name}"
        self.groups = [
            f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{self.name}/{n}"
            for n in range(2 if gated else 1)
        ]
        self.revisions = 0

    @property
    def services(self) -> Services:
        return self.fake

    def release(self, image: str) -> None:
        if self.gated:
            self.fake.gates = [Hook(id="pause-1", stage="POST_SCALE_UP", expires=1e10, timeout_action="ROLLBACK")]
        self.revisions += 1
        service = ServiceNow(
            arn=self.arn, name=self.name, cluster=self.name, status="ACTIVE", task_definition="", desired=2, running=0,
            pending=0, target_groups=tuple(self.groups),
        )  # fmt: skip
        definition = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{self.name}:{self.revisions}"
        self.fake.begin(service, definition, [digest(image)])
        self.fake.gates = []

    def spoil(self, image: str) -> None:
        self.fake.bad[digest(image)] = "tasks failed to start."
        self.fake.tasks[self.arn] = [StoppedTask(id="t1", at=1.0, reason="Essential container in task exited", code="EssentialContainerExited", containers=(("app", 3, ""),))]  # fmt: skip

    def settle(self) -> None:
        if not self.fake.waits(self.arn):
            self.fake.settle(self.arn)
        for group in self.groups:
            self.fake.counted[group] = Traffic(group=group, seconds=0.0)
        serving = self.fake.deployments_of[self.arn][0].group
        self.fake.counted[serving] = Traffic(group=serving, seconds=0.0, requests=240, errors=0, latency=0.05)


class EcsWorld:
    def __init__(self, session: Session, control: Control, *, gated: bool) -> None:
        self.apis: Callable[[str], Api] = session.api
        self.real = EcsServices(self.apis)
        self.control = control
        self.gated = gated
        self.name = unique("app")
        self.arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{self.name}/{self.name}"
        self.ecs, ec2, elb = self.apis("ecs"), self.apis("ec2"), self.apis("elbv2")
        self.ecs("create_cluster", clusterName=self.name)
        vpc = ec2("create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2("create_subnet", VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{'ab'[n]}")[
                "Subnet"
            ]["SubnetId"]
            for n in range(2)
        ]
        lb = elb("create_load_balancer", Name=self.name, Scheme="internal", Subnets=self.subnets)["LoadBalancers"][0][
            "LoadBalancerArn"
        ]
        self.groups = [
            elb(
                "create_target_group",
                Name=f"{self.name}-{n}",
                Port=80,
                Protocol="HTTP",
                VpcId=vpc,
                TargetType="ip",
                HealthyThresholdCount=2,
                HealthCheckIntervalSeconds=10,
            )["TargetGroups"][0]["TargetGroupArn"]
            for n in range(2)
        ]
        refuse = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
        listener = elb("create_listener", LoadBalancerArn=lb, Port=80, Protocol="HTTP", DefaultActions=refuse)
        weights = [{"TargetGroupArn": arn, "Weight": 100 - 100 * n} for n, arn in enumerate(self.groups)]
        self.rule = elb(
            "create_rule",
            ListenerArn=listener["Listeners"][0]["ListenerArn"],
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
        )["Rules"][0]["RuleArn"]

    @property
    def services(self) -> Services:
        return self.real

    def release(self, image: str) -> None:
        definition = self.ecs(
            "register_task_definition",
            family=self.name,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[
                {
                    "name": "app",
                    "image": f"registry.example/{self.name}@{digest(image)}",
                    "portMappings": [{"containerPort": 80}],
                }
            ],
        )["taskDefinition"]["taskDefinitionArn"]
        if self.services.service(self.arn) is not None:
            self.ecs("update_service", cluster=self.name, service=self.name, taskDefinition=definition)
            return
        advanced = {
            "alternateTargetGroupArn": self.groups[1],
            "productionListenerRule": self.rule,
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/traffic",
        }
        balancer = {"targetGroupArn": self.groups[0], "containerName": "app", "containerPort": 80}
        config: dict[str, Any] = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
        if self.gated:
            balancer["advancedConfiguration"] = advanced
            config = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1, "lifecycleHooks": [PAUSE]}
        self.ecs(
            "create_service", cluster=self.name, serviceName=self.name, taskDefinition=definition, desiredCount=2,
            networkConfiguration={"awsvpcConfiguration": {"subnets": self.subnets}}, loadBalancers=[balancer],
            deploymentConfiguration=config,
        )  # fmt: skip

    def spoil(self, image: str) -> None:
        name = f"*{self.name}@{digest(image)}"
        self.control.post(
            "images", {"image": name, "behaviour": {"kind": "exits", "code": 3, "lines": ["no such table"]}}
        )

    def settle(self) -> None:
        for _ in range(12000):
            found = self.services.deployment(self.arn)
            if found is not None and (found.is_over or found.hooks):
                return
            time.sleep(0.01)
        pytest.fail(f"it never came: {found}")


def ecs_world(request: pytest.FixtureRequest, *, gated: bool = False) -> EcsWorld:
    return EcsWorld(request.getfixturevalue("session"), request.getfixturevalue("control"), gated=gated)


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


def newest(world: World) -> Deployment:
    found = world.services.deployment(world.arn)
    assert found is not None
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


def test_a_rollout_tells_what_runs(world: World) -> None:
    """Image digests and task definition of the revision that a deployment brings, and healthy targets at its end."""
    for image in ("one", "two"):
        world.release(image)
        world.settle()
        found = newest(world)
        assert (found.status, found.is_over, found.images) == ("SUCCESSFUL", True, (digest(image),))
        assert (found.new_tasks, found.wanted, found.failed_tasks, found.strategy) == (2, 2, 0, "ROLLING")
        service = world.services.service(world.arn)
        assert service is not None
        assert (service.arn, service.status, service.desired, service.running) == (world.arn, "ACTIVE", 2, 2)
        assert service.task_definition == found.task_definition
        healthy = [target for target in world.services.targets(service.target_groups) if target.state == "healthy"]
        assert len(healthy) == 2
        with pytest.raises(CannotUndo, match="look at"):
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
    ("way", "status"), [("go on", "SUCCESSFUL"), ("back", "ROLLBACK_SUCCESSFUL"), ("stop", "ROLLBACK_SUCCESSFUL")]
)
def test_a_gate_opens_once(gated: World, way: str, status: str) -> None:
    """A waiting rollout goes on or back when somebody says so; whoever comes second learns that it does not wait."""
    found = newest(gated)
    assert not found.is_over
    [hook] = found.hooks
    assert (hook.stage, hook.timeout_action, hook.expires > 0) == ("POST_SCALE_UP", "ROLLBACK", True)
    if way == "stop":
        gated.services.stop(found.arn)
    else:
        gated.services.continue_deployment(found.arn, hook.id, go_on=way == "go on")
    with pytest.raises(CannotUndo, match="look at"):
        gated.services.continue_deployment(found.arn, hook.id, go_on=True)
    if way == "go on":
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
    with Stubber(cloudwatch) as told:
        told.add_response("get_metric_data", {"MetricDataResults": [{"Id": "m0requestcount", "StatusCode": status}]})
        with pytest.raises(error):
            traffic_metrics.traffic(
                Api(cloudwatch, "cloudwatch"),
                [traffic_metrics.MeasuredTargetGroup("a:targetgroup/a/1", "app/a/1")],
                0,
                60,
            )


def test_alarms_of_both_kinds_are_told(session: Session) -> None:
    """Metric and composite alarms in the order asked for, those that are not there left out."""
    cloudwatch, metric, both = session.api("cloudwatch"), unique("errors"), unique("any")
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
    assert abs(found[1].since - time.time()) < 60


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
def test_the_quota_of_fargate_is_told_as_far_as_aws_does(values: list[float] | None, free: int | None) -> None:
    """The limit less what is used; where AWS says no, the answer is None, which is not zero."""
    quotas, cloudwatch = (
        boto3.client(name, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106 - a word
        for name in ("service-quotas", "cloudwatch")
    )
    with Stubber(quotas) as told, Stubber(cloudwatch) as counted:
        if values is None:
            told.add_client_error("get_service_quota", "NoSuchResourceException")
        else:
            told.add_response("get_service_quota", {"Quota": {"Value": 10.0}})
            counted.add_response("get_metric_data", {"MetricDataResults": [{"Id": "used", "Values": values}]})
        found = service_state.fargate(Api(quotas, "service-quotas"), Api(cloudwatch, "cloudwatch"), 1.5)
    assert (found.free, found.needed) == (free, 2)


def now(world: World) -> ServiceNow:
    found = world.services.service(world.arn)
    assert found is not None
    return found


def counted(world: EcsWorld) -> list[str]:
    return [row.group for row in world.services.traffic(now(world).target_groups, 0.0)]


CALLS: list[tuple[str, str, Callable[[EcsWorld], Any]]] = [
    ("ecs", "DescribeServices", lambda world: world.services.service(world.arn)),
    ("ecs", "ListServiceDeployments", lambda world: world.services.deployment(world.arn)),
    ("ecs", "DescribeServiceDeployments", lambda world: EcsServices(world.apis).deployment(world.arn)),
    ("ecs", "DescribeServiceRevisions", lambda world: EcsServices(world.apis).deployment(world.arn)),
    ("ecs", "ListTasks", lambda world: world.services.stopped_tasks(now(world))),
    ("elasticloadbalancing", "DescribeTargetHealth", lambda world: world.services.targets(now(world).target_groups)),
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
        world.services.continue_deployment(found.arn, found.hooks[0].id, go_on=True)
    except CannotUndo:
        assert kind == "lost"
    world.settle()
    assert newest(world).status == "SUCCESSFUL"
