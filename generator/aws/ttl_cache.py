"""A cache for slowly changing values: each is read once a minute, for all releases that need it."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from generator.release.model.observed import ImageNow
from generator.release.ports import Images

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SECONDS, _MOST = 60.0, 1024


class TtlCache(Generic[K, V]):
    """Values by key, each for :data:`SECONDS`; None is never cached. Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._values: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K, ask: Callable[[], V]) -> V:
        """The cached value, or what ``ask`` returns now; what ``ask`` raises is passed on."""
        now = self._clock()
        with self._lock:
            known = self._values.get(key)
        if known is not None and now < known[0] + SECONDS:
            return known[1]
        found = ask()
        if found is not None:
            with self._lock:
                self._values[key] = now, found
                self._values.move_to_end(key)
                while len(self._values) > _MOST:
                    self._values.popitem(last=False)
        return found


class CachedImages:
    """A ``ports.Images``: what an image of a digest is does not change, and its scan seldom."""

    def __init__(self, images: Images, clock: Callable[[], float] = time.monotonic) -> None:
        self._images = images
        self._cache: TtlCache[tuple[str, str], ImageNow | None] = TtlCache(clock)

    def image(self, repository: str, digest: str) -> ImageNow | None:
        """An image by digest; None if it is not there."""
        return self._cache.get((repository, digest), lambda: self._images.image(repository, digest))

    def keep(self, repository: str, digest: str, tag: str) -> None:
        """Name an image ``tag``."""
        self._images.keep(repository, digest, tag)

    def drop(self, repository: str, tag: str) -> None:
        """Take a name away."""
        self._images.drop(repository, tag)
