"""Secrets that tasks were given, and their rotation: the same promises from memory and from AWS."""

from __future__ import annotations

import time

import pytest

from generator.aws.ecs_services import EcsServices
from generator.aws.session import Session
from generator.release.ports import Services
from tests.contract.conftest import unique
from tests.fakes.clock import FakeClock
from tests.fakes.services import FakeServices
from tests.sandbox.conftest import ACCOUNT, REGION


@pytest.mark.parametrize("where", ["fake", "sandbox"])
def test_the_secrets_of_a_task_and_when_they_were_rotated(where: str, request: pytest.FixtureRequest) -> None:
    """By the ARN with and without its last six characters; never rotated, or not there, is 0."""
    name = unique("slipway/prod/key")
    if where == "fake":
        fake = FakeServices(FakeClock())
        services: Services = fake
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-Ab12Cd"
        fake.given, definition = (arn,), "app:1"
    else:
        session: Session = request.getfixturevalue("session")
        services = EcsServices(session.api)
        arn = session.api("secretsmanager")("create_secret", Name=name, SecretString="x")["ARN"]
        variables = [{"name": "KEY", "valueFrom": f"{arn}:json-key::"}, {"name": "ALL", "valueFrom": arn},
                     {"name": "PARAMETER", "valueFrom": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/x"}]  # fmt: skip
        container = {"name": "app", "image": "app", "memory": 64, "secrets": variables}
        role = f"arn:aws:iam::{ACCOUNT}:role/none"
        made = session.api("ecs")(
            "register_task_definition", family=unique("app"), containerDefinitions=[container], executionRoleArn=role
        )
        definition = made["taskDefinition"]["taskDefinitionArn"]
    assert services.given_secrets(definition) == (arn,)
    assert [services.rotated(secret) for secret in (arn, arn.rpartition("-")[0], arn.replace("key", "none"))] == [
        0.0
    ] * 3
    before = time.time()
    if where == "fake":
        fake.rotations[arn] = time.time()
    else:
        session.api("secretsmanager")("rotate_secret", SecretId=arn)
    assert before <= services.rotated(arn) == services.rotated(arn.rpartition("-")[0]) <= time.time()
