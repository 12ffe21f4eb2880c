"""What stacks leave behind when they are deleted, and its deletion: for the person who takes the whole platform away.

Resources that hold data are retained by their deletion policy. Here each is deleted by its own API. What AWS keeps, such as
objects under Object Lock in compliance mode, is reported with the day until which it stays.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from generator.release.errors import ReleaseError
from generator.release.model.observed import StackResource

Calls = Callable[[str, str, str], Any]
_DAYS = 7  # the least that KMS and Secrets Manager wait (their API References)


class Retained(NamedTuple):
    """A resource that outlives its stack."""

    type: str
    id: str
    account: str
    region: str


def retained(
    template: Mapping[str, Any], resources: Iterable[StackResource], account: str, region: str
) -> Iterator[Retained]:
    """The resources of a stack whose deletion policy keeps them."""
    declared = template.get("Resources", {})
    for row in resources:
        policy = str(declared.get(row.logical_id, {}).get("DeletionPolicy", ""))
        if policy.startswith("Retain") and row.physical_id and row.type in _DELETE:
            yield Retained(row.type, row.physical_id, account, region)


def delete_retained(calls: Calls, one: Retained) -> str:
    """Delete a retained resource. Returns "" once it is gone, or a sentence on what stays and until when."""
    service, delete = _DELETE[one.type]
    try:
        return delete(calls(service, one.account, one.region), one.id)
    except ReleaseError as error:
        if "NotFound" in getattr(error, "code", "") or "NoSuch" in getattr(error, "code", ""):
            return ""
        return f"{one.type} {one.id} is still there: {error}"


def _table(call: Any, name: str) -> str:
    call("update_table", TableName=name, DeletionProtectionEnabled=False)
    call("delete_table", TableName=name)
    return ""


def _key(call: Any, name: str) -> str:
    when = call("schedule_key_deletion", KeyId=name, PendingWindowInDays=_DAYS)["DeletionDate"]
    return f"KMS key {name} is deleted on {_day(when)}; until then: aws kms cancel-key-deletion --key-id {name}"


def _secret(call: Any, name: str) -> str:
    when = call("delete_secret", SecretId=name, RecoveryWindowInDays=_DAYS)["DeletionDate"]
    return f"secret {name} is deleted on {_day(when)}; until then: aws secretsmanager restore-secret --secret-id {name}"


def _simple(operation: str, parameter: str, **more: Any) -> Callable[[Any, str], str]:
    def delete(call: Any, name: str) -> str:
        call(operation, **{parameter: name}, **more)
        return ""

    return delete


def _bucket(call: Any, name: str) -> str:
    """Delete every version, and the bucket if nothing is left in it."""
    call("delete_bucket_policy", Bucket=name)
    kept, until = 0, None
    for key, version in _versions(call, name):
        try:
            call("delete_object", Bucket=name, Key=key, VersionId=version, BypassGovernanceRetention=True)
        except ReleaseError:
            lock = call("get_object_retention", Bucket=name, Key=key, VersionId=version)["Retention"]
            kept, until = kept + 1, max(filter(None, (until, lock["RetainUntilDate"])))
    if kept:
        objects = "1 object" if kept == 1 else f"{kept} objects"
        return f"bucket {name} keeps {objects} until {_day(until)}, by Object Lock; empty and delete it then"
    call("delete_bucket", Bucket=name)
    return ""


def _versions(call: Any, bucket: str) -> list[tuple[str, str]]:
    """All versions and delete markers, read before anything is deleted."""
    found: list[tuple[str, str]] = []
    more: dict[str, str] = {}
    while True:
        page = call("list_object_versions", Bucket=bucket, **more)
        found += [
            (row["Key"], row["VersionId"]) for kind in ("Versions", "DeleteMarkers") for row in page.get(kind, ())
        ]
        if not page.get("IsTruncated"):
            return found
        more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}


def _day(when: Any) -> str:
    return when.strftime("%Y-%m-%d") if isinstance(when, datetime) else str(when)[:10]


_DELETE: Mapping[str, tuple[str, Callable[[Any, str], str]]] = {
    "AWS::DynamoDB::Table": ("dynamodb", _table),
    "AWS::ECR::Repository": ("ecr", _simple("delete_repository", "repositoryName", force=True)),
    "AWS::IAM::OIDCProvider": ("iam", _simple("delete_open_id_connect_provider", "OpenIDConnectProviderArn")),
    "AWS::KMS::Key": ("kms", _key),
    "AWS::Logs::LogGroup": ("logs", _simple("delete_log_group", "logGroupName")),
    "AWS::S3::Bucket": ("s3", _bucket),
    "AWS::SecretsManager::Secret": ("secretsmanager", _secret),
    "AWS::SQS::Queue": ("sqs", _simple("delete_queue", "QueueUrl")),
}
