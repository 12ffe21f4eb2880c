"""What a step needs: everything the engine was composed of, and a few words that steps share."""

from collections.abc import Callable
from typing import NamedTuple

from generator.release.errors import WrongClock
from generator.release.guards import GuardedClouds, guarded
from generator.release.log import Log
from generator.release.model.platform import EnvironmentRules, PlatformFacts, StackFacts
from generator.release.model.release import Release
from generator.release.person_directory import Directory
from generator.release.ports import Clock, Cloud, Clouds, Images, Probe, Reader, Seal, Versions

# How often a stack or a rollout is looked at while no event tells of it, in seconds.
POLL = 5.0
# Events that arrive stand for polls; after this long without one, polling begins again.
EVENT_SECONDS = 60.0
# By how many seconds a clock may be off. A lease of nine seconds needs it, and so do expiry, freezes and audit times.
MAX_SKEW = 30.0


class Context(NamedTuple):
    """The engine's surroundings. ``pace`` is how many of our seconds one second of waiting takes (1 but in a sandbox).

    ``skew`` is by how many seconds this machine's clock is ahead of AWS's, 0.0 as long as nothing is known.
    """

    facts: PlatformFacts
    log: Log
    clouds: Clouds
    versions: Versions
    images: Images
    reader: Reader
    seal: Seal
    probe: Probe
    directory: Directory
    clock: Clock
    pace: float = 1.0
    skew: Callable[[], float] = lambda: 0.0

    def held_by(self, check: Callable[[], None]) -> "Context":
        """The same surroundings, in which ``check`` is asked before anything is changed in AWS."""
        return self._replace(
            clouds=GuardedClouds(self.clouds, check),
            images=guarded(self.images, check, "keep", "drop"),
            seal=guarded(self.seal, check, "seal"),
        )

    def check_clock(self) -> None:
        """Before a release is moved.

        Raises:
            WrongClock: this machine's clock and AWS's are more than :data:`MAX_SKEW` apart.
        """
        skew = self.skew()
        if abs(skew) > MAX_SKEW:
            how = "ahead of" if skew > 0 else "behind"
            raise WrongClock(
                f"the clock of this machine is {abs(skew):.0f} s {how} AWS's, so it moves no release; set it right "
                "(chrony or the Amazon Time Sync Service), then it goes on by itself"
            )

    def cloud(self, release: Release) -> Cloud:
        """AWS where the release goes, in the requester's name."""
        return self.clouds.at(release.stack, release.requester)

    def rules(self, release: Release) -> EnvironmentRules:
        """How its environment releases."""
        return self.facts.rules(release.stack)

    def stack(self, release: Release) -> StackFacts:
        """What is known of its stack; of one that nothing asks for any more, where it is."""
        return self.facts.stacks.get(release.stack.key) or StackFacts(ref=release.stack)

    def wait(self, seconds: float) -> float:
        """The moment in so many seconds."""
        return self.clock() + seconds * self.pace

    def poll(self) -> float:
        """The moment of the next look at AWS."""
        return self.clock() + max(POLL * self.pace, 0.05)
