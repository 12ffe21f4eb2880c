"""Actions that let whoever has them gain more: the known ways up.

Sources: IAM User Guide, "Grant a user permissions to pass a role to an AWS service"; the API page of each action.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

WAYS: Mapping[str, str] = {
    "iam:PassRole": "lets it act as any role that it may pass",
    "iam:CreatePolicyVersion": "lets it rewrite a policy, its own too",
    "iam:SetDefaultPolicyVersion": "lets it bring back an older, wider version of a policy",
    "iam:AttachRolePolicy": "lets it give any policy to a role",
    "iam:AttachUserPolicy": "lets it give any policy to a user",
    "iam:AttachGroupPolicy": "lets it give any policy to a group",
    "iam:PutRolePolicy": "lets it write a policy into a role",
    "iam:PutUserPolicy": "lets it write a policy into a user",
    "iam:PutGroupPolicy": "lets it write a policy into a group",
    "iam:AddUserToGroup": "lets it take on the rights of a group",
    "iam:UpdateAssumeRolePolicy": "lets it say who may act as a role",
    "iam:CreateAccessKey": "lets it create keys of another user",
    "iam:CreateLoginProfile": "lets it set the password of another user",
    "iam:UpdateLoginProfile": "lets it change the password of another user",
    "iam:DeleteRolePermissionsBoundary": "lets it take away the limit of a role",
    "iam:PutRolePermissionsBoundary": "lets it move the limit of a role",
    "iam:DeleteUserPermissionsBoundary": "lets it take away the limit of a user",
    "iam:PutUserPermissionsBoundary": "lets it move the limit of a user",
    "iam:CreateRole": "lets it create a role that anyone it names may assume",
    "iam:CreateUser": "lets it create a user",
    "iam:UpdateSAMLProvider": "lets it say whose sign-ins count",
    "iam:CreateSAMLProvider": "lets it say whose sign-ins count",
    "iam:CreateOpenIDConnectProvider": "lets it say whose tokens count",
    "iam:AddClientIDToOpenIDConnectProvider": "lets it say whose tokens count",
    "sts:AssumeRole": "lets it act as another role",
    "lambda:UpdateFunctionCode": "lets it run its code with a function's role",
    "lambda:UpdateFunctionConfiguration": "lets it run its code (layers, wrappers) with a function's role",
    "lambda:AddPermission": "lets it say who may call a function",
    "cloudformation:CreateStack": "lets it create whatever the stack's role may create",
    "cloudformation:UpdateStack": "lets it change whatever the stack's role may",
    "cloudformation:ExecuteChangeSet": "lets it change whatever the stack's role may",
    "cloudformation:SetStackPolicy": "lets it unprotect resources of a stack",
    "ecs:ExecuteCommand": "lets it run commands with a task's role",
    "ecs:RegisterTaskDefinition": "lets it say what tasks run, and as which role it may pass",
    "ecs:RunTask": "lets it run a task with that task's role",
    "ssm:SendCommand": "lets it run commands with an instance's role",
    "ssm:StartSession": "lets it log in to an instance, with its role",
    "ec2:ReplaceIamInstanceProfileAssociation": "lets it give an instance another role",
    "ec2-instance-connect:SendSSHPublicKey": "lets it log in to an instance, with its role",
    "codebuild:UpdateProject": "lets it run its code with a build's role",
    "glue:UpdateDevEndpoint": "lets it log in to an endpoint, with its role",
    "kms:PutKeyPolicy": "lets it say who may use a key",
    "kms:CreateGrant": "lets it give others the use of a key",
    "s3:PutBucketPolicy": "lets it say who may read and write a bucket",
    "s3:DeleteBucketPolicy": "lets it take away the limits of a bucket",
    "secretsmanager:PutResourcePolicy": "lets it say who may read a secret",
    "ecr:SetRepositoryPolicy": "lets it say who may push images",
    "organizations:LeaveOrganization": "lets it leave the organization and its limits",
}
_BY_LOWER = {name.lower(): name for name in WAYS}


def escalation(actions: AbstractSet[str], *, all_of_it: bool) -> str:
    """The ways up among some actions, in words; ``""`` if there is none.

    Args:
        actions: in lower case.
        all_of_it: whether they are every action there is.
    """
    if all_of_it:
        return "it may do everything, and so give itself and others any right"
    found = sorted(_BY_LOWER[action] for action in actions if action in _BY_LOWER)
    if not found:
        return ""
    listed = [f"{name} {WAYS[name]}" for name in found[:2]]
    more = f"; {len(found) - 2} more ways up" if len(found) > 2 else ""
    return "; ".join(listed) + more
