"""SQS: queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import unless
from generator.sandbox.providers.old_table import ResourceTable, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context, Created

# What SQS takes when a property leaves the template (Amazon SQS API Reference, SetQueueAttributes).
_DEFAULTS: dict[str, Any] = {
    "DelaySeconds": 0,
    "MaximumMessageSize": 1048576,
    "MessageRetentionPeriod": 345600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "VisibilityTimeout": 30,
    "RedrivePolicy": "",
    "RedriveAllowPolicy": "",
    "KmsMasterKeyId": "",
    "KmsDataKeyReusePeriodSeconds": 300,
    "SqsManagedSseEnabled": True,
    "ContentBasedDeduplication": False,
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


@surprising(
    ResourceTable(
        "AWS::SQS::Queue",
        "sqs",
        "create_queue get_queue_attributes set_queue_attributes delete_queue",
        " ".join(("FifoQueue QueueName", *_DEFAULTS)),
        name="QueueName",
        limit=80,
        fifo="FifoQueue",
        key="QueueUrl",
        attributes={"Arn": "arn:aws:sqs:{region}:{account}:{name}", "QueueName": "{name}", "QueueUrl": "{id}"},
        gone="AWS.SimpleQueueService.NonExistentQueue QueueDoesNotExist",
        defaults=_DEFAULTS,
        always={"AttributeNames": ["All"]},
        live={"QueueName": "name"},
        tags=Tags("tag_queue", "untag_queue", "list_queue_tags"),
        said=lambda props: {
            **props,
            "Attributes": {name: props[name] for name in _DEFAULTS if name in props}
            | ({"FifoQueue": True} if props.get("FifoQueue") else {}),
        },
    )
)
class Queue(TableProvider):
    """`Ref` is the URL. CreateQueue answers a queue that is there with the same attributes; CloudFormation fails then."""

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateQueue, unless the name is taken."""
        props = self.named(ctx, props)
        with unless(*self.gone):
            raise self.taken(ctx.client("sqs").get_queue_url(QueueName=props["QueueName"])["QueueUrl"])
        return super().make(ctx, props)

    def arguments(self, ctx: Context, operation: str, props: dict[str, Any]) -> dict[str, Any]:
        """The attributes; the kind of a queue is for ever, and SetQueueAttributes does not take it."""
        said = super().arguments(ctx, operation, props)
        if operation == self.table.update:
            said["Attributes"] = {name: value for name, value in said["Attributes"].items() if name != "FifoQueue"}
        return said
