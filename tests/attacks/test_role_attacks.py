"""Roles that are no people, and templates that take a role of the platform, over the real protocol with IAM enforced."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from generator.aws.api_client import ApiError
from generator.aws.session import Keys, Session
from generator.aws.versions import INDEX
from generator.release.client import envelope, request_id
from generator.release.errors import Denied, ReleaseError
from generator.release.model.requests import Done, Lock, Propose
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
    refusal = refused(
        lambda: ecs(
            "register_task_definition", family="slipway-prod-x", containerDefinitions=CONTAINERS, taskRoleArn=arn
        )
    )
    assert "iam:PassRole" in refusal


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


def test_a_flood_of_wake_ups_keeps_nobody_waiting(platform: AttackedPlatform) -> None:
    """600 messages of a function and a build wait, and ben's lock is answered while most of them still do."""
    url = f"{platform.sandbox.url}/{HOME}/{platform.names.wakes}"
    root = platform.root("sqs")
    for session in (events_role(platform), platform.session("publish")):
        for _ in range(30):
            rows = [{"Id": str(number), "MessageBody": f"junk {number}"} for number in range(10)]
            session.api("sqs")("send_message_batch", QueueUrl=url, Entries=rows)
    asked = Lock(id=request_id(), scope="dev/network", reason="wait")
    platform.adapters("bot").queue(platform.queue_url).send(
        envelope(asked, "U0000BEN", platform.command("U0000BEN", "dev"))
    )
    worker = platform.worker()
    worker.wakes = platform.adapters("worker").queue(url)
    try:
        for _ in range(30):
            worker.turn(1.0)
            if platform.log.answered(asked.id) is not None:
                break
        left = root.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    finally:
        worker.close()
        root.purge_queue(QueueUrl=url)
    assert isinstance(platform.log.answered(asked.id), Done), platform.failed
    assert int(left["ApproximateNumberOfMessages"]) >= 300


def test_a_publish_job_can_not_poison_the_index(platform: AttackedPlatform) -> None:
    """A garbage entry is listed and passed over: the versions behind it are still found."""
    key = f"{INDEX}0000000000000-garbage"
    platform.session("publish").api("s3")(
        "put_object", Bucket=platform.names.artifacts, Key=key, Body=b"", IfNoneMatch="*"
    )
    notes: list[str] = []
    list(platform.adapters("worker").versions.newest(notes.append))
    assert [one for one in notes if "garbage" in one]


TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
STACK, EXECUTION = "slipway-prod-attack", f"arn:aws:iam::{HOME}:role/slipway-execution-prod"


def template(role: Any) -> dict[str, Any]:
    """A task definition with a role, and a role of the environment's own."""
    own = {
        "AssumeRolePolicyDocument": TRUST,
        "Path": "/workload/slipway/prod/",
        "PermissionsBoundary": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:policy/slipway-boundary"},
    }
    containers = [{"Name": "app", "Image": "app", "Memory": 128}]
    task = {"Family": "slipway-prod-attack", "ContainerDefinitions": containers, "TaskRoleArn": role}
    return {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": own},
            "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": task},
        }
    }


def released(platform: AttackedPlatform, number: int, body: dict[str, Any]) -> tuple[str, str]:
    """What becomes of a stack of prod that the release role changes with prod's execution role: its status, and why."""
    api, root = platform.session("release").api("cloudformation"), platform.root("cloudformation")
    found = [s for s in root.describe_stacks()["Stacks"] if s["StackName"] == STACK]
    name = f"bot-{number}"
    api(
        "create_change_set", StackName=STACK, ChangeSetName=name, ChangeSetType="UPDATE" if found else "CREATE",
        TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_IAM"], RoleARN=EXECUTION,
    )  # fmt: skip
    root.get_waiter("change_set_create_complete").wait(
        StackName=STACK, ChangeSetName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    api("execute_change_set", StackName=STACK, ChangeSetName=name)
    while (status := root.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]).endswith("_IN_PROGRESS"):
        time.sleep(0.05)
    events = root.describe_stack_events(StackName=STACK)["StackEvents"]
    return status, " ".join(
        e.get("ResourceStatusReason", "") for e in events if e["ResourceStatus"].endswith("_FAILED")
    )


def test_a_stack_runs_as_roles_of_its_environment_alone(platform: AttackedPlatform) -> None:
    """Created, updated and deleted with prod's execution role; with a role of home, of the bot or of dev the update goes back."""
    own = {"Fn::GetAtt": ["Role", "Arn"]}
    assert released(platform, 1, template(own)) == ("CREATE_COMPLETE", "")
    roles = (
        "slipway-worker",
        "slipway-bot",
        "slipway-release",
        "workload/slipway/bot/starter",
        "workload/slipway/dev/app",
    )
    for number, role in enumerate(roles, 2):
        status, why = released(platform, number, template(f"arn:aws:iam::{HOME}:role/{role}"))
        assert status == "UPDATE_ROLLBACK_COMPLETE", role
        assert f"iam:PassRole on resource: arn:aws:iam::{HOME}:role/{role}" in why
    changed = template(own)
    changed["Resources"]["Task"]["Properties"]["Cpu"] = "256"
    assert released(platform, 9, changed)[0] == "UPDATE_COMPLETE"
    root = platform.root("cloudformation")
    stack = root.describe_stacks(StackName=STACK)["Stacks"][0]["StackId"]
    root.delete_stack(StackName=STACK, RoleARN=EXECUTION)
    while (status := root.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]).endswith("_IN_PROGRESS"):
        time.sleep(0.05)
    assert status == "DELETE_COMPLETE"


def test_an_execution_role_changes_the_stacks_of_its_environment_alone(platform: AttackedPlatform) -> None:
    """The release role can create no change set of prod with the role of the bot, of home, or with none; nor roll back with one."""
    api = platform.session("release").api("cloudformation")
    body = json.dumps(template({"Fn::GetAtt": ["Role", "Arn"]}))
    for name in ("execution-bot", "execution-home", "worker", ""):
        more = {"RoleARN": f"arn:aws:iam::{HOME}:role/slipway-{name}"} if name else {}
        refused(
            lambda more=more: api(
                "create_change_set", StackName="slipway-prod-other", ChangeSetName="bot-1", ChangeSetType="CREATE",
                TemplateBody=body, Capabilities=["CAPABILITY_IAM"], **more,
            )
        )  # fmt: skip
    other = f"arn:aws:iam::{HOME}:role/slipway-execution-bot"
    refused(lambda: api("continue_update_rollback", StackName="slipway-prod-other", RoleARN=other))
