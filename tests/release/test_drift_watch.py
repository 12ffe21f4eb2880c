"""What somebody changed by hand is recorded once a day, told while it lasts, and told when it is gone."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from generator.release.daily_heads import DAY
from generator.release.drift_watch import HELD, DriftRecord, DriftWatch, drift_records
from generator.release.environment_state import forgotten
from generator.release.errors import Denied, Invalid, Unavailable
from generator.release.model.people import Actor
from generator.release.model.preview import Drifted
from generator.release.model.release import StackRef
from generator.release.ports import Cloud
from tests.release.fake_platform import FakePlatform
from tests.release.test_forgotten_environments import unnote

SCALED = Drifted(
    logical_id="Table", type="AWS::DynamoDB::Table", path="/BillingMode", expected="a", actual="b", who="eve"
)
OWNED = Drifted(logical_id="Service", type="AWS::ECS::Service", path="/DesiredCount", expected="2", actual="4")


class Lookups:
    """A ``ports.PreviewLookups`` whose answers a test sets by the stack's name; it needs one more look for each result."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[Drifted, ...]] = {}
        self.errors: dict[str, Exception] = {}
        self.begun: list[str] = []
        self._asked: set[str] = set()

    def begin(self, stack_id: str) -> None:
        self.begun.append(stack_id)
        self._asked.discard(stack_id)

    def drifted(self, stack_id: str) -> tuple[Drifted, ...]:
        if stack_id in self.errors:
            raise self.errors[stack_id]
        if stack_id not in self._asked:
            self._asked.add(stack_id)
            raise Unavailable("the detection is still running")
        return self.rows.get(stack_id, ())

    def new_access(self, existing: str, new: str, kind: str) -> bool:
        raise AssertionError((existing, new, kind))


class Seen(NamedTuple):
    """The clouds of a platform, with these lookups everywhere."""

    clouds: object
    lookups: Lookups

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        found: Cloud = self.clouds.at(stack, actor)  # type: ignore[attr-defined]
        return found._replace(lookups=self.lookups)


class Teller:
    """A ``DriftTeller`` that keeps what it was told; it fails as often as a test says."""

    def __init__(self) -> None:
        self.told: list[DriftRecord] = []
        self.failures = 0

    def tell(self, record: DriftRecord) -> str:
        if self.failures:
            self.failures -= 1
            raise Unavailable("Slack does not answer")
        self.told.append(record)
        return "C1 17.5"


class Watching:
    """A platform with some workers that look for drift."""

    def __init__(self, workers: int = 1) -> None:
        self.platform = FakePlatform()
        self.lookups, self.teller = Lookups(), Teller()
        self.failed: list[str] = []
        self.watches = [self.watch(f"w{number}") for number in range(workers)]

    def watch(self, worker: str) -> DriftWatch:
        """One worker's share."""
        context = self.platform.context()
        context = context._replace(clouds=Seen(context.clouds, self.lookups))  # type: ignore[arg-type]
        return DriftWatch(context, worker, self.teller, self.failed.append)

    def day(self, days: float = 1.0) -> None:
        """So many days later, all workers have done what there is to do."""
        self.platform.clock.now += days * DAY
        for _ in range(300):
            for watch in self.watches:
                watch.chore()

    def record(self, environment: str = "prod") -> DriftRecord:
        """What the log says of an environment."""
        return next(one for one in drift_records(self.platform.log) if one.environment == environment)


