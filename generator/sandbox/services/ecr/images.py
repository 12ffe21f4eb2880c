"""What ministack's ECR lacks: image scans with findings, errors for missing images, media types as they were pushed.

POST /_slipway/scans {"image": "sha256:...", "findings": [{"name": "CVE-2026-1", "severity": "HIGH"}]}
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import ministack_ecs
from generator.sandbox.ecs.lookup import home
from generator.sandbox.server.control import control
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import around, operation
from generator.sandbox.server.persistence import persisted
from generator.sandbox.server.wire import Reply, render
from generator.sandbox.services import ministack_ecr

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Request

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED")


class Scans:
    """Findings by digest, and when an image was scanned (by account, region, repository and digest)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._findings: dict[str, list[dict[str, Any]]] = {}
        self._done: dict[str, float] = {}

    def expect(self, digest: str, findings: list[dict[str, Any]]) -> None:
        """Say what a scan of an image finds."""
        with self._lock:
            self._findings[digest] = findings

    def findings(self, digest: str) -> list[dict[str, Any]]:
        """What a scan of an image finds: nothing unless somebody said so."""
        with self._lock:
            return list(self._findings.get(digest, []))

    def done(self, key: str, *, now: bool = False) -> float | None:
        """When an image was scanned, or None; `now` scans it."""
        with self._lock:
            if now:
                self._done[key] = time.time()
            return self._done.get(key)

    def dump(self) -> Any:
        """Everything."""
        with self._lock:
            return {"findings": self._findings, "done": self._done}

    def load(self, data: Any) -> None:
        """Take back what `dump` gave."""
        with self._lock:
            self._findings, self._done = data["findings"], data["done"]

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self._findings, self._done = {}, {}


SCANS = Scans()
persisted("ecr-scans", SCANS)


@control("scans")
def scans(body: dict[str, Any]) -> None:
    """POST /_slipway/scans: what a scan of a digest finds.

    Raises:
        ValueError: A severity is none of ECR's.
    """
    findings = [dict(row) for row in body.get("findings") or []]
    for row in findings:
        row.setdefault("severity", "UNDEFINED")
        if row["severity"] not in SEVERITIES:
            raise ValueError(f"{row['severity']} is not a severity; write one of {', '.join(SEVERITIES)}")
    SCANS.expect(str(body.get("image") or ""), findings)


@operation("ecr", "StartImageScan")
def start_scan(request: Request) -> dict[str, Any]:
    """Scan an image. It is done at once."""
    image, names = _image(request)
    SCANS.done(_key(request, image), now=True)
    return names | {"imageScanStatus": {"status": "IN_PROGRESS"}}


@operation("ecr", "DescribeImageScanFindings")
def describe_findings(request: Request) -> dict[str, Any]:
    """What a scan found."""
    image, names = _image(request)
    repository = (
        ministack_ecs.on_loop(home(request), lambda: ministack_ecr.repository(request.text("repositoryName"))) or {}
    )
    key = _key(request, image)
    at = SCANS.done(key)
    if at is None and (repository.get("imageScanningConfiguration") or {}).get("scanOnPush"):
        at = SCANS.done(key, now=True)
    if at is None:
        raise AwsError(
            "ScanNotFoundException",
            f"Image scan does not exist for the image with '{_named(image['imageDigest'], request)}' in the repository with name '{request.text('repositoryName')}' in the registry with id '{request.account}'",
        )
    rows = SCANS.findings(str(image["imageDigest"]))
    return names | {
        "imageScanStatus": {"status": "COMPLETE", "description": "The scan was completed successfully."},
        "imageScanFindings": {
            "imageScanCompletedAt": at,
            "vulnerabilitySourceUpdatedAt": at,
            "findings": rows,
            "findingSeverityCounts": dict(Counter(str(row["severity"]) for row in rows)),
        },
    }


