"""Stories of verification: what proves itself, and what is brought back. Each answers its journal."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from generator.release.errors import Unavailable
from generator.release.model.observed import Target
from generator.release.model.settings import Releases, Smoke
from tests.release.fake_platform import FakePlatform
from tests.release.journal import Journal
from tests.release.journal_rollouts import alarm, begun, groups
from tests.release.journal_stories import ready


def smoke(platform: FakePlatform, *answers: tuple[int, str]) -> None:
    """The app has an address; it answers so, one after the other, the last one from then on."""
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, url="https://app.example/")
    left = [*answers]
    platform.probe.answers["*"] = lambda _: left.pop(0) if len(left) > 1 else left[0]


def restored_by_itself() -> Journal:
    """An alarm during the bake brings the last good version back, and that is verified."""
    platform = ready(bake_minutes=2)
    alarm(platform, "OK")
    release, journal = begun(platform)
    platform.later(20)
    alarm(platform, "ALARM")
    platform.later(10)
    alarm(platform, "OK")
    platform.end(release)
    return journal


def restored_and_ill_as_well() -> Journal:
    """The alarm rings for the restored version too: both releases fail, and nothing goes back and forth."""
    platform = ready(bake_minutes=2)
    alarm(platform, "OK")
    release, journal = begun(platform)
    platform.later(20)
    alarm(platform, "ALARM")
    platform.end(release)
    return journal


def ill_and_left_to_people() -> Journal:
    """The environment leaves the way back to people."""
    platform = ready(bake_minutes=2, roll_back=False)
    alarm(platform, "OK")
    release, journal = begun(platform)
    platform.later(20)
    alarm(platform, "ALARM")
    platform.end(release)
    return journal


def first_version(platform: FakePlatform, spoil: Callable[[], None]) -> Journal:
    """The first release of the app ends ill."""
    platform.publish(1)
    platform.end(platform.apply())
    journal = Journal(platform)
    release = platform.deploy()
    platform.until(release, "verifying")
    spoil()
    platform.end(release)
    return journal


def nothing_to_go_back_to() -> Journal:
    """The first release of a service is not healthy, and there was none before it."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=2)}, ticks=2)
    return first_version(platform, lambda: alarm(platform, "ALARM"))


def nothing_in_the_registry_to_go_back_to() -> Journal:
    """The image of the last good version is gone: the ill one stays, and people are told."""
    platform = ready(bake_minutes=2)
    alarm(platform, "OK")
    release, journal = begun(platform)
    platform.later(20)
    alarm(platform, "ALARM")
    platform.images.images.clear()
    platform.end(release)
    return journal


def smoke_test_passed_at_last() -> Journal:
    """The address answers wrongly at first, then rightly: the bake goes on."""
    checks = (Smoke(path="/healthz", status=200, contains="ready"),)
    platform = ready(bake_minutes=1, smoke=checks)
    smoke(platform, (503, "wait"), (200, "not yet"), (200, "ready"))
    release, journal = begun(platform)
    platform.end(release)
    return journal


def smoke_test_failed() -> Journal:
    """The address never answers rightly: after the bake and five minutes the last good version is brought back."""
    platform = ready(bake_minutes=1, smoke=(Smoke(path="/healthz", status=204), Smoke(path="/other")))
    smoke(platform, (200, "ok"))
    release, journal = begun(platform)
    platform.later(420)
    smoke(platform, (204, "ok"))
    platform.end(release)
    return journal


def smoke_test_without_answer() -> Journal:
    """Nobody answers at the address."""
    platform = ready(bake_minutes=1, smoke=(Smoke(),))
    smoke(platform, (200, "ok"))
    platform.faults.fail("probe.get", error=lambda: Unavailable("no answer within 5 s"), times=1000)
    _, journal = begun(platform)
    platform.later(30)
    return journal


def targets_unhealthy() -> Journal:
    """Of the new tasks one is not healthy yet, one drains: the card counts them."""
    platform = ready(bake_minutes=1)
    _, journal = begun(platform)
    platform.later(12)
    services = platform.aws("prod")[1]
    group = next(group for group in groups(services) if services.health.get(group))
    states = ("healthy", "unhealthy", "draining")
    services.health[group] = [
        Target(id=f"10.0.0.{number}", group=group, state=state, reason="Target.Timeout")
        for number, state in enumerate(states)
    ]
    platform.later(400)
    return journal
