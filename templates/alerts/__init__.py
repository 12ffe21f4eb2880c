"""Alerts: the topic that tells people, and the environment's own encryption key."""

from zlib import crc32

from awacs.aws import Principal
from troposphere import Ref, Template, kms, sns

from templates.alerts.key import key_policy
from templates.params.network import AlertsParams
from templates.policies import actions, document, grant
from templates.stack import Stack, arn, sub


def build(p: AlertsParams) -> Template:
    """The alert topic and the KMS key; gives ``AlertsTopicArn`` and ``KeyArn``.

    Every stack that comes later encrypts with this key, so it stands first and needs nothing.
    """
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: alerts and encryption key",
        architecture="One key encrypts the environment; one topic tells people. Both stand before everything else.",
    )
    key = s.keep(
        kms.Key(
            "Key",
            Description=f"{p.scope.prefix}: logs, queues, topics, secrets and data",
            EnableKeyRotation=True,
            PendingWindowInDays=30 if p.scope.protected else 7,
            KeyPolicy=key_policy(p),
        ),
        "Encrypts the logs, queues, topics, secrets and data of the environment.",
        must=["What it encrypted is lost with it: deletion waits PendingWindowInDays."],
        mutability={"KeyPolicy": "review-required"},
    )
    s.add(
        kms.Alias("KeyAlias", AliasName=f"alias/{p.scope.prefix}", TargetKeyId=Ref(key)),
        "A name for the key that people recognise in logs and consoles.",
    )
    topic = s.add(
        sns.Topic(
            "AlertsTopic",
            TopicName=f"{p.scope.prefix}-alerts",
            DisplayName=f"{p.scope.prefix} alerts",
            KmsMasterKeyId=arn(key),
        ),
        "Alarms and events of the environment reach people through this topic.",
    )
    s.add(_topic_policy(topic), "Only alarms and rules of this account publish, and only over TLS.")
    for email in p.emails:
        s.add(
            sns.SubscriptionResource(_subscription_id(email), TopicArn=Ref(topic), Protocol="email", Endpoint=email),
            "Gets every alert, once the address has confirmed.",
        )
    s.give("AlertsTopicArn", Ref(topic), "Topic for alarms and events")
    s.give("KeyArn", arn(key), "The environment's KMS key")
    return s.template


def _topic_policy(topic: sns.Topic) -> sns.TopicPolicy:
    publish = actions("sns", "Publish")
    return sns.TopicPolicy(
        "AlertsTopicPolicy",
        Topics=[Ref(topic)],
        PolicyDocument=document(
            grant(
                "AlarmsPublish",
                Principal("Service", "cloudwatch.amazonaws.com"),
                publish,
                {
                    "StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")},
                    "ArnLike": {
                        "aws:SourceArn": sub(
                            "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*"
                        )
                    },
                },
                [Ref(topic)],
            ),
            # EventBridge sends no condition keys to SNS: "You can't use Condition blocks in Amazon SNS topic policies
            # for EventBridge" (Amazon EventBridge User Guide: Using resource-based policies).
            grant("RulesPublish", Principal("Service", "events.amazonaws.com"), publish, resources=[Ref(topic)]),
            grant(
                "TlsOnly",
                Principal("*"),
                publish,
                {"Bool": {"aws:SecureTransport": "false"}},
                [Ref(topic)],
                effect="Deny",
            ),
        ),
    )


def _subscription_id(email: str) -> str:
    """A logical id that stays when addresses before it come or go: a new id would ask people to confirm again."""
    return f"Email{crc32(email.encode()):08x}"
