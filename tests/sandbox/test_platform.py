"""The whole platform in the sandbox: every stack deploys, changes, breaks, rolls back, drifts and goes again."""

import json
from typing import Any

import pytest

from generator.sandbox.endpoint import Control
from tests.integration.without_coverage import sandbox_process
from tests.sandbox.conftest import Aws
from tests.sandbox.fleet import Failed, Fleet

__all__ = ["sandbox_process"]

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover


@pytest.fixture
def fleet(aws: Aws, control: Control) -> Fleet:
    """The shipped configuration, in accounts that have its hosted zones."""
    found = Fleet(aws)
    found.prepare(control)
    return found


def _came_after_what_they_need(fleet: Fleet, key: str) -> None:
    """A resource that refers to another began when that was complete."""
    body = {n: row for n, row in fleet.built.bodies[key]["Resources"].items() if "Condition" not in row}
    began: dict[str, int] = {}
    ended: dict[str, int] = {}
    for index, event in enumerate(fleet.events(key)):
        if event["ResourceStatus"] == "CREATE_IN_PROGRESS":
            began.setdefault(event["LogicalResourceId"], index)
        elif event["ResourceStatus"] == "CREATE_COMPLETE":
            ended.setdefault(event["LogicalResourceId"], index)
    for name, definition in body.items():
        for other in {key for key in body if f'{{"Ref": "{key}"}}' in json.dumps(definition)} - {name}:
            assert ended[other] < began[name], f"{name} began before {other} was complete"


@pytest.mark.parametrize("group", ["dev", "staging", "prod"])
def test_an_environment_lives_its_whole_life(fleet: Fleet, control: Control, group: str) -> None:
    """All stacks of an environment deploy, release, survive a bad release, show no drift and delete, with one command each."""
    keys = fleet.needed(group)
    fleet.deploy_all(*keys)
    for key in keys:
        fleet.is_whole(key)
        _came_after_what_they_need(fleet, key)
        _changes_and_is_taken_back(fleet, control, key)

    for service in ("app", "web"):
        key = f"{group}/service-{service}"
        good, bad = fleet.publish(service, "next"), fleet.publish(service, "bad")
        changes = fleet.release(key, good)["Changes"]
        changed = {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in changes}
        assert changed.keys() == {"TaskDefinition", "Service"}
        assert changed["TaskDefinition"]["Replacement"] == "True"
        assert changed["Service"]["Replacement"] == "False"
        assert _images(fleet, key) == {good}

        crashes = {"kind": "exits", "code": 3, "lines": ["no such table"]}
        control.post("images", {"image": f"*{bad.rpartition('@')[2]}", "behaviour": crashes})
        fleet.release(key, bad, outcome="UPDATE_ROLLBACK_COMPLETE")
        assert "Service AWS::ECS::Service UPDATE_FAILED" in fleet.failures(key)
        assert _images(fleet, key) == {good}
        assert "no such table" in _log_lines(fleet, key)

    for key in keys:
        drifted = {drift["LogicalResourceId"] for drift in fleet.drift(key)}
        # ECS moves the traffic of a blue/green service by rewriting its production rule, which CloudFormation then
        # sees as drift (ECS Developer Guide, "Application Load Balancer resources for blue/green deployments").
        assert drifted == (_production_rules(fleet, key) if _shifts(fleet, key) else set())
    for key in reversed(keys):
        if _protected(fleet, key):
            with pytest.raises(Failed, match="deletion protection is enabled"):
                fleet.destroy(key)
            fleet.unprotect(key)
        fleet.destroy(key)
    for key in keys:
        _is_empty_but_for_what_is_kept(fleet, key)


def _changes_and_is_taken_back(fleet: Fleet, control: Control, key: str) -> None:
    """A change of every resource arrives; one that fails at the resource that comes last is taken back everywhere."""
    if all(one["Type"] == "AWS::Route53::RecordSet" for one in fleet.built.bodies[key]["Resources"].values()):
        return  # records can't be tagged
    fleet.retag(key, "4711")
    last = [event["LogicalResourceId"] for event in fleet.events(key) if event["ResourceStatus"] == "UPDATE_COMPLETE"][
        -2
    ]
    fault = {"stack": fleet.name(key), "logical_id": last, "phase": "UPDATE", "reason": "no more room"}
    control.post("cloudformation/faults", {"faults": [fault]})
    fleet.retag(key, "4712", outcome="UPDATE_ROLLBACK_COMPLETE")
    assert f"{last} " in fleet.failures(key)
    assert {tag["Key"]: tag["Value"] for tag in fleet.stack(key)["Tags"]}["cost"] == "4711"


