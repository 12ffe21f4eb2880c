"""What the release log and the queue need of AWS, held to the API pages that promise it."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.release_table import release_table
from tests.sandbox.conftest import ACCOUNT, REGION, Aws

TABLE = "releases"


def _code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.fixture
def log(aws: Aws) -> Any:
    """A client and the table of the home stack: pk and sk, and the index `open` over open and due."""
    base = aws("dynamodb")
    base.create_table(**release_table(TABLE))
    return base


def _item(pk: str, sk: str = "state", **more: str) -> dict[str, Any]:
    return {key: {"S": value} for key, value in {"pk": pk, "sk": sk, **more}.items()}


class TestDynamoDb:
    """Amazon DynamoDB API Reference and Developer Guide."""

    def test_a_put_that_must_be_the_first_is_refused_the_second_time(self, log: Any) -> None:
        """Two workers that open the same release: one wins, the other reads who did (PutItem, ConditionExpression)."""
        put = {"TableName": TABLE, "ConditionExpression": "attribute_not_exists(pk)"}
        log.put_item(Item=_item("r1", holder="a"), **put)
        with pytest.raises(ClientError) as lost:
            log.put_item(Item=_item("r1", holder="b"), ReturnValuesOnConditionCheckFailure="ALL_OLD", **put)
        assert _code(lost) == "ConditionalCheckFailedException"
        assert lost.value.response["Item"]["holder"] == {"S": "a"}
        assert log.get_item(TableName=TABLE, Key=_item("r1"), ConsistentRead=True)["Item"]["holder"] == {"S": "a"}

    def test_a_lease_is_taken_by_the_holder_of_the_newest_number_only(self, log: Any) -> None:
        """A worker that slept too long can't write with its old fencing number (UpdateItem, ConditionExpression)."""
        log.put_item(TableName=TABLE, Item={**_item("r1"), "fence": {"N": "1"}})

        def take(seen: int) -> dict[str, Any]:
            answer: dict[str, Any] = log.update_item(
                TableName=TABLE,
                Key=_item("r1"),
                UpdateExpression="SET fence = fence + :one, #h = :me",
                ConditionExpression="fence = :seen",
                ExpressionAttributeNames={"#h": "holder"},
                ExpressionAttributeValues={":one": {"N": "1"}, ":seen": {"N": str(seen)}, ":me": {"S": "w"}},
                ReturnValues="ALL_NEW",
            )["Attributes"]
            return answer

        assert take(1)["fence"] == {"N": "2"}
        with pytest.raises(ClientError) as stale:
            take(1)
        assert _code(stale) == "ConditionalCheckFailedException"

    def test_an_update_of_nothing_makes_the_item_unless_a_condition_forbids_it(self, log: Any) -> None:
        """UpdateItem "edits an existing item's attributes, or adds a new item": the log must always say which it means."""
        said = {"TableName": TABLE, "UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}}
        log.update_item(Key=_item("new"), **said)
        assert "Item" in log.get_item(TableName=TABLE, Key=_item("new"))
        with pytest.raises(ClientError) as missing:
            log.update_item(Key=_item("none"), ConditionExpression="attribute_exists(pk)", **said)
        assert _code(missing) == "ConditionalCheckFailedException"

    def _two(self, pk: str, holder: str = "a") -> list[dict[str, Any]]:
        first = {
            "TableName": TABLE,
            "Item": _item(pk, holder=holder),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        return [{"Put": first}, {"Put": {"TableName": TABLE, "Item": _item("log", f"{pk}#1")}}]

    def test_a_transaction_happens_wholly_or_not_at_all(self, log: Any) -> None:
        """A state and its audit entry are written together, and a loser learns which part lost (CancellationReasons)."""
        log.transact_write_items(TransactItems=self._two("r1"))
        items = self._two("r1", "b")
        items[0]["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        items[1]["Put"]["Item"] = _item("log", "r1#2")
        with pytest.raises(ClientError) as lost:
            log.transact_write_items(TransactItems=items)
        assert _code(lost) == "TransactionCanceledException"
        reasons = lost.value.response["CancellationReasons"]
        assert [reason["Code"] for reason in reasons] == ["ConditionalCheckFailed", "None"]
        assert reasons[0]["Item"]["holder"] == {"S": "a"}
        assert "Item" not in log.get_item(TableName=TABLE, Key=_item("log", "r1#2"))

    def test_a_transaction_repeated_with_its_token_happens_once(self, log: Any) -> None:
        """An answer that was lost is asked for again without harm (TransactWriteItems, ClientRequestToken)."""
        for _ in range(3):
            log.transact_write_items(TransactItems=self._two("r1"), ClientRequestToken="t" * 36)
        with pytest.raises(ClientError) as other:
            log.transact_write_items(TransactItems=self._two("r2"), ClientRequestToken="t" * 36)
        assert _code(other) == "IdempotentParameterMismatchException"

    def test_a_counter_in_a_repeated_transaction_counts_once(self, log: Any) -> None:
        """The idempotency is real: an ADD that is sent twice with one token adds once."""
        add = {
            "Update": {
                "TableName": TABLE,
                "Key": _item("counter"),
                "UpdateExpression": "ADD n :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        }
        for _ in range(2):
            log.transact_write_items(TransactItems=[add], ClientRequestToken="u" * 36)
        assert log.get_item(TableName=TABLE, Key=_item("counter"))["Item"]["n"] == {"N": "1"}

    def test_one_item_twice_in_a_transaction_is_refused(self, log: Any) -> None:
        """TransactWriteItems: "no two actions ... can target the same item"; a check beside a write is such a pair."""
        check = {"TableName": TABLE, "Key": _item("r1"), "ConditionExpression": "attribute_not_exists(pk)"}
        with pytest.raises(ClientError) as refused:
            log.transact_write_items(
                TransactItems=[{"ConditionCheck": check}, {"Put": {"TableName": TABLE, "Item": _item("r1")}}]
            )
        assert _code(refused) == "ValidationException"

    def test_a_transaction_takes_a_hundred_actions(self, log: Any) -> None:
        """Service quotas: 100 actions in a transaction, and not one more."""
        puts = [{"Put": {"TableName": TABLE, "Item": _item("many", f"{index:03}")}} for index in range(101)]
        log.transact_write_items(TransactItems=puts[:100])
        with pytest.raises(ClientError) as refused:
            log.transact_write_items(TransactItems=puts)
        assert _code(refused) == "ValidationException"

    def test_open_releases_are_found_by_when_they_are_due(self, log: Any) -> None:
        """The sweep of every worker: only items that have both keys are in the index, in order (Query, IndexName)."""
        for name, due in (("r1", "2026-01-03"), ("r2", "2026-01-01"), ("r3", "2026-01-02")):
            log.put_item(TableName=TABLE, Item=_item(name, open="open", due=due, holder="w"))
        log.put_item(TableName=TABLE, Item=_item("closed", due="2026-01-01"))
        found = log.query(
            TableName=TABLE,
            IndexName="open",
            KeyConditionExpression="#o = :o AND due <= :now",
            ExpressionAttributeNames={"#o": "open"},
            ExpressionAttributeValues={":o": {"S": "open"}, ":now": {"S": "2026-01-02"}},
        )["Items"]
        assert [item["pk"]["S"] for item in found] == ["r2", "r3"]
        assert all(set(item) == {"pk", "sk", "open", "due"} for item in found)  # KEYS_ONLY

        log.update_item(
            TableName=TABLE, Key=_item("r2"), UpdateExpression="REMOVE #o", ExpressionAttributeNames={"#o": "open"}
        )
        with pytest.raises(ClientError) as refused:
            log.query(
                TableName=TABLE,
                IndexName="open",
                ConsistentRead=True,
                KeyConditionExpression="#o = :o",
                ExpressionAttributeNames={"#o": "open"},
                ExpressionAttributeValues={":o": {"S": "open"}},
            )
        assert _code(refused) == "ValidationException"  # "global secondary indexes support eventual consistency only"

    def test_history_comes_in_pages_newest_first(self, log: Any) -> None:
        """Query: `Limit`, `LastEvaluatedKey` and `ScanIndexForward` page through a stack's releases backwards."""
        for index in range(5):
            log.put_item(TableName=TABLE, Item=_item("app", f"{index}"))
        said = {
            "TableName": TABLE,
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": {"S": "app"}},
            "ScanIndexForward": False,
            "Limit": 2,
        }
        seen, start = [], {}
        for _ in range(4):
            page = log.query(**said, **start)
            seen += [item["sk"]["S"] for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        assert seen == ["4", "3", "2", "1", "0"]

    def test_items_that_expire_are_readable_until_they_are_deleted(self, log: Any) -> None:
        """Time to Live: "items ... past their expiration ... can still appear in reads": the log must filter them."""
        log.update_time_to_live(TableName=TABLE, TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True})
        ttl = log.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
        assert ttl["AttributeName"] == "expires"
        assert ttl["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
        log.put_item(TableName=TABLE, Item={**_item("old"), "expires": {"N": str(int(time.time()) - 1)}})
        assert "Item" in log.get_item(TableName=TABLE, Key=_item("old"), ConsistentRead=True)

    def test_an_item_is_at_most_400_kb(self, log: Any) -> None:
        """Service quotas: a plan that is too large for an item must go to S3, and is told here first."""
        with pytest.raises(ClientError) as refused:
            log.put_item(TableName=TABLE, Item=_item("big", text="x" * 400 * 1024))
        assert _code(refused) == "ValidationException"


class TestSqs:
    """Amazon SQS API Reference and Developer Guide."""

    @pytest.fixture
    def queue(self, aws: Aws) -> tuple[Any, str]:
        """A client and the URL of a standard queue."""
        sqs = aws("sqs")
        return sqs, sqs.create_queue(QueueName="requests", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]

    def _receive(self, queue: tuple[Any, str], **more: Any) -> list[dict[str, Any]]:
        sqs, url = queue
        found: list[dict[str, Any]] = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"], **more
        ).get("Messages", [])
        return found

    def test_a_message_is_hidden_while_somebody_works_on_it_and_comes_back(self, queue: tuple[Any, str]) -> None:
        """A worker that died loses nothing: ChangeMessageVisibility and the timeout bring the request back."""
        sqs, url = queue
        sqs.send_message(QueueUrl=url, MessageBody="wake up")
        first = self._receive(queue)[0]
        assert self._receive(queue) == []
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
        second = self._receive(queue)[0]
        assert second["MessageId"] == first["MessageId"]
        assert second["ReceiptHandle"] != first["ReceiptHandle"]
        assert second["Attributes"]["ApproximateReceiveCount"] == "2"
        sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
        assert self._receive(queue) == []

    def test_a_short_visibility_ends_by_itself(self, queue: tuple[Any, str]) -> None:
        """Nobody has to say that a worker is gone (ReceiveMessage, VisibilityTimeout)."""
        sqs, url = queue
        sqs.send_message(QueueUrl=url, MessageBody="wake up")
        assert self._receive(queue, VisibilityTimeout=1)
        assert self._receive(queue) == []
        assert self._receive(queue, WaitTimeSeconds=3)

    def test_a_long_poll_wakes_when_a_message_comes(self, queue: tuple[Any, str]) -> None:
        """Polling is cheap: one call waits for the message (ReceiveMessage, WaitTimeSeconds)."""
        sqs, url = queue
        started = time.monotonic()
        assert self._receive(queue, WaitTimeSeconds=1) == []
        assert time.monotonic() - started >= 0.9
        sqs.send_message(QueueUrl=url, MessageBody="wake up", DelaySeconds=1)
        assert self._receive(queue, WaitTimeSeconds=5)

    def test_a_request_that_nobody_can_read_ends_in_the_dead_letter_queue(self, queue: tuple[Any, str]) -> None:
        """A poisoned message does not wake workers for ever (RedrivePolicy, maxReceiveCount)."""
        sqs, url = queue
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        policy = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead", "maxReceiveCount": 2}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)})
        sqs.send_message(QueueUrl=url, MessageBody="?")
        for _ in range(2):
            assert self._receive(queue, VisibilityTimeout=0)
        assert self._receive(queue) == []
        assert [message["Body"] for message in self._receive((sqs, dead))] == ["?"]

    def test_a_fifo_queue_keeps_order_and_drops_repetitions(self, aws: Aws) -> None:
        """Developer Guide, "FIFO delivery logic": a group waits for its first message; an id counts for five minutes."""
        sqs = aws("sqs")
        url = sqs.create_queue(QueueName="steps.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        for body, deduplication in (("1", "a"), ("1 again", "a"), ("2", "b")):
            sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="app", MessageDeduplicationId=deduplication)
        sqs.send_message(QueueUrl=url, MessageBody="other", MessageGroupId="web", MessageDeduplicationId="c")
        first = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"][0]
        assert first["Body"] == "1"
        second = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert [message["Body"] for message in second] == ["other"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        third = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert [message["Body"] for message in third] == ["2"]
