"""The port that tells the engine which person an identity belongs to. The other ports are in ``ports``."""

from typing import Protocol


class Directory(Protocol):
    """People and teams of the configuration, and members of Slack's groups if Slack can be asked."""

    def person(self, channel: str, id_: str) -> str:
        """The person that an attested id belongs to, "" for no known person."""

    def groups(self, person: str) -> tuple[str, ...]:
        """Teams that a person belongs to now.

        Raises Unavailable if that can't be found out: then the person has no team.
        """
