"""What IAM is asked about a call of ours, beside the Service Authorization Reference."""

from __future__ import annotations

from typing import Any

import pytest

from generator.sandbox.iam.call_arns import refined
from generator.sandbox.iam.call_resources import Check, checks, passed
from generator.sandbox.server.wire import Request

HERE = "arn:aws:ecs:eu-west-1:111122223333"
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack"


def call(service: str, action: str, /, **params: Any) -> Request:
    """A call."""
    return Request(service, action, "query", params, "111122223333", "eu-west-1", "k", "POST", "/", {}, {}, b"", "id")


@pytest.mark.parametrize(
    ("request_", "resources"),
    [
        (call("cloudformation", "ListStacks"), ["*"]),
        (call("cloudformation", "DescribeStacks"), ["*"]),
        (call("cloudformation", "ValidateTemplate", TemplateBody="{}"), ["*"]),
        (call("cloudformation", "DescribeStacks", StackName="a"), [f"{STACK}/a/00000000-0000-0000-0000-000000000000"]),
        (call("cloudformation", "GetTemplate", StackName=f"{STACK}/a/1"), [f"{STACK}/a/1"]),
        (call("cloudformation", "DescribeEvents", ChangeSetName="arn:aws:cloudformation:x"), ["arn:aws:cloudformation:x"]),
        (call("cloudformation", "DescribeEvents", ChangeSetName="name"), ["*"]),
        (call("ecs", "ListClusters"), ["*"]),
        (call("ecs", "CreateCluster", clusterName="c"), ["*"]),
        (call("ecs", "DescribeClusters", clusters=["a", f"{HERE}:cluster/b"]), [f"{HERE}:cluster/a", f"{HERE}:cluster/b"]),
        (call("ecs", "DescribeClusters"), [f"{HERE}:cluster/default"]),
        (call("ecs", "DescribeTasks", cluster="c", tasks=["t"]), [f"{HERE}:task/c/t"]),
        (call("ecs", "UpdateService", cluster=f"{HERE}:cluster/c", service="s"), [f"{HERE}:service/c/s"]),
        (call("ecs", "CreateService", serviceName="s"), [f"{HERE}:service/default/s"]),
        (call("ecs", "StopTask", cluster="c", task=f"{HERE}:task/c/t"), [f"{HERE}:task/c/t"]),
        (call("ecs", "RunTask", cluster="c", taskDefinition="f:1"), [f"{HERE}:task-definition/f:1"]),
        (call("ecs", "RegisterTaskDefinition", family="f"), [f"{HERE}:task-definition/f:*"]),
        (call("ecs", "PutClusterCapacityProviders", cluster="c"), [f"{HERE}:cluster/c"]),
        (call("ecs", "DescribeServiceRevisions", serviceRevisionArns=["r1", "r2"]), ["r1", "r2"]),
        (call("ecs", "PutAccountSetting"), ["*"]),
        (call("ecs", "UpdateCapacityProvider", name="ec2-x"), [f"{HERE}:capacity-provider/ec2-x"]),
        (call("ecs", "DeleteCapacityProvider", capacityProvider="ec2-x"), [f"{HERE}:capacity-provider/ec2-x"]),
        (call("application-autoscaling", "DescribeScalableTargets"), ["*"]),
        (call("application-autoscaling", "PutScalingPolicy"),
         ["arn:aws:application-autoscaling:eu-west-1:111122223333:scalable-target/*"]),
        (call("fis", "DeleteExperimentTemplate", id="EXT1"), ["arn:aws:fis:eu-west-1:111122223333:experiment-template/EXT1"]),
        (call("fis", "TagResource", resourceArn="arn:aws:fis:x"), ["arn:aws:fis:x"]),
        (call("fis", "ListActions"), ["*"]),
        (call("globalaccelerator", "ListAccelerators"), ["*"]),
    ],
    ids=lambda value: f"{value.service}:{value.action}" if isinstance(value, Request) else "",
)  # fmt: skip
def test_the_resource_of_a_call(request_: Request, resources: list[str]) -> None:
    """A policy on the resource's ARN holds for the call."""
    assert [check.resource for check in checks(request_)] == resources


