"""The port through which the engine learns who is who; the other ports are in ``ports``."""

from typing import Protocol


class Directory(Protocol):
    """Who is who: people and teams of the configuration, Slack's groups where they can be asked."""

    def person(self, channel: str, id_: str) -> str:
        """The person that an attested id belongs to, "" for no known person."""

    def groups(self, person: str) -> tuple[str, ...]:
        """Teams that a person belongs to now. Raises Unavailable if nobody can tell: then nobody is let in."""
