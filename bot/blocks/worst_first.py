"""The order in which stacks are listed: failed ones first, then waiting ones, then open releases, then the rest."""

from collections.abc import Iterable

from generator.release.client import StackStatus
from generator.release.model.states import RollingBack, Waiting


def worst_first(places: Iterable[StackStatus]) -> list[StackStatus]:
    """The same stacks, those that need a person first. Otherwise in their given order."""
    return sorted(places, key=_rank)


def _rank(place: StackStatus) -> int:
    if place.open is not None:
        if isinstance(place.open.state, RollingBack) or place.open.cause is not None:
            return 0
        return 2 if isinstance(place.open.state, Waiting) else 3
    return {"failed": 1, "rolled back": 4}.get(place.slot.outcome, 5)
