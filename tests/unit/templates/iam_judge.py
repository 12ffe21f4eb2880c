"""A small IAM: what policies of a built template say to a request, with conditions, denials and boundaries.

It knows what these templates use and raises KeyError for anything else, so that no condition is passed over unseen.
Rules: IAM User Guide, Policy evaluation logic; Condition operators.
"""

import json
import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

from templates.params.base import Scope

Json = dict[str, Any]
ACCOUNT = "111111111111"
OTHER = "222222222222"
PLATFORM = "slipway"
# What parameters hold where a test does not say otherwise.
GIVEN = {
    "WorkerRoleArn": f"arn:aws:iam::{ACCOUNT}:role/slipway-worker",
    "BotTaskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/slipway-bot",
    "ReleaseQueueArn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:slipway-home-releases",
    "ReleaseTableArn": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/slipway-home-releases",
    "WakeQueueArn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:slipway-home-wakes",
    "ArtifactBucket": f"slipway-home-artifacts-{ACCOUNT}-eu-west-1",
    "BoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/slipway-boundary",
    "FirstWorker": "nobody",
    "AWS::Partition": "aws",
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": "eu-west-1",
    "AWS::URLSuffix": "amazonaws.com",
}


def scope(group: str, stack: str, **more: Any) -> Scope:
    """A scope of the platform ``slipway`` in the home account."""
    where: Json = {"platform": PLATFORM, "account": ACCOUNT, "region": "eu-west-1"}
    fields: Json = {**where, "owner": "team", "cost_center": "platform", **more}
    return Scope(environment=group, stack=stack, protected=True, **fields)


_ARNS: dict[str, Callable[[Json], str]] = {
    "AWS::DynamoDB::Table": lambda p: f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{p['TableName']}",
    "AWS::IAM::ManagedPolicy": lambda p: f"arn:aws:iam::{ACCOUNT}:policy/{p['ManagedPolicyName']}",
    "AWS::IAM::OIDCProvider": lambda p: f"arn:aws:iam::{ACCOUNT}:oidc-provider/{p['Url'].removeprefix('https://')}",
    "AWS::IAM::Role": lambda p: f"arn:aws:iam::{ACCOUNT}:role{p.get('Path', '/')}{p['RoleName']}",
    "AWS::KMS::Key": lambda _: f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/this",
    "AWS::Logs::LogGroup": lambda p: f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{p['LogGroupName']}:*",
    "AWS::S3::Bucket": lambda p: f"arn:aws:s3:::{p['BucketName']}",
    "AWS::SQS::Queue": lambda p: f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{p['QueueName']}",
}


def arn(resource: Json) -> str:
    """The ARN that AWS gives a resource of these templates."""
    return _ARNS[resource["Type"]](resource["Properties"])


def resolve(template: Json, value: Any) -> Any:
    """Intrinsic functions replaced by what they stand for."""
    if isinstance(value, list):
        return [resolve(template, item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": str(name)}:
            return GIVEN[name] if name in GIVEN else arn(template["Resources"][name])
        case {"Fn::GetAtt": [str(name), "Arn"]}:
            return arn(template["Resources"][name])
        case {"Fn::Sub": str(text)}:
            return re.sub(
                r"\$\{([^}]+)\}",
                lambda m: str(
                    arn(template["Resources"][m[1][:-4]]) if m[1].endswith(".Arn") else resolve(template, {"Ref": m[1]})
                ),
                text,
            )
    return {key: resolve(template, item) for key, item in value.items()}


def role_statements(template: Json, label: str) -> list[Json]:
    """Every statement of a role: inline and of the managed policies of the same template."""
    role = template["Resources"][label]["Properties"]
    documents = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
    documents += [
        template["Resources"][item["Ref"]]["Properties"]["PolicyDocument"] for item in role.get("ManagedPolicyArns", [])
    ]
    return [resolve(template, s) for d in documents for s in d["Statement"]]


def each(value: Any) -> list[Any]:
    """A list of what may be one or several."""
    return value if isinstance(value, list) else [value]


def like(pattern: str, text: str) -> bool:
    """IAM's wildcards, which are ``*`` and ``?`` alone."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


_OPERATORS: dict[str, Callable[[str | None, list[str]], bool]] = {
    "StringEquals": lambda have, want: have in want,
    "StringNotEquals": lambda have, want: have not in want,
    "StringLike": lambda have, want: have is not None and any(like(w, have) for w in want),
    "StringNotLike": lambda have, want: have is None or not any(like(w, have) for w in want),
    "ArnEquals": lambda have, want: have is not None and any(like(w, have) for w in want),
    "ArnLike": lambda have, want: have is not None and any(like(w, have) for w in want),
    "ArnNotEquals": lambda have, want: have is None or not any(like(w, have) for w in want),
    "Null": lambda have, want: (have is None) == (want == ["true"]),
    "Bool": lambda have, want: have in want,
}


def applies(statement: Json, action: str, resource: str, context: dict[str, str]) -> bool:
    """Whether a statement speaks of this request."""
    return (
        any(like(pattern.lower(), action.lower()) for pattern in each(statement["Action"]))
        and any(like(pattern, resource) for pattern in each(statement.get("Resource", "*")))
        and all(
            _OPERATORS[operator](context.get(key), [str(w) for w in each(want)])
            for operator, keys in statement.get("Condition", {}).items()
            for key, want in keys.items()
        )
    )


def decide(statements: Iterable[Json], action: str, resource: str = "*", **context: str) -> str:
    """``allow``, ``deny`` (said so) or ``silent`` (nobody allows it). In ``context``, ``__`` stands for ``:``."""
    known = {key.replace("__", ":"): value for key, value in context.items()}
    effects = {s["Effect"] for s in statements if applies(s, action, resource, known)}
    return "deny" if "Deny" in effects else "allow" if "Allow" in effects else "silent"


def size(document: Json) -> int:
    """Characters of a policy as IAM counts them: names resolved, whitespace left out."""
    return len(re.sub(r"\s", "", json.dumps(document, separators=(",", ":"))))
