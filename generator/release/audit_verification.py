"""Verifies the audit chains of the log against the signed heads: all chains, or those of the last days."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import NamedTuple, TypeVar

from generator.release.acts import EVIDENCE, evidence_faults
from generator.release.agreement import differences
from generator.release.audit import Entry, Fault, Head, check
from generator.release.chain_seals import SEALED_WITHIN, environment_chain
from generator.release.daily_heads import DayComparison, DayRecord, ends_by_day, records
from generator.release.decoders import decode
from generator.release.log import Log
from generator.release.log_items import read
from generator.release.model.evidence import Evidence
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.ports import Item, Seal

T = TypeVar("T")
S = TypeVar("S")

# Chains between two words of progress, those that one thread walks together, and how many of a stack's releases are read
# to find where the last days began.
_AT_ONCE, _PACK, _PAGE = 2000, 10, 20


class Unsealed(NamedTuple):
    """Entries of a chain after its last signed head: from ``first`` to ``last``."""

    chain: str
    first: int
    last: int


class Verified(NamedTuple):
    """How much was verified, what is wrong, which entries no signed head covers yet, and the daily heads."""

    chains: int
    entries: int
    heads: int
    faults: tuple[Fault, ...]
    unsealed: tuple[Unsealed, ...] = ()
    days: tuple[DayRecord, ...] = ()


class Walked(NamedTuple):
    """A verified chain: its number of entries, the last signed one, its faults, and its last entry on each day."""

    chain: str
    entries: int
    signed: int
    faults: list[Fault]
    ends: dict[str, Head]


class Scope(NamedTuple):
    """What is verified, and by how many threads. ``since`` (epoch seconds) leaves out what was closed before.

    ``progress`` hears what is done with how many, and of how many: "read" signed heads, "verified" chains.
    """

    since: float = 0.0
    pool: Executor | None = None
    progress: Callable[[str, int, int], None] = lambda _what, _done, _all: None

    def map(self, work: Callable[[S], T], over: Sequence[S]) -> Iterator[T]:
        """Apply ``work`` to each item, in order, with all threads."""
        return map(work, over) if self.pool is None else self.pool.map(work, over)


_ALL = Scope()


def verified(log: Log, seal: Seal, facts: PlatformFacts, scope: Scope = _ALL) -> Verified:
    """Every chain that the log or a signed head names, from its start.

    With ``scope.since`` those of environments and of releases that were closed since then or are open. What was cut off
    whole before that is found by a verification without it. Memory grows by less than a KiB for each chain.

    Raises:
        Unavailable: AWS does not answer.
    """
    faults: list[Fault] = []
    chains = dict.fromkeys(_chains(log, facts, scope, faults))
    signed: dict[str, str] = {}
    unsealed: list[Unsealed] = []
    heads = entries = done = 0
    days = DayComparison(() if scope.since else records(log))
    for head, fault in seal.heads(scope.pool, chains.__contains__ if scope.since else _every):
        heads += 1
        if fault:
            faults.append(Fault(head.chain, head.number, fault))
        known = signed.get(head.chain, "")
        signed[head.chain] = known if fault.startswith("has a signature") else f"{known}{head.number} {head.hash}\n"
        if heads % _AT_ONCE == 0:
            scope.progress("read", heads, max(heads, len(chains)))
    wanted = list(dict.fromkeys([*chains, *signed, *days.chains]))
    for start in range(0, len(wanted), _AT_ONCE):
        part = [(chain, _numbered(signed.get(chain, ""))) for chain in wanted[start : start + _AT_ONCE]]
        packs = [part[first : first + _PACK] for first in range(0, len(part), _PACK)]
        for pack in scope.map(partial(_walked, log), packs):
            for chain, many, last, found, ends in pack:
                entries += many
                faults += found
                days.add(chain, ends)
                unsealed += [Unsealed(chain, last + 1, many)] if many > last else []
        done += len(part)
        scope.progress("verified", done, len(wanted))
    faults += days.faults(chains)
    return Verified(len(wanted), entries, heads, tuple(faults), tuple(unsealed), days.days)


def chain_verified(log: Log, seal: Seal, chain: str) -> Walked:
    """One chain against its signed heads, at the cost of that one alone.

    Raises:
        Unavailable: AWS does not answer.
    """
    found = list(seal.heads(chain=chain))
    signed = {head.number: head.hash for head, fault in found if not fault.startswith("has a signature")}
    [walked] = _walked(log, [(chain, signed)])
    wrong = [Fault(chain, head.number, fault) for head, fault in found if fault]
    return walked._replace(faults=[*wrong, *walked.faults])


def _numbered(heads: str) -> dict[int, str]:
    return {int(number): hash_ for number, _, hash_ in (line.partition(" ") for line in heads.splitlines())}


def chains_of(log: Log, facts: PlatformFacts) -> Iterator[str]:
    """Every chain that the log names."""
    return _chains(log, facts, _ALL, [])


def _every(_chain: str) -> bool:
    return True


def overdue(chain: str, entries: Sequence[Entry], sealed: int, now: float) -> Iterator[Fault]:
    """Entries that must be signed by now: those of a closed release, and each entry of an environment."""
    must = entries
    if chain.startswith("release/"):
        must = entries[-1:] if any("outcome" in entry.detail for entry in entries) else ()
    late = next((entry for entry in must if entry.number > sealed and entry.at < now - SEALED_WITHIN), None)
    if late is not None:
        yield Fault(chain, late.number, f"is older than {SEALED_WITHIN / 60:.0f} min and no signed head covers it")


def _without_line(key: str, count: int, releases: Sequence[str]) -> Iterator[Fault]:
    """Releases of a stack are numbered without gaps up to the count in its slot: a missing number was deleted."""
    numbers = {int(one.rpartition("-")[2]) for one in releases}
    if gone := [str(number) for number in range(1, max([count, *numbers]) + 1) if number not in numbers]:
        yield Fault(
            f"stack/{key}", 0, f"the history of {key} lacks releases {', '.join(gone[:20])}: somebody deleted them"
        )


def _walked(log: Log, pack: Sequence[tuple[str, dict[int, str]]]) -> list[Walked]:
    """Some chains, with what one call reads beside them: the releases' rows and the evidence of their entries."""
    entries = {chain: list(log.entries(chain)) for chain, _ in pack}
    found = log.table.many(keys_beside(entries))
    return [judged(log, chain, entries[chain], signed, found) for chain, signed in pack]


