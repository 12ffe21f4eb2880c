"""Cards that nobody finished: of releases that closed while no worker with Slack ran, or that nobody told of."""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from bot.cards import pk, read
from generator.release.chores import Chore
from generator.release.errors import ReleaseError
from generator.release.log import Log
from generator.release.ports import Clock

if TYPE_CHECKING:
    from generator.release.ports import Item

_LOG = logging.getLogger("bot.cards")
_BACK = 8  # releases of a stack that are looked at for such cards
_RECENT = 900.0  # a release that closed longer ago gets no card any more


class UnfinishedCards:
    """Looks at stacks' last releases. A stack whose cards are finished is looked at again once it has another release."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._finished: dict[str, str] = {}  # by stack: its last release when all its cards were finished

    def chores(self, stacks: Sequence[str], clock: Clock, found: Callable[[Sequence[str]], None]) -> Iterator[Chore]:
        """Look at a hundred stacks each, which is one call; ``found`` hears of releases."""

        def look(part: Sequence[str]) -> bool:
            try:
                found(list(self.of(part, clock())))
            except ReleaseError as error:
                _LOG.warning("%s", error)
                return False
            return True

        for start in range(0, len(stacks), 100):
            yield partial(look, stacks[start : start + 100])

    def of(self, stacks: Sequence[str], now: float) -> Iterator[str]:
        """Releases of these stacks that are open, and those that closed: from the last one backwards."""
        candidates: dict[str, tuple[str, float]] = {}
        slots = self._log.slots(stacks)
        for key, slot in slots.items():
            if slot.open:
                yield slot.open
            stem, _, number = slot.last.rpartition("-")
            if not number.isdigit() or self._finished.get(key) == slot.last:
                continue
            for back in range(min(_BACK, int(number))):
                candidates[f"{stem}-{int(number) - back}"] = key, slot.at if not back else 0.0
        ids = list(candidates)
        found: dict[tuple[str, str], Item] = {}
        for start in range(0, len(ids), 100):
            found |= self._log.table.many([(pk(id_), "card") for id_ in ids[start : start + 100]])
        left: set[str] = set()
        for id_, (key, at) in candidates.items():
            there = found.get((pk(id_), "card"))
            if (there is not None and not read(there).final) or (there is None and at and now - at < _RECENT):
                left.add(key)
                yield id_
        self._finished |= {key: slot.last for key, slot in slots.items() if slot.last and key not in left}
