"""The release table in DynamoDB: conditional writes on ``rev``, read back where an answer was lost.

Keys ``pk`` and ``sk``; index ``open`` over ``open`` and ``due``; time to live ``expires``. Source: DynamoDB API
Reference and Developer Guide, "Working with items", "Managing complex workflows with transactions".
"""

import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from generator.aws.api_client import Api, ApiError
from generator.release.errors import Unavailable
from generator.release.ports import OPEN, Check, Item, OpenItem, Put

_TRIES = 6
# Why a transaction was cancelled although nothing is wrong with it (TransactWriteItems, CancellationReasons).
_PASSING = {"ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}


class DynamoTable:
    """A ``ports.Table`` over the table of the home stack."""

    def __init__(self, api: Api, name: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._api = api
        self._name = name
        self._sleep = sleep

    def get(self, pk: str, sk: str) -> Item | None:
        """One item, read consistently."""
        found = self._api("get_item", TableName=self._name, Key=_key(pk, sk), ConsistentRead=True).get("Item")
        return _item(found) if found else None

    def many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """The items that exist, 100 a call. Items that DynamoDB left out are read again."""
        found: dict[tuple[str, str], Item] = {}
        remaining = [_key(*key) for key in dict.fromkeys(keys)]
        tries = 0
        while remaining:
            asked, remaining = remaining[:100], remaining[100:]
            answer = self._api("batch_get_item", RequestItems={self._name: {"Keys": asked, "ConsistentRead": True}})
            for row in answer["Responses"].get(self._name, ()):
                item = _item(row)
                found[item.pk, item.sk] = item
            left = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if left:
                tries += 1
                self._wait(tries, "batch_get_item")
                remaining = [*left, *remaining]
        return found

    def query(
        self, pk: str, *, prefix: str = "", newest: bool = False, limit: int = 0, before: str = ""
    ) -> Iterator[Item]:
        """Items of a partition in order, lazily, a page at a time."""
        if before and before <= prefix:
            return
        condition, values = "pk = :pk", {":pk": {"S": pk}}
        if before:
            # One condition for the sort key: its upper end is taken out below.
            condition += " AND sk BETWEEN :from AND :before" if prefix else " AND sk < :before"
            values[":before"] = {"S": before}
            values |= {":from": {"S": prefix}} if prefix else {}
        elif prefix:
            condition += " AND begins_with(sk, :from)"
            values[":from"] = {"S": prefix}
        more: dict[str, Any] = {"Limit": limit + 1} if limit else {}
        left = limit or -1
        while True:
            page = self._api(
                "query",
                TableName=self._name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ScanIndexForward=not newest,
                ConsistentRead=True,
                **more,
            )
            for row in page["Items"]:
                item = _item(row)
                if item.sk == before or not item.sk.startswith(prefix):
                    continue
                yield item
                left -= 1
                if not left:
                    return
            if not page.get("LastEvaluatedKey"):
                return
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def write(self, *writes: Put | Check) -> bool:
        """Write all or none. False if a condition does not hold.

        Raises:
            Unavailable: it is not known whether it was written; read it again.
        """
        token = str(uuid.uuid4())
        for number in range(1, _TRIES + 1):
            try:
                if len(writes) == 1 and isinstance(writes[0], Put):
                    return self._put(writes[0].item)
                return self._transact(writes, token)
            except ApiError as error:
                reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())} - {"None"}
                passing = error.code == "TransactionCanceledException" and reasons and reasons <= _PASSING
                if not passing and error.code != "TransactionConflictException":
                    raise
                self._wait(number, "write")
        raise Unavailable("the release table did not accept a write; try again")

    def due(self, before: str, limit: int, where: str = OPEN) -> list[OpenItem]:
        """Open items that are due, earliest first."""
        found: list[OpenItem] = []
        more: dict[str, Any] = {}
        while len(found) < limit:
            page = self._api(
                "query",
                TableName=self._name,
                IndexName="open",
                KeyConditionExpression="#open = :open AND due <= :before",
                ExpressionAttributeNames={"#open": "open"},
                ExpressionAttributeValues={":open": {"S": where}, ":before": {"S": before}},
                Limit=limit - len(found),
                **more,
            )
            found += [OpenItem(row["pk"]["S"], row["sk"]["S"], row["due"]["S"]) for row in page["Items"]]
            if not page.get("LastEvaluatedKey"):
                break
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        return found

    def _put(self, item: Item) -> bool:
        try:
            self._api(
                "put_item",
                TableName=self._name,
                Item=_attributes(item),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **_condition(item.rev - 1),
            )
        except ApiError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            if not error.retried:
                return False
            # An earlier try may have written: then our own item stands in the way.
            there = _item(error.response["Item"]) if error.response.get("Item") else None
            if there == item:
                return True
            if there is not None and there.rev > item.rev:
                raise Unavailable("an answer of the release table was lost; read the item again") from error
            return False
        return True

    def _transact(self, writes: Sequence[Put | Check], token: str) -> bool:
        actions = [
            {"Put": {"TableName": self._name, "Item": _attributes(write.item), **_condition(write.item.rev - 1)}}
            if isinstance(write, Put)
            else {"ConditionCheck": {"TableName": self._name, "Key": _key(write.pk, write.sk), **_condition(write.rev)}}
            for write in writes
        ]
        try:
            self._api("transact_write_items", TransactItems=actions, ClientRequestToken=token)
        except ApiError as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
            if "ConditionalCheckFailed" in reasons:
                return False
            raise
        return True

    def _wait(self, number: int, what: str) -> None:
        if number >= _TRIES:
            raise Unavailable(f"the release table is too busy ({what}); try again")
        self._sleep(random.uniform(0.5, 1.0) * 0.02 * 2**number)  # noqa: S311 - so that workers don't meet again


def _condition(rev: int) -> dict[str, Any]:
    if rev == 0:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#rev = :rev",
        "ExpressionAttributeNames": {"#rev": "rev"},
        "ExpressionAttributeValues": {":rev": {"N": str(rev)}},
    }


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _attributes(item: Item) -> dict[str, Any]:
    found = {**_key(item.pk, item.sk), "rev": {"N": str(item.rev)}, "body": {"S": item.body.decode()}}
    found |= {"open": {"S": item.open}} if item.open else {}
    found |= {"due": {"S": item.due}} if item.due else {}
    return found | ({"expires": {"N": str(item.expires)}} if item.expires else {})


def _item(row: dict[str, Any]) -> Item:
    return Item(
        row["pk"]["S"],
        row["sk"]["S"],
        int(row["rev"]["N"]),
        row["body"]["S"].encode(),
        row.get("open", {}).get("S", ""),
        row.get("due", {}).get("S", ""),
        int(row.get("expires", {}).get("N", "0")),
    )
