"""The shipped function: events of ECS and CloudFormation become wake-ups in the release queue."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

FILE = Path(__file__).parents[3] / "stacks" / "functions" / "events.py"
URL = "https://sqs.us-east-1.amazonaws.com/444455556666/slipway-home-releases"
SERVICE = "arn:aws:ecs:eu-west-1:111122223333:service/slipway-prod/app"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slipway/prod/app/key-Ab12Cd"  # noqa: S105 - an ARN
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/slipway-prod-service-app/0a1b"


def load() -> Any:
    """The function's module, fresh from its file as Lambda loads it."""
    spec = spec_from_file_location("index", FILE)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Queue:
    """Keeps what is sent, or fails as SQS does."""

    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[dict[str, Any]] = []
        self.error = error

    def send_message(self, **call: Any) -> dict[str, str]:
        """Take one message."""
        if self.error:
            raise self.error
        self.sent.append(call)
        return {"MessageId": "m-1"}


def event(kind: str, resource: str, detail: dict[str, Any]) -> dict[str, Any]:
    """An event as EventBridge delivers it."""
    return {
        "version": "0",
        "id": "ddca6449",
        "detail-type": kind,
        "source": "aws.ecs",
        "account": "111122223333",
        "time": "2026-11-23T12:31:14Z",
        "region": "eu-west-1",
        "resources": [resource],
        "detail": detail,
    }


@pytest.mark.parametrize(
    ("given_event", "expected"),
    [
        (
            event(
                "ECS Deployment State Change",
                SERVICE,
                {"eventName": "SERVICE_DEPLOYMENT_FAILED", "deploymentId": "ecs-svc/1", "reason": "tasks failed"},
            ),
            {"name": "SERVICE_DEPLOYMENT_FAILED", "deployment": "ecs-svc/1", "reason": "tasks failed"},
        ),
        (
            event(
                "ECS Task State Change",
                SERVICE.replace("service", "task"),
                {"lastStatus": "STOPPED", "group": "service:app", "stoppedReason": "exit 1"},
            ),
            {"name": "STOPPED", "group": "service:app", "reason": "exit 1"},
        ),
        (
            event(
                "CloudFormation Stack Status Change",
                STACK,
                {
                    "stack-id": STACK,
                    "client-request-token": "release-7",
                    "status-details": {"status": "UPDATE_COMPLETE", "status-reason": "done"},
                },
            ),
            {"name": "UPDATE_COMPLETE", "token": "release-7", "reason": "done"},
        ),
        (
            event(
                "AWS Service Event via CloudTrail",
                "",
                {"eventName": "RotationSucceeded", "additionalEventData": {"SecretId": SECRET}},
            )
            | {"resources": []},
            {"name": "RotationSucceeded", "resources": [SECRET]},
        ),
    ],
)
def test_a_worker_learns_which_resource_changed_and_how(
    monkeypatch: pytest.MonkeyPatch, given_event: dict[str, Any], expected: dict[str, str]
) -> None:
    """Each kind of event reaches the queue with the resource, its new state and the reason."""
    monkeypatch.setenv("WAKE_QUEUE_URL", URL)
    queue = Queue()

    assert load().forward(given_event, None, queue) == "m-1"

    (call,) = queue.sent
    body = json.loads(call["MessageBody"])
    assert call["QueueUrl"] == URL
    assert body["kind"] == "wake-up"
    assert body["resources"] == (given_event["resources"] or [SECRET])
    assert (body["account"], body["region"], body["type"]) == (
        "111122223333",
        "eu-west-1",
        given_event["detail-type"],
    )
    assert expected.items() <= body.items()


def test_a_failure_is_left_to_the_retries_and_the_dead_letter_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreachable queue loses no event silently: the error goes to Lambda."""
    monkeypatch.setenv("WAKE_QUEUE_URL", URL)

    with pytest.raises(ConnectionError):
        load().forward(event("ECS Service Action", SERVICE, {}), None, Queue(ConnectionError("no route")))


@pytest.mark.parametrize(
    ("url", "environ", "expected"),
    [
        (URL, {"AWS_REGION": "eu-west-1"}, "us-east-1"),
        (URL, {"WAKE_QUEUE_REGION": "ap-south-1", "AWS_REGION": "eu-west-1"}, "ap-south-1"),
        ("https://sqs.cn-north-1.amazonaws.com.cn/1/q", {}, "cn-north-1"),
        ("http://localhost:4566/000000000000/q", {"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ("http://localhost:4566/000000000000/q", {}, None),
    ],
)
def test_the_queue_may_stand_in_another_region(url: str, environ: dict[str, str], expected: str | None) -> None:
    """A function in one Region reaches the one release queue of the platform in another."""
    assert load().region(url, environ) == expected


def test_the_client_is_made_once_for_the_queues_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warm function opens no new connection for each event, and signs for the queue's Region."""
    monkeypatch.setenv("WAKE_QUEUE_URL", URL)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    module = load()

    client = module.connect(module.region(URL, {}))

    assert client.meta.region_name == "us-east-1"
    assert module.connect("us-east-1") is client


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "reason": st.text(max_size=3000),
            "eventName": st.text(),
            "status-details": st.none() | st.dictionaries(st.sampled_from(["status", "status-reason"]), st.text()),
            "deploymentId": st.text(),
        },
    )
)
def test_any_event_becomes_a_message_that_sqs_takes(detail: dict[str, Any]) -> None:
    """Long or missing fields never make a wake-up fail; it stays far below the size limit of SQS."""
    body = load().wake_up(event("ECS Service Action", SERVICE, detail))

    assert len(json.dumps(body).encode()) < 32_000
    assert len(body["reason"]) <= 500
    assert all(isinstance(body[key], str) for key in ("name", "group", "deployment", "token", "reason"))


def test_the_source_fits_into_a_template() -> None:
    """The file goes inline: CloudFormation takes 4,096 bytes."""
    assert len(FILE.read_bytes()) <= 4096
