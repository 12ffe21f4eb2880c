"""Who did something, and who they are."""

from typing import Literal

from generator.release.model.base import Value

Channel = Literal["cli", "slack", "ci", "worker"]


class Actor(Value):
    """Who acts, as it was attested: ``id`` is the SQS SenderId (CLI, CI), the Slack user id, or the worker's name.

    ``person`` is the name under ``people:`` that this id belongs to, "" for nobody that is known. Approvals count
    persons: one human with two channels is one approver, and an unknown one never approves.
    """

    channel: Channel
    id: str
    person: str = ""

    @property
    def attested(self) -> bool:
        """Whether AWS attests who this is (SQS's SenderId of a terminal). For Slack the bot's front says it, and nobody else."""
        return self.channel == "cli"

    @property
    def name(self) -> str:
        """The person, or what was attested."""
        return self.person or self.id


# What the engine does by itself: rolling back what failed verification, expiring what nobody answered.
ENGINE = Actor(channel="worker", id="slipway", person="")
