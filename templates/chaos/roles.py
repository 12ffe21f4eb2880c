"""The experiment role, which grows with the experiments, and the role of the SSM agent inside slowed tasks."""

from typing import Any

from awacs.aws import Statement
from troposphere import Ref, Sub, iam

from templates.fault_agent import role_name
from templates.params.operations import ChaosParams
from templates.policies import actions, allow, document, trust
from templates.stack import Stack

_MANAGED = {"aws:RequestTag/managedByFIS": "true"}


def _arn(service: str, rest: str, **values: Any) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}", values or None)


def role(s: Stack, p: ChaosParams) -> iam.Role:
    """What FIS assumes. It can do what the chosen experiments need, in this environment's cluster and VPC."""
    statements = _logging()
    if "kill-tasks" in p.chaos.experiments or "database-latency" in p.chaos.experiments:
        statements += _find_tasks(s)
    if "kill-tasks" in p.chaos.experiments:
        statements.append(allow("StopTasks", actions("ecs", "StopTask"), [_tasks(s)]))
    if "zone-loss" in p.chaos.experiments:
        statements += _cut_subnets(s)
    if "database-latency" in p.chaos.experiments:
        statements += _delay_packets()
    return s.add(
        iam.Role(
            "ExperimentRole",
            Path=s.scope.role_path,
            PermissionsBoundary=s.need("BoundaryArn", about="Permission boundary of every workload role"),
            AssumeRolePolicyDocument=trust(
                "fis.amazonaws.com",
                {
                    "StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")},
                    "ArnLike": {"aws:SourceArn": _arn("fis", "experiment/*")},
                },
            ),
            Policies=[iam.Policy(PolicyName="experiments", PolicyDocument=document(*statements))],
        ),
        "FIS acts as this role; it reaches this environment's tasks and subnets, nothing else.",
    )


def _logging() -> list[Statement]:
    # FIS User Guide, "Experiment logging for AWS FIS": log delivery knows no resources.
    names = ("CreateLogDelivery", "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups")
    return [allow("LogDelivery", actions("logs", *names), ["*"])]


def _tasks(s: Stack) -> Sub:
    return _arn("ecs", "task/${Cluster}/*", Cluster=s.need("ClusterName", about="Name of the ECS cluster"))


def _find_tasks(s: Stack) -> list[Statement]:
    cluster = {"ArnEquals": {"ecs:cluster": s.need("ClusterArn", about="ARN of the ECS cluster")}}
    return [
        # ListTasks takes no resource of a Fargate task; the cluster is its condition key.
        allow("ListTasks", actions("ecs", "ListTasks"), ["*"], cluster),
        allow("DescribeTasks", actions("ecs", "DescribeTasks"), [_tasks(s)]),
    ]


def _cut_subnets(s: Stack) -> list[Statement]:
    """As the managed policy AWSFaultInjectionSimulatorNetworkAccess, narrowed to one VPC and to network ACLs."""
    vpc = s.need("VpcId", about="The environment's VPC")
    vpc_arn = _arn("ec2", "vpc/${Vpc}", Vpc=vpc)
    acls = _arn("ec2", "network-acl/*")
    return [
        allow(
            "ReadNetwork",
            actions("ec2", "DescribeVpcs", "DescribeSubnets", "DescribeNetworkAcls", "DescribeManagedPrefixLists"),
            ["*"],
        ),
        allow("CreateAclInVpc", actions("ec2", "CreateNetworkAcl"), [vpc_arn]),
        allow("CreateOwnAcl", actions("ec2", "CreateNetworkAcl"), [acls], {"StringEquals": _MANAGED}),
        allow(
            "TagOwnAcl",
            actions("ec2", "CreateTags"),
            [acls],
            {"StringEquals": {"ec2:CreateAction": "CreateNetworkAcl", **_MANAGED}},
        ),
        allow(
            "ChangeOwnAcl",
            actions("ec2", "CreateNetworkAclEntry", "DeleteNetworkAcl"),
            [acls],
            {"StringEquals": {"ec2:ResourceTag/managedByFIS": "true"}},
        ),
        allow(
            "SwapAcls",
            actions("ec2", "ReplaceNetworkAclAssociation"),
            [_arn("ec2", "subnet/*"), acls],
            {"ArnEquals": {"ec2:Vpc": vpc_arn}},
        ),
    ]


def _delay_packets() -> list[Statement]:
    document_arn = Sub("arn:${AWS::Partition}:ssm:${AWS::Region}::document/AWSFIS-Run-Network-Latency-ECS")
    return [
        allow("RunLatencyDocument", actions("ssm", "SendCommand"), [document_arn]),
        allow(
            "RunInsideTasks",
            actions("ssm", "SendCommand"),
            [_arn("ssm", "managed-instance/*")],
            # The agent's start script sets this tag on the tasks that it registers.
            {"StringEquals": {"ssm:resourceTag/FAULT_INJECTION_SIDECAR": "true"}},
        ),
        allow("FollowCommands", actions("ssm", "ListCommands", "CancelCommand"), ["*"]),
        allow("ReadHosts", actions("ec2", "DescribeInstances", "DescribeSubnets"), ["*"]),
    ]


def instance_role(s: Stack) -> iam.Role:
    """What the SSM agent inside a slowed task registers as. Its name is fixed: tasks name it before it exists."""
    return s.add(
        iam.Role(
            "FaultAgentRole",
            RoleName=role_name(s.scope),
            Path=s.scope.role_path,
            PermissionsBoundary=s.need("BoundaryArn", about="Permission boundary of every workload role"),
            AssumeRolePolicyDocument=trust(
                "ssm.amazonaws.com",
                {
                    "StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")},
                    "ArnLike": {"aws:SourceArn": _arn("ssm", "*")},
                },
            ),
            ManagedPolicyArns=[Sub("arn:${AWS::Partition}:iam::aws:policy/AmazonSSMManagedInstanceCore")],
            Policies=[
                iam.Policy(
                    PolicyName="leave",
                    PolicyDocument=document(
                        allow(
                            "Leave",
                            actions("ssm", "DeleteActivation", "DeregisterManagedInstance"),
                            ["*"],
                        )
                    ),
                )
            ],
        ),
        "Lets FIS reach the agent in a task, and the agent remove itself when the task ends.",
    )
