"""The registry: the same promises from memory and from ECR."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Protocol

import pytest

from generator.aws.image_registry import EcrImages
from generator.aws.session import Session
from generator.release.errors import Invalid, Unavailable
from generator.release.model.observed import ImageNow
from generator.release.model.preview import Finding
from generator.release.ports import Images
from generator.sandbox.process import Control
from tests.contract.conftest import unique
from tests.fakes.small_ports import FakeImages

INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.oci.image.manifest.v1+json"
ABSENT = f"sha256:{'0' * 64}"


class Registry(Protocol):
    """A repository that images can be pushed to."""

    repository: str
    images: Images

    def push(self, tag: str, *architectures: str, base: str = "") -> str:
        """Push an image (or an index of several architectures) that says what it was built from; its digest."""


class FakeRegistry:
    def __init__(self) -> None:
        self.repository, self.fake = unique("slipway/app"), FakeImages()
        self.images: Images = self.fake

    def push(self, tag: str, *architectures: str, base: str = "") -> str:
        digest = f"sha256:{hashlib.sha256(f'{tag}{architectures}'.encode()).hexdigest()}"
        names = tuple({"amd64": "X86_64", "arm64": "ARM64"}[name] for name in architectures)
        image = ImageNow(digest=digest, pushed=1.0, tags=(tag,), architectures=names, base=base)
        self.fake.put(self.repository, image)
        return digest


class EcrRegistry:
    def __init__(self, session: Session, **settings: Any) -> None:
        self.repository, self.api = unique("slipway/app"), session.api("ecr")
        self.images: Images = EcrImages(self.api)
        self.api("create_repository", repositoryName=self.repository, **settings)

    def put(self, manifest: dict[str, Any], kind: str, **tag: str) -> str:
        text = json.dumps({"schemaVersion": 2, "mediaType": kind, **manifest})
        made = self.api(
            "put_image", repositoryName=self.repository, imageManifest=text, imageManifestMediaType=kind, **tag
        )
        return str(made["image"]["imageId"]["imageDigest"])

    def push(self, tag: str, *architectures: str, base: str = "") -> str:
        said = {"annotations": {"org.opencontainers.image.base.name": base}} if base else {}
        if not architectures:
            return self.put({"config": {"digest": f"sha256:{tag}"}} | said, IMAGE, imageTag=tag)
        parts = [
            {
                "digest": self.put({"config": {"digest": f"{tag}{name}"}} | said, IMAGE, imageTag=f"{tag}-{name}"),
                "platform": {"architecture": name},
            }
            for name in architectures
        ]
        attestation = {"digest": ABSENT, "platform": {"architecture": "unknown"}}
        return self.put({"manifests": [*parts, attestation]}, INDEX, imageTag=tag)


@pytest.fixture(params=["fake", "sandbox"])
def registry(request: pytest.FixtureRequest) -> Registry:
    """An empty repository."""
    return FakeRegistry() if request.param == "fake" else EcrRegistry(request.getfixturevalue("session"))


def test_images_are_found_by_digest(registry: Registry) -> None:
    """With their tags and, for an index, its architectures as ECS names them; None for what is not there."""
    one, both = registry.push("one"), registry.push("both", "amd64", "arm64")
    found = registry.images.image(registry.repository, one)
    assert found is not None
    assert (found.digest, found.tags, found.architectures) == (one, ("one",), ())
    assert (found.pushed > 0, found.findings) == (True, None)
    found = registry.images.image(registry.repository, both)
    assert found is not None
    assert found.architectures == ("X86_64", "ARM64")
    assert registry.images.image(registry.repository, ABSENT) is None
    assert registry.images.image("slipway/none", one) is None


@pytest.mark.parametrize("architectures", [(), ("arm64", "amd64")])
def test_an_image_names_its_base(registry: Registry, architectures: tuple[str, ...]) -> None:
    """Where its manifest, or for an index that of its images, is annotated as OCI says; "" where it is not."""
    said, silent = registry.push("said", *architectures, base="python:3.13"), registry.push("silent", *architectures)
    found = [registry.images.image(registry.repository, digest) for digest in (said, silent)]
    assert [image.base for image in found if image is not None] == ["python:3.13", ""]


def test_an_image_that_is_kept_has_another_name(registry: Registry) -> None:
    """The lifecycle policy finds ``keep-…``; keeping it again is no harm, and what is gone can't be kept."""
    digest = registry.push("one")
    for _ in range(2):
        registry.images.keep(registry.repository, digest, "keep-prod-app-1")
    found = registry.images.image(registry.repository, digest)
    assert found is not None
    assert set(found.tags) == {"one", "keep-prod-app-1"}
    with pytest.raises(Invalid, match="publish"):
        registry.images.keep(registry.repository, ABSENT, "keep-prod-app-2")


