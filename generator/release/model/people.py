"""Who did something, and how AWS or Slack identified them."""

from typing import Literal

from generator.release.model.base import Value

Channel = Literal["cli", "slack", "ci", "worker"]


class Actor(Value):
    """Who acts, as it was attested: ``id`` is the SQS SenderId (CLI, CI), the Slack user id, or the worker's name.

    ``person`` is the name under ``people:`` that this id belongs to, "" if it belongs to no known person. Approvals
    count persons: one person with two identities is one approver, and an unknown person never approves.
    """

    channel: Channel
    id: str
    person: str = ""

    @property
    def attested(self) -> bool:
        """Whether AWS attests this identity (SQS's SenderId of a terminal).

        An identity of Slack is stated by the bot alone.
        """
        return self.channel == "cli"

    @property
    def name(self) -> str:
        """The person's name, or the attested id."""
        return self.person or self.id


# What the engine does by itself: rolling back what failed verification, expiring what nobody answered.
ENGINE = Actor(channel="worker", id="slipway", person="")
