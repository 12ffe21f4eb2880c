"""The audit chain: each entry holds the hash of the entry before it, so no entry can be changed or removed unnoticed.

A release has a chain of its own, as has each environment for locks. Heads are signed by KMS and kept under Object Lock:
a chain that was rewritten or cut after its head was signed no longer leads to it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from generator.release.digests import hex_digest
from generator.release.model.base import Value
from generator.release.model.people import Actor

START = "0" * 64


class Entry(Value):
    """One entry of a chain. ``detail`` holds plain texts; ``hash`` covers all other fields."""

    chain: str
    number: int
    at: float
    actor: Actor
    what: str
    detail: dict[str, str] = {}
    previous: str = START
    hash: str = ""


class Head(NamedTuple):
    """Where a chain ends: the number of its last entry, and that entry's hash."""

    number: int = 0
    hash: str = START


class Event(NamedTuple):
    """What an entry records: when (epoch seconds), who, what in a few words, and plain details."""

    at: float
    actor: Actor
    what: str
    detail: Mapping[str, str] = {}


class Sealed(NamedTuple):
    """A signed head of an audit chain."""

    chain: str
    number: int
    hash: str
    at: float
    signature: bytes


class SealedHead(NamedTuple):
    """A head in the form in which it was first stored. ``fault`` says what is wrong with it, "" for nothing."""

    head: Sealed
    fault: str


class Fault(NamedTuple):
    """A finding that an unchanged log can't have."""

    chain: str
    number: int
    text: str


def entry_hash(entry: Entry) -> str:
    """The hash that an entry must have."""
    return hex_digest(hashed(entry))


def hashed(entry: Entry) -> dict[str, Any]:
    """The bytes that the hash of an entry covers."""
    plain: dict[str, Any] = msgspec.to_builtins(entry)
    plain.pop("hash", None)
    # A float has one JSON text only while nothing re-formats it.
    plain["at"] = f"{entry.at:.6f}"
    return plain


def follow(chain: str, head: Head, event: Event) -> Entry:
    """The entry that follows ``head``."""
    entry = Entry(
        chain=chain,
        number=head.number + 1,
        at=round(event.at, 6),
        actor=event.actor,
        what=event.what,
        detail=dict(event.detail),
        previous=head.hash,
    )
    return msgspec.structs.replace(entry, hash=entry_hash(entry))


def check(chain: str, entries: Iterable[Entry], heads: Mapping[int, str] | None = None) -> Iterator[Fault]:
    """Verify a chain from its start. ``heads`` maps entry numbers to the hashes that were signed."""
    expected = Head()
    signed = dict(heads or {})
    for entry in entries:
        if entry.chain != chain or entry.number != expected.number + 1:
            yield Fault(
                chain, expected.number + 1, f"is missing: entry {expected.number} is followed by entry {entry.number}"
            )
            return
        if entry.previous != expected.hash:
            yield Fault(chain, entry.number, "does not follow the entry before it")
        if entry.hash != entry_hash(entry):
            yield Fault(chain, entry.number, "was changed: its hash does not match its content")
        want = signed.pop(entry.number, None)
        if want is not None and want != entry.hash:
            yield Fault(chain, entry.number, "is not the entry whose hash was signed")
        expected = Head(entry.number, entry.hash)
    for number in sorted(signed):
        yield Fault(chain, number, "was signed and is missing: the chain was cut off")
