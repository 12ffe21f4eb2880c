"""Home: who can write the release log, take from the queue, sign and delete."""

from functools import cache
from typing import Any

import pytest

from templates.home import build
from templates.params.account import GitHub, HomeParams
from tests.unit.templates.environment_cases import findings, ids, plain, properties
from tests.unit.templates.iam_judge import ACCOUNT, OTHER, Json, decide, resolve, role_statements, scope, size

WORKER = f"arn:aws:iam::{ACCOUNT}:role/slipway-worker"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/slipway-home-releases"
GITHUB = GitHub(repository="acme/shop", repository_id=456, owner_id=123)
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:slipway-home-releases"
WAKES = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:slipway-home-wakes"
ARTIFACTS = f"arn:aws:s3:::slipway-home-artifacts-{ACCOUNT}-eu-west-1"
AUDIT = f"arn:aws:s3:::slipway-home-audit-{ACCOUNT}-eu-west-1"
OTHERS = (
    f"arn:aws:iam::{ACCOUNT}:role/slipway-bot",
    f"arn:aws:iam::{ACCOUNT}:role/slipway-build",
    f"arn:aws:iam::{ACCOUNT}:role/Admin",
    f"arn:aws:iam::{ACCOUNT}:root",
    f"arn:aws:iam::{OTHER}:role/slipway-worker",
)


@cache
def home(**more: Any) -> Json:
    return plain(
        build(HomeParams(scope=scope("home", "home"), github=GITHUB, accounts=(ACCOUNT, OTHER), bot="prod", **more))
    )


def policy(label: str, *path: str) -> list[Json]:
    found: Any = properties(home(), label)
    for step in path:
        found = found[step]
    return [resolve(home(), s) for s in found["Statement"]]


def test_gives_what_other_stacks_take() -> None:
    """The names that foundation, bot and functions are built with are all there, and home itself needs nothing."""
    assert set(home()["Outputs"]) == {
        "ReleaseTable", "ReleaseTableArn", "ReleaseQueueUrl", "ReleaseQueueArn", "WakeQueueUrl", "WakeQueueArn",
        "DeadLetterQueueArn",
        "ArtifactBucket", "AuditBucket", "AuditKeyArn", "VersionKeyArn", "BotTaskRoleArn", "BotTaskRoleId", "OpenRoleId",
        "PublishRoleArn", "WorkerRoleArn",
    }  # fmt: skip
    # Filled in by bootstrap itself, and nobody unless it is.
    assert {name: p["Default"] for name, p in home()["Parameters"].items()} == {"FirstWorker": "nobody"}


def test_the_log_survives_mistakes() -> None:
    """The release table can be restored to a second, can't be deleted by accident, and forgets only what says so."""
    table = properties(home(), "ReleaseTable")
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert home()["Resources"]["ReleaseTable"]["DeletionPolicy"] == "RetainExceptOnCreate"


@pytest.mark.parametrize(
    "action",
    ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"],
)
@pytest.mark.parametrize("principal", OTHERS)
def test_nobody_but_the_worker_writes_the_log(action: str, principal: str) -> None:
    """A forged approval can't be written, not even by an administrator of the account."""
    statements = policy("ReleaseTable", "ResourcePolicy", "PolicyDocument")
    assert decide(statements, f"dynamodb:{action}", TABLE, aws__PrincipalArn=principal) == "deny"
    assert decide(statements, f"dynamodb:{action}", TABLE, aws__PrincipalArn=WORKER) == "silent"


@pytest.mark.parametrize("action", ["GetItem", "Query", "DescribeTable"])
def test_reading_the_log_is_left_to_iam(action: str) -> None:
    """The table's own policy stops writers and no reader."""
    statements = policy("ReleaseTable", "ResourcePolicy", "PolicyDocument")
    assert decide(statements, f"dynamodb:{action}", TABLE, aws__PrincipalArn=OTHERS[0]) == "silent"


