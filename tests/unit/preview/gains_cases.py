"""Templates of roles, and the gains of a change between two of them."""

from typing import Any

from generator.preview.meaning import meaning
from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.preview import Gain

ROLE = "AWS::IAM::Role"


ASSUME = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}


TAGS = [{"Key": "service", "Value": "app"}]


def role(**more: Any) -> dict[str, Any]:
    return {"Type": ROLE, "Properties": {"AssumeRolePolicyDocument": ASSUME, "Tags": TAGS, **more}}


def document(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(rows)}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def inline(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"Policies": [{"PolicyName": "p", "PolicyDocument": document(*rows)}]}


def gains(before: dict[str, Any], after: dict[str, Any], **known: Any) -> list[Gain]:
    """Gains of a change set that touches every resource that differs."""
    changes = []
    for name in sorted(before | after):
        old, new = before.get(name), after.get(name)
        if old != new:
            row = new or old
            assert row is not None
            action: Any = "Add" if old is None else "Remove" if new is None else "Modify"
            changes.append(ResourceChange(logical_id=name, type=row["Type"], action=action))
    found = ChangeSet(
        arn="arn:cs",
        name="cs",
        stack_id="arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1",
        stack_name="app-prod",
        kind="UPDATE",
        changes=tuple(changes),
    )
    return list(meaning(found, {"Resources": before}, {"Resources": after}, region="eu-west-1", **known).gains)


def said(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [gain.sentence for gain in gains(before, after)]


def policy(*rows: dict[str, Any], kind: str = "AWS::IAM::Policy", **more: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": {"PolicyDocument": document(*rows), "Roles": [{"Ref": "TaskRole"}], **more}}
