"""The release queue in SQS.

Source: SQS API Reference, ReceiveMessage (``SenderId``), SendMessage, DeleteMessage and DeleteMessageBatch.
"""

import math

from generator.aws.api_client import Api, ApiError
from generator.release.errors import Invalid, Unavailable
from generator.release.ports import Message

LIMIT = 262_144  # bytes; the quota of a queue, whatever its own maximum says
_GONE = {"ReceiptHandleIsInvalid", "AWS.SimpleQueueService.MessageNotInflight", "InvalidIdFormat"}


class SqsQueue:
    """A ``ports.Queue``. A received message stays hidden for the queue's visibility timeout."""

    def __init__(self, api: Api, url: str) -> None:
        self._api = api
        self._url = url

    def send(self, body: str) -> None:
        """Send a message. It is sent twice if an answer was lost, which changes nothing.

        Raises:
            Invalid: It is empty, or larger than 256 KiB.
        """
        size = len(body.encode())
        if not 1 <= size <= LIMIT:
            raise Invalid(f"a message of {size} bytes can't be sent; a message holds 1 byte to 256 KiB")
        self._api("send_message", QueueUrl=self._url, MessageBody=body)

    def receive(self, wait: float, limit: int = 10) -> list[Message]:
        """Up to ten messages, with what SQS attests about who sent them."""
        found = self._api(
            "receive_message",
            QueueUrl=self._url,
            MaxNumberOfMessages=max(1, min(10, limit)),
            WaitTimeSeconds=min(20, max(0, math.ceil(wait))),
            MessageSystemAttributeNames=["SenderId"],
        ).get("Messages", ())
        return [
            Message(row["MessageId"], row.get("Attributes", {}).get("SenderId", ""), row["Body"], row["ReceiptHandle"])
            for row in found
        ]

    def done(self, *receipts: str) -> None:
        """Delete messages, ten a call. No error for one that is already deleted.

        Raises:
            Unavailable: SQS could not take some of them out; they are delivered again.
        """
        for start in range(0, len(receipts), 10):
            part = receipts[start : start + 10]
            if len(part) == 1:
                self._delete(part[0])
                continue
            rows = [{"Id": str(number), "ReceiptHandle": receipt} for number, receipt in enumerate(part)]
            failed = self._api("delete_message_batch", QueueUrl=self._url, Entries=rows).get("Failed", ())
            left = [row for row in failed if row["Code"] not in _GONE]
            if left:
                raise Unavailable(
                    f"{len(left)} messages could not be deleted from the queue ({left[0]['Code']}); try again"
                )

    def _delete(self, receipt: str) -> None:
        try:
            self._api("delete_message", QueueUrl=self._url, ReceiptHandle=receipt)
        except ApiError as error:
            if error.code not in _GONE:
                raise
