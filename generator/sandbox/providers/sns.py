"""SNS: topics, their policies and subscriptions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, code_of, unless
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_GONE = frozenset({"NotFound", "NotFoundException"})
# The id of the policy that SNS gives a new topic.
_DEFAULT_ID = "__default_policy_ID"
_SETTINGS = {
    "DisplayName": "",
    "KmsMasterKeyId": "",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}


@provider("AWS::SNS::Topic")
class Topic(ApiProvider):
    """`Ref` is the ARN."""

    type_name = "AWS::SNS::Topic"
    known = frozenset({"TopicName", "FifoTopic", "ContentBasedDeduplication", "Tags", *_SETTINGS})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateTopic, which answers an existing one: that fails here, as in CloudFormation."""
        name = props.get("TopicName") or generated_name(ctx) + (".fifo" if props.get("FifoTopic") else "")
        arn = f"arn:aws:sns:{ctx.region}:{ctx.account}:{name}"
        sns = ctx.client("sns")
        try:
            sns.get_topic_attributes(TopicArn=arn)
        except sns.exceptions.ClientError as error:
            if code_of(error) not in _GONE:
                raise
        else:
            raise self.taken(arn)
        flags = [key for key in ("FifoTopic", "ContentBasedDeduplication") if props.get(key)]
        said = {key: str(props[key]) for key in _SETTINGS if props.get(key)} | dict.fromkeys(flags, "true")
        sns.create_topic(Name=name, Attributes=said, Tags=self.tags(ctx, props))
        return self._made(arn)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """SetTopicAttributes for what differs, and tags."""
        sns = ctx.client("sns")
        for key, default in _SETTINGS.items():
            if new.get(key) != old.get(key):
                sns.set_topic_attributes(
                    TopicArn=physical_id, AttributeName=key, AttributeValue=str(new.get(key, default))
                )
        tags = self.tags(ctx, new)
        lost = dropped(old.get("Tags", []), tags)
        if lost:
            sns.untag_resource(ResourceArn=physical_id, TagKeys=lost)
        sns.tag_resource(ResourceArn=physical_id, Tags=tags)
        return self._made(physical_id)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteTopic."""
        del props
        ctx.client("sns").delete_topic(TopicArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetTopicAttributes and ListTagsForResource."""
        del props
        sns = ctx.client("sns")
        found = sns.get_topic_attributes(TopicArn=physical_id)["Attributes"]
        tags = sns.list_tags_for_resource(ResourceArn=physical_id)["Tags"]
        return {
            **{key: found.get(key) for key in (*_SETTINGS, "FifoTopic", "ContentBasedDeduplication")},
            "TopicName": physical_id.rpartition(":")[2],
            "Tags": tags,
        }

    def _made(self, arn: str) -> Created:
        return Created(arn, {"TopicArn": arn, "TopicName": arn.rpartition(":")[2]})


@provider("AWS::SNS::TopicPolicy")
class TopicPolicy(ApiProvider):
    """`Ref` is an id of its own; without it topics have the policy that SNS gives them."""

    type_name = "AWS::SNS::TopicPolicy"
    known = frozenset({"PolicyDocument", "Topics"})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """SetTopicAttributes for each topic."""
        self._set(ctx, props)
        name = generated_name(ctx)
        return Created(name, {"Id": name})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Set the new ones; topics that are no longer named get the default."""
        self._reset(ctx, [topic for topic in old["Topics"] if topic not in new["Topics"]])
        self._set(ctx, new)
        return Created(physical_id, {"Id": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Give the topics the default policy again."""
        del physical_id
        self._reset(ctx, props["Topics"])

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """The policy of the first topic that has another one than the template's, or the template's."""
        sns = ctx.client("sns")
        found = [sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"] for topic in props["Topics"]]
        other = [policy for policy in map(json.loads, found) if policy != props["PolicyDocument"]]
        if any(policy.get("Id") == _DEFAULT_ID for policy in other):
            raise self.absent(physical_id)
        return {"PolicyDocument": (other or [props["PolicyDocument"]])[0], "Topics": props["Topics"]}

    def _set(self, ctx: Context, props: dict[str, Any]) -> None:
        document = json.dumps(props["PolicyDocument"])
        for topic in props["Topics"]:
            ctx.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)

    def _reset(self, ctx: Context, topics: list[str]) -> None:
        for topic in topics:
            with unless(*_GONE):
                ctx.client("sns").set_topic_attributes(
                    TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(_default(topic, ctx.account))
                )


def _default(topic: str, account: str) -> dict[str, Any]:
    """The policy of a new topic (Amazon SNS Developer Guide, "Overview of managing access in Amazon SNS")."""
    actions = (
        "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe "
        "ListSubscriptionsByTopic Publish"
    )
    return {
        "Version": "2008-10-17",
        "Id": _DEFAULT_ID,
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{action}" for action in actions.split()],
                "Resource": topic,
                "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
            }
        ],
    }


_SUBSCRIPTION = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "DeliveryPolicy")


@provider("AWS::SNS::Subscription")
class Subscription(ApiProvider):
    """`Ref` is the ARN, also while the subscriber has not confirmed."""

    type_name = "AWS::SNS::Subscription"
    known = frozenset({"TopicArn", "Protocol", "Endpoint", *_SUBSCRIPTION})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Subscribe with `ReturnSubscriptionArn`."""
        if "Endpoint" not in props:
            raise ResourceFailure("Invalid parameter: Endpoint")
        said = {key: _attribute(props[key]) for key in _SUBSCRIPTION if key in props}
        arn = ctx.client("sns").subscribe(
            TopicArn=props["TopicArn"],
            Protocol=props["Protocol"],
            Endpoint=props["Endpoint"],
            Attributes=said,
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        return Created(arn, {"Arn": arn})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """SetSubscriptionAttributes for what differs."""
        sns = ctx.client("sns")
        sns.get_subscription_attributes(SubscriptionArn=physical_id)
        for key in _SUBSCRIPTION:
            if new.get(key) != old.get(key):
                sns.set_subscription_attributes(
                    SubscriptionArn=physical_id, AttributeName=key, AttributeValue=_attribute(new.get(key, ""))
                )
        return Created(physical_id, {"Arn": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Unsubscribe."""
        del props
        ctx.client("sns").unsubscribe(SubscriptionArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetSubscriptionAttributes."""
        del props
        found = ctx.client("sns").get_subscription_attributes(SubscriptionArn=physical_id)["Attributes"]
        return {key: found.get(key) for key in self.known}


def _attribute(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)