@pytest.mark.parametrize("workers", [1, 3])
def test_drift_is_recorded_and_told_until_it_is_gone(workers: int) -> None:
    """Each stack is looked at once a day by one of the workers; the record says since when, and the end is told once."""
    world = Watching(workers)
    stacks = {facts.ref.name for facts in world.platform.facts.stacks.values()}
    world.day()
    assert sorted(world.lookups.begun) == sorted(stacks)
    assert [(one.environment, one.found) for one in drift_records(world.platform.log)] == [
        ("dev", ()), ("prod", ()), ("staging", ()),
    ]  # fmt: skip
    assert world.teller.told == []
    name = world.platform.facts.stacks["prod/network"].ref.name
    world.lookups.rows[name] = (SCALED, OWNED)
    world.day()
    [told] = world.teller.told
    assert [(one.stack, one.properties) for one in told.found] == [("prod/network", (SCALED,))]
    first = world.record()
    assert (first.since, first.told) == (first.at, "C1 17.5")
    world.day()
    assert (world.record().since, len(world.teller.told)) == (first.since, 2)
    world.lookups.rows.clear()
    world.day()
    assert (world.teller.told[-1].found, world.teller.told[-1].told) == ((), "C1 17.5")
    assert (world.record().since, world.record().told) == (0.0, "")
    told_before = len(world.teller.told)
    world.day()
    assert len(world.teller.told) == told_before
    assert not world.failed


def test_a_look_is_made_once_a_day() -> None:
    """However often a worker comes by, and after it was started again."""
    world = Watching()
    world.day()
    begun = len(world.lookups.begun)
    world.watches = [world.watch("w9")]
    world.day(0.0)
    assert len(world.lookups.begun) == begun


def test_what_can_t_be_compared_is_named() -> None:
    """A stack that AWS does not finish with, or that is being changed, is not known; one that is not there has no drift."""
    world = Watching()
    names = {key: facts.ref.name for key, facts in world.platform.facts.stacks.items()}
    world.lookups.errors[names["prod/network"]] = Unavailable("the detection is still running")
    world.lookups.errors[names["prod/service-app"]] = Invalid("the stack is being updated")
    world.lookups.errors[names["prod/service-web"]] = Invalid("Stack [x] does not exist")
    world.lookups.errors[names["dev/network"]] = Denied("the release role may not look at it")
    world.day()
    assert world.record("dev").unknown == ("dev/network: the release role may not look at it",)
    assert not world.failed
    assert world.record().unknown == (
        "prod/network: the detection is still running",
        "prod/service-app: the stack is being updated",
    )


def test_another_worker_goes_on_where_one_ended() -> None:
    """What was compared before is not looked at again, and what was found is kept."""
    world = Watching()
    name = world.platform.facts.stacks["dev/network"].ref.name
    world.lookups.rows[name] = (SCALED,)
    world.platform.clock.now += DAY
    for _ in range(6):
        world.watches[0].chore()
    assert world.lookups.begun[0] == name
    world.watches = [world.watch("w9")]
    world.day(0.0)
    assert drift_records(world.platform.log) == [], "the first worker still has it"
    world.day(HELD / DAY)
    assert [one.stack for one in world.record("dev").found] == ["dev/network"]
    assert world.lookups.begun.count(name) == 1


def test_what_could_not_be_told_is_told_after_the_next_look() -> None:
    """Slack that does not answer keeps nothing from the log."""
    world = Watching()
    world.lookups.rows[world.platform.facts.stacks["prod/network"].ref.name] = (SCALED,)
    world.teller.failures = 1
    world.day()
    assert (world.record().told, len(world.record().found)) == ("", 1)
    assert world.failed == ["drift in prod could not be told: Slack does not answer"]
    world.day()
    assert world.record().told == "C1 17.5"


def test_each_day_notes_the_stacks_that_exist() -> None:
    """An environment that was released before there were notes is found after its file is gone; a denial is told and harms nothing."""
    watching = Watching()
    watching.platform.created()
    unnote(watching.platform)
    watching.platform.faults.fail("stacks.describe", error=lambda: Denied("no right"), times=1)
    watching.day()
    assert watching.failed == ["the stacks of prod could not be noted: no right; it is tried again tomorrow"]
    assert {record.environment for record in drift_records(watching.platform.log)} == {"dev", "staging", "prod"}
    assert forgotten(watching.platform.log, []) == {}
    watching.day()
    assert forgotten(watching.platform.log, []) == {"prod": ["prod/network", "prod/service-app"]}
