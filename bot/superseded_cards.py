"""The card before the newest one: when a newer version runs, its rollback would be refused, so its button is removed."""

from contextlib import suppress

from bot.blocks.card import card as root_card
from bot.card_notes import released_with_cards
from bot.cards import read
from bot.messenger import MessageGone, Messenger
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.ports import Table


def supersede(table: Table, speaker: Messenger, facts: PlatformFacts, newer: Release, release_id: str) -> None:
    """Edit the card of ``release_id``: remove the button that replaces its version. ``newer`` runs now.

    Raises:
        RateLimited, SlackRefused: as for each edit.
    """
    releases, cards = released_with_cards(table, [release_id])
    if release_id not in releases or release_id not in cards:
        return
    release, card = releases[release_id][0], read(cards[release_id])
    if card.ts and release.stack.key == newer.stack.key:
        message = root_card(release, facts, release.closed, newer=newer.id)
        with suppress(MessageGone):  # somebody deleted it
            speaker.edit(card.channel, card.ts, message, release=release.id)
