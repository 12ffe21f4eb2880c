"""What providers' errors look like in events, and who is told of events."""

from __future__ import annotations

import queue as queues
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.sandbox.cloudformation.model import Event, Stack
from generator.sandbox.cloudformation.notifications import Notice, Notices, to_topics
from generator.sandbox.server.errors import AwsError
from tests.sandbox.cloudformation.calls import Cfn
from tests.sandbox.cloudformation.fake_providers import Ticks, queue, template

NOW = Ticks().now()
STACK = Stack(
    stack_id="arn:stack",
    name="app",
    account="111122223333",
    region="eu-west-1",
    created=NOW,
    status="X",
    notification_arns=["arn:t"],
)


def _event(status: str) -> Event:
    return Event(
        event_id="e",
        at=NOW,
        operation_id="o",
        logical_id="Q",
        physical_id="q",
        type="AWS::SQS::Queue",
        status=status,
        reason="why",
    )


def _client_error(code: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": 403, "RequestId": "r-1"},
    }
    return ClientError(answer, "CreateQueue")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (_client_error("AccessDenied"), '"no (Service: AccessDenied, Status Code: 403, Request ID: r-1)"'),
        (_client_error("AccessDenied"), "HandlerErrorCode: AccessDenied)"),
        (_client_error("QueueAlreadyExists"), "HandlerErrorCode: AlreadyExists)"),
        (_client_error("ThrottlingException"), "HandlerErrorCode: Throttling)"),
        (_client_error("InvalidParameter"), "HandlerErrorCode: InvalidRequest)"),
        (_client_error(""), "HandlerErrorCode: GeneralServiceException)"),
        (KeyError("x"), "\"KeyError: 'x'\" (RequestToken: "),
        (AwsError("ValidationError", "as it is"), "as it is"),
    ],
)
def test_errors_of_services_are_worded_as_handlers_word_them(cfn: Cfn, error: Any, said: str) -> None:
    """The event holds the service's message, status and request id, and a handler error code of the CLI User Guide."""
    cfn.world.fail["Queue", "create"] = error
    cfn.create(template(Queue=queue()))
    [reason] = [event.reason for event in cfn.events() if event.status == "CREATE_FAILED"]
    assert said in reason


def test_listeners_get_every_event_in_order_though_one_of_them_fails() -> None:
    """A broken listener neither stops the others nor the operation."""
    statuses: queues.Queue[str] = queues.Queue()

    def broken(notice: Notice) -> None:
        raise ValueError(notice.stack_name)

    notices = Notices(broken, lambda notice: statuses.put(notice.event.status))
    for status in ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"):
        notices.put(STACK, _event(status))
    assert [statuses.get(timeout=60) for _ in range(2)] == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_topics_get_lines_of_names_and_values() -> None:
    """The form of CloudFormation's notifications: `Name='value'` lines (User Guide, stack options)."""
    sent: list[dict[str, str]] = []

    class Sns:
        def publish(self, **params: str) -> None:
            sent.append(params)

    notice = Notice("111122223333", "eu-west-1", "arn:stack", "app", ("arn:one", "arn:two"), _event("CREATE_COMPLETE"))
    to_topics(lambda _account, _region: Sns())(notice)
    assert [params["TopicArn"] for params in sent] == ["arn:one", "arn:two"]
    assert "LogicalResourceId='Q'\n" in sent[0]["Message"]
    assert "ResourceStatus='CREATE_COMPLETE'\nResourceStatusReason='why'\n" in sent[0]["Message"]
    assert not notice.of_stack
