"""A cluster, a load balancer with a listener rule and two target groups, and images whose behaviour is scripted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

Aws = Callable[..., Any]
MOVING = {"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}


class Stage:
    """What the tests of ECS work with: clients, and shortcuts for what they do again and again."""

    def __init__(self, aws: Aws, control: Any) -> None:
        self.aws, self.control = aws, control
        self.ecs = aws("ecs")
        self.ecs.create_cluster(clusterName="c")
        ec2 = aws("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")[
                "Subnet"
            ]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        self.network = {"awsvpcConfiguration": {"subnets": self.subnets}}

    def behave(self, image: str, kind: str, **settings: Any) -> None:
        """Script an image."""
        self.control.post("images", {"image": image, "behaviour": {"kind": kind, **settings}})

    def define(self, image: str = "app:1", **more: Any) -> str:
        """Register a task definition with one container; its ARN."""
        container = {
            "name": "app",
            "image": image,
            "portMappings": [{"containerPort": 8080}],
            **more.pop("container", {}),
        }
        given = {
            "family": "app",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [container],
            **more,
        }
        return str(self.ecs.register_task_definition(**given)["taskDefinition"]["taskDefinitionArn"])

    def balancer(self, **group: Any) -> dict[str, Any]:
        """A load balancer whose one rule sends everything to `blue`; `green` is there too."""
        elb = self.aws("elbv2")
        lb = elb.create_load_balancer(Name="lb", Scheme="internal", Subnets=self.subnets)["LoadBalancers"][0][
            "LoadBalancerArn"
        ]
        settings = {"HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2} | group
        blue, green = (
            elb.create_target_group(Name=n, Port=8080, Protocol="HTTP", VpcId=self.vpc, TargetType="ip", **settings)[
                "TargetGroups"
            ][0]["TargetGroupArn"]
            for n in ("blue", "green")
        )
        for arn in (blue, green):
            elb.modify_target_group_attributes(
                TargetGroupArn=arn, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]
            )
        refuse = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        listener = elb.create_listener(LoadBalancerArn=lb, Port=80, Protocol="HTTP", DefaultActions=[refuse])
        weights = [{"TargetGroupArn": blue, "Weight": 100}, {"TargetGroupArn": green, "Weight": 0}]
        rule = elb.create_rule(
            ListenerArn=listener["Listeners"][0]["ListenerArn"],
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
        )["Rules"][0]["RuleArn"]
        return {"lb": lb, "blue": blue, "green": green, "rule": rule}

    def serve(self, definition: str, **more: Any) -> str:
        """Make the service `app` of two tasks and wait for its deployment; its status."""
        self.start(definition, **more)
        return self.settle()["status"]

    def start(self, definition: str, **more: Any) -> dict[str, Any]:
        """Make the service without waiting."""
        given = {"desiredCount": 2, "networkConfiguration": self.network, **more}
        made = self.ecs.create_service(cluster="c", serviceName="app", taskDefinition=definition, **given)
        return dict(made["service"])

    def update(self, **more: Any) -> dict[str, Any]:
        """UpdateService."""
        return dict(self.ecs.update_service(cluster="c", service="app", **more)["service"])

    def release(self, image: str, **more: Any) -> dict[str, Any]:
        """Bring an image to the service and wait for the end of the deployment, which is answered."""
        self.update(taskDefinition=self.define(image), **more)
        return self.settle()

    def deployment(self) -> dict[str, Any]:
        """The newest service deployment."""
        arn = self.ecs.list_service_deployments(cluster="c", service="app")["serviceDeployments"][0][
            "serviceDeploymentArn"
        ]
        found = self.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
        return dict(found[0])

    def settle(self, *, paused: bool = False, seconds: float = 120) -> dict[str, Any]:
        """The newest deployment when it is over, or waits at a hook if `paused`."""
        return self.until(
            self.deployment,
            lambda row: (
                row["status"] not in MOVING
                or (paused and any(h["status"] == "AWAITING_ACTION" for h in row.get("lifecycleHookDetails", [])))
            ),
            seconds,
        )

    def service(self) -> dict[str, Any]:
        """DescribeServices."""
        return dict(self.ecs.describe_services(cluster="c", services=["app"])["services"][0])

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        """The tasks that should run, or stop."""
        arns = self.ecs.list_tasks(cluster="c", desiredStatus=status)["taskArns"]
        return list(self.ecs.describe_tasks(cluster="c", tasks=arns)["tasks"]) if arns else []

    def until(self, look: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 120) -> Any:
        """What `look` sees once it is good."""
        end = time.monotonic() + seconds
        while not good(found := look()):
            if time.monotonic() > end:
                pytest.fail(f"after {seconds} s still {found}")
            time.sleep(0.005)
        return found


@pytest.fixture
def stage(aws: Aws, control: Any) -> Stage:
    return Stage(aws, control)
