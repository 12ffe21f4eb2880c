"""Who is who, as ``stacks/`` defines it. The bot adds Slack's user groups."""

from generator.release.model.people import Actor
from generator.release.model.platform import PlatformFacts


class ConfiguredDirectory:
    """Implements :class:`generator.release.ports.Directory` from people and teams of the configuration alone."""

    def __init__(self, facts: PlatformFacts) -> None:
        self._facts = facts

    def person(self, channel: str, id_: str) -> str:
        """The person that an attested id belongs to, "" for no known person."""
        match channel:
            case "cli" | "ci" | "slack":
                return self._facts.person(Actor(channel=channel, id=id_))
            case _:
                return ""

    def groups(self, person: str) -> tuple[str, ...]:
        """Teams that name this person."""
        return self._facts.static_groups(person)
