"""Policies of SQS queues and SNS topics: no resources of their own, but attributes that several queues or topics get."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, unless
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

# The id of the policy that SNS gives a new topic.
_DEFAULT_ID = "__default_policy_ID"


class _AttachedPolicy(ApiProvider):
    """`Ref` is an id of its own."""

    holders: str

    def policy(self, ctx: Context, holder: str) -> dict[str, Any] | None:
        """The policy of a queue or topic, if somebody gave it one."""
        raise NotImplementedError

    def put(self, ctx: Context, holder: str, document: Any) -> None:
        """Give one a policy; with None that which it has by default."""
        raise NotImplementedError

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Give each its policy."""
        return self.change(ctx, generated_name(ctx), {self.holders: []}, props)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Give the new ones theirs; those that are no longer named lose it."""
        self.remove(
            ctx, physical_id, {self.holders: [each for each in old[self.holders] if each not in new[self.holders]]}
        )
        for holder in new[self.holders]:
            self.put(ctx, holder, new["PolicyDocument"])
        return Created(physical_id, {"Id": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Take the policies away."""
        del physical_id
        for holder in props[self.holders]:
            with unless(*self.gone):
                self.put(ctx, holder, None)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """The policy of the first that has another one than the template's, or the template's."""
        found = [self.policy(ctx, holder) for holder in props[self.holders]]
        if None in found:
            raise self.absent(physical_id)
        other = [policy for policy in found if policy != props["PolicyDocument"]]
        return {"PolicyDocument": (other or found)[0], self.holders: props[self.holders]}


@provider("AWS::SQS::QueuePolicy")
class QueuePolicy(_AttachedPolicy):
    """Without it a queue has none."""

    type_name, holders = "AWS::SQS::QueuePolicy", "Queues"
    known = frozenset({"PolicyDocument", "Queues"})
    gone = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})

    def policy(self, ctx: Context, holder: str) -> dict[str, Any] | None:
        """GetQueueAttributes."""
        answer = ctx.client("sqs").get_queue_attributes(QueueUrl=holder, AttributeNames=["Policy"])
        return json.loads(answer.get("Attributes", {}).get("Policy") or "null") or None

    def put(self, ctx: Context, holder: str, document: Any) -> None:
        """SetQueueAttributes."""
        text = json.dumps(document) if document else ""
        ctx.client("sqs").set_queue_attributes(QueueUrl=holder, Attributes={"Policy": text})


@provider("AWS::SNS::TopicPolicy")
class TopicPolicy(_AttachedPolicy):
    """Without it a topic has the policy that SNS gives it."""

    type_name, holders = "AWS::SNS::TopicPolicy", "Topics"
    known = frozenset({"PolicyDocument", "Topics"})
    gone = frozenset({"NotFound", "NotFoundException"})

    def policy(self, ctx: Context, holder: str) -> dict[str, Any] | None:
        """GetTopicAttributes."""
        found = json.loads(ctx.client("sns").get_topic_attributes(TopicArn=holder)["Attributes"]["Policy"])
        return None if found.get("Id") == _DEFAULT_ID else found

    def put(self, ctx: Context, holder: str, document: Any) -> None:
        """SetTopicAttributes."""
        text = json.dumps(document or _default(holder, ctx.account))
        ctx.client("sns").set_topic_attributes(TopicArn=holder, AttributeName="Policy", AttributeValue=text)


def _default(topic: str, account: str) -> dict[str, Any]:
    """The policy of a new topic (Amazon SNS Developer Guide, "Overview of managing access in Amazon SNS")."""
    actions = (
        "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe "
        "ListSubscriptionsByTopic Publish"
    )
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions.split()],
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }
    return {"Version": "2008-10-17", "Id": _DEFAULT_ID, "Statement": [statement]}
