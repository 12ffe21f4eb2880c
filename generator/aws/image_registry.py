"""The registry in the home account. Source: ECR API Reference; OCI Image Specification, image index."""

import json
from typing import Any, NamedTuple

from generator.aws.api_client import Api, ApiError
from generator.aws.lru import LruCache
from generator.release.errors import Invalid
from generator.release.model.observed import ImageNow
from generator.release.model.preview import Finding

_KEPT = 256
_GONE = {"ImageNotFoundException", "RepositoryNotFoundException"}
# OCI Image Specification, annotations: of an index, of a manifest, or of what an index says of one.
_BASE = "org.opencontainers.image.base.name"
# As ECS writes them (ECS API Reference: RuntimePlatform).
_NAMES = {"amd64": "X86_64", "arm64": "ARM64"}
_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]


class _Manifest(NamedTuple):
    """The contents of a manifest: architectures, digests of an index's images, and the base image."""

    text: str
    type: str
    architectures: tuple[str, ...]
    parts: tuple[str, ...]
    base: str


class EcrImages:
    """A ``ports.Images``. A manifest never changes, so each is asked for once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._manifests: LruCache[tuple[str, str], _Manifest] = LruCache(_KEPT)

    def image(self, repository: str, digest: str) -> ImageNow | None:
        """An image by digest, with the findings of its scan. None if it does not exist.

        Architectures come from an index alone: a single manifest names them in its configuration, a layer that the
        worker has no right to read.
        """
        try:
            row = self._api("describe_images", repositoryName=repository, imageIds=[{"imageDigest": digest}])[
                "imageDetails"
            ][0]
            manifest = self._manifest(repository, digest)
        except ApiError as error:
            if error.code in _GONE:
                return None
            raise
        if manifest is None:
            return None
        scan, findings = self._scan(repository, digest)
        if findings is None and manifest.parts:  # ECR scans the images of an index, not the index
            scan, findings = self._scans(repository, manifest.parts)
        pushed = row.get("imagePushedAt")
        return ImageNow(
            digest=digest,
            pushed=pushed.timestamp() if pushed else 0.0,
            size=int(row.get("imageSizeInBytes") or 0),
            tags=tuple(sorted(row.get("imageTags") or ())),
            architectures=manifest.architectures,
            scan=scan,
            findings=findings,
            base=manifest.base or self._base_of(repository, manifest.parts),
        )

    def keep(self, repository: str, digest: str, tag: str) -> None:
        """Add another tag to an image. No error if it has that tag.

        Raises:
            Invalid: The image is gone, or the tag is another image's.
        """
        manifest = self._manifest(repository, digest)
        if manifest is None:
            raise Invalid(f"{repository}@{digest} is not in the registry; publish the version again")
        try:
            self._api(
                "put_image",
                repositoryName=repository,
                imageManifest=manifest.text,
                imageManifestMediaType=manifest.type,
                imageDigest=digest,
                imageTag=tag,
            )
        except ApiError as error:
            taken = error.code == "ImageTagAlreadyExistsException" and tag not in self._tags(repository, digest)
            if taken or error.code not in {"ImageAlreadyExistsException", "ImageTagAlreadyExistsException"}:
                raise

    def drop(self, repository: str, tag: str) -> None:
        """Remove a tag. ECR deletes an image with its last tag, so the only tag of an image stays."""
        try:
            rows = self._api("describe_images", repositoryName=repository, imageIds=[{"imageTag": tag}])["imageDetails"]
        except ApiError as error:
            if error.code in _GONE:
                return
            raise
        if rows and len(rows[0].get("imageTags") or ()) > 1:
            self._api("batch_delete_image", repositoryName=repository, imageIds=[{"imageTag": tag}])

    def _tags(self, repository: str, digest: str) -> list[str]:
        rows = self._api("describe_images", repositoryName=repository, imageIds=[{"imageDigest": digest}])
        return [str(tag) for row in rows["imageDetails"] for tag in row.get("imageTags") or ()]

    def _manifest(self, repository: str, digest: str) -> _Manifest | None:
        known = self._manifests.get((repository, digest))
        if known is not None:
            return known
        rows = self._api(
            "batch_get_image",
            repositoryName=repository,
            imageIds=[{"imageDigest": digest}],
            acceptedMediaTypes=_TYPES,
        )["images"]
        if not rows:
            return None
        return self._manifests.put((repository, digest), _read(rows[0]))

    def _base_of(self, repository: str, digests: tuple[str, ...]) -> str:
        """BuildKit annotates the images of an index, not the index itself, by default."""
        first = self._manifest(repository, digests[0]) if digests else None
        return first.base if first is not None else ""

    def _scans(self, repository: str, digests: tuple[str, ...]) -> tuple[str, tuple[Finding, ...] | None]:
        found: dict[Finding, None] = {}
        states = []
        for digest in digests:
            state, rows = self._scan(repository, digest)
            if rows is not None:
                states.append(state)
                found |= dict.fromkeys(rows)
        return (min(states), tuple(found)) if states else ("", None)

    def _scan(self, repository: str, digest: str) -> tuple[str, tuple[Finding, ...] | None]:
        """The state and findings of a scan, None for an image that was not scanned or is being scanned."""
        pages: list[dict[str, Any]] = []
        more: dict[str, Any] = {}
        try:
            while True:
                asked = {"repositoryName": repository, "imageId": {"imageDigest": digest}, "maxResults": 1000}
                pages.append(self._api("describe_image_scan_findings", **asked, **more))
                if not pages[-1].get("nextToken"):
                    break
                more = {"nextToken": pages[-1]["nextToken"]}
        except ApiError as error:
            if error.code in {"ScanNotFoundException", "ImageNotFoundException"}:
                return "", None
            raise
        state = str((pages[0].get("imageScanStatus") or {}).get("status", ""))
        if state not in {"COMPLETE", "ACTIVE"}:  # ACTIVE: continuous scanning by Inspector
            return state, None
        found = [_finding(row) for page in pages for row in (page.get("imageScanFindings") or {}).get("findings") or ()]
        found += [
            _enhanced(row)
            for page in pages
            for row in (page.get("imageScanFindings") or {}).get("enhancedFindings") or ()
        ]
        return state, tuple(found)


def _read(row: dict[str, Any]) -> _Manifest:
    text = str(row["imageManifest"])
    try:
        body = json.loads(text)
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    parts = [part for part in body.get("manifests") or () if isinstance(part, dict)]
    # Attestations stand in the index as images of an unknown platform.
    images = [part for part in parts if (part.get("platform") or {}).get("architecture") not in {None, "unknown"}]
    names = [str(part["platform"]["architecture"]) for part in images]
    return _Manifest(
        text,
        str(row.get("imageManifestMediaType") or body.get("mediaType") or _TYPES[2]),
        tuple(dict.fromkeys(_NAMES.get(name, name) for name in names)),
        tuple(str(part.get("digest", "")) for part in images),
        next(filter(None, map(_named, [body, *images])), ""),
    )


def _named(part: dict[str, Any]) -> str:
    annotations = part.get("annotations")
    return str(annotations.get(_BASE) or "") if isinstance(annotations, dict) else ""


def _finding(row: dict[str, Any]) -> Finding:
    attributes = {item.get("key"): item.get("value") for item in row.get("attributes") or ()}
    return Finding(
        name=row.get("name") or "", severity=row.get("severity") or "", package=attributes.get("package_name") or ""
    )


def _enhanced(row: dict[str, Any]) -> Finding:
    details = row.get("packageVulnerabilityDetails") or {}
    packages = [package.get("name", "") for package in details.get("vulnerablePackages") or ()]
    return Finding(
        name=details.get("vulnerabilityId") or row.get("title") or "",
        severity=row.get("severity") or "",
        package=", ".join(dict.fromkeys(packages)),
    )
