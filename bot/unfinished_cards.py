"""Cards that are not finished: of releases that closed while no worker with Slack was running, or without a report."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from bot.cards import UNFINISHED, pk, read
from generator.release.chores import Chore
from generator.release.errors import ReleaseError
from generator.release.log import Log
from generator.release.log_items import NEVER
from generator.release.ports import Clock

if TYPE_CHECKING:
    from generator.release.ports import Item

_LOG = logging.getLogger("bot.cards")
_MANY = 1000
_RECENT = 900.0  # a release that closed longer ago gets no card any more, unless nobody has looked since then
_PART = 100  # stacks that one call reads


class UnfinishedCards:
    """Finds them in two ways: started cards are in the table's index, and stacks name the releases without one."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._looked: dict[str, float] = {}  # by a part's first stack: when it was looked at

    def chores(self, stacks: Sequence[str], clock: Clock, found: Callable[[Sequence[str]], None]) -> Iterator[Chore]:
        """Check the cards that were started, and the next hundred stacks. ``found`` is called with releases."""
        parts = [stacks[start : start + _PART] for start in range(0, len(stacks), _PART)]

        def begun() -> bool:
            return _told(found, self.begun)

        def missing() -> bool:
            if not _told(found, lambda: self.of(parts[0], clock())):
                return False
            parts.append(parts.pop(0))
            return True

        yield from (begun, missing) if parts else (begun,)

    def begun(self) -> list[str]:
        """Releases whose card was started and is not final."""
        return [row.pk.partition("#")[2] for row in self._log.table.due(NEVER, _MANY, UNFINISHED)]

    def of(self, stacks: Sequence[str], now: float) -> list[str]:
        """Open releases of these stacks, and each stack's last release if it closed lately and has no final card."""
        slots = self._log.slots(stacks)
        since = min(now - _RECENT, self._looked.get(stacks[0], now)) if stacks else now
        closed = [slot.last for slot in slots.values() if slot.last and slot.at >= since]
        cards: dict[tuple[str, str], Item] = {}
        for start in range(0, len(closed), _PART):
            cards |= self._log.table.many([(pk(id_), "card") for id_ in closed[start : start + _PART]])
        final = {key for (key, _), card in cards.items() if read(card).final}
        if stacks:
            self._looked[stacks[0]] = now
        return [
            *(slot.open for slot in slots.values() if slot.open),
            *(id_ for id_ in closed if pk(id_) not in final),
        ]


def _told(found: Callable[[Sequence[str]], None], look: Callable[[], list[str]]) -> bool:
    try:
        found(look())
    except ReleaseError as error:
        _LOG.warning("%s", error)
        return False
    return True
