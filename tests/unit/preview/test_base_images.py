"""What CI hands over about base images: read as docker prints it, and refused where it says nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from generator.preview import base_images
from generator.release.model.version import Base

NOW = datetime(2026, 11, 25, tzinfo=UTC).timestamp()
DIGEST = "sha256:" + "7" * 64
# The shape of one image configuration, as `docker buildx imagetools inspect` shows it (Docker Docs).
ARM = {
    "created": "2026-10-14T02:12:11Z",
    "architecture": "arm64",
    "os": "linux",
    "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    "history": [
        {"created": "2026-11-03T20:44:32.123456789Z", "created_by": "# debian.sh --arch 'arm64' out/"},
        {"created": "2026-10-14T02:12:11Z", "created_by": "ENV LANG=C.UTF-8", "empty_layer": True},
    ],
}
X86 = ARM | {"architecture": "amd64", "history": []}


def inspect(image: object, name: str = "docker.io/library/python:3.13-slim", **manifest: Any) -> bytes:
    return json.dumps({"name": name, "manifest": {"digest": DIGEST} | manifest, "image": image}).encode()


def day(month: int, of: int) -> float:
    return datetime(2026, month, of, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("image", "architecture", "built"),
    [
        (ARM, "ARM64", day(11, 3)),
        ({"linux/amd64": X86, "linux/arm64/v8": ARM}, "ARM64", day(11, 3)),
        ({"linux/amd64": X86, "linux/arm64/v8": ARM}, "X86_64", day(10, 14)),
        ({"linux/amd64": X86}, "", day(10, 14)),
        ({"created": "1970-01-01T00:00:00Z"}, "X86_64", 0.0),
        ({"created": "0001-01-01T00:00:00Z", "history": [{"created": None}, "no row"]}, "X86_64", 0.0),
        ({"rootfs": {}, "created": "yesterday"}, "X86_64", 0.0),
    ],
)
def test_a_base_is_as_old_as_its_newest_layer(image: object, architecture: str, built: float) -> None:
    """The service's own architecture counts, the newest layer is the date, and a reproducible build's 1970 is none."""
    found = base_images.parse_inspect_output(inspect(image), architecture, NOW)
    assert (found.name, found.digest) == ("python:3.13-slim", DIGEST)
    assert found.built == 0.0 if not built else built <= found.built < built + 86400


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"Name: docker.io/library/alpine", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (inspect(ARM, name=""), "no image with a digest"),
        (inspect(ARM, name="<!channel> `x`"), "no image with a digest"),
        (inspect(ARM, digest="latest"), "no image with a digest"),
        (inspect(X86), "an image for amd64, and the service runs on ARM64"),
        (inspect({"linux/amd64": X86}), "no image for ARM64"),
        (inspect(None), "no image for ARM64"),
        (inspect(ARM | {"created": "2027-06-01T00:00:00Z"}), "built in the future"),
    ],
)
def test_what_names_no_base_is_refused(raw: bytes, said: str) -> None:
    """Another command's output, a tag without a digest, another architecture and a date to come: each is said."""
    with pytest.raises(ValueError, match=said):
        base_images.parse_inspect_output(raw, "ARM64", NOW)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("docker.io/library/python:3.13-slim@" + DIGEST, "python:3.13-slim"),
        ("docker.io/acme/base:1", "acme/base:1"),
        ("public.ecr.aws/docker/library/python:3.13", "public.ecr.aws/docker/library/python:3.13"),
        ("", ""),
        ("\x1b[31mred", ""),
        ("a" * 201, ""),
    ],
)
def test_a_base_is_called_as_people_call_it(text: str, name: str) -> None:
    """Docker Hub goes without saying; what is no name of an image is not shown at all."""
    assert base_images.base_name(text) == name


def test_the_sample_bases_are_of_this_time() -> None:
    """A sandbox shows one base of weeks and one of half a year, the same all month, so that publishing twice is no harm."""
    from generator.sandbox.samples import base

    assert base("good", NOW) == base("good", NOW + 86400) == base("crashes", NOW)
    ages = {sample: (NOW - base(sample, NOW).built) / 86400 for sample in ("good", "slow")}
    assert 10 < ages["good"] < 70
    assert ages["slow"] > 120
    assert isinstance(base("slow", NOW), Base)
