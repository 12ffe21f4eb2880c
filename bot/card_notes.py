"""Writes down each posted message at once: a click that arrives before that would refer to an unknown message."""

from collections.abc import Sequence

from bot.cards import Card, pk, stored
from generator.release.decoders import decode
from generator.release.model.release import Release
from generator.release.ports import Item, Put, Table

# What people can answer: these steps post a message with buttons.
ANSWERED = {"root", "gate", "direct"}


class CardNotes:
    """Writes one card, over the revision ``rev``, as often as something was posted.

    ``died`` is whether the worker that held the card before ended without releasing it.
    """

    def __init__(self, table: Table, rev: int, *, died: bool) -> None:
        self._table, self._rev, self.died = table, rev, died

    def write(self, card: Card) -> bool:
        """Write the card. False if another worker has taken the card over."""
        if self._table.write(Put(stored(card, self._rev + 1))):
            self._rev += 1
            return True
        return False


def released_with_cards(table: Table, ids: Sequence[str]) -> tuple[dict[str, tuple[Release, int]], dict[str, Item]]:
    """Releases with their revisions, and the items of their cards. 50 a call."""
    releases: dict[str, tuple[Release, int]] = {}
    cards: dict[str, Item] = {}
    for start in range(0, len(ids), 50):
        part = ids[start : start + 50]
        keys = [(f"release#{id_}", "state") for id_ in part] + [(pk(id_), "card") for id_ in part]
        for (key, _), found in table.many(keys).items():
            kind, _, id_ = key.partition("#")
            if kind == "release":
                releases[id_] = decode(found.body, Release), found.rev
            else:
                cards[id_] = found
    return releases, cards
