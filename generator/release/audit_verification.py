"""Walks the audit chains of the log against the heads that were signed: all of them, or those of the last days."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import msgspec

from generator.release.acts import evidence_faults
from generator.release.agreement import faults as row_faults
from generator.release.audit import Entry, Fault, check
from generator.release.chain_seals import SEALED_WITHIN, environment_chain
from generator.release.log import Log
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.ports import Seal

T = TypeVar("T")
S = TypeVar("S")

# Chains that are walked at once, and how many of a stack's releases are read to find where the last days began.
_AT_ONCE, _PAGE = 500, 20


class Unsealed(NamedTuple):
    """Entries of a chain after its last signed head: from ``first`` to ``last``."""

    chain: str
    first: int
    last: int


class Verified(NamedTuple):
    """How much was looked at, what is wrong with it, and which entries no signed head covers yet."""

    chains: int
    entries: int
    heads: int
    faults: tuple[Fault, ...]
    unsealed: tuple[Unsealed, ...] = ()


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
    for head, fault in seal.heads(scope.pool, chains.__contains__ if scope.since else _every):
        heads += 1
        known = signed.setdefault(head.chain, {})
        if fault:
            faults.append(Fault(head.chain, head.number, fault))
        if not fault.startswith("has a signature"):
            known[head.number] = head.hash
    unsealed: list[Unsealed] = []
    every = list(dict.fromkeys([*chains, *signed]))
    entries = done = 0
    rest = iter(every)
    while part := list(islice(rest, _AT_ONCE)):
        rows = _releases(log, part)

        def walk(chain: str, rows: dict[str, Release] = rows) -> tuple[int, list[Fault]]:
            return _walked(log, chain, signed.get(chain, {}), rows.get(chain))

        for chain, (many, found) in zip(part, scope.map(walk, part), strict=True):
            entries += many
            faults += found
            last = max(signed.get(chain, {}), default=0)
            unsealed += [Unsealed(chain, last + 1, many)] if many > last else []
        done += len(part)
        scope.progress(done, len(every))
    if not scope.since:
        faults += _without_history(log, facts)
    return Verified(len(every), entries, heads, tuple(faults), tuple(unsealed))


def chains_of(log: Log, facts: PlatformFacts) -> Iterator[str]:
    """Every chain that the log names."""
    return _chains(log, facts, _ALL)


def _every(_chain: str) -> bool:
    return True


def overdue(chain: str, entries: Sequence[Entry], sealed: int, now: float) -> Iterator[Fault]:
    """What must have been signed by now: a release that closed, and each entry of an environment."""
    must = entries
    if chain.startswith("release/"):
        must = entries[-1:] if any("outcome" in entry.detail for entry in entries) else ()
    late = next((entry for entry in must if entry.number > sealed and entry.at < now - SEALED_WITHIN), None)
    if late is not None:
        yield Fault(chain, late.number, f"is older than {SEALED_WITHIN / 60:.0f} min and no signed head covers it")


def _without_history(log: Log, facts: PlatformFacts) -> Iterator[Fault]:
    """Releases of a stack are numbered from 1 to what its slot has counted: one without its line was deleted."""
    slots = log.slots(list(facts.stacks))
    for key in facts.stacks:
        numbers = {int(one.id.rpartition("-")[2]) for one in log.history(key, 0)}
        last = max([slots[key].count if key in slots else 0, *numbers])
        if gone := [str(number) for number in range(1, last + 1) if number not in numbers]:
            yield Fault(
                f"stack/{key}", 0, f"the history of {key} lacks releases {', '.join(gone[:20])}: somebody deleted them"
            )


def _walked(log: Log, chain: str, signed: dict[int, str], row: Release | None) -> tuple[int, list[Fault]]:
    """One chain: how many entries it has, and what is wrong with it."""
    walked = list(log.entries(chain))
    faults = [*check(chain, walked, signed), *overdue(chain, walked, max(signed, default=0), log.clock())]
    if any(entry.actor.channel != "worker" for entry in walked):
        faults += evidence_faults(chain, walked, log.evidence(chain))
    if row is None and chain.startswith("release/"):
        faults.append(Fault(chain, 0, f"{chain.partition('/')[2]} has no row: somebody deleted it"))
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
        chain = environment_chain(environment)
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
