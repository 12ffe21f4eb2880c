"""What a step needs: everything the engine was composed of, and a few words that steps share."""

from typing import NamedTuple

from generator.release.log import Log
from generator.release.model.platform import EnvironmentRules, PlatformFacts, StackFacts
from generator.release.model.release import Release
from generator.release.ports import Clock, Cloud, Clouds, Directory, Images, Probe, Reader, Seal, Versions

# How often a stack or a rollout is looked at while no event tells of it, in seconds.
POLL = 5.0
# Events that arrive stand for polls; after this long without one, polling begins again.
HEARD = 60.0


class Context(NamedTuple):
    """The engine's surroundings. ``pace`` is how many of our seconds one second of waiting takes (1 but in a sandbox)."""

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

    def cloud(self, release: Release) -> Cloud:
        """AWS where the release goes, in the requester's name."""
        return self.clouds.at(release.stack, release.requester)

    def rules(self, release: Release) -> EnvironmentRules:
        """How its environment releases."""
        return self.facts.rules(release.stack)

    def stack(self, release: Release) -> StackFacts:
        """What is known of its stack."""
        return self.facts.stacks[release.stack.key]

    def wait(self, seconds: float) -> float:
        """The moment in so many seconds."""
        return self.clock() + seconds * self.pace

    def poll(self) -> float:
        """The moment of the next look at AWS."""
        return self.clock() + max(POLL * self.pace, 0.05)