QUEUE_CASES = [
    ("SendMessage", f"arn:aws:iam::{OTHER}:role/other", "true", "silent"),
    ("SendMessage", f"arn:aws:iam::{ACCOUNT}:role/slipway-bot", "true", "silent"),
    ("SendMessage", f"arn:aws:iam::{ACCOUNT}:role/slipway-open", "true", "silent"),
    ("SendMessage", f"arn:aws:iam::{ACCOUNT}:role/slipway-bot", "false", "deny"),
    ("ReceiveMessage", f"arn:aws:iam::{OTHER}:role/workload/slipway/events", "true", "deny"),
    ("ReceiveMessage", f"arn:aws:iam::{ACCOUNT}:role/Admin", "true", "deny"),
    ("PurgeQueue", f"arn:aws:iam::{ACCOUNT}:role/slipway-bot", "true", "deny"),
    ("ReceiveMessage", WORKER, "true", "silent"),
    ("DeleteMessage", WORKER, "true", "silent"),
]


# What differs between the two: who may send.
SENDERS = [
    ("ReleaseQueuePolicy", QUEUE, f"arn:aws:iam::{OTHER}:role/workload/slipway/events", "deny"),
    ("ReleaseQueuePolicy", QUEUE, f"arn:aws:iam::{ACCOUNT}:role/slipway-build", "deny"),
    ("ReleaseQueuePolicy", QUEUE, f"arn:aws:iam::{ACCOUNT}:role/slipway-publish", "deny"),
    ("WakeQueuePolicy", WAKES, f"arn:aws:iam::{OTHER}:role/workload/slipway/events", "allow"),
    ("WakeQueuePolicy", WAKES, f"arn:aws:iam::{ACCOUNT}:role/slipway-build", "silent"),
    ("WakeQueuePolicy", WAKES, f"arn:aws:iam::{OTHER}:role/other", "silent"),
]


@pytest.mark.parametrize(("label", "queue", "principal", "expected"), SENDERS)
def test_who_may_wake_may_not_ask(label: str, queue: str, principal: str, expected: str) -> None:
    """Functions send wake-ups and never a request, whatever their own policy says; a build's own policy lets it wake."""
    context = {"aws__PrincipalArn": principal, "aws__SecureTransport": "true"}
    assert decide(policy(label, "PolicyDocument"), "sqs:SendMessage", queue, **context) == expected


@pytest.mark.parametrize(("action", "principal", "tls", "expected"), QUEUE_CASES)
def test_who_may_use_the_queue(action: str, principal: str, tls: str, expected: str) -> None:
    """Over TLS alone; who may ask is a matter of their own policies; the worker alone takes messages out, of both."""
    context = {"aws__PrincipalArn": principal, "aws__SecureTransport": tls}
    for label, queue in (("ReleaseQueuePolicy", QUEUE), ("WakeQueuePolicy", WAKES)):
        assert decide(policy(label, "PolicyDocument"), f"sqs:{action}", queue, **context) == expected


