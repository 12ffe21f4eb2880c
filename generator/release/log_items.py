"""The items of the release log: steps of releases, leases, lines of history, and how values become items."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from generator.release.acts import evidence_digest
from generator.release.audit import Event
from generator.release.decoders import decode
from generator.release.model.evidence import Evidence
from generator.release.model.log_records import Summary
from generator.release.model.preview import Shown
from generator.release.model.release import Release, Rollback
from generator.release.model.requests import Answer
from generator.release.model.states import name
from generator.release.ports import OPEN, Check, Item, Put

T = TypeVar("T")
NEVER = "9" * 17


class Lease(msgspec.Struct, frozen=True):
    """Which worker moves a release, until when (epoch seconds)."""

    owner: str
    until: float


class DueMark(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is stored with a release's due time. ``held`` is until when it is hidden because a worker moves it.

    ``woken`` asks its holder to look again, ``last_event`` is when AWS's events about it arrived last (epoch seconds).
    """

    held: float = 0.0
    woken: bool = False
    last_event: float = 0.0


class Good(msgspec.Struct, frozen=True):
    """Since when a version counts as good in an environment."""

    since: float
    release: str


class Transition(NamedTuple):
    """One step of a release as it is written, completely or not at all.

    ``due`` is when a worker must read it again (epoch seconds), None for never. ``answers`` go to those who requested
    something, ``writes`` are written with it (a slot, a child release).
    """

    release: Release
    due: float | None
    events: Sequence[Event] = ()
    answers: Sequence[tuple[str, Answer]] = ()
    writes: Sequence[Put | Check] = ()


def partition(number: int) -> str:
    """``Item.open`` of a partition of the index. Partitions are numbered from 0."""
    return f"{OPEN}-{number}" if number else OPEN


def stamp(at: float | None) -> str:
    """A moment in the form by which the index sorts: microseconds, 17 digits."""
    return NEVER if at is None else f"{max(0, int(at * 1e6)):017d}"


def item(pk: str, sk: str, rev: int, value: Any, **more: Any) -> Item:
    """An item whose body is the JSON of ``value``."""
    return Item(pk, sk, rev, msgspec.json.encode(value), **more)


def summary(release: Release) -> Summary:
    """A release as history lists it."""
    people = dict.fromkeys(a.actor.name for a in release.approvals)
    shown = release.reading.shown if release.reading is not None else Shown()
    return Summary(
        id=release.id,
        key=release.stack.key,
        commit=release.after.commit,
        subject=release.after.subject,
        image=release.after.image,
        template=release.after.template,
        requester=release.requester.name,
        approvers=tuple(people),
        reason=release.reason,
        purpose=str(release.purpose.__struct_config__.tag),
        state=name(release.state),
        created=release.created,
        closed=release.closed,
        took=max(0.0, release.closed - release.began) if release.began and release.closed else 0.0,
        cause=release.cause.sentence if release.cause else "",
        committed=release.after.committed,
        undoes=release.purpose.of if isinstance(release.purpose, Rollback) else "",
        monthly_usd=shown.cost.after.typical if shown.cost is not None else None,
        drifted=_drifted(shown),
    )


def _drifted(shown: Shown) -> int | None:
    """How many properties were changed by hand. None if that was not looked up, or could not be."""
    unknown = shown == Shown() or any(text.startswith("drift is not known") for text in shown.unavailable)
    return None if unknown else len(shown.drift)


def put_evidence(chain: str, evidence: Evidence | None) -> tuple[list[Put], str]:
    """The write of evidence beside a chain's entries, and its digest. No write and "" if there is none."""
    if evidence is None:
        return [], ""
    digest = evidence_digest(evidence)
    return [Put(item(f"evidence#{chain}", digest, 1, evidence))], digest


class Listed(msgspec.Struct, frozen=True):
    """An open release, and when a worker must read it (epoch seconds)."""

    id: str
    due: float


def release_pk(release_id: str) -> str:
    """The partition of a release."""
    return f"release#{release_id}"


def read(found: Item, kind: type[T]) -> T:
    """The content of an item's body."""
    return decode(found.body, kind)
