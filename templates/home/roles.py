"""Who touches the release log: the worker, which writes and signs, and the bot's front, which reads and asks.

Both roles stand here, outside the permission boundary of workloads, because the worker assumes a role in every
account. The worker has no right of its own over any stack: it has what ``PLATFORM-release`` of that account gives.
"""

from typing import TYPE_CHECKING, Any

from awacs.aws import AWSPrincipal, PolicyDocument, Principal, Statement
from troposphere import GetAtt, Ref, Sub, iam, kms

from templates.home import first_worker, names
from templates.policies import actions, allow, document, grant
from templates.stack import logical

if TYPE_CHECKING:
    from templates.params.account import HomeParams
    from templates.params.base import Scope
    from templates.stack import Stack

# All of KMS's management actions; none of them signs (KMS Developer Guide: Default key policy).
MANAGE = (
    "CancelKeyDeletion", "Create*", "Delete*", "Describe*", "Disable*", "Enable*", "Get*", "List*", "Put*", "Revoke*",
    "ScheduleKeyDeletion", "TagResource", "UntagResource", "Update*", "Verify",
)  # fmt: skip


def add_key(s: "Stack") -> None:
    """The key that signs the audit chain: ECC NIST P-256. Its private half never leaves KMS, and only the worker signs.

    The account may manage the key and anybody in it may verify with its public half, but the account as a whole is
    not given ``kms:Sign``, so that an administrator's policy can't take it either.
    """
    signing_key(
        s,
        "Audit",
        f"Signs the audit chain of {s.scope.platform}",
        signer="worker",
        reason="Signs the head of the audit chain, so that a rewritten release log is detected.",
    )
    s.add(
        kms.Alias("AuditKeyAlias", AliasName=f"alias/{s.scope.prefix}-audit", TargetKeyId=Ref("AuditKey")),
        "A name for people who verify the chain.",
    )
    s.give("AuditKeyArn", GetAtt("AuditKey", "Arn"), "The key that signs the audit chain")


def signing_key(s: "Stack", name: str, description: str, *, signer: str, reason: str) -> None:
    """``NAMEKey``: an ECC NIST P-256 key with which the role ``PLATFORM-SIGNER`` alone signs.

    The account manages it and may verify with its public half; whatever an administrator's policy says, it can't sign.
    """
    root = AWSPrincipal(names.root_arn("${AWS::AccountId}"))
    alone = {"ArnEquals": {"aws:PrincipalArn": names.role_arn(s.scope, signer)}}
    s.keep(
        kms.Key(
            f"{name}Key",
            Description=description,
            KeySpec="ECC_NIST_P256",
            KeyUsage="SIGN_VERIFY",
            PendingWindowInDays=30,
            KeyPolicy=document(
                grant("AccountManages", root, actions("kms", *MANAGE), resources=["*"]),
                # The account stands for the role, because the role's own policy names this key: no cycle.
                grant(f"{logical(signer)}AloneSigns", root, actions("kms", "Sign"), alone, ["*"]),
            ),
        ),
        reason,
    )


def add_bot(s: "Stack", p: "HomeParams") -> None:
    """``PLATFORM-bot``: the front. It reads the release log and sends requests; it decides and writes nothing."""
    role = s.add(
        iam.Role(
            "BotTaskRole",
            RoleName=f"{s.scope.platform}-bot",
            Description="Front of the bot: reads the release log, sends requests to the queue",
            AssumeRolePolicyDocument=_tasks_trust(s.scope),
            Policies=[
                iam.Policy(
                    PolicyName="front",
                    PolicyDocument=document(
                        _send(),
                        *_read_log(),
                        *read_versions(p),
                        _simulate(s.scope, "bot"),
                    ),
                )
            ],
        ),
        "Slack reaches this role's process, so it can ask and read but neither decide nor write.",
    )
    s.give("BotTaskRoleArn", GetAtt(role, "Arn"), "Task role of the bot's front")
    # SQS attests a role's session as ROLE-ID:SESSION (SQS API Reference: SenderId).
    s.give("BotTaskRoleId", GetAtt(role, "RoleId"), "Who SQS says has sent what the front asks for")


def add_worker(s: "Stack", p: "HomeParams") -> None:
    """``PLATFORM-worker``: writes the release log, signs the audit chain, assumes ``PLATFORM-release`` in each account.

    Without ``operators`` only ECS tasks of this account assume it, and until they run the administrator that
    ``bootstrap`` names. No DeleteItem and no BatchWriteItem: the log is
    append-only and every write carries a condition, which BatchWriteItem can't.
    """
    trust = [_tasks_grant(s.scope), first_worker.may_assume()]
    if p.operators:
        # People who run a worker in their own terminal (`--worker`); SourceIdentity carries their name on.
        trust.append(
            grant("Operators", AWSPrincipal(list(p.operators)), actions("sts", "AssumeRole", "SetSourceIdentity"))
        )
    role = s.add(
        iam.Role(
            "WorkerRole",
            RoleName=f"{s.scope.platform}-worker",
            Description="Worker: writes the release log, signs the audit chain, assumes the release roles",
            AssumeRolePolicyDocument=document(*trust),
            Policies=[
                iam.Policy(PolicyName="log", PolicyDocument=document(*_write_log())),
                iam.Policy(PolicyName="release", PolicyDocument=document(*_release(s.scope, p))),
                iam.Policy(PolicyName="witness", PolicyDocument=document(*_witness(s.scope, p))),
            ],
        ),
        "The only principal that writes the release log and moves a release.",
    )
    s.give("WorkerRoleArn", GetAtt(role, "Arn"), "The worker's role")


