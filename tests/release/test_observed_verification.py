"""What verification reads of AWS and what it keeps of a cause, asked of single steps."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.release.model.observed import ServiceNow
from generator.release.model.release import Cause
from generator.release.model.settings import Releases, Smoke
from generator.release.steps.verify import go_back, observe
from tests.release.fake_platform import FakePlatform, person
from tests.release.journal_rollouts import alarm
from tests.release.journal_stories import ready


def with_service(platform: FakePlatform, **changes: Any) -> ServiceNow:
    """Change what ECS says of app."""
    services = platform.aws("prod")[1]
    ((arn, found),) = services.services.items()
    services.services[arn] = msgspec.structs.replace(found, **changes)
    return services.services[arn]


def test_verification_reads_each_service_of_the_stack() -> None:
    """Its deployment, targets and alarms, and which of the stack's task definitions it should run."""
    platform = ready()
    alarm(platform, "OK")
    release = platform.release("prod-app-1")
    (seen,) = observe(platform.context(), release)
    assert seen.service is not None
    assert (seen.expected, seen.service.task_definition) == (seen.service.task_definition,) * 2
    assert [target.state for target in seen.targets] == ["healthy", "healthy"]
    assert [found.name for found in seen.alarms] == ["5xx"]
    expected = seen.expected
    with_service(platform, task_definition="arn:by-hand", target_groups=(), alarms=())
    (other,) = observe(platform.context(), release)
    assert other.expected == expected, "the stack's own, since the service runs another one"
    assert (other.targets, other.alarms) == ((), ())
    platform.aws("prod")[1].services.clear()
    (gone,) = observe(platform.context(), release)
    assert (gone.service, gone.expected, gone.targets, gone.alarms) == (None, expected, (), ())


def test_a_smoke_test_asks_the_address_with_its_path() -> None:
    """Without a second slash, whatever else the address ends with."""
    platform = ready(smoke=(Smoke(path="/healthz"),))
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, url="https://app.example/X/")
    platform.probe.answers["*"] = lambda _: (503, "")
    (seen,) = observe(platform.context(), platform.release("prod-app-1"))
    assert [result.url for result in seen.smoke] == ["https://app.example/X/healthz"]


def test_a_version_that_stays_keeps_what_was_found() -> None:
    """With no way back, the evidence and the fix of the cause are told with it."""
    platform = ready()
    cause = Cause(stage="verification", sentence="it is ill", evidence=("a", "b"), fix="mend it")
    release = msgspec.structs.replace(platform.release("prod-app-1"), cause=cause, before=None)
    ended = go_back(platform.context(), release, person("ana"), automatic=True).release
    assert ended.cause == Cause(
        stage="verification", evidence=("a", "b"), fix="mend it",
        sentence="it is ill; the version stays deployed, because there is no earlier version to roll back to",
    )  # fmt: skip
    without = go_back(platform.context(), msgspec.structs.replace(release, cause=None), person("ana"), automatic=False)
    assert without.release.cause is not None
    assert without.release.cause.fix == "release another version"
    assert without.release.cause.sentence.startswith("a rollback was requested; the version stays deployed")


def test_a_stack_without_services_proves_itself() -> None:
    """There is nothing to observe."""
    platform = ready()
    assert observe(platform.context(), platform.release("prod-network-1")) == []


# --- what is known of a version before it is released


def test_a_version_that_came_through_later_is_not_suspected() -> None:
    """A version that was rolled back is told so before it is released again, and no more once it succeeded."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=2)}, ticks=2)
    platform.created()
    alarm(platform, "OK")
    platform.publish(2)

    def deployed(state: str) -> str:
        release = platform.deploy(version="2" * 40)
        platform.decide(release, "approve")
        platform.until(release, "verifying")
        alarm(platform, state)
        platform.later(10)
        alarm(platform, "OK")
        platform.end(release)
        return release

    def noted(release: str) -> list[str]:
        return [c.text for c in platform.release(release).checks if "5xx" in c.text or "rolled back" in c.text]

    first = deployed("ALARM")
    assert (platform.state(first), noted(first)) == ("rolled back", [])
    second = deployed("OK")
    assert platform.state(second) == "succeeded"
    assert any(first in text for text in noted(second))
    platform.publish(3)
    platform.decide(other := platform.deploy(), "approve")
    platform.end(other)
    assert noted(deployed("OK")) == []
