"""The sandbox knows who calls, and tells it where AWS does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from generator.sandbox.process import Control

ROLE = "arn:aws:iam::111122223333:role/worker"


def trust(*actions: str, principal: Any = None) -> str:
    """A trust policy."""
    who = principal or {"AWS": "arn:aws:iam::111122223333:root"}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": who, "Action": list(actions)}]}
    )


@pytest.fixture
def worker(aws: Any) -> str:
    """A role that its own account may assume; its id."""
    role = aws("iam").create_role(
        RoleName="worker", AssumeRolePolicyDocument=trust("sts:AssumeRole", "sts:SetSourceIdentity")
    )
    return str(role["Role"]["RoleId"])


def user(aws: Any, name: str) -> tuple[dict[str, str], str]:
    """An IAM user's keys, and the user's id."""
    made = aws("iam").create_user(UserName=name)["User"]
    key = aws("iam").create_access_key(UserName=name)["AccessKey"]
    return {"AccessKeyId": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"]}, made["UserId"]


def sender(aws: Any, keys: dict[str, str] | None = None) -> str:
    """The SenderId of a message sent with these keys."""
    url = aws("sqs").create_queue(QueueName="inbox")["QueueUrl"]
    aws("sqs", keys=keys).send_message(QueueUrl=url, MessageBody="hello")
    return received(aws, url)[0]


def received(aws: Any, url: str) -> list[str]:
    """The SenderIds of what is in a queue."""
    found = aws("sqs").receive_message(QueueUrl=url, MessageSystemAttributeNames=["SenderId"], MaxNumberOfMessages=10)
    return [message["Attributes"]["SenderId"] for message in found["Messages"]]


@pytest.mark.usefixtures("worker")
def test_source_identity_is_answered_and_recorded(aws: Any, control: Control) -> None:
    """STS API Reference, AssumeRole: SourceIdentity comes back, and every call of the session carries it in the trail."""
    made = aws("sts").assume_role(RoleArn=ROLE, RoleSessionName="release", SourceIdentity="alice")
    assert made["SourceIdentity"] == "alice"
    session = aws("sts", keys=made["Credentials"])
    assert session.get_caller_identity()["Arn"] == "arn:aws:sts::111122223333:assumed-role/worker/release"
    call = control.calls("sts", "GetCallerIdentity")[-1]
    assert (call["source_identity"], call["caller"]) == (
        "alice",
        "arn:aws:sts::111122223333:assumed-role/worker/release",
    )


@pytest.mark.usefixtures("worker")
def test_source_identity_sticks_through_role_chaining(aws: Any, control: Control) -> None:
    """IAM User Guide, "Monitor and control actions taken with assumed roles": it persists and can't be changed."""
    first = aws("sts").assume_role(RoleArn=ROLE, RoleSessionName="first", SourceIdentity="alice")
    chained = aws("sts", keys=first["Credentials"])
    assert chained.assume_role(RoleArn=ROLE, RoleSessionName="second")["SourceIdentity"] == "alice"
    with pytest.raises(ClientError, match="sts:SetSourceIdentity"):
        chained.assume_role(RoleArn=ROLE, RoleSessionName="second", SourceIdentity="mallory")
    assert control.calls("sts", "AssumeRole")[-1]["outcome"] == "403"


def test_an_unknown_role_is_denied(aws: Any) -> None:
    """STS says AccessDenied, so that nobody learns which roles exist."""
    with pytest.raises(ClientError) as caught:
        aws("sts").assume_role(RoleArn="arn:aws:iam::111122223333:role/nobody", RoleSessionName="release")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.usefixtures("worker")
def test_a_malformed_source_identity_is_refused(aws: Any) -> None:
    """STS API Reference, AssumeRole: 2 to 64 characters of a short list."""
    with pytest.raises(ClientError, match="sourceIdentity"):
        aws("sts").assume_role(RoleArn=ROLE, RoleSessionName="release", SourceIdentity="alice smith")


def test_sender_id_of_a_session_is_its_role_id_and_name(aws: Any, worker: str) -> None:
    """SQS API Reference, ReceiveMessage: "For an IAM role, returns the IAM role ID, for example ABCDE1F2GH3I4JK5LMNOP:i-a123b456"."""
    made = aws("sts").assume_role(RoleArn=ROLE, RoleSessionName="alice")
    assert sender(aws, made["Credentials"]) == f"{worker}:alice"


def test_sender_id_of_a_user_is_the_user_id(aws: Any) -> None:
    """SQS API Reference, ReceiveMessage: "For a user, returns the user ID"."""
    keys, user_id = user(aws, "bob")
    assert sender(aws, keys) == user_id


def test_sender_id_of_root_is_the_account(aws: Any) -> None:
    """*Assumed*: root has no other id (GetCallerIdentity: the account is root's UserId)."""
    assert sender(aws) == "111122223333"


def test_a_batch_carries_its_sender_too(aws: Any, worker: str) -> None:
    """SendMessageBatch is as true as SendMessage."""
    made = aws("sts").assume_role(RoleArn=ROLE, RoleSessionName="alice")
    url = aws("sqs").create_queue(QueueName="batch")["QueueUrl"]
    aws("sqs", keys=made["Credentials"]).send_message_batch(
        QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": "b"}]
    )
    assert received(aws, url) == [f"{worker}:alice"] * 2


def test_nobody_borrows_a_sender_through_a_service(aws: Any) -> None:
    """*Assumed*: what EventBridge or SNS delivers carries the service's id, never that of who made it deliver."""
    url = aws("sqs").create_queue(QueueName="events")["QueueUrl"]
    arn = "arn:aws:sqs:eu-west-1:111122223333:events"
    aws("events").put_rule(Name="all", EventPattern=json.dumps({"source": ["mine"]}))
    aws("events").put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
    keys, user_id = user(aws, "mallory")
    aws("events", keys=keys).put_events(Entries=[{"Source": "mine", "DetailType": "x", "Detail": "{}"}])
    topic = aws("sns").create_topic(Name="t")["TopicArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    aws("sns", keys=keys).publish(TopicArn=topic, Message="hello")
    senders = received(aws, url)
    assert len(senders) == 2
    assert not {user_id, "111122223333"} & set(senders)


def test_users_work_in_their_own_account(aws: Any) -> None:
    """An access key of a user reaches the user's account, without any enforcement."""
    aws("iam", account="999900001111").create_user(UserName="carol")
    key = aws("iam", account="999900001111").create_access_key(UserName="carol")["AccessKey"]
    found = aws("sts", keys=key).get_caller_identity()
    assert found["Arn"] == "arn:aws:iam::999900001111:user/carol"
    aws("sqs", keys=key).create_queue(QueueName="hers")
    assert aws("sqs", account="999900001111").list_queues()["QueueUrls"]


def test_a_role_of_another_account_is_assumed_there(aws: Any) -> None:
    """A session works in the account of its role."""
    aws("iam", account="999900001111").create_role(
        RoleName="release", AssumeRolePolicyDocument=trust("sts:AssumeRole", principal={"AWS": "111122223333"})
    )
    made = aws("sts").assume_role(RoleArn="arn:aws:iam::999900001111:role/release", RoleSessionName="release")
    assert aws("sts", keys=made["Credentials"]).get_caller_identity()["Account"] == "999900001111"