def _tasks_grant(scope: "Scope") -> Statement:
    """ECS tasks of this account alone (ECS Developer Guide: task IAM role, confused deputy)."""
    return grant(
        "Tasks",
        Principal("Service", "ecs-tasks.amazonaws.com"),
        actions("sts", "AssumeRole"),
        {
            "StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")},
            "ArnLike": {"aws:SourceArn": Sub(f"arn:${{AWS::Partition}}:ecs:{scope.region}:${{AWS::AccountId}}:*")},
        },
    )


def _tasks_trust(scope: "Scope") -> PolicyDocument:
    return document(_tasks_grant(scope))


def _send() -> Statement:
    return allow("Ask", actions("sqs", "GetQueueAttributes", "SendMessage"), [_arn("ReleaseQueue")])


def _read_log() -> tuple[Statement, ...]:
    return (
        allow(
            "ReadLog",
            actions("dynamodb", "BatchGetItem", "DescribeTable", "GetItem", "Query"),
            [_arn("ReleaseTable"), Sub("${ReleaseTable.Arn}/index/*")],
        ),
    )


def read_versions(p: "HomeParams") -> tuple[Statement, ...]:
    """List, read and verify what was published: by the platform's repository, and by those of single services."""
    of_services = [Sub("${ArtifactsBucket.Arn}/repositories/*")] if p.repositories else []
    keys = [_arn(f"{logical(service)}VersionKey") for service, _ in p.repositories]
    return (
        allow("ListVersions", actions("s3", "ListBucket"), [_arn("ArtifactsBucket")]),
        allow(
            "ReadVersions",
            actions("s3", "GetObject", "GetObjectVersion"),
            [Sub("${ArtifactsBucket.Arn}/versions/*"), *of_services],
        ),
        allow("VerifyVersions", actions("kms", "GetPublicKey"), [_arn("VersionKey"), *keys]),
    )


def _simulate(scope: "Scope", role: str) -> Statement:
    """``doctor`` asks IAM what this role may do."""
    return allow("Doctor", actions("iam", "SimulatePrincipalPolicy"), [names.role_arn(scope, role)])


def _write_log() -> tuple[Statement, ...]:
    return (
        *_read_log(),
        allow("WriteLog", actions("dynamodb", "ConditionCheckItem", "PutItem", "UpdateItem"), [_arn("ReleaseTable")]),
        allow(
            "Queue",
            actions(
                "sqs", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage", "SendMessage"
            ),
            [_arn("ReleaseQueue")],
        ),
        allow(
            "Wakes",
            actions("sqs", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage"),
            [_arn("WakeQueue")],
        ),
        allow("CountDeadLetters", actions("sqs", "GetQueueAttributes"), [_arn("DeadLetterQueue")]),
        allow("SignAudit", actions("kms", "DescribeKey", "GetPublicKey", "Sign", "Verify"), [_arn("AuditKey")]),
        allow("ListAudit", actions("s3", "ListBucket", "ListBucketVersions"), [_arn("AuditBucket")]),
        allow(
            "WriteAudit",
            actions("s3", "GetObject", "GetObjectRetention", "GetObjectVersion", "PutObject"),
            [Sub("${AuditBucket.Arn}/*")],
        ),
    )


def _release(scope: "Scope", p: "HomeParams") -> tuple[Statement, ...]:
    repositories = Sub(
        f"arn:${{AWS::Partition}}:ecr:${{AWS::Region}}:${{AWS::AccountId}}:repository/{scope.platform}/*"
    )
    return (
        allow(
            "AssumeReleaseRoles",
            actions("sts", "AssumeRole", "SetSourceIdentity"),
            [names.role_arn(scope, "release", account) for account in p.accounts],
        ),
        *read_versions(p),
        allow(
            "ReadImages",
            actions("ecr", "BatchGetImage", "DescribeImageScanFindings", "DescribeImages", "ListImages"),
            [repositories],
        ),
        # With enhanced scanning, findings are Inspector's; listing takes no resource (Amazon ECR User Guide: IAM permissions
        # required for enhanced scanning in Amazon ECR).
        allow("ReadFindings", actions("inspector2", "ListCoverage", "ListFindings"), ["*"]),
        # Layers can't be uploaded with these: PutImage only names an image again that is there (`keep-RELEASE`), and
        # BatchDeleteImage by tag takes such a name away again.
        allow("KeepImages", actions("ecr", "BatchDeleteImage", "PutImage"), [repositories]),
        _simulate(scope, "worker"),
    )


def _witness(scope: "Scope", p: "HomeParams") -> tuple[Statement, ...]:
    """Each day's head of the audit chains goes to the alerts topic, whose key stands in a later stack and has no name yet.

    Source: SNS Developer Guide, "Key management": publishers need ``kms:GenerateDataKey*`` and ``kms:Decrypt``, and the
    encryption context is ``aws:sns:topicArn``.
    """
    topic = Sub(f"arn:${{AWS::Partition}}:sns:{scope.region}:${{AWS::AccountId}}:{scope.platform}-{p.bot}-alerts")
    return (
        allow("PostDailyHead", actions("sns", "Publish"), [topic]),
        allow(
            "EncryptDailyHead",
            actions("kms", "Decrypt", "GenerateDataKey"),
            [Sub(f"arn:${{AWS::Partition}}:kms:{scope.region}:${{AWS::AccountId}}:key/*")],
            {
                "StringEquals": {
                    "kms:EncryptionContext:aws:sns:topicArn": topic,
                    "kms:ViaService": Sub("sns.${AWS::Region}.amazonaws.com"),
                }
            },
        ),
    )


def _arn(label: str) -> Any:
    return GetAtt(label, "Arn")