def _protected(fleet: Fleet, key: str) -> bool:
    """Whether a stack has a load balancer that can't be deleted as it is."""
    on = {"Key": "deletion_protection.enabled", "Value": "true"}
    resources = fleet.built.bodies[key]["Resources"].values()
    return any(on in one["Properties"].get("LoadBalancerAttributes", ()) for one in resources if "Properties" in one)


def _shifts(fleet: Fleet, key: str) -> bool:
    """Whether a stack's service moves its traffic from one target group to the other."""
    resources = fleet.built.bodies[key]["Resources"].values()
    found = [one["Properties"] for one in resources if one["Type"] == "AWS::ECS::Service"]
    return any(props["DeploymentConfiguration"].get("Strategy", "ROLLING") != "ROLLING" for props in found)


def _production_rules(fleet: Fleet, key: str) -> set[str]:
    """The listener rules that such a service names as its production rules."""
    resources = fleet.built.bodies[key]["Resources"]
    [service] = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::ECS::Service"]
    balancers = [one["AdvancedConfiguration"] for one in service["LoadBalancers"] if "AdvancedConfiguration" in one]
    return {one["ProductionListenerRule"]["Ref"] for one in balancers}


def _service(fleet: Fleet, key: str) -> dict[str, Any]:
    arn = fleet.resources(key)["Service"]["PhysicalResourceId"]
    found = fleet.client(key, "ecs").describe_services(cluster=arn.split("/")[1], services=[arn])["services"]
    return dict(found[0])


def _images(fleet: Fleet, key: str) -> set[str]:
    """The images of the service's container that run."""
    ecs, service = fleet.client(key, "ecs"), _service(fleet, key)
    arns = ecs.list_tasks(cluster=service["clusterArn"], serviceName=service["serviceName"])["taskArns"]
    tasks = ecs.describe_tasks(cluster=service["clusterArn"], tasks=arns)["tasks"]
    name = fleet.built.specs[key].scope.service
    return {
        container["image"]
        for task in tasks
        if task["lastStatus"] == "RUNNING"
        for container in task["containers"]
        if container["name"] == name
    }


def _log_lines(fleet: Fleet, key: str) -> str:
    group = fleet.resources(key)["Logs"]["PhysicalResourceId"]
    events = fleet.client(key, "logs").filter_log_events(logGroupName=group)["events"]
    return "\n".join(event["message"] for event in events)


def _is_empty_but_for_what_is_kept(fleet: Fleet, key: str) -> None:
    """Nothing of a deleted stack is left that its template does not retain; asked through the services' own APIs."""
    body = fleet.built.bodies[key]["Resources"]
    kept = {
        definition["Type"] for definition in body.values() if definition.get("DeletionPolicy", "Delete") != "Delete"
    }
    left = {
        "AWS::EC2::VPC": [vpc for vpc in fleet.client(key, "ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]],
        "AWS::SQS::Queue": fleet.client(key, "sqs").list_queues().get("QueueUrls", []),
        "AWS::SNS::Topic": fleet.client(key, "sns").list_topics()["Topics"],
        "AWS::CloudWatch::Alarm": fleet.client(key, "cloudwatch").describe_alarms()["MetricAlarms"],
        "AWS::CloudWatch::Dashboard": fleet.client(key, "cloudwatch").list_dashboards()["DashboardEntries"],
        "AWS::ElasticLoadBalancingV2::LoadBalancer": fleet.client(key, "elbv2").describe_load_balancers()[
            "LoadBalancers"
        ],
        "AWS::ElasticLoadBalancingV2::TargetGroup": fleet.client(key, "elbv2").describe_target_groups()["TargetGroups"],
        "AWS::Lambda::Function": fleet.client(key, "lambda").list_functions()["Functions"],
        "AWS::Events::Rule": fleet.client(key, "events").list_rules()["Rules"],
        "AWS::IAM::Role": fleet.client(key, "iam").list_roles()["Roles"],
    }
    for kind, found in left.items():
        if kind in {definition["Type"] for definition in body.values()} - kept:
            assert found == [], kind


@pytest.mark.parametrize("group", ["main", "standby", "bare"])
def test_everything_that_can_be_switched_on_deploys(aws: Aws, control: Control, group: str) -> None:
    """No setting of the configuration gives a stack that only fails on AWS: all of them deploy without drift."""
    fleet = Fleet(aws, "tests/stacks/full")
    fleet.prepare(control)
    keys = fleet.needed(group)
    fleet.deploy_all(*keys)
    for key in keys:
        fleet.is_whole(key)
        assert fleet.drift(key) == []
