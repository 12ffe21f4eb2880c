"""Lifecycle rules: CloudFormation's names against those of PutBucketLifecycleConfiguration, both ways."""

from __future__ import annotations

from typing import Any

from generator.sandbox.providers.provider import ResourceFailure

_KNOWN = frozenset(
    {
        "Id", "Status", "Prefix", "ExpirationInDays", "ExpiredObjectDeleteMarker", "AbortIncompleteMultipartUpload",
        "NoncurrentVersionExpiration", "Transitions",
    }
)  # fmt: skip


def to_api(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule of the template as the API takes it.

    Raises:
        ResourceFailure: It has a property that the sandbox does not do.
    """
    strange = sorted(rule.keys() - _KNOWN)
    if strange:
        raise ResourceFailure(f"The sandbox does not do {', '.join(strange)} in lifecycle rules; leave it out")
    said: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        said["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        said["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    elif "ExpiredObjectDeleteMarker" in rule:
        said["Expiration"] = {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
    if "AbortIncompleteMultipartUpload" in rule:
        days = int(rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"])
        said["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    if "NoncurrentVersionExpiration" in rule:
        said["NoncurrentVersionExpiration"] = {
            key: int(value) for key, value in rule["NoncurrentVersionExpiration"].items()
        }
    if "Transitions" in rule:
        said["Transitions"] = [
            {"Days": int(item["TransitionInDays"]), "StorageClass": item["StorageClass"]}
            for item in rule["Transitions"]
        ]
    return said


def from_api(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as the API tells it in the template's names."""
    expiration = rule.get("Expiration", {})
    live = {
        "Id": rule.get("ID"),
        "Status": rule["Status"],
        "Prefix": rule.get("Prefix") or rule.get("Filter", {}).get("Prefix"),
        "ExpirationInDays": expiration.get("Days"),
        "ExpiredObjectDeleteMarker": expiration.get("ExpiredObjectDeleteMarker"),
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
        "NoncurrentVersionExpiration": rule.get("NoncurrentVersionExpiration"),
        "Transitions": [
            {"TransitionInDays": item.get("Days"), "StorageClass": item["StorageClass"]}
            for item in rule.get("Transitions", ())
        ],
    }
    return {key: value for key, value in live.items() if value not in (None, [], "")}
