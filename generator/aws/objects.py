"""Objects of S3 that are written once: nobody overwrites, and anyone who comes second learns what is there.

Source: S3 User Guide, "Prevent object overwrites with conditional writes".
"""

import base64
import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from generator.aws.api_client import Api, ApiError

_NONE = {"NoSuchKey", "404", "NotFound"}


class History(NamedTuple):
    """All versions of a key: the id of the oldest one, "" if only delete markers are left."""

    key: str
    oldest: str
    versions: int
    markers: int


class Objects:
    """One bucket, by key. Every method may raise what :class:`Api` raises."""

    def __init__(self, api: Api, bucket: str) -> None:
        self._api = api
        self.bucket = bucket

    def get(self, key: str, version: str = "") -> bytes | None:
        """An object, in its newest or in this version. None if there is none."""
        try:
            return self._api.read(Bucket=self.bucket, Key=key, **({"VersionId": version} if version else {}))
        except ApiError as error:
            if error.code in _NONE:
                return None
            raise

    def put_once(self, key: str, body: bytes, content_type: str = "application/json", cache: str = "") -> bytes | None:
        """Write an object if there is none, with ``cache`` as its Cache-Control. Returns None if it is ours, else the existing content."""
        try:
            # Object Lock asks for a checksum of what is written.
            checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
            self._api(
                "put_object",
                Bucket=self.bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                ChecksumSHA256=checksum,
                IfNoneMatch="*",
                **({"CacheControl": cache} if cache else {}),
            )
        except ApiError as error:
            if error.code != "PreconditionFailed":
                raise
            there = self.get(key)
            return None if there == body else there
        return None

    def version(self, key: str, body: bytes) -> str | None:
        """The id of the newest version if it has exactly this content. None if not, or if there is no object.

        Source: S3 API Reference, GetObject: without a version id it answers the newest one, and names it.
        """
        try:
            there, version = self._api.read_version(Bucket=self.bucket, Key=key)
        except ApiError as error:
            if error.code in _NONE:
                return None
            raise
        return version if there == body else None

    def keys(self, prefix: str, *, size: int = 1000, after: str = "") -> Iterator[str]:
        """Keys below a prefix in order, lazily, in pages of ``size``."""
        more = {"StartAfter": after} if after else {}
        while True:
            page = self._api("list_objects_v2", Bucket=self.bucket, Prefix=prefix, MaxKeys=size, **more)
            yield from (str(row["Key"]) for row in page.get("Contents", ()))
            if not page.get("NextContinuationToken"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def histories(self, prefix: str) -> Iterator[History]:
        """All versions of each key below a prefix, in order of keys.

        Source: S3 API Reference, ListObjectVersions: in order of keys, each key's versions newest first.
        """
        more: dict[str, str] = {}
        last: History | None = None
        while True:
            page = self._api("list_object_versions", Bucket=self.bucket, Prefix=prefix, **more)
            rows = [(str(row["Key"]), str(row["VersionId"])) for row in page.get("Versions", ())]
            rows += [(str(row["Key"]), "") for row in page.get("DeleteMarkers", ())]
            # Stable, so that a key's versions stay in their order.
            for key, version in sorted(rows, key=lambda row: row[0]):
                if last is None or last.key != key:
                    if last is not None:
                        yield last
                    last = History(key, "", 0, 0)
                seen, markers = last.versions + bool(version), last.markers + (not version)
                last = History(key, version or last.oldest, seen, markers)
            if not page.get("IsTruncated"):
                break
            more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
        if last is not None:
            yield last

    def folders(self, prefix: str, limit: int) -> list[str]:
        """Names up to the next ``/`` that start with a prefix, at most ``limit``."""
        page = self._api("list_objects_v2", Bucket=self.bucket, Prefix=prefix, Delimiter="/", MaxKeys=limit)
        return [str(row["Prefix"]).rstrip("/") for row in page.get("CommonPrefixes", ())]
