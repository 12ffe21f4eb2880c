"""What a deleted platform leaves behind is deleted, and what AWS keeps is reported with the day until which it stays."""

from datetime import UTC, datetime
from typing import Any

import pytest

from generator.apply.retained_resources import Retained, delete_retained, retained
from generator.release.errors import Denied
from generator.release.model.observed import StackResource

LATER = datetime(2027, 11, 30, tzinfo=UTC)
PLACE = ("111122223333", "eu-west-1")


class Service:
    """A service of AWS: ``locked`` are versions under Object Lock, ``pages`` how many pages their list has."""

    def __init__(self, locked: tuple[str, ...] = (), pages: int = 1) -> None:
        self._locked, self._pages = locked, pages
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, operation: str, **call: Any) -> dict[str, Any]:
        """Answer as AWS does."""
        self.calls.append((operation, call))
        match operation:
            case "list_object_versions":
                number = int(call.get("KeyMarker", "0"))
                more = number + 1 < self._pages
                versions = [{"Key": f"k{number}", "VersionId": f"v{number}"}]
                marks = [{"Key": f"k{number}", "VersionId": f"d{number}"}]
                after = {"NextKeyMarker": str(number + 1), "NextVersionIdMarker": "x"} if more else {}
                return {"Versions": versions, "DeleteMarkers": marks, "IsTruncated": more, **after}
            case "delete_object" if call["VersionId"] in self._locked:
                raise Denied("Access Denied because object protected by object lock.")
            case "get_object_retention":
                return {"Retention": {"Mode": "COMPLIANCE", "RetainUntilDate": LATER}}
            case "schedule_key_deletion" | "delete_secret":
                return {"DeletionDate": datetime(2026, 12, 7, tzinfo=UTC)}
        return {}

    def named(self, operation: str) -> list[dict[str, Any]]:
        """The calls of an operation."""
        return [call for name, call in self.calls if name == operation]


def test_what_a_deletion_policy_keeps_is_found() -> None:
    """Both policies that retain, of types that hold something; a resource that was never created is none."""
    kinds = {"Log": ("AWS::DynamoDB::Table", "Retain"), "Bucket": ("AWS::S3::Bucket", "RetainExceptOnCreate"), "Role": ("AWS::IAM::Role", ""), "Policy": ("AWS::S3::BucketPolicy", "Retain"), "Queue": ("AWS::SQS::Queue", "Retain")}  # fmt: skip
    template = {"Resources": {name: {"Type": kind, "DeletionPolicy": policy} for name, (kind, policy) in kinds.items()}}
    rows = [
        StackResource(logical_id=name, type=kind, physical_id="" if name == "Queue" else name.lower(), status="CREATE_COMPLETE")
        for name, (kind, _) in kinds.items()
    ]  # fmt: skip
    found = list(retained(template, rows, *PLACE))
    assert found == [Retained("AWS::DynamoDB::Table", "log", *PLACE), Retained("AWS::S3::Bucket", "bucket", *PLACE)]


@pytest.mark.parametrize(
    ("locked", "pages", "text", "gone"),
    [
        ((), 1, "", True),
        ((), 3, "", True),
        (("v0",), 1, "bucket b keeps 1 object until 2027-11-30, by Object Lock; empty and delete it then", False),
        (("v0", "v1"), 2, "bucket b keeps 2 objects until 2027-11-30, by Object Lock; empty and delete it then", False),
    ],
)
def test_a_bucket_goes_unless_something_is_locked(
    locked: tuple[str, ...], pages: int, text: str, *, gone: bool
) -> None:
    """Every version of every page is tried, past governance mode; the bucket goes only when it is empty."""
    s3 = Service(locked, pages)
    assert delete_retained(lambda *_: s3, Retained("AWS::S3::Bucket", "b", *PLACE)) == text
    assert len(s3.named("delete_object")) == 2 * pages
    assert all(call["BypassGovernanceRetention"] for call in s3.named("delete_object"))
    assert bool(s3.named("delete_bucket")) is gone


@pytest.mark.parametrize(
    ("kind", "operation", "text"),
    [
        ("AWS::DynamoDB::Table", "delete_table", ""),
        ("AWS::SQS::Queue", "delete_queue", ""),
        ("AWS::Logs::LogGroup", "delete_log_group", ""),
        ("AWS::ECR::Repository", "delete_repository", ""),
        ("AWS::IAM::OIDCProvider", "delete_open_id_connect_provider", ""),
        ("AWS::KMS::Key", "schedule_key_deletion", "KMS key x is deleted on 2026-12-07; until then: aws kms cancel-key-deletion"),
        ("AWS::SecretsManager::Secret", "delete_secret", "secret x is deleted on 2026-12-07; until then: aws secretsmanager"),
    ],
)  # fmt: skip
def test_each_kind_goes_by_its_own_call(kind: str, operation: str, text: str) -> None:
    """What can be had back for a while is reported with the command that does it."""
    service = Service()
    assert delete_retained(lambda *_: service, Retained(kind, "x", *PLACE)).startswith(text)
    assert len(service.named(operation)) == 1


@pytest.mark.parametrize(
    ("code", "text"), [("ResourceNotFoundException", ""), ("AccessDenied", "AWS::SQS::Queue x is still there: no")]
)
def test_what_is_not_deleted_is_reported(code: str, text: str) -> None:
    """What is gone already is gone; anything else stays and is named, and the others are deleted all the same."""

    def refuses(*_: Any, **__: Any) -> Any:
        error = Denied("no")
        error.code = code  # type: ignore[attr-defined]
        raise error

    assert delete_retained(lambda *_: refuses, Retained("AWS::SQS::Queue", "x", *PLACE)) == text
