"""The release log and the queue that wakes its workers."""

from typing import TYPE_CHECKING, Any

from awacs.aws import AWSPrincipal, Deny, Everybody, PolicyDocument, Principal, Statement
from troposphere import GetAtt, Ref, Sub, dynamodb, sqs

from templates.home import names
from templates.policies import actions, document, grant

if TYPE_CHECKING:
    from templates.params.account import HomeParams
    from templates.stack import Stack

# Every data-plane action that changes items, PartiQL's included (Service Authorization Reference: DynamoDB).
_WRITES = (
    "BatchWriteItem", "DeleteItem", "PartiQLDelete", "PartiQLInsert", "PartiQLUpdate", "PutItem", "UpdateItem",
)  # fmt: skip
_RECEIVES = ("ChangeMessageVisibility", "DeleteMessage", "PurgeQueue", "ReceiveMessage")


class _ResourcePolicy(dynamodb.ResourcePolicy):
    """troposphere takes a plain dict here alone; every other policy property takes an awacs document."""

    props: dict[str, Any] = {"PolicyDocument": (PolicyDocument, True)}


def add_table(s: "Stack") -> None:
    """The release log: one table, paid per request, restorable to any second of the last 35 days.

    Items are keyed by ``pk`` and ``sk``. Open releases also carry ``open`` and ``due``, and so appear in the sparse
    index ``open``, which workers sweep; items that may be forgotten carry ``expires`` (epoch seconds). The table's
    own policy denies writing to everyone but the worker role, administrators included.
    """
    name = names.table(s.scope)
    table = s.keep(
        dynamodb.Table(
            "ReleaseTable",
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                dynamodb.AttributeDefinition(AttributeName=key, AttributeType="S")
                for key in ("pk", "sk", "open", "due")
            ],
            KeySchema=[
                dynamodb.KeySchema(AttributeName="pk", KeyType="HASH"),
                dynamodb.KeySchema(AttributeName="sk", KeyType="RANGE"),
            ],
            GlobalSecondaryIndexes=[
                dynamodb.GlobalSecondaryIndex(
                    IndexName="open",
                    KeySchema=[
                        dynamodb.KeySchema(AttributeName="open", KeyType="HASH"),
                        dynamodb.KeySchema(AttributeName="due", KeyType="RANGE"),
                    ],
                    Projection=dynamodb.Projection(ProjectionType="KEYS_ONLY"),
                )
            ],
            PointInTimeRecoverySpecification=dynamodb.PointInTimeRecoverySpecification(PointInTimeRecoveryEnabled=True),
            SSESpecification=dynamodb.SSESpecification(SSEEnabled=True),
            TimeToLiveSpecification=dynamodb.TimeToLiveSpecification(AttributeName="expires", Enabled=True),
            DeletionProtectionEnabled=True,
            ResourcePolicy=_ResourcePolicy(
                PolicyDocument=document(
                    grant(
                        "WorkerAloneWrites",
                        Principal(Everybody),
                        actions("dynamodb", *_WRITES),
                        {"ArnNotEquals": {"aws:PrincipalArn": names.role_arn(s.scope, "worker")}},
                        [Sub(f"arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/{name}")],
                        effect=Deny,
                    )
                )
            ),
        ),
        "The release log: who moves a release is decided by a conditional write here.",
        must=["written by the worker role alone"],
    )
    s.give("ReleaseTable", Ref(table), "Name of the release table")
    s.give("ReleaseTableArn", GetAtt(table, "Arn"), "The release table")


def add_queue(s: "Stack", p: "HomeParams") -> None:
    """One queue for requests and wake-ups, with a dead-letter queue for what was received five times in vain.

    Losing or repeating a message changes nothing, so the queue is a standard one. It is encrypted by SQS itself: a
    key of KMS would ask every sending account for rights to it.
    """
    name = names.table(s.scope)
    dead = s.keep(
        sqs.Queue(
            "DeadLetterQueue",
            QueueName=f"{name}-dead",
            MessageRetentionPeriod=1209600,
            SqsManagedSseEnabled=True,
            RedriveAllowPolicy={
                "redrivePermission": "byQueue",
                "sourceQueueArns": [Sub(f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{name}")],
            },
        ),
        "Messages that no worker could handle wait here for 14 days, for people to look at.",
    )
    queue = s.keep(
        sqs.Queue(
            "ReleaseQueue",
            QueueName=name,
            MessageRetentionPeriod=345600,
            VisibilityTimeout=60,
            ReceiveMessageWaitTimeSeconds=20,
            SqsManagedSseEnabled=True,
            RedrivePolicy=sqs.RedrivePolicy(deadLetterTargetArn=GetAtt(dead, "Arn"), maxReceiveCount=5),
        ),
        "People's decisions and AWS's events arrive here; the worker alone receives.",
    )
    s.keep(
        sqs.QueuePolicy(
            "ReleaseQueuePolicy",
            Queues=[Ref(queue)],
            PolicyDocument=document(_encrypted(queue), _workloads_send(p, queue), _worker_alone_receives(s, queue)),
        ),
        "Functions of every environment may wake the workers; only the worker takes messages out.",
    )
    s.keep(
        sqs.QueuePolicy("DeadLetterQueuePolicy", Queues=[Ref(dead)], PolicyDocument=document(_encrypted(dead))),
        "Nothing travels in the clear; the account's own policies decide who looks at dead letters.",
    )
    s.give("ReleaseQueueUrl", Ref(queue), "URL of the release queue")
    s.give("ReleaseQueueArn", GetAtt(queue, "Arn"), "The release queue")
    s.give("DeadLetterQueueArn", GetAtt(dead, "Arn"), "The release queue's dead-letter queue")


def _encrypted(queue: sqs.Queue) -> Statement:
    return grant(
        "EncryptedTransport",
        Principal(Everybody),
        actions("sqs", "*"),
        {"Bool": {"aws:SecureTransport": "false"}},
        [GetAtt(queue, "Arn")],
        effect=Deny,
    )


def _workloads_send(p: "HomeParams", queue: sqs.Queue) -> Statement:
    """Roles of this platform's workloads in every account; each also needs its own policy to say so."""
    return grant(
        "WorkloadsSend",
        AWSPrincipal([names.root_arn(account) for account in p.accounts]),
        actions("sqs", "SendMessage"),
        {"ArnLike": {"aws:PrincipalArn": Sub(f"arn:${{AWS::Partition}}:iam::*:role{p.scope.role_path}*")}},
        [GetAtt(queue, "Arn")],
    )


def _worker_alone_receives(s: "Stack", queue: sqs.Queue) -> Statement:
    return grant(
        "WorkerAloneReceives",
        Principal(Everybody),
        actions("sqs", *_RECEIVES),
        {"ArnNotEquals": {"aws:PrincipalArn": names.role_arn(s.scope, "worker")}},
        [GetAtt(queue, "Arn")],
        effect=Deny,
    )
