"""ECS and autoscaling through CloudFormation, over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

CLUSTER: dict[str, Any] = {
    "Cluster": {
        "Type": "AWS::ECS::Cluster",
        "Properties": {
            "ClusterName": "c2",
            "ClusterSettings": [{"Name": "containerInsights", "Value": {"Ref": "Insights"}}],
            "Tags": [{"Key": "team", "Value": {"Ref": "Team"}}],
        },
    },
    "Own": {
        "Type": "AWS::ECS::CapacityProvider",
        "Properties": {
            "Name": "ec2-own",
            "AutoScalingGroupProvider": {
                "AutoScalingGroupArn": "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/x",
                "ManagedScaling": {"Status": "ENABLED", "TargetCapacity": {"Ref": "Max"}},
            },
            "Tags": [{"Key": "team", "Value": {"Ref": "Team"}}],
        },
    },
    "Capacity": {
        "Type": "AWS::ECS::ClusterCapacityProviderAssociations",
        "Properties": {
            "Cluster": {"Ref": "Cluster"},
            "CapacityProviders": ["FARGATE", {"Ref": "Own"}],
            "DefaultCapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": {"Ref": "Max"}}],
        },
    },
}
SERVICE: dict[str, Any] = {
    "Task": {
        "Type": "AWS::ECS::TaskDefinition",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "Family": "f",
            "Cpu": "256",
            "Memory": "512",
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "ContainerDefinitions": [
                {"Name": "app", "Image": {"Ref": "Image"}, "PortMappings": [{"ContainerPort": 80}]}
            ],
            "Tags": [{"Key": "team", "Value": {"Ref": "Team"}}],
        },
    },
    "Service": {
        "Type": "AWS::ECS::Service",
        "Properties": {
            "ServiceName": "web",
            "Cluster": {"Ref": "Cluster"},
            "TaskDefinition": {"Ref": "Task"},
            "DesiredCount": {"Ref": "Count"},
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [{"Ref": "Subnet"}]}},
            "DeploymentConfiguration": {
                "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
                "MaximumPercent": {"Ref": "Percent"},
            },
            "Tags": [{"Key": "team", "Value": {"Ref": "Team"}}],
        },
    },
    "Target": {
        "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
        "Properties": {
            "MinCapacity": 1,
            "MaxCapacity": {"Ref": "Max"},
            "ResourceId": {"Fn::Join": ["/", ["service", {"Ref": "Cluster"}, {"Fn::GetAtt": ["Service", "Name"]}]]},
            "ScalableDimension": "ecs:service:DesiredCount",
            "ServiceNamespace": "ecs",
            "Tags": [{"Key": "team", "Value": {"Ref": "Team"}}],
        },
    },
    "Policy": {
        "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
        "Properties": {
            "PolicyName": "cpu",
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": {"Ref": "Target"},
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": {"Ref": "Percent"},
                "DisableScaleIn": True,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageMemoryUtilization"},
            },
        },
    },
}
DEFAULTS = {
    "Subnet": "",
    "Image": "app:1",
    "Count": "2",
    "Max": "4",
    "Percent": "200",
    "Team": "a",
    "Insights": "enabled",
}
BODY = {
    "Parameters": {n: {"Type": "Number" if v.isdigit() else "String", "Default": v} for n, v in DEFAULTS.items()},
    "Resources": CLUSTER | SERVICE,
    "Outputs": {
        "Name": {"Value": {"Fn::GetAtt": ["Service", "Name"]}},
        "Arn": {"Value": {"Fn::GetAtt": ["Cluster", "Arn"]}},
    },
}
Deploy = Callable[..., str]


@pytest.fixture
def deploy(stage: Any) -> Deploy:
    """Brings the stack to these parameters and waits; its status."""
    cfn = stage.aws("cloudformation")

    def go(*, wait: bool = True, body: dict[str, Any] = BODY, **parameters: str) -> str:
        known = [s for s in cfn.list_stacks()["StackSummaries"] if s["StackStatus"] != "DELETE_COMPLETE"]
        parameters["Subnet"] = stage.subnets[0]
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        name = f"cs-{time.time_ns()}"
        kind = "UPDATE" if known else "CREATE"
        cfn.create_change_set(
            StackName="s", ChangeSetName=name, ChangeSetType=kind, TemplateBody=json.dumps(body), Parameters=given
        )
        done = ("CREATE_COMPLETE", "FAILED")
        stage.until(lambda: cfn.describe_change_set(StackName="s", ChangeSetName=name)["Status"], lambda s: s in done)
        cfn.execute_change_set(StackName="s", ChangeSetName=name)
        look = lambda: str(cfn.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"])  # noqa: E731
        return stage.until(look, lambda s: not s.endswith("IN_PROGRESS")) if wait else look()

    return go


def test_a_stack_of_ecs_lives(stage: Any, deploy: Deploy) -> None:
    """A user deploys, changes, reads back without drift and deletes every ECS and scaling type (CloudFormation resource reference)."""
    cfn, ecs = stage.aws("cloudformation"), stage.ecs
    assert deploy() == "CREATE_COMPLETE"
    shown = ecs.describe_services(cluster="c2", services=["web"], include=["TAGS"])["services"][0]
    assert (shown["runningCount"], shown["deployments"][0]["rolloutState"]) == (2, "COMPLETED")
    assert {row["key"]: row["value"] for row in shown["tags"]}["team"] == "a"
    changed = {"Image": "app:2", "Count": "3", "Max": "6", "Percent": "150", "Team": "b", "Insights": "disabled"}
    assert deploy(**changed) == "UPDATE_COMPLETE"
    shown = ecs.describe_services(cluster="c2", services=["web"], include=["TAGS"])["services"][0]
    assert (shown["runningCount"], shown["desiredCount"]) == (3, 3)
    assert {row["key"]: row["value"] for row in shown["tags"]}["team"] == "b"
    assert ecs.describe_task_definition(taskDefinition="f:1")["taskDefinition"]["status"] == "ACTIVE"
    outputs = {o["OutputKey"]: o["OutputValue"] for o in cfn.describe_stacks(StackName="s")["Stacks"][0]["Outputs"]}
    assert outputs == {"Name": "web", "Arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/c2"}
    assert drift(stage) == {}
    cfn.delete_stack(StackName="s")
    stage.until(lambda: cfn.list_stacks()["StackSummaries"][0]["StackStatus"], lambda s: s == "DELETE_COMPLETE")
    assert ecs.describe_clusters(clusters=["c2"])["clusters"][0]["status"] == "INACTIVE"
    assert ecs.describe_services(cluster="c", services=["web"])["services"] == []


def drift(stage: Any) -> dict[str, Any]:
    """What differs, by logical id."""
    cfn = stage.aws("cloudformation")
    found = cfn.detect_stack_drift(StackName="s")["StackDriftDetectionId"]
    look = lambda: cfn.describe_stack_drift_detection_status(StackDriftDetectionId=found)["DetectionStatus"]  # noqa: E731
    stage.until(look, lambda s: s == "DETECTION_COMPLETE")
    rows = cfn.describe_stack_resource_drifts(StackName="s")["StackResourceDrifts"]
    return {
        row["LogicalResourceId"]: [d["PropertyPath"] for d in row.get("PropertyDifferences", [])]
        for row in rows
        if row["StackResourceDriftStatus"] != "IN_SYNC"
    }


def test_changes_behind_the_back_are_drift(stage: Any, deploy: Deploy) -> None:
    """A user finds the service that somebody scaled by hand, and what was deleted (User Guide, drift detection)."""
    deploy()
    stage.ecs.update_service(cluster="c2", service="web", desiredCount=1)
    stage.ecs.deregister_task_definition(taskDefinition="f:1")
    stage.aws("application-autoscaling").deregister_scalable_target(
        ServiceNamespace="ecs", ResourceId="service/c2/web", ScalableDimension="ecs:service:DesiredCount"
    )
    found = drift(stage)
    assert found["Service"] == ["/DesiredCount"]
    assert {"Task", "Target", "Policy"} <= found.keys()


def test_cloudformation_waits_and_fails_with_the_reason_of_ecs(stage: Any, deploy: Deploy) -> None:
    """A user whose image exits sees UPDATE_FAILED in AWS's words, and the old image after the rollback."""
    deploy()
    stage.behave("app:2", "exits")
    assert deploy(Image="app:2") == "UPDATE_ROLLBACK_COMPLETE"
    events = stage.aws("cloudformation").describe_stack_events(StackName="s")["StackEvents"]
    (failed,) = [e for e in events if e["ResourceStatus"] == "UPDATE_FAILED"]
    assert failed["LogicalResourceId"] == "Service"
    assert failed["ResourceStatusReason"].startswith(
        "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.\" (RequestToken: "
    )
    assert "HandlerErrorCode: GeneralServiceException)" in failed["ResourceStatusReason"]
    tasks = stage.ecs.list_tasks(cluster="c2")["taskArns"]
    assert {t["containers"][0]["image"] for t in stage.ecs.describe_tasks(cluster="c2", tasks=tasks)["tasks"]} == {
        "app:1"
    }


