"""Calls of AWS that a role of the platform makes, for tables of what each may."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.sandbox.conftest import Aws

HOME, DEV = "333333333333", "111111111111"
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
EXECUTION, RELEASE = (f"arn:aws:iam::{DEV}:role/slipway-{name}" for name in ("execution-dev", "release"))
TEMPLATE = json.dumps({"Resources": {"Wait": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}})
Keys = dict[str, str]
Call = Callable[[Aws, Keys], Any]


def cloudformation(action: str, /, **said: Any) -> Call:
    """A call of CloudFormation in dev."""
    region = said.pop("region", "eu-west-1")
    return lambda aws, keys: getattr(aws("cloudformation", keys=keys, region=region), action)(**said)


def call(service: str, action: str, /, **said: Any) -> Call:
    """A call of another service."""
    return lambda aws, keys: getattr(aws(service, keys=keys), action)(**said)


def change_set(stack: str = "slipway-dev-network", name: str = "bot-1", role: str = EXECUTION, **said: Any) -> Call:
    """CreateChangeSet of a new stack, right but for what is said."""
    more: dict[str, Any] = {"TemplateBody": TEMPLATE} if "TemplateURL" not in said else {}
    more |= {"RoleARN": role} if role else {}
    return cloudformation(
        "create_change_set", StackName=stack, ChangeSetName=name, ChangeSetType="CREATE", **more, **said
    )


def task_as(role: str) -> Call:
    """A task definition of the platform that runs as one of the roles with fixed names in home's account, or as one with a path."""
    containers = [{"name": "app", "image": "app", "memory": 128}]
    arn = f"arn:aws:iam::{HOME}:role/{role if '/' in role else f'slipway-{role}'}"
    return call(
        "ecs", "register_task_definition", family="slipway-prod-x", containerDefinitions=containers, taskRoleArn=arn
    )


def signs(purpose: str) -> Call:
    """A signature with one of home's keys: of versions, or of the audit."""
    digest = {"Message": b"0" * 32, "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}
    return call("kms", "sign", KeyId=f"alias/slipway-home-{purpose}", **digest)


CHANGE_SET = f"arn:aws:cloudformation:eu-west-1:{DEV}:changeSet/bot-1/5f0c3e6e-0000-0000-0000-000000000000"
ARTIFACTS = f"slipway-home-artifacts-{HOME}-eu-west-1"
TABLE = {"TableName": "slipway-home-releases"}
ITEM = {"pk": {"S": "x"}, "sk": {"S": "x"}}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]})  # fmt: skip
BOUNDARY = f"arn:aws:iam::{DEV}:policy/slipway-boundary"
