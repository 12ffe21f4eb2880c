"""One stack of the platform in the sandbox: breaks, is taken back, drifts, and is not deleted while it is used."""

import copy

import pytest

from generator.sandbox.endpoint import Control
from tests.sandbox.conftest import Aws
from tests.sandbox.fleet import Failed, Fleet

ALERTS = "dev/alerts"


@pytest.fixture
def fleet(aws: Aws, control: Control) -> Fleet:
    """The shipped configuration, in accounts that have its hosted zones."""
    found = Fleet(aws)
    found.prepare(control)
    return found


def test_a_stack_that_is_as_its_template_has_nothing_to_change(fleet: Fleet) -> None:
    """Applying twice is safe: the second change set says that there is nothing to do."""
    fleet.deploy_all(ALERTS)
    with pytest.raises(Failed, match=r"(?i)didn't contain changes|no updates are to be performed"):
        fleet.deploy(ALERTS)


def test_an_update_that_breaks_half_way_is_taken_back(fleet: Fleet, control: Control) -> None:
    """A stack whose update fails is exactly what it was: changed, added and removed resources alike."""
    fleet.deploy_all(ALERTS)
    before = fleet.resources(ALERTS)
    topic = before["AlertsTopic"]["PhysicalResourceId"]
    sns = fleet.client(ALERTS, "sns")
    said = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"]
    body = copy.deepcopy(fleet.built.bodies[ALERTS])
    body["Resources"]["AlertsTopic"]["Properties"]["DisplayName"] = "changed"
    body["Resources"]["Added"] = {"Type": "AWS::SQS::Queue", "DependsOn": "AlertsTopic"}
    body["Resources"]["Broken"] = {"Type": "AWS::SQS::Queue", "DependsOn": "Added"}
    control.post(
        "cloudformation/faults",
        {
            "faults": [
                {"stack": fleet.name(ALERTS), "logical_id": "Broken", "phase": "CREATE", "reason": "no more room"}
            ]
        },
    )
    fleet.deploy(ALERTS, body=body, outcome="UPDATE_ROLLBACK_COMPLETE")
    assert "Broken AWS::SQS::Queue CREATE_FAILED" in fleet.failures(ALERTS)
    assert "no more room" in fleet.failures(ALERTS)
    assert fleet.resources(ALERTS).keys() == before.keys()
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == said
    assert fleet.client(ALERTS, "sqs").list_queues().get("QueueUrls", []) == []
    assert fleet.drift(ALERTS) == []

    fleet.deploy(ALERTS, body=body)
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "changed"
    assert len(fleet.client(ALERTS, "sqs").list_queues()["QueueUrls"]) == 2
    fleet.deploy(ALERTS)
    assert fleet.resources(ALERTS).keys() == before.keys()
    assert fleet.client(ALERTS, "sqs").list_queues().get("QueueUrls", []) == []


def test_a_creation_that_fails_leaves_nothing(fleet: Fleet, control: Control) -> None:
    """A stack that can't be created is rolled back in order, and deploys once the cause is gone."""
    fault = {"stack": fleet.name(ALERTS), "logical_id": "AlertsTopicPolicy", "phase": "CREATE", "reason": "not today"}
    control.post("cloudformation/faults", {"faults": [fault]})
    with pytest.raises(Failed, match="ROLLBACK_COMPLETE"):
        fleet.deploy(ALERTS)
    assert fleet.client(ALERTS, "sns").list_topics()["Topics"] == []
    deleted = [
        event["LogicalResourceId"] for event in fleet.events(ALERTS) if event["ResourceStatus"] == "DELETE_COMPLETE"
    ]
    assert deleted.index("AlertsTopic") < deleted.index("Key")
    fleet.destroy(ALERTS)
    fleet.deploy(ALERTS)
    fleet.is_whole(ALERTS)


def test_what_somebody_changed_by_hand_is_reported(fleet: Fleet) -> None:
    """Drift names the resource and the property that were changed behind CloudFormation's back, and what was deleted."""
    fleet.deploy_all(ALERTS, "dev/data")
    resources = fleet.resources(ALERTS)
    sns, kms = fleet.client(ALERTS, "sns"), fleet.client(ALERTS, "kms")
    topic = resources["AlertsTopic"]["PhysicalResourceId"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="mine now")
    kms.disable_key_rotation(KeyId=resources["Key"]["PhysicalResourceId"])
    kms.delete_alias(AliasName=resources["KeyAlias"]["PhysicalResourceId"])
    drifted = {drift["LogicalResourceId"]: drift for drift in fleet.drift(ALERTS)}
    assert drifted.keys() == {"AlertsTopic", "Key", "KeyAlias"}
    assert drifted["KeyAlias"]["StackResourceDriftStatus"] == "DELETED"
    [name] = drifted["AlertsTopic"]["PropertyDifferences"]
    assert (name["PropertyPath"], name["ActualValue"], name["DifferenceType"]) == (
        "/DisplayName",
        "mine now",
        "NOT_EQUAL",
    )
    [rotation] = drifted["Key"]["PropertyDifferences"]
    assert (rotation["PropertyPath"], rotation["ActualValue"]) == ("/EnableKeyRotation", "false")

    table = fleet.resources("dev/data")["TableItems"]["PhysicalResourceId"]
    fleet.client("dev/data", "dynamodb").update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    [drift] = fleet.drift("dev/data")
    assert [one["PropertyPath"] for one in drift["PropertyDifferences"]] == [
        "/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled"
    ]


def test_a_bucket_with_objects_stops_the_deletion(fleet: Fleet) -> None:
    """Nothing is thrown away by deleting a stack: S3 says why not, and the next try after emptying works."""
    body = copy.deepcopy(fleet.built.bodies[ALERTS])
    body["Resources"]["Letters"] = {"Type": "AWS::S3::Bucket"}
    fleet.deploy(ALERTS, body=body)
    s3, bucket = fleet.client(ALERTS, "s3"), fleet.resources(ALERTS)["Letters"]["PhysicalResourceId"]
    s3.put_object(Bucket=bucket, Key="one", Body=b"x")
    with pytest.raises(Failed, match=r"(?s)DELETE_FAILED.*Letters.*not empty"):
        fleet.destroy(ALERTS)
    s3.delete_object(Bucket=bucket, Key="one")
    fleet.destroy(ALERTS)
