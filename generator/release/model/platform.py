"""What the engine knows of the platform: stacks, environments and their rules, people. Made from ``stacks/``."""

from generator.release.model.base import Value
from generator.release.model.people import Actor
from generator.release.model.release import StackRef
from generator.release.model.settings import Person, Releases, Team

STACKS_A_PARTITION, MOST_PARTITIONS = 500, 16


class EnvironmentRules(Value):
    """How one environment (or ``home``, or an account) releases."""

    name: str
    protected: bool
    releases: Releases = Releases()


class StackFacts(Value):
    """What the engine must know of a stack beyond its name.

    ``secrets`` are names in Secrets Manager that its tasks read, ``architecture`` what its image must be built for,
    ``url`` where its users reach it, ``log_group`` what it prints to, ``administrators`` says that no release may
    change it (home and foundation), ``carries_policy`` that its image holds the release policy (the bot).
    """

    ref: StackRef
    secrets: tuple[str, ...] = ()
    architecture: str = ""
    url: str = ""
    log_group: str = ""
    tasks: int = 0
    administrators: bool = False
    carries_policy: bool = False


class PlatformFacts(Value):
    """All of it."""

    name: str
    default_branch: str
    repository: str  # OWNER/NAME on GitHub, for compare links
    environments: dict[str, EnvironmentRules]
    stacks: dict[str, StackFacts]
    people: dict[str, Person] = {}
    teams: dict[str, Team] = {}

    @property
    def partitions(self) -> int:
        """Over how many partitions of the release table's index open releases are spread, from the number of stacks.

        An open release that is polled changes the index about 0.8 times a second; a partition takes 1,000 writes a
        second (DynamoDB Developer Guide, "Best practices for designing and using partition keys effectively").
        """
        return min(MOST_PARTITIONS, 1 + len(self.stacks) // STACKS_A_PARTITION)

    def rules(self, ref: StackRef) -> EnvironmentRules:
        """The rules of a stack's environment."""
        return self.environments[ref.environment]

    def person(self, actor: Actor) -> str:
        """The person that an actor is, "" for no known person."""
        if actor.person in self.people:
            return actor.person
        for name, person in self.people.items():
            if (actor.channel == "slack" and actor.id == person.slack) or (
                actor.channel in {"cli", "ci"} and actor.id in person.aws
            ):
                return name
        return ""

    def static_groups(self, person: str) -> tuple[str, ...]:
        """Teams that name this person themselves."""
        return tuple(sorted(name for name, team in self.teams.items() if person and person in team.people))