def test_a_first_deployment_that_fails_is_taken_away(stage: Any, deploy: Deploy) -> None:
    """A user whose first image is missing gets ROLLBACK_COMPLETE and no service left."""
    stage.behave("app:1", "missing")
    assert deploy() == "ROLLBACK_COMPLETE"
    assert stage.ecs.describe_clusters(clusters=["c2"])["clusters"][0]["status"] == "INACTIVE"


def test_an_update_can_be_cancelled(stage: Any, deploy: Deploy) -> None:
    """A user cancels an update whose service takes too long and is back on the old image (API Reference, CancelUpdateStack)."""
    deploy()
    cfn = stage.aws("cloudformation")
    stage.control.speed(0.2)
    deploy(wait=False, Image="app:2")
    look = lambda: stage.ecs.describe_services(cluster="c2", services=["web"])["services"][0]["deployments"]  # noqa: E731
    stage.until(look, lambda rows: rows[0]["rolloutState"] == "IN_PROGRESS")
    cfn.cancel_update_stack(StackName="s")
    stage.control.speed(0)
    status = stage.until(
        lambda: cfn.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"], lambda s: not s.endswith("IN_PROGRESS")
    )
    assert status == "UPDATE_ROLLBACK_COMPLETE"
    tasks = stage.ecs.list_tasks(cluster="c2")["taskArns"]
    assert {t["containers"][0]["image"] for t in stage.ecs.describe_tasks(cluster="c2", tasks=tasks)["tasks"]} == {
        "app:1"
    }


