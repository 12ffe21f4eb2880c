"""What CI knows about a base image: the output of ``docker buildx imagetools inspect NAME --format '{{json .}}'``.

That is ``{"name", "manifest": {"digest"}, "image"}``, where ``image`` is one OCI image configuration or, of an image
for several platforms, one by platform (``linux/arm64/v8``). Source: Docker Docs, docker buildx imagetools inspect; OCI
Image Specification, image configuration.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from generator.release.model.version import Base

MOST = 1024 * 1024  # bytes
# As ECS writes architectures (ECS API Reference: RuntimePlatform), and as OCI does.
_PLATFORMS = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}
_NAME = re.compile(r"[a-z0-9][a-z0-9._/:-]{0,199}", re.IGNORECASE)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# A reproducible build may set its clock to 1970 or to the year 1: that is not a date.
_FIRST = datetime(2005, 1, 1, tzinfo=UTC).timestamp()
_SKEW = 86400.0


def base_name(text: str) -> str:
    """A base image's name as people know it, ``python:3.13-slim``. "" for other texts, which annotations may contain."""
    short = text.partition("@")[0].removeprefix("docker.io/").removeprefix("library/")
    return short if _NAME.fullmatch(short) else ""


def parse_inspect_output(raw: bytes, architecture: str, now: float) -> Base:
    """The base image that ``imagetools inspect`` describes. It was built when its newest layer was.

    It was built when its newest layer was. An image's own ``created`` is not enough: Docker's official images set it to
    the date of their Dockerfile's commit, and are built again on newer layers below.

    Args:
        raw: the command's output.
        architecture: of the image that is built from it, as ECS names it; "" for any.
        now: epoch seconds.

    Raises:
        ValueError: it is not that output, has no image for the architecture, or was built after ``now``.
    """
    try:
        found = msgspec.json.decode(raw, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise ValueError(f"it is not a JSON object ({error})") from error
    called = base_name(str(found.get("name", "")))
    manifest = found.get("manifest")
    digest = str(manifest.get("digest", "")) if isinstance(manifest, dict) else ""
    if not called or not _DIGEST.fullmatch(digest):
        raise ValueError("it names no image with a digest")
    built = max(_dates(_image(found.get("image"), architecture)), default=0.0)
    if built > now + _SKEW:
        raise ValueError("it says that the image was built in the future")
    return Base(name=called, digest=digest, built=built if built >= _FIRST else 0.0)


def _image(image: object, architecture: str) -> Mapping[str, Any]:
    rows = image if isinstance(image, dict) else {}
    if "rootfs" in rows or "created" in rows:
        own = str(rows.get("architecture", ""))
        if own and architecture and _PLATFORMS.get(architecture) != f"linux/{own}":
            raise ValueError(f"it is an image for {own}, and the service runs on {architecture}")
        return rows
    platform = _PLATFORMS.get(architecture, "linux/")
    found = next((row for key, row in sorted(rows.items()) if key.startswith(platform) and isinstance(row, dict)), None)
    if found is None:
        raise ValueError(f"it has no image for {architecture or 'Linux'}")
    return found


def _dates(image: Mapping[str, Any]) -> Iterator[float]:
    history = image.get("history")
    for row in (image, *(history if isinstance(history, list) else ())):
        text = row.get("created") if isinstance(row, Mapping) else None
        try:
            yield datetime.fromisoformat(str(text)).timestamp()
        except (ValueError, OverflowError):  # a configuration need not tell it
            continue
