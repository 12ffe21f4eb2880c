"""ECS services and rollouts to test against: in memory, and on the embedded AWS."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from generator.aws.api_client import Api
from generator.aws.ecs_services import EcsServices
from generator.aws.session import Session
from generator.release.model.observed import Deployment, Hook, ListenerRule, ServiceNow, StoppedTask, Traffic
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
    listener: str

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
        self.listener = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/{self.name}/1/2"
        weights = {group: 100 - 100 * n for n, group in enumerate(self.groups)}
        self.fake.listener_rules[self.listener] = [ListenerRule(arn=f"{self.listener}/3", priority=1, weights=weights)]

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
        self.listener = listener["Listeners"][0]["ListenerArn"]
        weights = [{"TargetGroupArn": arn, "Weight": 100 - 100 * n} for n, arn in enumerate(self.groups)]
        self.rule = elb(
            "create_rule",
            ListenerArn=self.listener,
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


def newest(world: World) -> Deployment:
    found = world.services.deployment(world.arn)
    assert found is not None
    return found


def now(world: World) -> ServiceNow:
    found = world.services.service(world.arn)
    assert found is not None
    return found


def counted(world: EcsWorld) -> list[str]:
    return [row.group for row in world.services.traffic(now(world).target_groups, 0.0)]
