"""AWS that does not answer at all: a call ends in its time, as unavailable, and nothing is taken for done."""

from __future__ import annotations

import pytest

from generator.aws.cloudformation import CloudFormationStacks
from generator.aws.queue import SqsQueue
from generator.aws.release_table import DynamoTable
from generator.aws.session import Keys, Limits, Session
from generator.release.errors import Unavailable
from generator.release.ports import Item, Put
from generator.sandbox.process import Control, Endpoint
from tests.sandbox.conftest import ACCOUNT, REGION


@pytest.mark.parametrize("service", ["dynamodb", "sqs", "cloudformation"])
def test_a_call_that_nobody_answers_is_unavailable(sandbox_process: Endpoint, control: Control, service: str) -> None:
    """A worker is not held up for ever; it tries again later, from what the log and AWS say then."""
    limits = Limits(attempts=1, connect=1.0, read=0.3, poll=0.0)
    session = Session(REGION, keys=Keys(ACCOUNT, "sandbox"), endpoint=sandbox_process.url, limits=limits)
    control.faults({"service": service, "operation": "*", "kind": "timeout", "times": 3})
    ask = {
        "dynamodb": lambda: DynamoTable(session.api("dynamodb"), "releases").write(Put(Item("a", "b", 1, b"{}"))),
        "sqs": lambda: SqsQueue(session.api("sqs"), f"{sandbox_process.url}/{ACCOUNT}/releases").send("{}"),
        "cloudformation": lambda: CloudFormationStacks(session.api("cloudformation")).describe("network"),
    }[service]
    with pytest.raises(Unavailable, match="try again"):
        ask()
    control.faults(clear=True)
