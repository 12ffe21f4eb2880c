"""What the engine knows about the platform: stacks, environments and their rules, people. Created from ``stacks/``."""

from generator.release.model.base import Value
from generator.release.model.people import Actor
from generator.release.model.release import StackRef
from generator.release.model.settings import Person, Releases, Team


class EnvironmentRules(Value):
    """Release settings of one environment (or of ``home``, or of an account)."""

    name: str
    protected: bool
    releases: Releases = Releases()


class StackFacts(Value):
    """What the engine must know of a stack besides its name.

    ``secrets`` are names in Secrets Manager that its tasks read, ``architecture`` what its image must be built for,
    ``restarts`` that a rotation of a secret which its tasks were given restarts them, ``uses_database`` that the
    database's password is such a secret, ``url`` where its users reach it, ``log_group`` what it prints to,
    ``administrators`` says that no release may change it (home and foundation), ``carries_policy`` that its image holds
    the release policy (the bot).
    """

    ref: StackRef
    secrets: tuple[str, ...] = ()
    restarts: bool = False
    uses_database: bool = False
    architecture: str = ""
    url: str = ""
    log_group: str = ""
    tasks: int = 0
    administrators: bool = False
    carries_policy: bool = False


class PlatformFacts(Value):
    """Everything that the engine knows about the platform."""

    name: str
    default_branch: str
    repository: str  # OWNER/NAME on GitHub, for compare links
    environments: dict[str, EnvironmentRules]
    stacks: dict[str, StackFacts]
    people: dict[str, Person] = {}
    teams: dict[str, Team] = {}
    session_roles: dict[str, str] = {}  # roles by id whose session names nobody chooses, and what holds that

    def rules(self, ref: StackRef) -> EnvironmentRules:
        """The rules of a stack's environment; the strictest defaults where its file is gone, so that what is open can end."""
        found = self.environments.get(ref.environment)
        return found or EnvironmentRules(name=ref.environment, protected=True)

    def person(self, actor: Actor) -> str:
        """The person that an actor is.

        "" for no known person, and for a session whose name its caller may have chosen.
        """
        if self.has_free_name(actor):
            return ""
        if actor.person in self.people:
            return actor.person
        for name, person in self.people.items():
            if (actor.channel == "slack" and actor.id == person.slack) or (
                actor.channel in {"cli", "ci"} and actor.id in person.aws
            ):
                return name
        return ""

    def has_free_name(self, actor: Actor) -> bool:
        """Whether AWS attests only a role's session, whose name may have been chosen by anyone who assumed the role.

        Source: STS API Reference, AssumeRole: ``RoleSessionName`` is the caller's.
        """
        return (
            actor.channel in {"cli", "ci"}
            and actor.id.startswith("AROA")
            and actor.id.partition(":")[0] not in self.session_roles
        )

    def why_unknown(self, actor: Actor) -> str:
        """What to do if an actor is not a known person."""
        named = any(actor.id in person.aws for person in self.people.values())
        if named and self.has_free_name(actor):
            role = actor.id.partition(":")[0]
            return (
                f"{actor.id} does not count: anyone who may assume the role {role} may choose that name, unless Identity "
                "Center "
                f"or the role's trust policy fixes it; ask an administrator to write {role} under `session_roles:` in "
                "platform.yaml if one of them does"
            )
        return f"{actor.id} is not a known person; ask an administrator to add it under `people:` in platform.yaml"

    def static_groups(self, person: str) -> tuple[str, ...]:
        """Teams whose configuration names this person."""
        return tuple(sorted(name for name, team in self.teams.items() if person and person in team.people))
