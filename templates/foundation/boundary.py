"""The permission boundary: the most that a role of a workload can ever do, whatever its own policies say."""

from typing import TYPE_CHECKING

from troposphere import Ref, iam

from templates import arns
from templates.policies import actions, allow, deny, document

if TYPE_CHECKING:
    from templates.stack import Stack

# Running, by service. A role gets of these what its own policies name, on the resources that they name.
_RUNTIME = {
    "application-autoscaling": ("Describe*",),
    "cloudwatch": ("Describe*", "Get*", "ListMetrics", "PutMetricData"),
    "dynamodb": (
        "*Item", "Describe*", "GetRecords", "GetShardIterator", "ListStreams", "PartiQL*", "Query", "Scan",
    ),
    "ec2": (
        "*NetworkAcl", "*NetworkInterface", "*PrivateIpAddresses", "CreateNetworkAclEntry", "CreateTags", "Describe*",
        "GetManagedPrefixListEntries", "ReplaceNetworkAclAssociation",
    ),
    "ec2messages": ("*",),
    "ecr": ("BatchCheckLayerAvailability", "BatchGetImage", "GetAuthorizationToken", "GetDownloadUrlForLayer"),
    "ecs": (
        "DeregisterContainerInstance", "Describe*", "DiscoverPollEndpoint", "List*", "Poll", "PutSystemLogEvents",
        "RegisterContainerInstance", "StartTelemetrySession", "StopTask", "Submit*", "UpdateContainerInstancesState",
    ),
    "elasticloadbalancing": ("DeregisterTargets", "Describe*", "ModifyListener", "ModifyRule", "RegisterTargets"),
    "events": ("PutEvents",),
    "kms": ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*"),
    "lambda": ("InvokeFunction",),
    "logs": (
        "CreateLogDelivery", "CreateLogStream", "Describe*", "FilterLogEvents", "GetLogEvents", "PutLogEvents",
        "PutResourcePolicy",
    ),
    "rds": ("Describe*", "RebootDBInstance"),
    "rds-db": ("connect",),
    "s3": ("AbortMultipartUpload", "DeleteObject", "GetBucketLocation", "GetObject*", "List*", "PutObject"),
    "secretsmanager": ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"),
    "sns": ("Publish",),
    "sqs": (
        "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ReceiveMessage", "SendMessage",
    ),
    "ssm": (
        "AddTagsToResource", "CancelCommand", "CreateActivation", "DeleteActivation", "DeregisterManagedInstance",
        "Describe*", "Get*", "List*", "SendCommand", "Update*Information", "UpdateInstanceAssociationStatus",
    ),
    "ssmmessages": ("*",),
    "tag": ("GetResources",),
    "xray": ("Get*", "Put*"),
}  # fmt: skip
# Everything in IAM but PassRole, which the fault agent of a chaos experiment needs for one role.
_IAM = (
    "Add*", "Attach*", "Create*", "Deactivate*", "Delete*", "Detach*", "Enable*", "Generate*", "Get*", "List*", "Put*",
    "Remove*", "Set*", "Simulate*", "Tag*", "Untag*", "Update*", "Upload*",
)  # fmt: skip


def add_boundary(s: "Stack") -> iam.ManagedPolicy:
    """``PLATFORM-boundary``; gives ``BoundaryArn``. It allows running and never administering.

    The denials matter although nothing allows these actions: a resource policy that names a role's session is not
    held by what a boundary merely leaves out (IAM User Guide: Permissions boundaries, evaluating).
    """
    agent = arns.workload_role(s.scope, "*/fault-???????")
    policy = s.add(
        iam.ManagedPolicy(
            "Boundary",
            ManagedPolicyName=f"{s.scope.platform}-boundary",
            Description="The most that a role of a workload can do",
            PolicyDocument=document(
                allow("Run", [a for service, names in _RUNTIME.items() for a in actions(service, *names)], ["*"]),
                allow(
                    "PassFaultAgent",
                    actions("iam", "PassRole"),
                    [agent],
                    {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
                ),
                # A command before a release is a task of the service's own family, with the service's own roles.
                allow(
                    "RunBeforeRelease",
                    actions("ecs", "RunTask"),
                    [arns.here("ecs", f"task-definition/{s.scope.platform}-*")],
                ),
                allow(
                    "PassTaskRoles",
                    actions("iam", "PassRole"),
                    [arns.workload_role(s.scope)],
                    {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
                ),
                deny(
                    "NeverAdminister",
                    [
                        *actions("iam", *_IAM),
                        *(
                            a
                            for service in ("account", "cloudformation", "cloudtrail", "organizations")
                            for a in actions(service, "*")
                        ),
                        *actions("sts", "AssumeRole"),
                    ],
                    ["*"],
                ),
            ),
        ),
        "No change to a workload's role, however it was approved, reaches beyond this.",
    )
    s.give("BoundaryArn", Ref(policy), "Permission boundary of every workload role")
    return policy
