"""Which heads must be signed, what is not signed yet, and what lies over a signed head."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from generator.release.audit import Fault, Sealed
from generator.release.audit_verification import Scope, Unsealed, Verified, verified
from generator.release.chain_seals import SEALED_WITHIN
from generator.release.chores import PAUSE
from generator.release.client import request_id
from generator.release.errors import Unavailable
from generator.release.log import Log
from generator.release.model.requests import Lock
from generator.release.model.settings import Releases
from generator.release.ports import Item
from tests.release.fake_platform import FakePlatform

LOCKED = "env/prod"


def found(platform: FakePlatform) -> Verified:
    """What `audit verify` finds."""
    return verified(platform.log, platform.seal, platform.facts)


def lock(platform: FakePlatform) -> None:
    """Hold prod back."""
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="wait"), "ana")


class Deaf:
    """A seal that nobody reaches until ``heals`` calls were made; what it keeps is another's."""

    def __init__(self, platform: FakePlatform, heals: int) -> None:
        self._inner, self._left = platform.seal, heals

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def seal(self, chain: str, number: int, hash_: str, at: float) -> None:
        if chain.startswith("env/") and self._left:
            self._left -= 1
            raise Unavailable("kms did not answer; try again")
        self._inner.seal(chain, number, hash_, at)


def deaf(heals: int) -> FakePlatform:
    """A platform whose KMS does not answer so many times when an environment's chain is signed."""
    platform = FakePlatform()
    platform.seal = Deaf(platform, heals)  # type: ignore[assignment]
    platform.workers = [platform.worker("w1")]
    return platform


def test_a_lock_is_signed_at_once() -> None:
    """Anyone who gets the answer that prod is locked knows that this is signed."""
    platform = FakePlatform()
    lock(platform)
    assert [(head.chain, head.number) for head, _ in platform.seal.heads()] == [(LOCKED, 1)]
    assert found(platform) == Verified(1, 1, 1, ())


def test_what_could_not_be_signed_is_signed_within_minutes() -> None:
    """While KMS does not answer the lock holds, the entry is said to be unsigned, and a worker tries again."""
    platform = deaf(1)
    lock(platform)
    assert platform.log.locks("prod")
    assert found(platform) == Verified(1, 1, 0, (), (Unsealed(LOCKED, 1, 1),))
    platform.later((len(platform.facts.environments) + 1) * PAUSE)
    assert found(platform) == Verified(1, 1, 1, ())


@pytest.mark.parametrize(("late", "wrong"), [(-1.0, False), (1.0, True)])
def test_an_environment_that_nobody_signs_is_a_fault(late: float, wrong: bool) -> None:
    """An entry may be unsigned for fifteen minutes; after that its missing head is a fault."""
    platform = deaf(10_000)
    lock(platform)
    platform.clock.sleep(SEALED_WITHIN + late - (platform.clock() - next(iter(platform.log.entries(LOCKED))).at))
    text = "is older than 15 min and no signed head covers it"
    assert found(platform).faults == ((Fault(LOCKED, 1, text),) if wrong else ())


def test_open_releases_are_said_to_be_unsigned_and_closed_ones_must_be_signed() -> None:
    """A release that waits is listed; once it is closed and its head is taken away, that is a fault."""
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    release = platform.deploy()
    chain = f"release/{release}"
    entries = len(list(platform.log.entries(chain)))
    platform.later(SEALED_WITHIN + 60)
    assert found(platform).unsealed == (Unsealed(chain, 1, entries),)
    assert found(platform).faults == ()
    platform.decide(release, "reject", "ben")
    assert found(platform).unsealed == ()
    platform.seal.stored.pop((chain, platform.release(release).chain))
    assert found(platform).faults == ()
    platform.clock.sleep(SEALED_WITHIN + 1)
    assert [fault.text for fault in found(platform).faults] == ["is older than 15 min and no signed head covers it"]


@pytest.mark.parametrize("over", [None, Sealed("release/prod-network-1", 1, "f" * 64, 1.0, b"")])
def test_what_lies_over_a_head_is_a_fault(over: Sealed | None) -> None:
    """A delete marker and a second version of a head are told, and the chain is compared with the first version."""
    platform = FakePlatform()
    platform.created()
    assert found(platform).faults == ()
    key = next(iter(platform.seal.stored))
    platform.seal.over[key] = over
    texts = [fault.text for fault in found(platform).faults]
    assert texts == ["has a signed head that somebody " + ("deleted" if over is None else "overwrote")]


def test_releases_without_rows_are_found() -> None:
    """Releases are numbered from 1: one whose line in the history is gone is missed, and one whose row is gone as well."""
    platform = FakePlatform()
    platform.created()
    for pk, sk in (("stack#prod/network", "history#00000001"), ("release#prod-app-1", "state")):
        del platform.table.items[pk, sk], platform.table._parts[pk][sk]
    texts = {fault.text for fault in found(platform).faults}
    assert texts == {
        "the history of prod/network lacks releases 1: somebody deleted them",
        "prod-app-1 has no row: somebody deleted it",
    }


class Moving:
    """A table in which a release makes a step right after its chain was read: ``left`` times."""

    def __init__(self, platform: FakePlatform, release: str, left: int) -> None:
        self._inner, self._platform, self._chain, self._left = (
            platform.table,
            platform,
            f"audit#release/{release}",
            left,
        )

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def query(self, pk: str, **more: Any) -> Iterator[Item]:
        found = list(self._inner.query(pk, **more))
        if pk == self._chain and self._left:
            self._left -= 1
            self._platform.later(60)
        return iter(found)


@pytest.mark.parametrize("steps", [1, 2])
def test_a_release_that_moves_while_it_is_verified_is_no_fault(steps: int) -> None:
    """Its row is newer than the entries that were just read: both are read again."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=1)})
    platform.created()
    platform.publish(2)
    stacks, _ = platform.aws("prod")
    stacks.ticks = 5
    release = platform.deploy()
    platform.decide(release, "approve")
    before = platform.release(release).chain
    log = Log(Moving(platform, release, steps), platform.clock)  # type: ignore[arg-type]
    assert verified(log, platform.seal, platform.facts).faults == ()
    assert platform.release(release).chain > before


class Told:
    """Runs what it is given at once, as many threads would, and counts."""

    def __init__(self) -> None:
        self.times = 0

    def map(self, work: Any, over: Any) -> list[Any]:
        self.times += 1
        return [work(one) for one in over]


def test_a_long_verification_says_how_far_it_is() -> None:
    """Signed heads are read first, then chains are verified, both by many threads."""
    platform = FakePlatform()
    platform.publish(1)
    platform.apply()
    platform.later(60)
    said: list[tuple[str, int, int]] = []
    pool = Told()
    whole = verified(
        platform.log, platform.seal, platform.facts, Scope(0.0, pool, lambda *what: said.append(what))  # type: ignore[arg-type]
    )  # fmt: skip
    assert said == [("verified", whole.chains, whole.chains)]
    assert pool.times == 2
    assert whole == found(platform)
