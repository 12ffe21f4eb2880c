"""Stories of the moment in which a change set is executed: busy, gone, unheard. Each answers its journal."""

from __future__ import annotations

from generator.release.model.observed import StackEvent, StackNow
from tests.release.fake_platform import FakePlatform
from tests.release.journal import Journal
from tests.release.journal_rollouts import begun
from tests.release.journal_stories import APP, ready


def asked(platform: FakePlatform) -> tuple[str, Journal]:
    """Version 2 waits for approval; the journal starts before it is given."""
    release = platform.deploy()
    journal = Journal(platform)
    platform.decide(release, "approve")
    return release, journal


def busy(platform: FakePlatform, seconds: float) -> None:
    """CloudFormation does not take the change set for so long."""
    stacks = platform.aws("prod")[0]
    free = platform.clock() + seconds
    execute = stacks.execute

    def later(stack_id: str, name: str, token: str) -> None:
        stack = next(s for s in stacks.all if s.id == stack_id)
        now, stack.status = stack.status, "UPDATE_IN_PROGRESS" if platform.clock() < free else stack.status
        try:
            execute(stack_id, name, token)
        finally:
            stack.status = now if stack.status == "UPDATE_IN_PROGRESS" and platform.clock() < free else stack.status

    stacks.execute = later  # type: ignore[method-assign]


def stack_is_busy() -> Journal:
    """The stack is busy for some seconds when the release could run: it waits."""
    platform = ready()
    busy(platform, 12)
    release, journal = asked(platform)
    platform.end(release)
    return journal


def stack_is_busy_for_long() -> Journal:
    """After a quarter of an hour the agreement is old: superseded."""
    platform = ready()
    busy(platform, 3600)
    _, journal = asked(platform)
    platform.later(1000, every=50)
    return journal


def change_set_gone_before_execution() -> Journal:
    """Somebody deleted the change set in the moment in which it could run."""
    platform = ready()
    stacks = platform.aws("prod")[0]
    execute = stacks.execute

    def gone(stack_id: str, name: str, token: str) -> None:
        stacks.delete(APP, name)
        execute(stack_id, name, token)

    stacks.execute = gone  # type: ignore[method-assign]
    _, journal = asked(platform)
    platform.later(30)
    return journal


def status_of_before() -> Journal:
    """DescribeStacks shows the stack as it was for a moment after the execution: that ends nothing."""
    platform = ready()
    stacks = platform.aws("prod")[0]
    describe, events = stacks.describe, stacks.events
    before, since = describe(APP), platform.clock()

    def lagging(name: str) -> StackNow | None:
        return before if platform.clock() < since + 12 else describe(name)

    def silent(stack_id: str, token: str) -> list[StackEvent]:
        return [] if platform.clock() < since + 12 else events(stack_id, token)

    stacks.describe, stacks.events = lagging, silent  # type: ignore[method-assign]
    release, journal = begun(platform, ticks=4)
    platform.end(release)
    return journal


def no_event_at_all() -> Journal:
    """Nothing is heard of the operation for two minutes: then the status of before counts."""
    platform = ready()
    stacks = platform.aws("prod")[0]
    before = stacks.describe(APP)
    stacks.describe, stacks.events = (lambda _: before), (lambda *_: [])  # type: ignore[method-assign]
    _, journal = begun(platform)
    platform.later(150)
    return journal