def test_a_poisonous_message_is_set_aside() -> None:
    """After five attempts a message waits in the dead-letter queue for two weeks; only the two queues may put it there."""
    queue, dead = properties(home(), "ReleaseQueue"), properties(home(), "DeadLetterQueue")
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert dead["MessageRetentionPeriod"] == 1209600
    assert resolve(home(), dead["RedriveAllowPolicy"])["sourceQueueArns"] == [QUEUE, WAKES]
    assert queue["SqsManagedSseEnabled"] is dead["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize(
    ("bucket", "mode", "days"), [("ArtifactsBucket", "GOVERNANCE", 400), ("AuditBucket", "COMPLIANCE", 365)]
)
def test_what_was_written_stays(bucket: str, mode: str, days: int) -> None:
    """Both buckets are versioned, locked by default, private and encrypted."""
    found = properties(home(), bucket)
    assert found["ObjectLockEnabled"] is True
    assert found["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Mode": mode, "Days": days}
    assert found["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(found["PublicAccessBlockConfiguration"].values()) == {True}
    assert found["BucketEncryption"]


BUCKET_CASES = [
    ("AuditBucketPolicy", "PutObject", AUDIT, WORKER, {}, "silent"),
    ("AuditBucketPolicy", "PutObject", AUDIT, OTHERS[2], {}, "deny"),
    ("AuditBucketPolicy", "PutObjectRetention", AUDIT, OTHERS[2], {}, "deny"),
    ("AuditBucketPolicy", "DeleteObject", AUDIT, WORKER, {}, "deny"),
    ("AuditBucketPolicy", "DeleteObjectVersion", AUDIT, OTHERS[3], {}, "deny"),
    ("AuditBucketPolicy", "GetObject", AUDIT, OTHERS[2], {}, "silent"),
    ("ArtifactsBucketPolicy", "BypassGovernanceRetention", ARTIFACTS, OTHERS[2], {}, "deny"),
    ("ArtifactsBucketPolicy", "PutObject", ARTIFACTS, OTHERS[1], {"s3__ObjectCreationOperation": "true"}, "deny"),
    (
        "ArtifactsBucketPolicy", "PutObject", ARTIFACTS, OTHERS[1],
        {"s3__ObjectCreationOperation": "true", "s3__if-none-match": "*"}, "silent",
    ),
    ("ArtifactsBucketPolicy", "PutObject", ARTIFACTS, OTHERS[1], {"s3__ObjectCreationOperation": "false"}, "silent"),
    ("ArtifactsBucketPolicy", "GetObject", ARTIFACTS, f"arn:aws:iam::{OTHER}:role/slipway-execution-dev", {}, "allow"),
    ("ArtifactsBucketPolicy", "GetObject", ARTIFACTS, f"arn:aws:iam::{OTHER}:role/anybody", {}, "silent"),
    ("ArtifactsBucketPolicy", "GetObject", ARTIFACTS, OTHERS[0], {"aws__SecureTransport": "false"}, "deny"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "action", "bucket", "principal", "context", "expected"), BUCKET_CASES)
def test_who_may_touch_the_buckets(  # noqa: PLR0917 - the columns of the table
    label: str, action: str, bucket: str, principal: str, context: dict[str, str], expected: str
) -> None:
    """No published version is overwritten, no audit head is forged or deleted, deployments everywhere can read."""
    known = {"aws__SecureTransport": "true", "aws__PrincipalArn": principal} | context
    assert decide(policy(label, "PolicyDocument"), f"s3:{action}", f"{bucket}/versions/1", **known) == expected


def test_the_key_signs_for_the_worker_alone() -> None:
    """An elliptic-curve signing key: the account manages it, anybody in it verifies, the worker alone signs."""
    key = properties(home(), "AuditKey")
    assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    statements = policy("AuditKey", "KeyPolicy")
    assert decide(statements, "kms:Sign", "key", aws__PrincipalArn=WORKER) == "allow"
    for principal in OTHERS:
        assert decide(statements, "kms:Sign", "key", aws__PrincipalArn=principal) == "silent"
        assert decide(statements, "kms:Verify", "key", aws__PrincipalArn=principal) == "allow"
        assert decide(statements, "kms:PutKeyPolicy", "key", aws__PrincipalArn=principal) == "allow"


ROLE_CASES = [
    ("BotTaskRole", "sqs:SendMessage", QUEUE, "allow"),
    ("BotTaskRole", "sqs:ReceiveMessage", QUEUE, "silent"),
    ("BotTaskRole", "dynamodb:Query", TABLE, "allow"),
    ("BotTaskRole", "dynamodb:Query", f"{TABLE}/index/open", "allow"),
    ("BotTaskRole", "dynamodb:PutItem", TABLE, "silent"),
    ("BotTaskRole", "sts:AssumeRole", f"arn:aws:iam::{OTHER}:role/slipway-release", "silent"),
    ("BotTaskRole", "kms:Sign", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/this", "silent"),
    ("BotTaskRole", "kms:GetPublicKey", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/this", "allow"),
    ("BotTaskRole", "s3:GetObject", f"{ARTIFACTS}/versions/1", "allow"),
    ("BotTaskRole", "s3:GetObject", f"{AUDIT}/head", "silent"),
    ("WorkerRole", "dynamodb:PutItem", TABLE, "allow"),
    ("WorkerRole", "dynamodb:UpdateItem", TABLE, "allow"),
    ("WorkerRole", "dynamodb:DeleteItem", TABLE, "silent"),
    ("WorkerRole", "dynamodb:BatchWriteItem", TABLE, "silent"),
    ("WorkerRole", "sqs:ReceiveMessage", QUEUE, "allow"),
    ("WorkerRole", "kms:Sign", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/this", "allow"),
    ("WorkerRole", "s3:PutObject", f"{AUDIT}/head", "allow"),
    ("WorkerRole", "s3:PutObject", f"{ARTIFACTS}/versions/1", "silent"),
    ("WorkerRole", "s3:DeleteObjectVersion", f"{AUDIT}/head", "silent"),
    ("WorkerRole", "sts:AssumeRole", f"arn:aws:iam::{OTHER}:role/slipway-release", "allow"),
    ("WorkerRole", "sts:SetSourceIdentity", f"arn:aws:iam::{ACCOUNT}:role/slipway-release", "allow"),
    ("WorkerRole", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-execution-prod", "silent"),
    ("WorkerRole", "sts:AssumeRole", "arn:aws:iam::333333333333:role/slipway-release", "silent"),
    ("WorkerRole", "ecr:PutImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/slipway/app", "allow"),
    ("WorkerRole", "ecr:UploadLayerPart", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/slipway/app", "silent"),
    ("WorkerRole", "ecr:PutImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/other/app", "silent"),
    ("WorkerRole", "cloudformation:ExecuteChangeSet", "*", "silent"),
    ("PublishRole", "s3:PutObject", f"{ARTIFACTS}/versions/1", "allow"),
    ("PublishRole", "s3:PutObject", f"{AUDIT}/versions/1", "silent"),
    ("PublishRole", "s3:DeleteObject", f"{ARTIFACTS}/versions/1", "silent"),
    ("PublishRole", "kms:Sign", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/this", "allow"),
    ("PublishRole", "sqs:SendMessage", WAKES, "allow"),
    ("PublishRole", "sqs:SendMessage", QUEUE, "silent"),
    ("PublishRole", "ecr:PutImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/slipway/app", "silent"),
    ("PublishRole", "ssm:GetParameter", "arn:aws:ssm:eu-west-1::parameter/aws/service/ecs/optimized-ami/x", "allow"),
    ("PublishRole", "ssm:GetParameter", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/slipway", "silent"),
    ("PublishRole", "dynamodb:GetItem", TABLE, "silent"),
]


@pytest.mark.parametrize(("role", "action", "resource", "expected"), ROLE_CASES)
def test_what_the_two_roles_may_do(role: str, action: str, resource: str, expected: str) -> None:
    """The front reads and asks; the worker writes and signs the log; publish jobs write and sign versions; none changes a stack."""
    assert decide(role_statements(home(), role), action, resource) == expected


@pytest.mark.parametrize("role", ["BotTaskRole", "WorkerRole"])
def test_roles_are_for_tasks_of_this_account(role: str) -> None:
    """Only ECS, acting for this very account, gets the roles; they carry no boundary and a name others can name."""
    found = properties(home(), role)
    statements = [resolve(home(), s) for s in found["AssumeRolePolicyDocument"]["Statement"]]
    source = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task/x"
    here = {"aws__SourceAccount": ACCOUNT, "aws__SourceArn": source}
    people = [s for s in statements if s["Sid"] != "Tasks"]
    assert [s["Principal"] for s in statements if s not in people] == [{"Service": "ecs-tasks.amazonaws.com"}]
    assert [s["Condition"] for s in people] == [{"StringEquals": {"aws:userid": "nobody"}}] * (role == "WorkerRole")
    assert decide(statements, "sts:AssumeRole", **here) == "allow"
    assert decide(statements, "sts:AssumeRole", **here | {"aws__SourceAccount": OTHER}) == "silent"
    assert "PermissionsBoundary" not in found
    assert found["RoleName"] in {"slipway-bot", "slipway-worker"}


def test_people_run_a_worker_only_where_they_are_named() -> None:
    """With operators, their roles may assume the worker role and carry their name on; the front's role stays as it was."""
    someone = f"arn:aws:iam::{ACCOUNT}:role/Admin"
    trust = properties(home(operators=(someone,)), "WorkerRole")["AssumeRolePolicyDocument"]["Statement"]
    assert trust[2]["Principal"] == {"AWS": [someone]}
    assert trust[2]["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity"]
    assert properties(home(operators=(someone,)), "BotTaskRole") == properties(home(), "BotTaskRole")


def test_policies_fit() -> None:
    """Inline policies of a role stay under IAM's 10,240 characters in all."""
    for label in ids(home(), "IAM::Role"):
        policies = properties(home(), label)["Policies"]
        assert sum(size(resolve(home(), p["PolicyDocument"])) for p in policies) < 10240, label


@pytest.mark.no_cover
def test_lints_clean() -> None:
    """cfn-lint has nothing to say, with informational and experimental rules on."""
    assert findings(home(operators=(f"arn:aws:iam::{ACCOUNT}:role/Admin",))) == []
