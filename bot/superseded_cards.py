"""The card before the newest one: once something newer runs, its way back would only be refused, and goes."""

from contextlib import suppress

from bot.blocks.card import card as root_card
from bot.card_notes import released_with_cards
from bot.cards import read
from bot.messenger import MessageGone, Messenger
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.ports import Table


def supersede(table: Table, speaker: Messenger, facts: PlatformFacts, newer: Release, release_id: str) -> None:
    """Draw the card of ``release_id`` again, without the button that leaves what it brought; ``newer`` runs now.

    Raises:
        RateLimited, SlackRefused: as each edit.
    """
    releases, cards = released_with_cards(table, [release_id])
    if release_id not in releases or release_id not in cards:
        return
    release, card = releases[release_id][0], read(cards[release_id])
    if card.ts and release.stack.key == newer.stack.key:
        message = root_card(release, facts, release.closed, newer=newer.id)
        with suppress(MessageGone):  # somebody deleted it
            speaker.edit(card.channel, card.ts, message, release=release.id)
