"""What changes slowly is asked for once a minute, however many releases need it."""

from __future__ import annotations

from generator.aws.ttl_cache import CachedImages
from generator.release.model.observed import ImageNow
from tests.fakes.clock import FakeClock
from tests.fakes.faults import Faults
from tests.fakes.small_ports import FakeImages


def test_an_image_is_asked_for_once_a_minute() -> None:
    """Fifty releases of one image ask the registry once; after a minute its scan is looked at again."""
    faults, clock = Faults(), FakeClock()
    registry = FakeImages(faults)
    registry.put("slipway/app", ImageNow(digest="sha256:1"))
    images = CachedImages(registry, clock)
    for _ in range(50):
        assert images.image("slipway/app", "sha256:1") == ImageNow(digest="sha256:1")
    assert faults.count("images.image") == 1
    clock.sleep(61)
    assert images.image("slipway/app", "sha256:1") is not None
    assert faults.count("images.image") == 2


def test_what_is_not_there_is_looked_for_each_time() -> None:
    """An image that was missing counts as soon as it is published."""
    registry = FakeImages(Faults())
    images = CachedImages(registry, FakeClock())
    assert images.image("slipway/app", "sha256:1") is None
    registry.put("slipway/app", ImageNow(digest="sha256:1"))
    assert images.image("slipway/app", "sha256:1") is not None


def test_names_are_given_and_taken_at_once() -> None:
    """Keeping and dropping a name goes to the registry itself."""
    faults = Faults()
    registry = FakeImages(faults)
    registry.put("slipway/app", ImageNow(digest="sha256:1"))
    images = CachedImages(registry, FakeClock())
    images.keep("slipway/app", "sha256:1", "keep-prod-app-1")
    images.drop("slipway/app", "keep-prod-app-1")
    assert faults.calls == ["images.keep", "images.drop"]
