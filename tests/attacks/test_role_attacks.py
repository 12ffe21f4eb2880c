"""Roles that are no people, and templates that take a role of the platform, over the real protocol with IAM enforced."""

from __future__ import annotations

from typing import Any

import pytest

from generator.aws.api_client import ApiError
from generator.aws.session import Keys, Session
from generator.aws.versions import INDEX
from generator.release.client import envelope, request_id
from generator.release.errors import Denied, ReleaseError
from generator.release.model.requests import Propose
from tests.attacks.conftest import DEV, HOME, AttackedPlatform
from tests.sandbox.conftest import REGION

CONTAINERS = [{"name": "app", "image": "app", "memory": 128}]


def refused(call: Any) -> str:
    """What IAM says to a call that it refuses."""
    with pytest.raises((ApiError, ReleaseError)) as caught:
        call()
    assert isinstance(caught.value, Denied) or "Denied" in str(caught.value), caught.value
    return str(caught.value)


@pytest.mark.parametrize("role", ["worker", "bot"])
def test_a_service_s_template_can_not_run_as_the_worker(platform: AttackedPlatform, role: str) -> None:
    """An added task definition that runs as a role of the platform is created with the execution role, which can't pass it."""
    ecs = platform.session("execution-prod").api("ecs")
    arn = f"arn:aws:iam::{HOME}:role/slipway-{role}"
    told = refused(
        lambda: ecs("register_task_definition", family="slipway-x", containerDefinitions=CONTAINERS, taskRoleArn=arn)
    )
    assert "iam:PassRole" in told


def test_a_template_can_not_read_the_slack_tokens(platform: AttackedPlatform) -> None:
    """A reference to the bot's secret in another stack's template is resolved with the execution role, which can't read it."""
    secrets = platform.session("execution-prod").api("secretsmanager")
    refused(lambda: secrets("get_secret_value", SecretId="slipway/prod/bot"))


def events_role(platform: AttackedPlatform) -> Session:
    """The events function of dev, as Lambda runs it."""
    name = platform.fleet.resources("dev/function-events")["Role"]["PhysicalResourceId"]
    arn = platform.root("iam", DEV).get_role(RoleName=name)["Role"]["Arn"]
    keys = platform.control.session(arn, name="events")
    return Session(
        REGION,
        keys=Keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]),
        endpoint=platform.sandbox.url,
    )


def test_functions_and_builds_wake_and_ask_for_nothing(platform: AttackedPlatform) -> None:
    """Functions and publish jobs may wake; the queue of requests refuses them by its own policy as well."""
    request = envelope(Propose(id=request_id(), stack="dev/network"), "")
    wakes = f"{platform.sandbox.url}/{HOME}/{platform.names.wakes}"
    for session in (events_role(platform), platform.session("publish")):
        sqs = session.api("sqs")
        refused(lambda sqs=sqs: sqs("send_message", QueueUrl=platform.queue_url, MessageBody=request))
        sqs("send_message", QueueUrl=wakes, MessageBody='{"kind":"wake-up"}')
        refused(lambda sqs=sqs: sqs("receive_message", QueueUrl=wakes))


def test_a_publish_job_can_not_poison_the_index(platform: AttackedPlatform) -> None:
    """A garbage entry is listed and passed over: the versions behind it are still found."""
    key = f"{INDEX}0000000000000-garbage"
    platform.session("publish").api("s3")(
        "put_object", Bucket=platform.names.artifacts, Key=key, Body=b"", IfNoneMatch="*"
    )
    told: list[str] = []
    list(platform.adapters("worker").versions.newest(told.append))
    assert [one for one in told if "garbage" in one]
