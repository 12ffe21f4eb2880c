"""Fakes of the small ports: registry, seal, probe, directory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor

from generator.release.audit import Sealed, SealedHead
from generator.release.errors import Invalid, Tampered, Unavailable
from generator.release.model.observed import ImageNow
from tests.fakes.faults import Faults


class FakeImages:
    """A ``ports.Images``: put ``ImageNow`` values into ``images``, by repository and digest."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.images: dict[tuple[str, str], ImageNow] = {}

    def put(self, repository: str, image: ImageNow) -> None:
        """An image that is in the registry."""
        self.images[repository, image.digest] = image

    def image(self, repository: str, digest: str) -> ImageNow | None:
        with self.faults.call("images.image"):
            return self.images.get((repository, digest))

    def keep(self, repository: str, digest: str, tag: str) -> None:
        with self.faults.call("images.keep"):
            found = self.images.get((repository, digest))
            if found is None:
                raise Invalid(f"{repository}@{digest} is not there; publish it again")
            if tag not in found.tags:
                changed = {name: getattr(found, name) for name in found.__struct_fields__}
                self.images[repository, digest] = ImageNow(**changed | {"tags": (*found.tags, tag)})

    def drop(self, repository: str, tag: str) -> None:
        with self.faults.call("images.drop"):
            for (where, digest), found in list(self.images.items()):
                if where == repository and tag in found.tags and len(found.tags) > 1:
                    left = tuple(t for t in found.tags if t != tag)
                    changed = {name: getattr(found, name) for name in found.__struct_fields__}
                    self.images[where, digest] = ImageNow(**changed | {"tags": left})


class FakeSeal:
    """A ``ports.Seal`` whose signatures are a keyed hash."""

    def __init__(self, faults: Faults | None = None, key: bytes = b"audit key") -> None:
        self.faults = faults or Faults()
        self.stored: dict[tuple[str, int], Sealed] = {}
        # What lies over the first version of a head: other versions of it, or None for a delete marker.
        self.over: dict[tuple[str, int], Sealed | None] = {}
        self._key = key

    def seal(self, chain: str, number: int, hash_: str, at: float) -> None:
        with self.faults.call("seal.seal"):
            there = self.over.get((chain, number)) or self.stored.get((chain, number))
            if there is None:
                self.stored[chain, number] = Sealed(chain, number, hash_, at, self._signature(chain, number, hash_, at))
            elif there.hash != hash_:
                raise Tampered(f"entry {number} of {chain} was sealed with another hash; run: slipway audit verify")

    def heads(
        self, pool: Executor | None = None, chosen: Callable[[str], bool] = bool, chain: str = "", after: int = 0
    ) -> Iterator[SealedHead]:
        del pool
        with self.faults.call("seal.heads"):
            stored = [head for head in self.stored.values() if chosen(head.chain) and chain in ("", head.chain)]
            stored = [head for head in stored if head.number > after]
            found = sorted(stored, key=lambda head: (head.chain, head.number))
        for head in found:
            good = head.signature == self._signature(head.chain, head.number, head.hash, head.at)
            fault = "" if good else "has a signature that was not created by the worker"
            if (head.chain, head.number) in self.over:
                deleted = self.over[head.chain, head.number] is None
                fault = "has a signed head that somebody " + ("deleted" if deleted else "overwrote")
            yield SealedHead(head, fault)

    def public_key(self) -> bytes:
        return b""

    def _signature(self, *what: str | float) -> bytes:
        return hashlib.sha256(self._key + json.dumps(what).encode()).digest()


class FakeWitness:
    """A ``Witness``: what was posted, in order. ``gone`` is a place that is not there any more."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.posted: list[tuple[str, str]] = []
        self.gone = False

    def post(self, date: str, line: str) -> None:
        with self.faults.call("witness.post"):
            if self.gone:
                raise Invalid("the topic does not exist; release the environment's alerts stack")
            self.posted.append((date, line))


class FakeProbe:
    """A ``ports.Probe``. ``answers`` maps an address, or ``*`` for any, to status and body, or to what computes them."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.answers: dict[str, tuple[int, str] | Callable[[str], tuple[int, str]]] = {"*": (200, "ok")}
        self.asked: list[str] = []

    def get(self, url: str) -> tuple[int, str]:
        with self.faults.call("probe.get"):
            self.asked.append(url)
            answer = self.answers.get(url) or self.answers.get("*")
            if answer is None:
                raise Unavailable(f"{url} does not answer; look at the service's events")
            return answer(url) if callable(answer) else answer


class FakeDirectory:
    """A ``ports.Directory``: ``ids`` maps (channel, id) to a person, ``teams`` a person to their teams."""

    def __init__(
        self,
        ids: dict[tuple[str, str], str] | None = None,
        teams: dict[str, tuple[str, ...]] | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.ids = ids or {}
        self.teams = teams or {}
        self.faults = faults or Faults()

    def person(self, channel: str, id_: str) -> str:
        with self.faults.call("directory.person"):
            return self.ids.get((channel, id_), "")

    def groups(self, person: str) -> tuple[str, ...]:
        with self.faults.call("directory.groups"):
            return self.teams.get(person, ())
