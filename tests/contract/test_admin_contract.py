"""What administrators do: make and delete stacks, and learn before what would fail."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from generator.apply.administrator import Administrator as People
from generator.apply.administrator import AdministratorStack, StackFailed
from generator.aws.admin import Administrator, Applied, Failed, Proposed, Stack, Unchanged
from generator.aws.api_client import Api
from generator.aws.drift import drift
from generator.aws.session import Keys, Session
from generator.release.errors import CannotExecute, Invalid
from generator.release.model.observed import StackEvent
from generator.sandbox.process import Endpoint
from tests.contract.conftest import unique
from tests.sandbox.conftest import REGION

BODY: dict[str, Any] = {
    "Parameters": {"Delay": {"Type": "String", "Default": "4"}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "Properties": {"DelaySeconds": {"Ref": "Delay"}}}},
    "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
}  # fmt: skip


@pytest.fixture
def account(sandbox_process: Endpoint) -> Session:
    """Root of an account that nothing else uses."""
    number = f"{int(unique('a').split('-')[1]):012}"
    return Session(REGION, keys=Keys(f"4{number[1:]}", "sandbox"), endpoint=sandbox_process.url)


def stack(name: str, body: Any = None, **parameters: str) -> Stack:
    return Stack(name, json.dumps(body or BODY), parameters, {"slipway:stack": "home/home"}, ("CAPABILITY_NAMED_IAM",))


def admin(session: Session, watch: Callable[[StackEvent], None] | None = None) -> Administrator:
    return Administrator(session.api("cloudformation"), sleep=lambda _: None, watch=watch)


def test_a_stack_is_made_changed_and_taken_away(account: Session) -> None:
    """Proposed first, executed on a yes, unchanged the second time, each event told once."""
    events: list[StackEvent] = []
    mine = admin(account, events.append)
    found = mine.propose(stack("home"))
    assert isinstance(found, Proposed)
    assert [change.action for change in found.change_set.changes] == ["Add"]
    done = mine.execute(found)
    assert isinstance(done, Applied)
    assert done.stack is not None
    assert (done.stack.status, done.stack.role) == ("CREATE_COMPLETE", "")
    assert len({event.id for event in events}) == len(events) >= 3
    assert isinstance(mine.apply(stack("home")), Unchanged)
    changed = mine.apply(stack("home", Delay="9"))
    assert isinstance(changed, Applied)
    assert mine.delete("home") == mine.delete("home") == Applied(None)


def test_what_fails_says_why(account: Session, sandbox_process: Endpoint) -> None:
    """A broken change set, a failed creation that leaves nothing in the way of the next try, a protected stack."""
    from generator.sandbox.process import Control

    mine = admin(account)
    broken = mine.apply(stack("home", Delay="soon"))
    assert isinstance(broken, Failed)
    assert "DelaySeconds" in broken.reasons[0]
    named = {
        "Resources": {**BODY["Resources"], "Topic": {"Type": "AWS::SNS::Topic", "DependsOn": "Queue"}},
        "Parameters": BODY["Parameters"],
    }
    fault = {"stack": "home", "logical_id": "Topic", "phase": "CREATE", "reason": "planned"}
    Control(sandbox_process.port).post("cloudformation/faults", {"faults": [fault]})
    failed = mine.apply(stack("home", named))
    assert isinstance(failed, Failed)
    assert "planned" in failed.reasons[0]
    assert account.api("sqs")("list_queues").get("QueueUrls", []) == []  # although its DeletionPolicy is Retain
    assert isinstance(mine.apply(stack("home", named)), Applied)
    account.api("cloudformation")("update_termination_protection", StackName="home", EnableTerminationProtection=True)
    kept = mine.delete("home")
    assert isinstance(kept, Failed)
    assert "TerminationProtection" in kept.reasons[0]


def test_what_was_agreed_to_is_what_runs(account: Session) -> None:
    """A change set that somebody else's change took away is not executed."""
    mine = admin(account)
    assert isinstance(mine.apply(stack("home")), Applied)
    found = mine.propose(stack("home", Delay="5"))
    assert isinstance(found, Proposed)
    assert isinstance(mine.apply(stack("home", Delay="6")), Applied)
    with pytest.raises(CannotExecute, match="run the command again"):
        mine.execute(found)


def test_drift_names_what_and_who(account: Session) -> None:
    """A property changed outside of CloudFormation is found with both values; CloudTrail's word on who, nobody where it is silent."""
    done = admin(account).apply(stack("home"))
    assert isinstance(done, Applied)
    assert done.stack is not None
    cloudformation = account.api("cloudformation")
    assert drift(cloudformation, "home", sleep=lambda _: None).drifted == ()
    url = done.stack.outputs["Url"]
    account.api("sqs")("set_queue_attributes", QueueUrl=url, Attributes={"DelaySeconds": "60"})
    trail = boto3.client("cloudtrail", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106 - a word
    with Stubber(trail) as stubbed:
        at = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
        rows = [("false", "AWSCloudFormation"), ("false", "bob"), ("true", "eve")]
        stubbed.add_response(
            "lookup_events", {"Events": [{"ReadOnly": read, "Username": who, "EventTime": at} for read, who in rows]}
        )
        [row] = drift(cloudformation, "home", trail=Api(trail, "cloudtrail"), sleep=lambda _: None).drifted
        assert (row.logical_id, row.path, row.expected, row.actual) == ("Queue", "/DelaySeconds", "4", "60")
        assert (row.who, row.when) == ("bob", at.isoformat())
        stubbed.add_client_error("lookup_events", "AccessDeniedException")
        [row] = drift(cloudformation, "home", trail=Api(trail, "cloudtrail"), sleep=lambda _: None).drifted
        assert (row.who, row.when) == ("", "")
    account.api("sqs")("delete_queue", QueueUrl=url)
    [row] = drift(cloudformation, "home", sleep=lambda _: None).drifted
    assert (row.path, row.actual, row.who) == ("", "deleted", "")
    with pytest.raises(Invalid):
        drift(cloudformation, "none", sleep=lambda _: None)


def test_home_is_protected_from_being_deleted(account: Session) -> None:
    """What bootstrap creates can't be deleted by one call; a stack that is not there is left alone."""
    place = AdministratorStack(
        "home/home", "home", "4", REGION, json.dumps(BODY), (), {}, {"slipway:stack": "home/home"}
    )
    mine = People(lambda service, *_: account.api(service), sleep=lambda _: None)
    assert mine.protect(place) is False
    prepared = mine.prepare(place, {})
    assert prepared is not None
    mine.execute(prepared)
    assert (mine.protect(place), mine.protect(place)) == (True, False)
    with pytest.raises(StackFailed, match="TerminationProtection"):
        mine.delete(place)