def keys_beside(chains: Mapping[str, Sequence[Entry]]) -> list[tuple[str, str]]:
    """Keys of what is compared with the entries of chains: the releases' rows, and what bears the entries out."""
    keys = [(f"release#{chain.partition('/')[2]}", "state") for chain in chains if chain.startswith("release/")]
    for chain, walked in chains.items():
        named = (entry.detail.get(EVIDENCE) for entry in walked if entry.actor.channel != "worker")
        keys += [(f"evidence#{chain}", digest) for digest in dict.fromkeys(named) if digest]
    return keys


def judged(
    log: Log, chain: str, walked: list[Entry], signed: dict[int, str], found: Mapping[tuple[str, str], Item]
) -> Walked:
    """What is wrong with one chain: its entries, the hashes that were signed by number, and what stands at :func:`keys_beside`."""
    last = max(signed, default=0)
    faults = list(check(chain, walked, signed))
    row = found.get((f"release#{chain.partition('/')[2]}", "state"))
    while row is not None and not faults:
        differs = list(differences(decode(row.body, Release), walked))
        if not differs:
            break
        # It may move while it is read: then both are other ones when they are read again.
        newer, again = list(log.entries(chain)), log.table.get(row.pk, row.sk)
        if (newer, again) == (walked, row):
            faults += differs
            break
        walked, row = newer, again
        found = log.table.many([(f"evidence#{chain}", e.detail[EVIDENCE]) for e in walked if EVIDENCE in e.detail])
        faults = list(check(chain, walked, signed))
    if row is None and chain.startswith("release/"):
        faults.append(Fault(chain, 0, f"{chain.partition('/')[2]} has no row: somebody deleted it"))
    stored = {sk: read(i, Evidence) for (pk, sk), i in found.items() if pk == f"evidence#{chain}"}
    faults += evidence_faults(chain, walked, stored)
    faults += overdue(chain, walked, last, log.clock())
    return Walked(chain, len(walked), last, faults, ends_by_day(walked))


def _chains(log: Log, facts: PlatformFacts, scope: Scope, faults: list[Fault]) -> Iterator[str]:
    """Every chain that the log names. Without ``scope.since``, missing lines of the history are reported as faults."""
    for environment in facts.environments:
        chain = environment_chain(environment)
        if log.head(chain).number:
            yield chain
    keys = list(facts.stacks)
    # Read before the histories, which may only grow meanwhile.
    slots = {} if scope.since else log.slots(keys)

    def of_stack(key: str) -> list[str]:
        return list(_history(log, key, scope.since))

    for key, found in zip(keys, scope.map(of_stack, keys), strict=True):
        if not scope.since:
            faults += _without_line(key, slots[key].count if key in slots else 0, found)
        yield from (f"release/{release_id}" for release_id in found)


def _history(log: Log, key: str, since: float) -> Iterator[str]:
    """Releases of a stack that were not closed before ``since``, newest first.

    A stack has one open release, so older ones were closed earlier; except for those that wait for what rolls them back,
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
