"""Which releases somebody asked for, page by page."""

import base64
import binascii
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import NamedTuple

from board.services.read_model import Snapshot, state_of
from generator.release.model.log_records import Summary

PAGE, LARGEST_PAGE = 50, 200


class CursorError(ValueError):
    """A cursor that this board did not give."""


class Filters(NamedTuple):
    """What a release must fit; "" and () fit all. ``begin`` and ``end`` are epoch seconds of its opening."""

    environments: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    person: str = ""
    text: str = ""
    begin: float = 0.0
    end: float = float("inf")


class Page(NamedTuple):
    """A part of what was found: ``after`` is where the next one continues, "" at the end; ``total`` counts all."""

    lines: list[Summary]
    after: str
    total: int


def matching(snapshot: Snapshot, filters: Filters, label: Callable[[str], str]) -> Iterator[Summary]:
    """Releases that fit, newest first. ``label`` names a stack as people do."""
    text, person = filters.text.casefold(), filters.person.casefold()
    fits: dict[str, bool] = {}
    for line in snapshot.lines:
        key = line.key
        if key not in fits:
            fits[key] = key.partition("/")[0] in filters.environments and (
                not filters.services or label(key) in filters.services
            )
        if not fits[key] or line.created >= filters.end:
            continue
        if line.created < filters.begin:
            return
        if filters.states and state_of(line, snapshot) not in filters.states:
            continue
        if person and person != line.requester.casefold() and all(person != a.casefold() for a in line.approvers):
            continue
        if text and text not in _searched(line):
            continue
        yield line


def _searched(line: Summary) -> str:
    return f"{line.id}\n{line.commit}\n{line.subject}\n{line.reason}\n{line.cause}\n{line.requester}".casefold()


def page(found: list[Summary], cursor: str, size: int) -> Page:
    """A page of releases that stand newest first.

    Raises:
        CursorError: the cursor is none of ours.
    """
    first = bisect_left(found, _opened(cursor), key=lambda line: (-line.created, line.id)) if cursor else 0
    lines = found[first : first + size]
    more = first + size < len(found)
    return Page(lines, _closed(found[first + size]) if more else "", len(found))


def _closed(line: Summary) -> str:
    return base64.urlsafe_b64encode(f"{line.created!r} {line.id}".encode()).decode().rstrip("=")


def _opened(cursor: str) -> tuple[float, str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        created, _, id_ = text.partition(" ")
        at = float(created)
    except (ValueError, binascii.Error, UnicodeError) as error:
        raise CursorError("this cursor is not one of the board's; leave it out to begin with the newest") from error
    return -at, id_