def test_a_deployment_that_a_person_stops_fails_the_update(stage: Any, deploy: Deploy) -> None:
    """A user stops the service deployment of an update and finds the stack rolled back with that reason (assumed wording)."""
    deploy()
    stage.control.speed(0.2)
    deploy(wait=False, Image="app:2")
    look = lambda: stage.ecs.list_service_deployments(cluster="c2", service="web")["serviceDeployments"][0]  # noqa: E731
    row = stage.until(look, lambda found: found["status"] == "IN_PROGRESS")
    stage.ecs.stop_service_deployment(serviceDeploymentArn=row["serviceDeploymentArn"])
    stage.control.speed(0)
    cfn = stage.aws("cloudformation")
    shown = lambda: cfn.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"]  # noqa: E731
    assert stage.until(shown, lambda s: not s.endswith("IN_PROGRESS")) == "UPDATE_ROLLBACK_COMPLETE"
    reasons = [e.get("ResourceStatusReason", "") for e in cfn.describe_stack_events(StackName="s")["StackEvents"]]
    assert any("Service deployment rolled back because it was stopped by a user." in reason for reason in reasons)


def test_a_deployment_that_never_ends_is_given_up(stage: Any, deploy: Deploy) -> None:
    """A user without a circuit breaker waits for three hours of AWS's time, then the update fails (resource schema, handlers)."""
    deploy()
    stage.behave("app:2", "exits")
    without = json.loads(json.dumps(BODY))
    without["Resources"]["Service"]["Properties"]["DeploymentConfiguration"]["DeploymentCircuitBreaker"] = {"Enable": False, "Rollback": False}  # fmt: skip
    assert deploy(body=without, Image="app:2") == "UPDATE_ROLLBACK_COMPLETE"
    events = stage.aws("cloudformation").describe_stack_events(StackName="s")["StackEvents"]
    (failed,) = [e for e in events if e["ResourceStatus"] == "UPDATE_FAILED"]
    assert "Exceeded attempts to wait" in failed["ResourceStatusReason"]
    assert "HandlerErrorCode: NotStabilized" in failed["ResourceStatusReason"]


def test_stack_events_reach_a_queue(stage: Any, deploy: Deploy) -> None:
    """A user's rule on aws.cloudformation delivers stack and resource events (User Guide, EventBridge)."""
    sqs, events = stage.aws("sqs"), stage.aws("events")
    queue = sqs.create_queue(QueueName="cfn")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="cfn", EventPattern=json.dumps({"source": ["aws.cloudformation"]}))
    events.put_targets(Rule="cfn", Targets=[{"Id": "1", "Arn": arn}])
    deploy()
    found: set[tuple[str, str]] = set()

    def read() -> set[tuple[str, str]]:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            event = json.loads(message["Body"])
            who = event["detail"].get("logical-resource-id", "stack")
            found.add((who, event["detail"]["status-details"]["status"]))
        return found

    stage.until(read, lambda rows: {("Service", "CREATE_COMPLETE"), ("stack", "CREATE_COMPLETE")} <= rows)