ALARM = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm"
RDS = "arn:aws:rds:eu-west-1:111122223333"
PROFILE = "arn:aws:iam::111122223333:instance-profile"
GROUP = "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:00000000-0000-0000-0000-000000000000:autoScalingGroupName"


@pytest.mark.parametrize(
    ("request_", "resources"),
    [
        (call("monitoring", "DeleteAlarms", AlarmNames=["a", "b"]), [f"{ALARM}:a", f"{ALARM}:b"]),
        (call("monitoring", "DeleteAlarms"), ["*"]),
        (
            call("ec2", "DeleteNatGateway", NatGatewayId="nat-1"),
            ["arn:aws:ec2:eu-west-1:111122223333:natgateway/nat-1"],
        ),
        (
            call("ec2", "DeleteVpcEndpoints", VpcEndpointId={"1": "vpce-1"}),
            ["arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1"],
        ),
        (call("ec2", "DeleteSubnet"), ["*"]),
        (
            call("monitoring", "DeleteDashboards", DashboardNames=["d"]),
            ["arn:aws:cloudwatch::111122223333:dashboard/d"],
        ),
        (call("rds", "CreateDBParameterGroup", DBParameterGroupName="P"), [f"{RDS}:pg:p"]),
        (call("rds", "CreateDBSubnetGroup", DBSubnetGroupName="s"), [f"{RDS}:subgrp:s"]),
        (call("rds", "DeleteDBInstance", DBInstanceIdentifier="d"), [f"{RDS}:db:d"]),
        (call("rds", "DescribeDBInstances", DBInstanceIdentifier="d"), ["*"]),
        (call("rds", "AddTagsToResource", ResourceName=f"{RDS}:db:d"), [f"{RDS}:db:d"]),
        (
            call(
                "rds",
                "CreateDBInstance",
                DBInstanceIdentifier="d",
                DBParameterGroupName="p",
                Engine="postgres",
                EngineVersion="17.4",
            ),
            [f"{RDS}:db:d", f"{RDS}:pg:p", f"{RDS}:og:default:postgres-17"],
        ),
        (
            call("ec2", "DeleteSecurityGroup", GroupId="sg-1"),
            ["arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1"],
        ),
        (call("monitoring", "DescribeAlarms"), [f"{ALARM}:*"]),
        (call("events", "CreateEventBus", Name="b"), ["arn:aws:events:eu-west-1:111122223333:event-bus/b"]),
        (call("events", "PutRule", Name="r", EventBusName="b"), ["arn:aws:events:eu-west-1:111122223333:rule/b/r"]),
        (call("iam", "CreateInstanceProfile", InstanceProfileName="p", Path="/x/"), [f"{PROFILE}/x/p"]),
        (call("iam", "AddRoleToInstanceProfile", InstanceProfileName="p", RoleName="r"), [f"{PROFILE}/p"]),
        (call("autoscaling", "CreateOrUpdateTags", Tags=[{"ResourceId": "g"}, {"ResourceId": "g"}]), [f"{GROUP}/g"]),
    ],
    ids=lambda value: f"{value.service}:{value.action}" if isinstance(value, Request) else "",
)
def test_the_resource_where_ministack_has_another_one(request_: Request, resources: list[str]) -> None:
    """Service Authorization Reference: CloudWatch, EventBridge, IAM and EC2 Auto Scaling hold these calls by what they are about."""
    found = refined(request_, Check(f"{request_.service}:{request_.action}", "*", {}))
    assert [check.resource for check in found] == resources


