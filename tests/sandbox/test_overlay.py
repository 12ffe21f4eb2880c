"""The overlay hands each call to its owner, and answers as AWS does."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


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
    assert "does not do cloudformation:ListStackSets" in caught.value.response["Error"]["Message"]
