"""The release log, the queue of requests and the queue that wakes the workers."""

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
    """A queue for requests and one for wake-ups, with a dead-letter queue for what was received five times without success.

    Who may wake can't ask: functions and builds send to the queue of wake-ups alone, people and the front to the one of
    requests. Losing or repeating a message changes nothing, so both are standard ones. They are encrypted by SQS itself:
    a key of KMS would ask every sending account for rights to it.
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
                "sourceQueueArns": [
                    Sub(f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{source}")
                    for source in (name, names.wakes(s.scope))
                ],
            },
        ),
        "Messages that no worker could handle wait here for 14 days, for people to look at.",
    )
    queue = s.keep(
        _queue("ReleaseQueue", name, dead, days=4), "People's requests arrive here; the worker alone receives."
    )
    wakes = s.keep(
        # A wake-up that is a day old wakes nobody: workers look for themselves.
        _queue("WakeQueue", names.wakes(s.scope), dead, days=1),
        "AWS's events and builds wake the workers here; nothing else is read from it.",
    )
    s.keep(
        sqs.QueuePolicy(
            "ReleaseQueuePolicy",
            Queues=[Ref(queue)],
            PolicyDocument=document(_encrypted(queue), _people_send(s, queue), _worker_alone_receives(s, queue)),
        ),
        "No workload and no build asks for anything; only the worker takes messages out.",
    )
    s.keep(
        sqs.QueuePolicy(
            "WakeQueuePolicy",
            Queues=[Ref(wakes)],
            PolicyDocument=document(_encrypted(wakes), _workloads_send(p, wakes), _worker_alone_receives(s, wakes)),
        ),
        "Functions of every environment may wake the workers; only the worker takes messages out.",
    )
    s.keep(
        sqs.QueuePolicy("DeadLetterQueuePolicy", Queues=[Ref(dead)], PolicyDocument=document(_encrypted(dead))),
        "Nothing travels in the clear; the account's own policies decide who looks at dead letters.",
    )
    s.give("ReleaseQueueUrl", Ref(queue), "URL of the release queue")
    s.give("ReleaseQueueArn", GetAtt(queue, "Arn"), "The release queue")
    s.give("WakeQueueUrl", Ref(wakes), "URL of the queue of wake-ups")
    s.give("WakeQueueArn", GetAtt(wakes, "Arn"), "The queue of wake-ups")
    s.give("DeadLetterQueueArn", GetAtt(dead, "Arn"), "The dead-letter queue of both queues")


def _queue(label: str, name: str, dead: sqs.Queue, days: int) -> sqs.Queue:
    return sqs.Queue(
        label,
        QueueName=name,
        MessageRetentionPeriod=days * 86400,
        VisibilityTimeout=60,
        ReceiveMessageWaitTimeSeconds=20,
        SqsManagedSseEnabled=True,
        RedrivePolicy=sqs.RedrivePolicy(deadLetterTargetArn=GetAtt(dead, "Arn"), maxReceiveCount=5),
    )


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
        {"ArnLike": {"aws:PrincipalArn": Sub(f"arn:${{AWS::Partition}}:iam::*:role{p.scope.workload_path}*")}},
        [GetAtt(queue, "Arn")],
    )


def _people_send(s: "Stack", queue: sqs.Queue) -> Statement:
    """Nobody on the workload path, and no build, whatever their own policies say."""
    none = [
        Sub(f"arn:${{AWS::Partition}}:iam::*:role{s.scope.workload_path}*"),
        names.role_arn(s.scope, "build", "*"),
        names.role_arn(s.scope, "publish", "*"),
    ]
    return grant(
        "NoWorkloadAsks",
        Principal(Everybody),
        actions("sqs", "SendMessage"),
        {"ArnLike": {"aws:PrincipalArn": none}},
        [GetAtt(queue, "Arn")],
        effect=Deny,
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
