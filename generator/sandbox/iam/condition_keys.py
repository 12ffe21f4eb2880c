"""Condition keys: those that calls of ministack's services lack, and which keys are known here at all.

A key that nobody fills in makes a condition silently true or false. So the tests list the keys of the platform's
templates, and each must stand in :data:`FILLED` or in :data:`OF_SERVICES`.

Source: Service Authorization Reference, each service's condition keys; S3 User Guide, "Enforce conditional writes".
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from generator.sandbox.server import ministack_server

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request

# Keys that a call here has, and who fills them in. `*` stands for any text.
FILLED = {
    "aws:PrincipalAccount": "ministack's evaluator",
    "aws:PrincipalArn": "ministack's evaluator, as the role's ARN",
    "aws:RequestTag/*": "ministack's evaluator",
    "aws:RequestedRegion": "ministack's evaluator",
    "aws:ResourceTag/*": "ministack's evaluator by the tags of the resource, and of_call for EC2's",
    "aws:SecureTransport": "ministack's evaluator",
    "aws:SourceAccount": "check_trust, for roles that services assume",
    "aws:SourceArn": "check_trust, for roles that services assume",
    "aws:userid": "ministack's evaluator",
    "cloudformation:*": "call_resources",
    "ec2:CreateAction": "call_arns, for what is tagged as it is created",
    "ecs:cluster": "call_resources",
    "iam:AWSServiceName": "enforcement",
    "iam:PassedToService": "call_resources",
    "iam:PermissionsBoundary": "enforcement",
    "iam:PolicyARN": "enforcement",
    "lambda:FunctionArn": "of_call",
    "s3:ObjectCreationOperation": "of_call",
    "s3:TlsVersion": "of_call",
    "s3:if-none-match": "of_call",
    "s3:x-amz-acl": "ministack's evaluator",
    "token.actions.githubusercontent.com:*": "identity, from the claims of the token",
}
# Keys of calls that a service of AWS makes in somebody's name; the sandbox's services make no such call, so that no
# statement with one of them decides anything here.
OF_SERVICES = {
    "ec2:ResourceTag/*": "FIS alone takes the role, and experiments do not run here",
    "ec2:Vpc": "FIS alone takes the role, and experiments do not run here",
    "kms:EncryptionContext:*": "CloudTrail, CloudWatch Logs, SNS and SQS encrypt without calling KMS here",
    "kms:GrantIsForAWSResource": "no service creates grants here",
    "kms:ViaService": "Secrets Manager, S3, SQS and DynamoDB encrypt without calling KMS here",
    "ssm:resourceTag/*": "FIS alone takes the role, and experiments do not run here",
}
# Every client of AWS speaks it (S3 User Guide, "Amazon S3 Condition Keys": s3:TlsVersion).
_TLS = "1.3"


def is_known(key: str) -> bool:
    """Whether a key is filled in here, or has no effect here for a reason."""
    return any(fnmatchcase(key, pattern) for pattern in (*FILLED, *OF_SERVICES))


def of_call(request: Request, action: str, resource: str) -> dict[str, Any]:
    """The keys that ministack does not fill in for a call of its own."""
    if action.startswith("s3:"):
        found: dict[str, Any] = {"s3:TlsVersion": _TLS}
        if action == "s3:PutObject":
            parts = "uploads" in request.query or "partNumber" in request.query
            found["s3:ObjectCreationOperation"] = "false" if parts else "true"
            if "if-none-match" in request.headers:
                found["s3:if-none-match"] = request.headers["if-none-match"]
        return found
    if action == "lambda:CreateEventSourceMapping":
        name = str(_body(request).get("FunctionName", ""))
        whole = (
            name if name.startswith("arn:") else f"arn:aws:lambda:{request.region}:{request.account}:function:{name}"
        )
        return {"lambda:FunctionArn": whole}
    if action.startswith("ec2:"):
        tags = ministack_server.ec2_tags(resource.rpartition("/")[2])
        return {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    return {}


def of_new(action: str, resource: str) -> dict[str, Any]:
    """`ec2:CreateAction` where CloudFormation's engine tags what it has just created.

    AWS's handlers tag in the creating call (resource schemas, tagging: tagOnCreate), the engine here in a second one.
    """
    new = action == "ec2:CreateTags" and not ministack_server.ec2_tags(resource.rpartition("/")[2])
    return {"ec2:CreateAction": "Create"} if new else {}


def _body(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
