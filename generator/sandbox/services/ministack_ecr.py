"""Every private name of ministack's ECR that the sandbox uses; `tests/sandbox/ecs/test_ministack_ecs.py` has a contract for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.server.ministack_server import scope

if TYPE_CHECKING:
    from generator.sandbox.ecs.model import Home


def image(repository: str, tag: str, digest: str) -> dict[str, Any] | None:
    """`ecr._repositories`, `_images`, `_find_image`: an image; empty if the repository is there without it, or None."""
    from ministack.services import ecr

    if repository not in ecr._repositories:  # noqa: SLF001 - the point of this file
        return None
    image_id = {"imageDigest": digest} if digest else {"imageTag": tag}
    return dict(ecr._find_image(repository, image_id) or {})  # noqa: SLF001


def put_image(home: Home, repository: str, manifest: str, tag: str) -> None:
    """`ecr._repositories`, `_put_image`: push an OCI image, if the repository is there. Call it on the event loop."""
    from ministack.services import ecr

    with scope(home.account, home.region):
        if repository in ecr._repositories:  # noqa: SLF001 - the point of this file
            kind = "application/vnd.oci.image.manifest.v1+json"
            image = {"imageManifest": manifest, "imageManifestMediaType": kind, "imageTag": tag}
            ecr._put_image({"repositoryName": repository, **image})  # noqa: SLF001


def set_media_type(home: Home, repository: str, digest: str, media_type: str) -> None:
    """`ecr._find_image`: correct the media type of an image that was just pushed. Call it on the event loop."""
    from ministack.services import ecr

    with scope(home.account, home.region):
        found = ecr._find_image(repository, {"imageDigest": digest})  # noqa: SLF001 - the point of this file
        if found is not None:
            found["imageManifestMediaType"] = media_type


def untag(home: Home, repository: str, tag: str) -> str:
    """`ecr._find_image`: take a tag from an image that has others; its digest, "" if it has none. On the event loop."""
    from ministack.services import ecr

    with scope(home.account, home.region):
        found = ecr._find_image(repository, {"imageTag": tag})  # noqa: SLF001 - the point of this file
        if not found or len(found.get("imageTags", [])) < 2:
            return ""
        found["imageTags"] = [name for name in found["imageTags"] if name != tag]
        return str(found["imageDigest"])


def repository(name: str) -> dict[str, Any] | None:
    """`ecr._repositories`: a repository, or None."""
    from ministack.services import ecr

    found = ecr._repositories.get(name)  # noqa: SLF001 - the point of this file
    return dict(found) if found else None
