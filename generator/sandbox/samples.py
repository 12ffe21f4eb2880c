"""Sample images for the sandbox's registry: what their tasks do stands in an annotation of the manifest."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

from generator.release.model.version import Base
from generator.release.site_files import SiteFile

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
# Name of a sample to what its tasks do (docs/sandbox.md, ECS).
SAMPLES: dict[str, dict[str, Any]] = {
    "good": {"kind": "healthy"},
    "better": {"kind": "healthy", "lines": ["listening, faster than before"]},
    "slow": {"kind": "slow", "seconds": 45},
    "crashes": {
        "kind": "exits",
        "code": 1,
        "lines": ["Traceback (most recent call last):", "KeyError: 'DATABASE_URL'"],
    },
    "unhealthy": {"kind": "never-healthy"},
    "errors": {"kind": "fails", "after": 60, "share": 0.5, "failing": ["500 Internal Server Error"]},
    "turns-bad": {"kind": "fails", "after": 40, "share": 0.5, "failing": ["MemoryError: 500 Internal Server Error"]},
    "leaks": {"kind": "leaks", "after": 120},
}

# The files of a static site that nobody has named.
SAMPLE_PAGE = (
    SiteFile(
        "index.html", b"<!doctype html><title>A sample page</title><p>A sample page.\n", "text/html; charset=utf-8"
    ),
)


def base(sample: str, now: float) -> Base:
    """What a sample says that it was built from: an image of the month before, and of half a year ago for a slow one.

    The date is a month's, so that what is published twice in a month is the same version.
    """
    today = datetime.fromtimestamp(now, UTC)
    months = today.year * 12 + today.month - 1 - (6 if sample == "slow" else 1)
    built = datetime(months // 12, months % 12 + 1, 20, tzinfo=UTC)
    name = "python:3.12-slim" if sample == "slow" else "python:3.13-slim"
    digest = hashlib.sha256(f"{name} {built:%Y-%m}".encode()).hexdigest()
    return Base(name=name, digest=f"sha256:{digest}", built=built.timestamp())


def manifest(service: str, sample: str) -> str:
    """The manifest of a sample: the same text for the same service and sample, so its digest is known beforehand."""
    config = hashlib.sha256(f"{service} {sample}".encode()).hexdigest()
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": f"sha256:{config}",
                "size": 2,
            },
            "layers": [],
            "annotations": {"dev.slipway.behaviour": json.dumps(SAMPLES[sample])},
        }
    )


def digest(service: str, sample: str) -> str:
    """``sha256:`` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(manifest(service, sample).encode()).hexdigest()


def archive() -> bytes:
    """A function's code that does nothing; the same bytes each time."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for name, text in (
            ("index.mjs", "export const handler = async () => ({});\n"),
            ("index.py", "def handler(event, context):\n    return {}\n"),
        ):
            file.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return held.getvalue()
