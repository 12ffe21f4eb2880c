"""A secret is rotated in the embedded AWS: the event, the function that forwards it, the worker, and new tasks."""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import pytest

from generator.aws.session import Session
from generator.release.client import Client
from generator.release.model.people import ENGINE
from generator.release.model.release import Release, Restart
from generator.release.model.requests import Propose
from generator.release.model.states import Closed, name
from generator.release.worker import Worker
from generator.sandbox.process import Control, Endpoint
from generator.wiring.adapters import Adapters
from tests.integration.engine_setup import HOME, KEY, TEMPLATE, client, commit, prepare, session, worker
from tests.integration.without_coverage import sandbox_process
from tests.unit.templates.test_wake_function import load

__all__ = ["sandbox_process"]

pytestmark = pytest.mark.no_cover

SECRET = "slipway/prod/app/key"  # noqa: S105 - a name


def template() -> dict[str, Any]:
    """The service takes the nonce of a restart, and its container a secret."""
    made: dict[str, Any] = json.loads(json.dumps(TEMPLATE))
    made["Parameters"]["Restart"] = {"Type": "String", "Default": "none"}
    made["Conditions"] = {"Restarted": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Restart"}, "none"]}]}}
    nonce = {"EnableForceNewDeployment": True, "ForceNewDeploymentNonce": {"Ref": "Restart"}}
    made["Resources"]["Service"]["Properties"]["ForceNewDeployment"] = {
        "Fn::If": ["Restarted", nonce, {"Ref": "AWS::NoValue"}]
    }
    source = {"Fn::Sub": f"arn:aws:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{SECRET}"}
    container = made["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"][0]
    container["Secrets"] = [{"Name": "API_KEY", "ValueFrom": source}]
    return made


def test_a_rotation_starts_new_tasks_by_itself(sandbox_process: Endpoint) -> None:
    """EventBridge tells of the rotation, the shipped function forwards it, and the worker restarts who was given the secret."""
    Control(sandbox_process.port).reset()
    over = session(sandbox_process.url)
    secret = over.api("secretsmanager")("create_secret", Name=SECRET, SecretString="one")["ARN"]
    place = prepare(sandbox_process.url, template=template())
    events, wakes = (over.api("sqs")("create_queue", QueueName=name) for name in ("events", "wakes"))
    told_by(over, events["QueueUrl"])
    adapters = Adapters(over, HOME)
    moving = worker(place, over, "w1", wakes=adapters.queue(wakes["QueueUrl"]))
    stacks = moving.service.context.facts.stacks
    stacks[KEY] = msgspec.structs.replace(stacks[KEY], secrets=(SECRET,), restarts=True)
    people = client(place, over)
    people.send(Propose(id="request-1", stack=KEY, version=commit(1)), "U0000ANA")
    assert name(ended(moving, people, "prod-app-1").state) == "succeeded"
    before = tasks(over)

    over.api("secretsmanager")("rotate_secret", SecretId=secret)
    event = received(over, events["QueueUrl"])
    assert event["detail"]["additionalEventData"]["SecretId"] == secret
    adapters.queue(wakes["QueueUrl"]).send(json.dumps(load().wake_up(event)))
    release = ended(moving, people, "prod-app-2")
    assert (name(release.state), release.requester) == ("succeeded", ENGINE), release.cause
    assert isinstance(release.purpose, Restart)
    assert len(after := tasks(over)) == len(before)
    assert not after & before


def told_by(over: Session, queue: str) -> None:
    """What the shipped rule says of secrets, into a queue."""
    arn = over.api("sqs")("get_queue_attributes", QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.secretsmanager"], "detail-type": ["AWS Service Event via CloudTrail"],
               "detail": {"eventName": ["RotationSucceeded"]}}  # fmt: skip
    over.api("events")("put_rule", Name="rotations", EventPattern=json.dumps(pattern))
    over.api("events")("put_targets", Rule="rotations", Targets=[{"Id": "queue", "Arn": arn}])


def received(over: Session, queue: str) -> dict[str, Any]:
    """The event, once it is there."""
    for _ in range(60):
        found = over.api("sqs")("receive_message", QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
        if found:
            body: dict[str, Any] = json.loads(found[0]["Body"])
            return body
    raise AssertionError("EventBridge told nothing of the rotation")


def tasks(over: Session) -> set[str]:
    """ARNs of the tasks that run."""
    return set(over.api("ecs")("list_tasks", cluster="slipway-prod", serviceName="app")["taskArns"])


def ended(moving: Worker, people: Client, release_id: str) -> Release:
    """Turn until this release is over."""
    end = time.monotonic() + 300
    while (found := people.release(release_id)) is None or not isinstance(found.state, Closed):
        assert time.monotonic() < end, people.history(KEY)
        if not moving.turn(0.0):
            time.sleep(0.02)
    return found