def test_a_name_is_taken_away_and_the_image_stays(registry: Registry) -> None:
    """An image loses the name that kept it, once or twice; one that has no other name keeps it, or it would be deleted."""
    digest = registry.push("one")
    registry.images.keep(registry.repository, digest, "keep-prod-app-1")
    for _ in range(2):
        registry.images.drop(registry.repository, "keep-prod-app-1")
    registry.images.drop(registry.repository, "one")
    found = registry.images.image(registry.repository, digest)
    assert found is not None
    assert found.tags == ("one",)


def test_what_a_scan_found_is_reported(session: Session, control: Control) -> None:
    """Findings of an image, and of an index those of its images; not scanned is None, which is not clean."""
    registry = EcrRegistry(session)
    digest, both = registry.push("one"), registry.push("both", "amd64")
    part = registry.api("describe_images", repositoryName=registry.repository, imageIds=[{"imageTag": "both-amd64"}])[
        "imageDetails"
    ][0]["imageDigest"]
    for image, name in ((digest, "CVE-2026-1"), (part, "CVE-2026-2")):
        control.post("scans", {"image": image, "findings": [{"name": name, "severity": "CRITICAL"}]})
        registry.api("start_image_scan", repositoryName=registry.repository, imageId={"imageDigest": image})
    for image, name in ((digest, "CVE-2026-1"), (both, "CVE-2026-2")):
        found = registry.images.image(registry.repository, image)
        assert found is not None
        assert (found.scan, found.findings) == ("COMPLETE", (Finding(name=name, severity="CRITICAL"),))


def test_a_tag_that_is_taken_is_reported(session: Session) -> None:
    """Tags of the platform's repositories don't move: keeping another image under one is refused."""
    registry = EcrRegistry(session, imageTagMutability="IMMUTABLE")
    first, second = registry.push("one"), registry.push("two")
    registry.images.keep(registry.repository, first, "keep-1")
    registry.images.keep(registry.repository, first, "keep-1")
    with pytest.raises(Invalid, match="immutable"):
        registry.images.keep(registry.repository, second, "keep-1")


@pytest.mark.parametrize("kind", ["lost", "reset", "throttle", "error"])
def test_faults_of_the_registry(session: Session, control: Control, kind: str) -> None:
    """A bad answer of each call is passed over; a registry that is down is unavailable, not empty."""
    registry = EcrRegistry(session)
    digest = registry.push("one")
    rules = [
        {"service": "ecr", "operation": name, "kind": kind}
        for name in ("DescribeImages", "BatchGetImage", "DescribeImageScanFindings", "PutImage")
    ]
    control.faults(*rules, clear=True)
    assert registry.images.image(registry.repository, digest) is not None
    registry.images.keep(registry.repository, digest, "keep-1")
    found = registry.images.image(registry.repository, digest)
    assert found is not None
    assert set(found.tags) == {"one", "keep-1"}
    control.faults({"service": "ecr", "kind": "throttle", "times": 9}, clear=True)
    with pytest.raises(Unavailable, match="try again"):
        registry.images.image(registry.repository, digest)
    with pytest.raises(Unavailable, match="try again"):
        registry.images.keep(registry.repository, digest, "keep-2")
