"""What was posted is written down at once: a click that arrives before that would answer an unknown message."""

from bot.cards import Card, stored
from generator.release.ports import Put, Table

# What people can answer: these steps post a message with buttons.
ANSWERED = {"root", "gate", "direct"}


class CardNotes:
    """Writes one card, over the revision ``rev``, as often as something was posted.

    ``died`` is whether the worker that held the card before ended without a word.
    """

    def __init__(self, table: Table, rev: int, *, died: bool) -> None:
        self._table, self._rev, self.died = table, rev, died

    def write(self, card: Card) -> bool:
        """Whether it was written: another worker has not taken the card over."""
        if self._table.write(Put(stored(card, self._rev + 1))):
            self._rev += 1
            return True
        return False
