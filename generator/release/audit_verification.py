"""Walks the audit chains of the whole log against the heads that were signed."""

from collections.abc import Iterator
from typing import NamedTuple

from generator.release.agreement import faults as row_faults
from generator.release.audit import Fault, check
from generator.release.log import Log
from generator.release.model.platform import PlatformFacts
from generator.release.ports import Seal


class Verified(NamedTuple):
    """How much was looked at, and what is wrong with it."""

    chains: int
    entries: int
    heads: int
    faults: tuple[Fault, ...]


def verified(log: Log, seal: Seal, facts: PlatformFacts) -> Verified:
    """Every chain that the log or a signed head names, from its start.

    Raises:
        Unavailable: AWS does not answer.
    """
    signed: dict[str, dict[int, str]] = {}
    faults: list[Fault] = []
    heads = 0
    for head, is_good in seal.heads():
        heads += 1
        if is_good:
            signed.setdefault(head.chain, {})[head.number] = head.hash
        else:
            signed.setdefault(head.chain, {})
            faults.append(Fault(head.chain, head.number, "has a signature that was not created by the worker"))
    chains = dict.fromkeys([*_chains(log, facts), *signed])
    entries = 0
    for chain in chains:
        walked = list(log.entries(chain))
        entries += len(walked)
        faults += check(chain, walked, signed.get(chain))
        row = log.release(chain.partition("/")[2]) if chain.startswith("release/") else None
        if row is not None:
            # The chain's own faults are told already.
            faults += (fault for fault in row_faults(row, walked) if not fault.number)
    return Verified(len(chains), entries, heads, tuple(faults))


def _chains(log: Log, facts: PlatformFacts) -> Iterator[str]:
    for environment in facts.environments:
        chain = f"env/{environment}"
        if log.head(chain).number:
            yield chain
    for key in facts.stacks:
        for summary in log.history(key, 0):
            yield f"release/{summary.id}"
