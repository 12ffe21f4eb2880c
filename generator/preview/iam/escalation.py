"""Actions by which a principal can get more permissions: the known privilege escalations.

Sources: IAM User Guide, "Grant a user permissions to pass a role to an AWS service"; the API page of each action.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

WAYS: Mapping[str, str] = {
    "iam:PassRole": "lets it act as any role that it may pass",
    "iam:CreatePolicyVersion": "lets it change a policy, also its own",
    "iam:SetDefaultPolicyVersion": "lets it restore an older version of a policy, which may allow more",
    "iam:AttachRolePolicy": "lets it attach any policy to a role",
    "iam:AttachUserPolicy": "lets it attach any policy to a user",
    "iam:AttachGroupPolicy": "lets it attach any policy to a group",
    "iam:PutRolePolicy": "lets it add an inline policy to a role",
    "iam:PutUserPolicy": "lets it add an inline policy to a user",
    "iam:PutGroupPolicy": "lets it add an inline policy to a group",
    "iam:AddUserToGroup": "lets it get the permissions of a group",
    "iam:UpdateAssumeRolePolicy": "lets it change who may assume a role",
    "iam:CreateAccessKey": "lets it create keys of another user",
    "iam:CreateLoginProfile": "lets it set the password of another user",
    "iam:UpdateLoginProfile": "lets it change the password of another user",
    "iam:DeleteRolePermissionsBoundary": "lets it remove the permissions boundary of a role",
    "iam:PutRolePermissionsBoundary": "lets it change the permissions boundary of a role",
    "iam:DeleteUserPermissionsBoundary": "lets it remove the permissions boundary of a user",
    "iam:PutUserPermissionsBoundary": "lets it change the permissions boundary of a user",
    "iam:CreateRole": "lets it create a role that any principal of its choice may assume",
    "iam:CreateUser": "lets it create a user",
    "iam:UpdateSAMLProvider": "lets it change which identity provider is trusted",
    "iam:CreateSAMLProvider": "lets it change which identity provider is trusted",
    "iam:CreateOpenIDConnectProvider": "lets it change whose tokens are trusted",
    "iam:AddClientIDToOpenIDConnectProvider": "lets it change whose tokens are trusted",
    "sts:AssumeRole": "lets it assume another role",
    "lambda:UpdateFunctionCode": "lets it run its code with a function's role",
    "lambda:UpdateFunctionConfiguration": "lets it run its code (layers, wrappers) with a function's role",
    "lambda:AddPermission": "lets it change who may call a function",
    "cloudformation:CreateStack": "lets it create everything that the stack's role may create",
    "cloudformation:UpdateStack": "lets it change everything that the stack's role may change",
    "cloudformation:ExecuteChangeSet": "lets it change everything that the stack's role may change",
    "cloudformation:SetStackPolicy": "lets it remove the protection of a stack's resources",
    "ecs:ExecuteCommand": "lets it run commands with a task's role",
    "ecs:RegisterTaskDefinition": "lets it define what tasks run, with any role that it may pass",
    "ecs:RunTask": "lets it run a task with that task's role",
    "ssm:SendCommand": "lets it run commands with an instance's role",
    "ssm:StartSession": "lets it log in to an instance, with its role",
    "ec2:ReplaceIamInstanceProfileAssociation": "lets it change the role of an instance",
    "ec2-instance-connect:SendSSHPublicKey": "lets it log in to an instance, with its role",
    "codebuild:UpdateProject": "lets it run its code with a build's role",
    "glue:UpdateDevEndpoint": "lets it log in to an endpoint, with its role",
    "kms:PutKeyPolicy": "lets it change who may use a key",
    "kms:CreateGrant": "lets it allow others to use a key",
    "s3:PutBucketPolicy": "lets it change who may read and write a bucket",
    "s3:DeleteBucketPolicy": "lets it remove the public access block of a bucket",
    "secretsmanager:PutResourcePolicy": "lets it change who may read a secret",
    "ecr:SetRepositoryPolicy": "lets it change who may push images",
    "organizations:LeaveOrganization": "lets it remove the account from the organization and its policies",
}
_BY_LOWER = {name.lower(): name for name in WAYS}


def escalation(actions: AbstractSet[str], *, all_of_it: bool) -> str:
    """The privilege escalations among some actions, in words. ``""`` if there is none.

    Args:
        actions: in lower case.
        all_of_it: whether they are every action there is.
    """
    if all_of_it:
        return "it may do everything, so it can give any permission to itself and others"
    found = sorted(_BY_LOWER[action] for action in actions if action in _BY_LOWER)
    if not found:
        return ""
    listed = [f"{name} {WAYS[name]}" for name in found[:2]]
    left = len(found) - 2
    more = f"; {left} more privilege {'escalation' if left == 1 else 'escalations'}" if left > 0 else ""
    return "; ".join(listed) + more
