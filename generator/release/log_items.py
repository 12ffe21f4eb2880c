"""What the release log writes: one step of a release, leases, lines of history, and how they become items."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from generator.release.audit import Event
from generator.release.model.log_records import Summary
from generator.release.model.release import Release
from generator.release.model.requests import Answer
from generator.release.model.states import name
from generator.release.ports import Check, Item, Put

NEVER = "9" * 17


class Lease(msgspec.Struct, frozen=True):
    """Who moves a release, until when (epoch seconds)."""

    holder: str
    until: float


class Good(msgspec.Struct, frozen=True):
    """Since when a version counts as good in an environment."""

    since: float
    release: str


class Transition(NamedTuple):
    """One step of a release, as it is written: all of it or nothing.

    ``due`` is when somebody must look again (epoch seconds), None for never. ``answers`` are told to those who asked,
    ``writes`` come along (a slot, a child release).
    """

    release: Release
    due: float | None
    events: Sequence[Event] = ()
    answers: Sequence[tuple[str, Answer]] = ()
    writes: Sequence[Put | Check] = ()


def stamp(at: float | None) -> str:
    """A moment as the index sorts it: microseconds, 17 digits."""
    return NEVER if at is None else f"{max(0, int(at * 1e6)):017d}"


def item(pk: str, sk: str, rev: int, value: Any, **more: Any) -> Item:
    """An item whose body is the JSON of ``value``."""
    return Item(pk, sk, rev, msgspec.json.encode(value), **more)


def summary(release: Release) -> Summary:
    """A release as history lists it."""
    people = dict.fromkeys(a.actor.name for a in release.approvals)
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
        cause=release.cause.sentence if release.cause else "",
    )
