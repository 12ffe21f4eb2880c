"""Resources of calls that ministack answers, where its own idea of the resource is not AWS's.

Source: Service Authorization Reference, the pages of IAM, CloudFront, EventBridge, KMS, Lambda, CloudWatch, CloudWatch Logs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from generator.sandbox.server import ministack_server

if TYPE_CHECKING:
    from generator.sandbox.iam.call_resources import Check
    from generator.sandbox.server.wire import Request

_NO_ID = "00000000-0000-0000-0000-000000000000"  # of a group, which calls do not name


def refined(request: Request, check: Check) -> list[Check]:  # noqa: C901, PLR0912 - a case a service
    """The check with AWS's resource, or one for each of its resources."""
    here = f"{request.region}:{request.account}"
    match request.service:
        case "iam" if request.text("InstanceProfileName"):
            resources = [_instance_profile(request)]
        case "iam" if request.text("OpenIDConnectProviderArn"):
            resources = [request.text("OpenIDConnectProviderArn")]
        case "iam" if request.text("RoleName") and ":role/" in check.resource:
            resources = [_role(request)]
        case "events":
            resources = [_rule(request, check.resource, here)]
        case "kms":
            resources = _keys(request, check.resource, here)
        case "logs" if request.action in {"DescribeLogStreams", "FilterLogEvents"}:
            # As AWS's refusals word it; so a pattern must end in `:*`.
            resources = [f"{check.resource.removesuffix(':*')}:log-stream:"]
        case "logs" if request.action in {"CreateLogStream", "PutLogEvents"}:
            stream = json.loads(request.body or b"{}").get("logStreamName", "")
            resources = [f"{check.resource.removesuffix(':*')}:log-stream:{stream}"]
        case "lambda" if request.action == "CreateFunction":
            name = str(json.loads(request.body or b"{}").get("FunctionName", ""))
            resources = [f"arn:aws:lambda:{here}:function:{name}"]
        case "autoscaling" if request.action in {"CreateOrUpdateTags", "DeleteTags"}:
            names = {str(tag.get("ResourceId")) for tag in request.params.get("Tags", ())}
            group = f"arn:aws:autoscaling:{here}:autoScalingGroup:{_NO_ID}:autoScalingGroupName"
            resources = [f"{group}/{name}" for name in sorted(names)]
        case "ec2" if request.action in {"CreateTags", "DeleteTags"}:
            resources = [
                f"arn:aws:ec2:{here}:resource/{name}" for name in request.params.get("ResourceId", {}).values()
            ]
        case "cloudfront":
            resources = [_at_the_edge(request)]
        case "ec2" if request.action in _EC2_DELETES:
            resources = _deleted(request, check.resource, here)
        case "servicediscovery" if request.action.endswith("Namespace") and check.resource != "*":
            # A namespace's id begins with ns-, and its ARN says what it is.
            resources = [check.resource.replace(":service/ns-", ":namespace/ns-")]
        case "rds":
            resources = _databases(request, check.resource, here)
        case "monitoring":
            resources = _watching(request, check.resource, here)
        case _:
            resources = [check.resource]
    found = [check._replace(resource=resource) for resource in resources]
    if request.service == "ec2" and request.params.get("TagSpecification"):
        # Tagging on creation is a right of its own (Amazon EC2 User Guide, "Grant permission to tag on creation").
        context = {"ec2:CreateAction": request.action}
        found.append(check._replace(action="ec2:CreateTags", resource="*", context=context))
    if request.action == "CreateDistributionWithTags":
        # IAM has no action of that name.
        made = f"arn:aws:cloudfront::{request.account}:distribution/NEW"
        return [
            check._replace(action="cloudfront:CreateDistribution"),
            check._replace(action="cloudfront:TagResource", resource=made),
        ]
    return found


def _role(request: Request) -> str:
    """A role's ARN holds its path, which calls do not name."""
    name = request.text("RoleName")
    found = ministack_server.role(request.account, name)
    if found and request.action != "CreateRole":
        return str(found["Arn"])
    return f"arn:aws:iam::{request.account}:role{request.text('Path', '/')}{name}"


def _instance_profile(request: Request) -> str:
    """Its ARN holds its path; a call that puts a role into it asks about the profile (and for ``iam:PassRole``)."""
    name = request.text("InstanceProfileName")
    found = ministack_server.instance_profile(request.account, name)
    if found and request.action != "CreateInstanceProfile":
        return str(found["Arn"])
    return f"arn:aws:iam::{request.account}:instance-profile{request.text('Path', '/')}{name}"


