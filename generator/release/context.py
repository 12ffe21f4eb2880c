"""What every step needs: the parts that the engine consists of, and a few functions that steps share."""

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
    """The engine's surroundings.

    ``pace`` is the number of real seconds for one second of waiting (1 everywhere but in a sandbox).

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
        """The same context, in which ``check`` is called before anything is changed in AWS."""
        return self._replace(
            clouds=GuardedClouds(self.clouds, check),
            images=guarded(self.images, check, "keep", "drop"),
            seal=guarded(self.seal, check, "seal"),
        )

    def check_clock(self) -> None:
        """Check the clock before a release is moved.

        Raises:
            WrongClock: this machine's clock and AWS's are more than :data:`MAX_SKEW` apart.
        """
        skew = self.skew()
        if abs(skew) > MAX_SKEW:
            how = "ahead of" if skew > 0 else "behind"
            raise WrongClock(
                f"the clock of this machine is {abs(skew):.0f} s {how} AWS's, so it moves no release; correct the "
                "clock (chrony or the Amazon Time Sync Service); then the worker continues by itself"
            )

    def cloud(self, release: Release) -> Cloud:
        """AWS in the account and Region of the release, with the requester's name as the source identity."""
        return self.clouds.at(release.stack, release.requester)

    def rules(self, release: Release) -> EnvironmentRules:
        """The release settings of its environment."""
        return self.facts.rules(release.stack)

    def stack(self, release: Release) -> StackFacts:
        """What is known of its stack. For a stack that nothing asks for any more: its account and Region."""
        return self.facts.stacks.get(release.stack.key) or StackFacts(ref=release.stack)

    def wait(self, seconds: float) -> float:
        """The moment that many seconds from now."""
        return self.clock() + seconds * self.pace

    def poll(self) -> float:
        """The moment of the next read from AWS."""
        return self.clock() + max(POLL * self.pace, 0.05)
