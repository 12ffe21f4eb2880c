"""SNS: topics and subscriptions. `Ref` is the ARN of each."""

from __future__ import annotations

from typing import Any

from generator.sandbox.providers.api_provider import picked
from generator.sandbox.providers.old_table import ResourceTable, Setting, Tags
from generator.sandbox.providers.old_table_provider import register_tables
from generator.sandbox.providers.provider import ResourceFailure

_GONE = "NotFound NotFoundException"
_TOPIC = {"DisplayName": "", "KmsMasterKeyId": "", "SignatureVersion": "1", "TracingConfig": "PassThrough"}
_SUBSCRIPTION = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "DeliveryPolicy")


def _attribute(name: str, operation: str, default: str) -> Setting:
    """An attribute: at creation one of a map, later set by its name."""
    always = {"AttributeName": name}
    return Setting(name, operation, argument="AttributeValue", always=always, default=default, at_once=True)


def _topic(props: dict[str, Any]) -> dict[str, Any]:
    names = (*_TOPIC, "FifoTopic", "ContentBasedDeduplication")
    return {**props, "Attributes": {name: props[name] for name in names if props.get(name)}}


def _subscription(props: dict[str, Any]) -> dict[str, Any]:
    if "Endpoint" not in props:
        raise ResourceFailure("Invalid parameter: Endpoint")
    return {**props, "Attributes": picked(props, *_SUBSCRIPTION)}


register_tables(
    ResourceTable(
        "AWS::SNS::Topic",
        "sns",
        "create_topic get_topic_attributes delete_topic",
        " ".join(("ContentBasedDeduplication FifoTopic TopicName", *_TOPIC)),
        name="TopicName",
        fifo="FifoTopic",
        id="arn:aws:sns:{region}:{account}:{TopicName}",
        key="TopicArn",
        attributes={"TopicArn": "{id}", "TopicName": "{name}"},
        gone=_GONE,
        overwrites=True,
        renames={"TopicName": "Name"},
        live={"TopicName": "name"},
        tags=Tags(),
        settings=tuple(_attribute(name, "set_topic_attributes", default) for name, default in _TOPIC.items()),
        said=_topic,
    ),
    ResourceTable(
        "AWS::SNS::Subscription",
        "sns",
        "subscribe get_subscription_attributes unsubscribe",
        " ".join(("Endpoint Protocol TopicArn", *_SUBSCRIPTION)),
        # Also while the subscriber has not confirmed.
        always={"ReturnSubscriptionArn": True},
        key="SubscriptionArn",
        attributes={"Arn": "{id}"},
        gone=_GONE,
        settings=tuple(_attribute(name, "set_subscription_attributes", "") for name in _SUBSCRIPTION),
        said=_subscription,
    ),
)
