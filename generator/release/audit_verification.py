"""Walks the audit chains of the log against the heads that were signed: all of them, or those of the last days."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import msgspec

from generator.release.agreement import faults as row_faults
from generator.release.audit import Fault, check
from generator.release.log import Log
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.ports import Seal

T = TypeVar("T")
S = TypeVar("S")

# Chains that are walked at once, and how many of a stack's releases are read to find where the last days began.
_AT_ONCE, _PAGE = 500, 20


class Verified(NamedTuple):
    """How much was looked at, and what is wrong with it."""

    chains: int
    entries: int
    heads: int
    faults: tuple[Fault, ...]


class Scope(NamedTuple):
    """What is verified, and by how many threads. ``since`` (epoch seconds) leaves out what was closed before.

    ``progress`` hears how many chains are verified, and of how many.
    """

    since: float = 0.0
    pool: Executor | None = None
    progress: Callable[[int, int], None] = lambda _done, _all: None

    def map(self, work: Callable[[S], T], over: list[S]) -> Iterator[T]:
        """``work`` over each, in order, by all threads."""
        return map(work, over) if self.pool is None else self.pool.map(work, over)


_ALL = Scope()


def verified(log: Log, seal: Seal, facts: PlatformFacts, scope: Scope = _ALL) -> Verified:
    """Every chain that the log or a signed head names, from its start.

    With ``scope.since`` those of environments and of releases that were closed since then or are open. What was cut off
    whole before that is found by a verification without it.

    Raises:
        Unavailable: AWS does not answer.
    """
    chains = dict.fromkeys(_chains(log, facts, scope))
    signed: dict[str, dict[int, str]] = {}
    faults: list[Fault] = []
    heads = 0
    for head, is_good in seal.heads(scope.pool, chains.__contains__ if scope.since else _every):
        heads += 1
        if is_good:
            signed.setdefault(head.chain, {})[head.number] = head.hash
        else:
            signed.setdefault(head.chain, {})
            faults.append(Fault(head.chain, head.number, "has a signature that was not created by the worker"))
    wanted = list(dict.fromkeys([*chains, *signed]))
    entries = done = 0
    rest = iter(wanted)
    while part := list(islice(rest, _AT_ONCE)):
        rows = _releases(log, part)

        def walk(chain: str, rows: dict[str, Release] = rows) -> tuple[int, list[Fault]]:
            return _walked(log, chain, signed.get(chain), rows.get(chain))

        for many, found in scope.map(walk, part):
            entries += many
            faults += found
        done += len(part)
        scope.progress(done, len(wanted))
    return Verified(len(wanted), entries, heads, tuple(faults))


def _every(_chain: str) -> bool:
    return True


def _walked(log: Log, chain: str, signed: dict[int, str] | None, row: Release | None) -> tuple[int, list[Fault]]:
    """One chain: how many entries it has, and what is wrong with it."""
    walked = list(log.entries(chain))
    faults = list(check(chain, walked, signed))
    if row is not None:
        # The chain's own faults are told already.
        faults += [fault for fault in row_faults(row, walked) if not fault.number]
    return len(walked), faults


def _releases(log: Log, chains: list[str]) -> dict[str, Release]:
    """The releases that these chains are of, 100 a call."""
    keys = [(f"release#{chain.partition('/')[2]}", "state") for chain in chains if chain.startswith("release/")]
    found: dict[tuple[str, str], Any] = log.table.many(keys)
    return {
        f"release/{pk.partition('#')[2]}": msgspec.json.decode(i.body, type=Release) for (pk, _), i in found.items()
    }


def _chains(log: Log, facts: PlatformFacts, scope: Scope) -> Iterator[str]:
    for environment in facts.environments:
        chain = f"env/{environment}"
        if log.head(chain).number:
            yield chain

    def of_stack(key: str) -> list[str]:
        return [f"release/{release_id}" for release_id in _history(log, key, scope.since)]

    for found in scope.map(of_stack, list(facts.stacks)):
        yield from found


def _history(log: Log, key: str, since: float) -> Iterator[str]:
    """Releases of a stack that were not closed before ``since``, newest first.

    A stack has one open release, so older ones were closed earlier; but for those that wait for what rolls them back,
    which come right before it: one page more is read.
    """
    if not since:
        yield from (summary.id for summary in log.history(key, 0))
        return
    before, old = "", False
    while page := log.history(key, _PAGE, before):
        yield from (summary.id for summary in page if not 0.0 < summary.closed < since)
        if old:
            return
        old = 0.0 < page[-1].closed < since
        before = f"history#{int(page[-1].id.rpartition('-')[2]):08d}"