def test_condition_keys_of_a_change_set() -> None:
    """Service Authorization Reference, CloudFormation: what is sent becomes a key, what is not stays absent."""
    sent = {
        "StackName": "a",
        "ChangeSetName": "bot-1",
        "RoleARN": "arn:role",
        "TemplateURL": "https://x",
        "ResourcesToImport": [{"ResourceType": "AWS::SQS::Queue"}],
        "ResourceTypes": ["AWS::SQS::*"],
        "Tags": [{"Key": "owner", "Value": "me"}],
    }
    create, tag = checks(call("cloudformation", "CreateChangeSet", **sent))
    tags = {"aws:TagKeys": ["owner"], "aws:RequestTag/owner": "me"}
    assert create.context == tags | {
        "cloudformation:ChangeSetName": "bot-1",
        "cloudformation:RoleArn": "arn:role",
        "cloudformation:TemplateUrl": "https://x",
        "cloudformation:ImportResourceTypes": ["AWS::SQS::Queue"],
        "cloudformation:ResourceTypes": ["AWS::SQS::*"],
    }
    assert tag.action == "cloudformation:TagResource"
    assert tag.context == tags | {"cloudformation:CreateAction": "CreateChangeSet"}
    assert checks(call("cloudformation", "CreateChangeSet", StackName="a", ChangeSetName="c"))[0].context == {
        "cloudformation:ChangeSetName": "c"
    }


def test_the_cluster_of_a_deployment_is_in_its_arn() -> None:
    """ecs:cluster holds for what is named by ARN alone."""
    (check,) = checks(call("ecs", "StopServiceDeployment", serviceDeploymentArn=f"{HERE}:service-deployment/c/s/1"))
    assert check.context == {"ecs:cluster": f"{HERE}:cluster/c"}


def test_every_role_that_is_passed_is_asked_for() -> None:
    """IAM User Guide, "Grant permissions to pass a role": each role, and the service that gets it."""
    lb = [{"advancedConfiguration": {"roleArn": "arn:lb"}}, {}]
    assert passed(call("ecs", "CreateService", loadBalancers=lb))[0].context == {
        "iam:PassedToService": "ecs.amazonaws.com"
    }
    roles = passed(call("ecs", "RegisterTaskDefinition", taskRoleArn="arn:task", executionRoleArn="arn:execution"))
    assert [check.resource for check in roles] == ["arn:task", "arn:execution"]
    assert (
        passed(call("ecs", "RegisterTaskDefinition", taskRoleArn="task"))[0].resource
        == "arn:aws:iam::111122223333:role/task"
    )
    assert passed(call("sqs", "SendMessage")) == []


EDGE = "arn:aws:cloudfront::111122223333"


@pytest.mark.parametrize(
    ("action", "path", "query", "asked"),
    [
        ("CreateFunction", "function", {}, [("CreateFunction", "*")]),
        ("PublishFunction", "function/web/publish", {}, [("PublishFunction", f"{EDGE}:function/web")]),
        ("GetDistribution", "distribution/E1", {}, [("GetDistribution", f"{EDGE}:distribution/E1")]),
        ("CreateOriginAccessControl", "origin-access-control", {}, [("CreateOriginAccessControl", "*")]),
        ("TagResource", "tagging", {"Resource": f"{EDGE}:function/web"}, [("TagResource", f"{EDGE}:function/web")]),
        (
            "CreateDistributionWithTags", "distribution", {},
            [("CreateDistribution", "*"), ("TagResource", f"{EDGE}:distribution/NEW")],
        ),
    ],
)  # fmt: skip
def test_a_call_of_cloudfront_is_asked_about_by_what_its_path_names(
    action: str, path: str, query: dict[str, str], asked: list[tuple[str, str]]
) -> None:
    """A policy on a function's or a distribution's ARN holds here as it does in AWS; creating takes no resource."""
    request = call("cloudfront", action)._replace(path=f"/2020-05-31/{path}", query=query)
    found = refined(request, Check(f"cloudfront:{action}", "*", {}))
    assert [(check.action, check.resource) for check in found] == [(f"cloudfront:{name}", on) for name, on in asked]
