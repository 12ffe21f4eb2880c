"""Checks with IAM that the bot's two roles may do what their parts do, and that the front may not decide.

``templates/home/roles.py`` gives these rights; a role may simulate only itself, so each role gets the result about
itself. Source: IAM API Reference, SimulatePrincipalPolicy.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from generator.release.errors import ReleaseError
from generator.wiring.worker import Access

# What each part does, by what it does it to.
NEEDED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "bot": {
        "table": ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"),
        "index": ("dynamodb:Query",),
        "queue": ("sqs:SendMessage", "sqs:GetQueueAttributes"),
        "artifacts": ("s3:ListBucket",),
        "versions": ("s3:GetObject",),
    },
    "worker": {
        "table": (
            "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem",
            "dynamodb:ConditionCheckItem",
        ),
        "index": ("dynamodb:Query",),
        "queue": ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        "wakes": ("sqs:ReceiveMessage", "sqs:DeleteMessage"),
        "artifacts": ("s3:ListBucket",),
        "versions": ("s3:GetObject",),
        "audit": ("s3:ListBucket", "s3:ListBucketVersions"),
        "heads": ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
        "key": ("kms:Sign", "kms:GetPublicKey"),
        "images": (
            "ecr:DescribeImages", "ecr:DescribeImageScanFindings", "ecr:BatchGetImage", "ecr:PutImage",
            "ecr:BatchDeleteImage",
        ),
        "release": ("sts:AssumeRole", "sts:SetSourceIdentity"),
        "alerts": ("sns:Publish",),
    },
}  # fmt: skip
# What would make the front more than somebody who reads and asks.
FORBIDDEN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "bot": {
        "table": ("dynamodb:PutItem", "dynamodb:UpdateItem"),
        "release": ("sts:AssumeRole",),
    },
    "worker": {"table": ("dynamodb:DeleteItem", "dynamodb:BatchWriteItem"), "heads": ("s3:DeleteObject",)},
}


class RoleCheck(NamedTuple):
    """What one role lacks and what it has too much, as ``kms:Sign`` or ``sts:AssumeRole (111122223333)``."""

    lacking: tuple[str, ...]
    too_much: tuple[str, ...]


def rights(found: Access, role: str) -> RoleCheck:
    """Ask IAM about ``bot`` or ``worker``.

    Raises:
        ReleaseError: IAM does not answer; ask from a task of that role.
    """
    from generator.wiring.adapters import home_of, partition

    home = home_of(found.config)
    arn = f"arn:{partition(home.region)}:iam::{home.account}:role/{home.platform}-{role}"
    lacking = _sorted(found, arn, NEEDED[role], allowed=False)
    return RoleCheck(lacking, _sorted(found, arn, FORBIDDEN[role], allowed=True))


def _sorted(
    found: Access, arn: str, actions_by_resource: Mapping[str, tuple[str, ...]], *, allowed: bool
) -> tuple[str, ...]:
    """Those of these actions for which IAM has this decision."""
    found_actions: dict[str, None] = {}
    for place, actions in actions_by_resource.items():
        for resource, named in _places(found, place):
            answer = found.adapters.api("iam")(
                "simulate_principal_policy", PolicySourceArn=arn, ActionNames=list(actions), ResourceArns=[resource]
            )
            decided = {row["EvalActionName"]: row["EvalDecision"] == "allowed" for row in answer["EvaluationResults"]}
            found_actions |= {
                f"{action}{f' ({named})' if named else ''}": None
                for action in actions
                if decided.get(action, False) is allowed
            }
    return tuple(found_actions)


def _places(found: Access, place: str) -> list[tuple[str, str]]:
    """ARNs that a placeholder stands for, each with a name if there are several."""
    from generator.wiring.adapters import home_of, partition

    home = home_of(found.config)
    aws = f"arn:{partition(home.region)}"
    here = f"{home.region}:{home.account}"
    if place == "release":
        accounts = sorted({stack.ref.account for stack in found.facts.stacks.values()})
        return [(f"{aws}:iam::{account}:role/{home.platform}-release", account) for account in accounts]
    if place == "key":
        # An alias is not a resource of a policy: the key behind it is.
        return [(str(found.adapters.api("kms")("describe_key", KeyId=home.key)["KeyMetadata"]["Arn"]), "")]
    table = f"{aws}:dynamodb:{here}:table/{home.table}"
    return [
        (
            {
                "table": table,
                "index": f"{table}/index/open",
                "queue": f"{aws}:sqs:{here}:{home.table}",
                "wakes": f"{aws}:sqs:{here}:{home.wakes}",
                "artifacts": f"{aws}:s3:::{home.artifacts}",
                "versions": f"{aws}:s3:::{home.artifacts}/versions/x",
                "audit": f"{aws}:s3:::{home.audit}",
                "heads": f"{aws}:s3:::{home.audit}/heads/x",
                "alerts": home.alerts_topic,
                "images": f"{aws}:ecr:{here}:repository/{home.platform}/x",
            }[place],
            "",
        )
    ]


def simulated(found: Access, role: str) -> tuple[Literal["ok", "warning", "failed"], str]:
    """``ok``, ``failed`` or ``warning``, and what to do."""
    try:
        seen = rights(found, role)
    except ReleaseError as error:
        return "warning", f"IAM does not answer ({error}); run the doctor in a task of the {role}"
    if seen.lacking or seen.too_much:
        missing, more = ", ".join(seen.lacking) or "nothing", ", ".join(seen.too_much) or "nothing"
        return "failed", f"{missing} missing, {more} not allowed to be there; deploy home again"
    return "ok", "correct"
