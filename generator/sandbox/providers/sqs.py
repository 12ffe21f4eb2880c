"""SQS: queues and their policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, code_of, unless
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped, listed

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_GONE = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})
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


def _attribute(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict) else str(value)


@provider("AWS::SQS::Queue")
class Queue(ApiProvider):
    """`Ref` is the URL."""

    type_name = "AWS::SQS::Queue"
    known = frozenset({"QueueName", "FifoQueue", "Tags", *_DEFAULTS})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateQueue; a name that is taken fails, whatever its attributes."""
        name = props.get("QueueName") or (
            generated_name(ctx, limit=75) + ".fifo" if props.get("FifoQueue") else generated_name(ctx, limit=80)
        )
        sqs = ctx.client("sqs")
        try:
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        except sqs.exceptions.ClientError as error:
            if code_of(error) not in _GONE:
                raise
        else:
            raise self.taken(url)
        said = {key: _attribute(props[key]) for key in _DEFAULTS if key in props}
        if props.get("FifoQueue"):
            said["FifoQueue"] = "true"
        url = sqs.create_queue(QueueName=name, Attributes=said, tags=self.tag_map(ctx, props))["QueueUrl"]
        return self._made(ctx, url)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """SetQueueAttributes for what differs, and tags."""
        sqs = ctx.client("sqs")
        said = {
            key: _attribute(new.get(key, default)) for key, default in _DEFAULTS.items() if new.get(key) != old.get(key)
        }
        sqs.get_queue_attributes(QueueUrl=physical_id, AttributeNames=["QueueArn"])
        if said:
            sqs.set_queue_attributes(QueueUrl=physical_id, Attributes=said)
        lost = dropped(old.get("Tags", []), self.tags(ctx, new))
        if lost:
            sqs.untag_queue(QueueUrl=physical_id, TagKeys=lost)
        sqs.tag_queue(QueueUrl=physical_id, Tags=self.tag_map(ctx, new))
        return self._made(ctx, physical_id)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteQueue."""
        del props
        ctx.client("sqs").delete_queue(QueueUrl=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetQueueAttributes and ListQueueTags."""
        del props
        sqs = ctx.client("sqs")
        found = sqs.get_queue_attributes(QueueUrl=physical_id, AttributeNames=["All"])["Attributes"]
        tags = sqs.list_queue_tags(QueueUrl=physical_id).get("Tags", {})
        return {**{key: found.get(key) for key in self.known}, "QueueName": _name(physical_id), "Tags": listed(tags)}

    def _made(self, ctx: Context, url: str) -> Created:
        name = _name(url)
        arn = f"arn:aws:sqs:{ctx.region}:{ctx.account}:{name}"
        return Created(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


def _name(url: str) -> str:
    return url.rpartition("/")[2]


@provider("AWS::SQS::QueuePolicy")
class QueuePolicy(ApiProvider):
    """`Ref` is an id of its own."""

    type_name = "AWS::SQS::QueuePolicy"
    known = frozenset({"PolicyDocument", "Queues"})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """SetQueueAttributes for each queue."""
        self._set(ctx, props["Queues"], json.dumps(props["PolicyDocument"]))
        name = generated_name(ctx)
        return Created(name, {"Id": name})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Set the new ones; queues that are no longer named lose theirs."""
        with unless(*_GONE):
            self._set(ctx, [queue for queue in old["Queues"] if queue not in new["Queues"]], "")
        self._set(ctx, new["Queues"], json.dumps(new["PolicyDocument"]))
        return Created(physical_id, {"Id": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Take the policies away."""
        del physical_id
        for queue in props["Queues"]:
            with unless(*_GONE):
                self._set(ctx, [queue], "")

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """The policy of the first queue that has another one than the template's, or the template's."""
        sqs = ctx.client("sqs")
        found = []
        for queue in props["Queues"]:
            answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"]).get("Attributes", {})
            if not answer.get("Policy"):
                raise self.absent(physical_id)
            found.append(json.loads(answer["Policy"]))
        other = [policy for policy in found if policy != props["PolicyDocument"]]
        return {"PolicyDocument": (other or found)[0], "Queues": props["Queues"]}

    def _set(self, ctx: Context, queues: list[str], policy: str) -> None:
        for queue in queues:
            ctx.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
