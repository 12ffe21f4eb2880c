"""What a workload may do with the environment's data, keys and secrets: statements for services and functions."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from troposphere import Ref, Sub

from templates.policies import actions, allow
from templates.stack import logical

if TYPE_CHECKING:
    from awacs.aws import Statement

    from templates.params.base import Scope
    from templates.params.service import ReleaseLog
    from templates.stack import Stack

_TABLE = (
    "BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "DescribeTable", "GetItem", "PutItem",
    "Query", "Scan", "UpdateItem",
)  # fmt: skip


def tables(s: "Stack", names: Iterable[str]) -> "Iterator[Statement]":
    """Reading and writing items of each table and its indexes; nothing that changes a table."""
    for name in names:
        table = s.need(logical("Table", name, "Arn"))
        yield allow(logical("Table", name), actions("dynamodb", *_TABLE), [table, _below(table, "/index/*")])


def buckets(s: "Stack", names: Iterable[str]) -> "Iterator[Statement]":
    """Reading, writing and deleting objects, and listing them; nothing that changes a bucket."""
    for name in names:
        bucket = s.need(logical("Bucket", name, "Arn"))
        objects = actions("s3", "GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload")
        yield allow(logical("Bucket", name, "Objects"), objects, [_below(bucket, "/*")])
        yield allow(logical("Bucket", name, "List"), actions("s3", "ListBucket", "GetBucketLocation"), [bucket])


def release_log(log: "ReleaseLog") -> "Statement":
    """Reading items of the release table by their key, and nothing else: no scan, no index, no stream.

    The table is encrypted with AWS's own key for DynamoDB, which asks a reader for no right of its own (DynamoDB
    Developer Guide: Encryption at rest, AWS managed key); its own policy denies everybody but the worker to write.
    """
    arn = Sub(f"arn:${{AWS::Partition}}:dynamodb:{log.region}:${{AWS::AccountId}}:table/{log.table}")
    return allow("ReleaseLog", actions("dynamodb", "BatchGetItem", "GetItem", "Query"), [arn])


def key(s: "Stack", *services: str, sid: str = "Key", write: bool = False) -> "Statement":
    """Use of the environment's key, but only through these AWS services in this Region (``kms:ViaService``)."""
    names = ("Decrypt", "DescribeKey", *(("Encrypt", "GenerateDataKey") if write else ()))
    via: Any = [Sub(f"{service}.${{AWS::Region}}.amazonaws.com") for service in services]
    return allow(
        sid,
        actions("kms", *names),
        [s.need("KeyArn", about="KMS key of the environment")],
        {"StringEquals": {"kms:ViaService": via if len(via) > 1 else via[0]}},
    )


def data_variables(s: "Stack", table_names: Iterable[str], bucket_names: Iterable[str]) -> dict[str, Ref]:
    """``TABLE_ORDERS`` and ``BUCKET_ASSETS``: environment variables that tell a workload the names AWS gave."""
    return {
        **{f"TABLE_{_shout(n)}": s.need(logical("Table", n, "Name")) for n in table_names},
        **{f"BUCKET_{_shout(n)}": s.need(logical("Bucket", n, "Name")) for n in bucket_names},
    }


def secret_name(scope: "Scope", value: str) -> str:
    """``slipway/prod/stripe`` of ``stripe`` or ``stripe:api-key``: secrets live below their environment."""
    return f"{scope.platform}/{scope.environment}/{value.partition(':')[0]}"


def secret_arn(scope: "Scope", value: str) -> str:
    """ARN without the six characters that Secrets Manager adds, which nobody can know: text for ``Fn::Sub``."""
    return f"arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{secret_name(scope, value)}"


def _below(resource: Ref, suffix: str) -> Sub:
    return Sub(f"${{{resource.data['Ref']}}}{suffix}")


def _shout(name: str) -> str:
    return name.upper().replace("-", "_")
