"""What people are shown beside a change set: who changed what by hand, and Access Analyzer's word."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from botocore.stub import Stubber

from generator.aws.api_client import Api
from generator.aws.preview_lookups import AwsPreviewLookups
from generator.aws.session import Session
from generator.preview.reader import DriftLookup
from generator.release.errors import Invalid, ReleaseError, Unavailable
from generator.release.model.preview import Drifted
from tests.contract.conftest import unique

BODY = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 4}}}}


def known(looks: AwsPreviewLookups, stack: str) -> tuple[Drifted, ...]:
    """What is found once AWS has looked."""
    for _ in range(12000):
        with suppress(Unavailable):
            return looks.drifted(stack)
        time.sleep(0.01)
    raise AssertionError("AWS never found out")


def test_what_somebody_changed_by_hand_is_shown(session: Session) -> None:
    """A queue that was changed outside of CloudFormation is told with both values."""
    cloudformation, sqs = session.api("cloudformation"), session.api("sqs")
    name = unique("looks")
    cloudformation("create_stack", StackName=name, TemplateBody=json.dumps(BODY))
    for _ in range(12000):
        row = cloudformation("describe_stacks", StackName=name)["Stacks"][0]
        if row["StackStatus"] == "CREATE_COMPLETE":
            break
        time.sleep(0.01)
    url = cloudformation("describe_stack_resources", StackName=name)["StackResources"][0]["PhysicalResourceId"]
    now = [0.0]
    looks = AwsPreviewLookups(session.api, clock=lambda: now[0])
    looks.begin(row["StackId"])
    assert known(looks, row["StackId"]) == ()
    now[0] = 200.0
    sqs("set_queue_attributes", QueueUrl=url, Attributes={"DelaySeconds": "9"})
    (found,) = known(looks, row["StackId"])
    assert (found.logical_id, found.path, found.expected, found.actual) == ("Queue", "/DelaySeconds", "4", "9")
    # The worker's daily look names stacks, and takes one that is not there as one without drift.
    looks.begin(name)
    assert known(looks, name) == (found,)
    looks.begin(unique("gone"))
    with pytest.raises(Invalid, match="does not exist"):
        looks.drifted(unique("gone"))


class SlowDetection:
    """CloudFormation whose drift detection takes ``looks`` looks. CloudTrail knows nothing."""

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.calls: list[str] = []

    def __call__(self, operation: str, **_: Any) -> dict[str, Any]:
        self.calls.append(operation)
        if operation == "detect_stack_drift":
            return {"StackDriftDetectionId": "d1"}
        self.looks -= 1
        status = "DETECTION_IN_PROGRESS" if self.looks >= 0 else "DETECTION_COMPLETE"
        return {"DetectionStatus": status}

    def pages(self, operation: str, *_: str, **__: Any) -> list[Any]:
        self.calls.append(operation)
        return []


def test_nobody_waits_for_drift() -> None:
    """A detection of 18 s or of minutes is begun once for all who ask; until it is over they are told so, at once."""
    aws, now = SlowDetection(2), [0.0]
    looks = AwsPreviewLookups(lambda _: aws, clock=lambda: now[0])  # type: ignore[arg-type, return-value]
    looks.begin("stack")
    looks.begin("stack")
    for _ in range(2):
        with pytest.raises(Unavailable, match="slipway drift"):
            looks.drifted("stack")
    assert looks.drifted("stack") == looks.drifted("stack") == ()
    status = "describe_stack_drift_detection_status"
    assert aws.calls == ["detect_stack_drift", status, status, status, "describe_stack_resource_drifts"]
    now[0] = 121.0
    looks.begin("stack")
    assert aws.calls.count("detect_stack_drift") == 2


def test_access_analyzer_that_is_not_there_is_an_error(session: Session) -> None:
    """Nobody takes silence for agreement: what can't be asked is told as such."""
    with pytest.raises(ReleaseError, match="check_no_new_access"):
        AwsPreviewLookups(session.api).new_access("{}", "{}", "IDENTITY_POLICY")


@pytest.mark.parametrize(("result", "more"), [("PASS", False), ("FAIL", True)])
def test_access_analyzers_word(result: str, more: bool) -> None:
    """CheckNoNewAccess passes a policy that allows nothing new (IAM Access Analyzer API Reference)."""
    import boto3

    keys = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"), "x")
    client = boto3.client("accessanalyzer", region_name="eu-west-1", **keys)
    asked = {"existingPolicyDocument": "{}", "newPolicyDocument": "{}", "policyType": "IDENTITY_POLICY"}
    with Stubber(client) as stub:
        stub.add_response("check_no_new_access", {"result": result}, asked)
        assert (
            AwsPreviewLookups(lambda _: Api(client, "accessanalyzer")).new_access("{}", "{}", "IDENTITY_POLICY") is more
        )


def test_who_did_it_comes_along() -> None:
    """Drift names its culprit where CloudTrail told one, and nobody where it did not."""

    class Looks:
        def begin(self, stack_id: str) -> None:
            raise AssertionError(stack_id)

        def drifted(self, stack_id: str) -> tuple[Drifted, ...]:
            assert stack_id == "stack"
            return (
                Drifted(logical_id="A", type="T", path="/P", expected="1", actual="2", who="ana", when="2026-11-25"),
                Drifted(logical_id="B", type="T", path="/P", expected="1", actual="2"),
            )

        def new_access(self, existing: str, new: str, kind: str) -> bool:
            return existing != new or not kind

    found = DriftLookup(Looks())
    rows = found.differences("stack")
    assert [row.logical_id for row in rows] == ["A", "B"]
    culprit = found.last_change(rows[0].physical_id)
    assert culprit is not None
    assert culprit.who == "ana"
    assert found.last_change(rows[1].physical_id) is None
