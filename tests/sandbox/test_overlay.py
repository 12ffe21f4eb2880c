"""The overlay hands each call to its owner, and answers as AWS does."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from generator.sandbox.process import Endpoint


def test_ministack_answers_what_is_not_ours(aws: Any) -> None:
    """A queue made in one account is not seen in another."""
    aws("sqs").create_queue(QueueName="work")
    assert aws("sqs").list_queues()["QueueUrls"]
    assert not aws("sqs", account="999900001111").list_queues().get("QueueUrls")


def test_what_is_not_done_is_refused_honestly(aws: Any) -> None:
    """An operation that the sandbox lacks says so, in place of pretending."""
    with pytest.raises(ClientError) as caught:
        aws("cloudformation").list_stack_sets()
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert "does not support cloudformation:ListStackSets" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("service", ["access-analyzer", "pinpoint", "not-a-service"])
def test_a_service_that_is_not_there_is_not_taken_for_another(sandbox: Endpoint, service: str) -> None:
    """A call that is signed for a service which the sandbox lacks is told so, without a look through all of AWS's."""
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=60)
    signed = f"AWS4-HMAC-SHA256 Credential=111122223333/20260101/eu-west-1/{service}/aws4_request"
    connection.request("POST", "/policy/validation", "{}", {"Authorization": signed})
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())) == (400, {"error": f"Unsupported service: {service}"})
    connection.close()


def test_web_pages_cannot_reach_what_has_no_credentials(sandbox: Endpoint) -> None:
    """A page in the browser can neither reset the sandbox nor read from it, under whatever name it got the address."""
    for headers in (
        {},
        {"x-slipway-control": "1", "Host": "evil.example"},
        {"x-slipway-control": "1", "Origin": "https://evil.example"},
    ):
        assert raw(sandbox, "POST", "/_slipway/reset", headers) == 403
        assert raw(sandbox, "POST", "/_ministack/reset", headers) == 403
    assert raw(sandbox, "GET", "/", {"Host": "evil.example"}) == 403
    assert raw(sandbox, "POST", "/", {"Sec-Fetch-Site": "cross-site"}) == 403
    forged = {"Origin": "https://evil.example", "Authorization": "AWS4-HMAC-SHA256 Credential=1/2/3/s3/aws4_request"}
    assert raw(sandbox, "GET", "/", forged) == 403
    assert raw(sandbox, "OPTIONS", "/", {"Origin": "null"}) == 403
    assert raw(sandbox, "GET", "/", forged | {"Origin": "http://localhost:3000"}) == 200
    assert raw(sandbox, "GET", "/_ministack/health", {}) == 200
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    assert raw(sandbox, "GET", "/", upgrade) == 403


def raw(sandbox: Endpoint, method: str, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=60)
    connection.request(method, path, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status