def _at_the_edge(request: Request) -> str:
    """What a path names: ``/2020-05-31/function/NAME/publish``. Creating and listing name nothing."""
    if request.query.get("Resource"):
        return request.query["Resource"]
    _, _, kind, *name = [*request.path.split("/"), "", ""][:4]
    return f"arn:aws:cloudfront::{request.account}:{kind}/{name[0]}" if name and name[0] else "*"


def _keys(request: Request, resource: str, here: str) -> list[str]:
    """An alias that is created or changed, and its key; a key that is named by its alias is asked about as the key."""
    if request.text("AliasName"):
        alias, key = f"arn:aws:kms:{here}:{request.text('AliasName')}", request.text("TargetKeyId")
        return [alias, key if key.startswith("arn:") else f"arn:aws:kms:{here}:key/{key}"] if key else [alias]
    if ":alias/" in resource:
        with ministack_server.scope(request.account, request.region):
            found = ministack_server.kms_key(resource)
        return [str(found["Arn"]) if found else resource]
    return [resource]


def _rule(request: Request, resource: str, here: str) -> str:
    """Rules of the default bus have no bus in their ARN, and a bus is no rule."""
    name = request.text("Rule") or request.text("Name")
    if request.action.endswith("EventBus") and name:
        return f"arn:aws:events:{here}:event-bus/{name}"
    if request.action.endswith(("Rule", "Targets", "TargetsByRule")) and name:
        bus = request.text("EventBusName", "default").rpartition("/")[2]
        return f"arn:aws:events:{here}:rule/{'' if bus == 'default' else bus + '/'}{name}"
    return resource


# What is deleted is named by one parameter, and held by its tags.
_EC2_DELETES = {
    "DeleteInternetGateway": ("InternetGatewayId", "internet-gateway"),
    "DeleteLaunchTemplate": ("LaunchTemplateId", "launch-template"),
    "DeleteNatGateway": ("NatGatewayId", "natgateway"),
    "DeleteNetworkAcl": ("NetworkAclId", "network-acl"),
    "DeleteRouteTable": ("RouteTableId", "route-table"),
    "DeleteSecurityGroup": ("GroupId", "security-group"),
    "DeleteSubnet": ("SubnetId", "subnet"),
    "DeleteVpc": ("VpcId", "vpc"),
    "DeleteVpcEndpoints": ("VpcEndpointId", "vpc-endpoint"),
}


def _deleted(request: Request, resource: str, here: str) -> list[str]:
    parameter, kind = _EC2_DELETES[request.action]
    given = request.params.get(parameter)
    ids = list(given.values()) if isinstance(given, dict) else [given] if isinstance(given, str) else given or []
    return [f"arn:aws:ec2:{here}:{kind}/{id_}" for id_ in ids] or [resource]


# What a call of RDS names, and the kind of its ARN, whose names are in lower case.
_OF_RDS = {
    "DBInstanceIdentifier": "db",
    "DBParameterGroupName": "pg",
    "DBSubnetGroupName": "subgrp",
    "DBSnapshotIdentifier": "snapshot",
}


def _databases(request: Request, resource: str, here: str) -> list[str]:
    """Everything that a call of RDS names; a new instance belongs to its engine's default option group too."""
    if request.action.startswith("Describe"):
        return [resource]
    if request.text("ResourceName"):
        return [request.text("ResourceName")]
    found = [
        f"arn:aws:rds:{here}:{kind}:{request.text(name).rpartition(':')[2].lower()}"
        for name, kind in _OF_RDS.items()
        if request.text(name)
    ]
    if request.action == "CreateDBInstance":
        engine, major = request.text("Engine"), request.text("EngineVersion").partition(".")[0]
        found.append(f"arn:aws:rds:{here}:og:default:{engine}-{major}")
    return found or [resource]


def _watching(request: Request, resource: str, here: str) -> list[str]:
    """Dashboards have no region; alarms that a call lists without naming them are `alarm:*`, deleted ones each its own."""
    if request.action in {"PutDashboard", "GetDashboard"}:
        return [f"arn:aws:cloudwatch::{request.account}:dashboard/{request.text('DashboardName')}"]
    if request.action == "DeleteDashboards":
        boards = f"arn:aws:cloudwatch::{request.account}:dashboard/"
        return [f"{boards}{name}" for name in request.params.get("DashboardNames", ())] or [resource]
    if request.action == "DeleteAlarms":
        return [f"arn:aws:cloudwatch:{here}:alarm:{name}" for name in request.params.get("AlarmNames", ())] or [
            resource
        ]
    if request.action in {"DescribeAlarms", "DescribeAlarmHistory"}:
        return [f"arn:aws:cloudwatch:{here}:alarm:*"]
    return [resource]
