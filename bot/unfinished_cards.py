"""Cards that nobody finished: of releases that closed while no worker with Slack ran."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.cards import pk, read
from generator.release.log import Log
from generator.release.model.platform import PlatformFacts

if TYPE_CHECKING:
    from generator.release.ports import Item

_BACK = 8  # releases of a stack that are looked at for such cards
_RECENT = 900.0  # a release that closed longer ago gets no card any more


def unfinished(log: Log, facts: PlatformFacts, now: float) -> Iterator[str]:
    """Releases that closed while nobody drew: from each stack's last one backwards, until a card is final."""
    candidates: dict[str, float] = {}
    for slot in log.slots(list(facts.stacks)).values():
        stem, _, number = slot.last.rpartition("-")
        if not number.isdigit():
            continue
        for back in range(min(_BACK, int(number))):
            candidates[f"{stem}-{int(number) - back}"] = slot.at if not back else 0.0
    ids = list(candidates)
    found: dict[tuple[str, str], Item] = {}
    for start in range(0, len(ids), 100):
        found |= log.table.many([(pk(id_), "card") for id_ in ids[start : start + 100]])
    for id_, at in candidates.items():
        there = found.get((pk(id_), "card"))
        if (there is not None and not read(there).final) or (there is None and at and now - at < _RECENT):
            yield id_