def _image(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """The image that a request names, and the members of every answer about it."""
    name, image_id = request.text("repositoryName"), request.params.get("imageId") or {}
    tag, digest = str(image_id.get("imageTag") or ""), str(image_id.get("imageDigest") or "")
    found = ministack_ecs.on_loop(home(request), lambda: ministack_ecr.image(name, tag, digest))
    if found is None:
        raise AwsError("RepositoryNotFoundException", f"The repository with name '{name}' does not exist in the registry with id '{request.account}'")  # fmt: skip
    if not found:
        raise _missing(image_id, request)
    identity = {"imageDigest": found["imageDigest"]} | ({"imageTag": tag} if tag else {})
    return found, {"registryId": request.account, "repositoryName": name, "imageId": identity}


def _named(digest: str, request: Request) -> str:
    del request
    return "{imageDigest:'" + digest + "'}"


def _missing(image_id: dict[str, Any], request: Request) -> AwsError:
    """Wording: what ECR's DescribeImages answers."""
    tag = f"'{image_id['imageTag']}'" if image_id.get("imageTag") else "null"
    digest = f"'{image_id['imageDigest']}'" if image_id.get("imageDigest") else "null"
    return AwsError(
        "ImageNotFoundException",
        f"The image with imageId {{imageDigest:{digest}, imageTag:{tag}}} does not exist within the repository with "
        f"name '{request.text('repositoryName')}' in the registry with id '{request.account}'",
    )


def _key(request: Request, image: dict[str, Any]) -> str:
    return "/".join((request.account, request.region, request.text("repositoryName"), str(image["imageDigest"])))


@around("ecr", "DescribeImages")
async def describe_images(request: Request, forward: Forward) -> Reply:
    """An image that is missing is an error; one that was scanned shows its findings in short."""
    reply = await forward()
    if reply.status != 200:
        return reply
    body = json.loads(reply.body)
    for image_id in request.params.get("imageIds") or []:
        if not any(
            image_id.get("imageDigest") in {None, row["imageDigest"]}
            and (not image_id.get("imageTag") or image_id["imageTag"] in row.get("imageTags", []))
            for row in body["imageDetails"]
        ):
            raise _missing(image_id, request)
    for row in body["imageDetails"]:
        row.update({} if row.get("imageTags") else {"imageTags": None})
        at = SCANS.done("/".join((request.account, request.region, row["repositoryName"], row["imageDigest"])))
        if at is not None:
            found = SCANS.findings(row["imageDigest"])
            row["imageScanStatus"] = {"status": "COMPLETE"}
            row["imageScanFindingsSummary"] = {
                "imageScanCompletedAt": at,
                "findingSeverityCounts": dict(Counter(str(item["severity"]) for item in found)),
            }
    return Reply(reply.status, reply.headers, json.dumps(body).encode())


@around("ecr", "PutImage")
async def put_image(request: Request, forward: Forward) -> Reply:
    """The media type is the manifest's own, and a tag that exists in an immutable repository is refused in AWS's words."""
    digest = str(request.params.get("imageDigest") or "")
    if digest:
        import hashlib

        true = "sha256:" + hashlib.sha256(str(request.params.get("imageManifest") or "").encode()).hexdigest()
        if digest != true:
            raise AwsError("ImageDigestDoesNotMatchException", "The specified image digest does not match the digest that Amazon ECR calculated for the image.")  # fmt: skip
    reply = await forward()
    if b"ImageTagAlreadyExistsException" in reply.body and reply.status == 400:
        raise AwsError(
            "ImageTagAlreadyExistsException",
            f"The image tag '{request.params.get('imageTag')}' already exists in the "
            f"'{request.params.get('repositoryName')}' repository and cannot be overwritten because the tag is immutable.",
        )
    media_type = _media_type(request.params)
    if reply.status != 200 or not media_type:
        return reply
    body = json.loads(reply.body)
    body["image"]["imageManifestMediaType"] = media_type
    name, pushed = str(body["image"]["repositoryName"]), str(body["image"]["imageId"]["imageDigest"])
    ministack_ecr.set_media_type(home(request), name, pushed, media_type)
    return Reply(reply.status, reply.headers, json.dumps(body).encode())


@around("ecr", "BatchDeleteImage")
async def batch_delete_image(request: Request, forward: Forward) -> Reply:
    """A tag alone is removed; the image goes with its last one (ECR API Reference, BatchDeleteImage)."""
    repository = str(request.params.get("repositoryName") or "")
    rest: list[dict[str, Any]] = []
    taken: list[dict[str, str]] = []
    for image_id in request.params.get("imageIds") or []:
        tag = str(image_id.get("imageTag") or "")
        digest = ministack_ecr.untag(home(request), repository, tag) if tag and not image_id.get("imageDigest") else ""
        if digest:
            taken.append({"imageDigest": digest, "imageTag": tag})
        else:
            rest.append(image_id)
    if not taken:
        return await forward()
    if rest:
        raise AwsError("InvalidParameterException", "The sandbox does not delete tags and images in one call.")
    return render(request, {"imageIds": taken, "failures": []})


def _media_type(params: dict[str, Any]) -> str:
    """What the push says, or the manifest."""
    try:
        manifest = json.loads(str(params.get("imageManifest") or "{}"))
    except ValueError:
        manifest = {}
    own = manifest.get("mediaType") if isinstance(manifest, dict) else None
    return str(params.get("imageManifestMediaType") or own or "")
