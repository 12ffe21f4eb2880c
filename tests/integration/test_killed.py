"""A worker killed with SIGKILL before and after each call to AWS: another one brings the release to the same end, once."""

from __future__ import annotations

import collections
import itertools
import os
from collections.abc import Iterator
from typing import Any

import pytest

from generator.release.audit import check
from generator.release.client import Client
from generator.release.model.release import Release
from generator.release.model.requests import Opened, Propose, RollBack
from generator.release.model.states import name
from generator.sandbox.process import Control, Endpoint
from generator.wiring.adapters import Adapters
from tests.integration.engine_setup import HOME, KEY, NAME, EngineLocation, client, commit, prepare, session
from tests.integration.engine_workers import Death, Job, Workers, workers
from tests.integration.without_coverage import sandbox_process

__all__ = ["sandbox_process"]

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover

# With SLIPWAY_KILLED=all every call is a place to die at.
ALL = os.environ.get("SLIPWAY_KILLED") == "all"


class Stage:
    """The service of version 1 in prod, and processes that work on it."""

    def __init__(self, place: EngineLocation, forked: Workers) -> None:
        self.place = place
        self.forked = forked
        self.ahead = 0.0
        self.runs = 0
        self.newest = ""
        self.people: Client = client(place, session(place.url), lambda: 0.0)
        self.cloudformation = session(place.url).api("cloudformation")

    def run(self, kind: str, kill_at: Death | None = None) -> tuple[Release, tuple[str, ...], bool]:
        """One release by a worker that dies at one of its calls, and by the one that comes after it."""
        self.runs += 1
        # The dead one's lease is over when the next one looks.
        self.ahead += 120.0
        request: Any = {
            "deploy": Propose(id=f"request-{self.runs:05}", stack=KEY, version=self.other()),
            "rollback": RollBack(id=f"request-{self.runs:05}", stack=KEY, version=self.other()),
        }[kind]
        self.people.send(request, "U0000ANA")
        job = Job(name=f"first-{self.runs}", asks=(request.id,), kill_at=kill_at, ahead=self.ahead, approve="U0000000")
        ended = self.forked.run(job)[0]
        assert ended.error == ""
        killed = ended.signal == 9
        if killed:
            after = Job(name=f"next-{self.runs}", asks=job.asks, ahead=self.ahead + 60, approve=job.approve)
            second = self.forked.run(after)[0]
            assert (second.signal, second.error) == (0, "")
        answer = self.people.log.answered(request.id)
        assert isinstance(answer, Opened), answer
        found = self.people.release(answer.release)
        assert found is not None
        return found, ended.calls, killed

    def other(self) -> str:
        """The version that does not run."""
        running = self.people.log.slot(KEY)[0].running
        return commit(1 if running is None or running.commit == commit(2) else 2)

    def updates(self) -> int:
        """How often the stack began to be changed, since it was last asked."""
        rows = self.cloudformation("describe_stack_events", StackName=NAME)["StackEvents"]
        fresh = list(itertools.takewhile(lambda row: row["EventId"] != self.newest, rows))
        assert len(fresh) < len(rows) or not self.newest
        self.newest = rows[0]["EventId"]
        return sum(r["LogicalResourceId"] == NAME and r["ResourceStatus"] == "UPDATE_IN_PROGRESS" for r in fresh)

    def holds(self, release: Release, at: str) -> None:
        """It succeeded, ran once, and the log tells it without a gap."""
        assert name(release.state) == "succeeded", (at, release)
        assert self.updates() == 1, at
        stack = self.cloudformation("describe_stacks", StackName=NAME)["Stacks"][0]
        parameters = {row["ParameterKey"]: row["ParameterValue"] for row in stack["Parameters"]}
        assert parameters["Release"] == release.after.commit, at
        slot, _ = self.people.log.slot(KEY)
        assert (slot.open, slot.last) == ("", release.id), at
        assert slot.running is not None
        assert slot.running.commit == release.after.commit, at
        chain = list(self.people.log.entries(f"release/{release.id}"))
        assert len([e for e in chain if e.what == "execution started"]) == 1, at
        assert list(check(f"release/{release.id}", chain, {release.chain: release.head})) == []
        assert release.sealed == release.chain == len(chain), at


@pytest.fixture(scope="module")
def stage(sandbox_process: Endpoint) -> Iterator[Stage]:
    """Prod at version 2, version 1 before it."""
    Control(sandbox_process.port).reset()
    place = prepare(sandbox_process.url)
    with workers(place) as forked:
        made = Stage(place, forked)
        for _ in range(2):
            release, _, _ = made.run("deploy")
            assert name(release.state) == "succeeded", release
        made.updates()
        yield made


def moments(calls: tuple[str, ...]) -> list[Death]:
    """Where to die: before and after each operation's first call, and after each second write to the log."""
    counts: collections.Counter[str] = collections.Counter()
    before: dict[int, Death] = {}
    after: dict[int, Death] = {}
    for at, call in enumerate(calls):
        counts[call] += 1
        nth = counts[call]
        if ALL or nth == 1:
            before[at] = Death(call, nth)
        if ALL or nth == 1 or (call == "dynamodb:transact_write_items" and nth % 2):
            after[at + 1] = Death(call, nth, after=True)
    # After one call is before the next: what has two names is tried once.
    after.pop(len(calls), None)
    return sorted((after | before).values())


def reached(death: Death, calls: tuple[str, ...]) -> bool:
    """Whether a worker that made these calls came to that moment."""
    places = [i for i, call in enumerate(calls) if call == death.operation]
    return len(places) >= death.nth and places[death.nth - 1] + death.after < len(calls)


@pytest.mark.parametrize("kind", ["deploy", "rollback"])
def test_killed_at_every_call_to_aws(stage: Stage, kind: str) -> None:
    """Whatever call a worker dies before or after, the release succeeds, its change set ran once, the chain is whole."""
    # What changes slowly is asked once a minute: the calls of a run that finds it known are those of every run.
    release, _, _ = stage.run(kind)
    stage.holds(release, "nobody was killed")
    release, calls, _ = stage.run(kind)
    stage.holds(release, "nobody was killed")
    assert len(calls) > 30
    deaths = 0
    for death in moments(calls):
        release, made, killed = stage.run(kind, death)
        stage.holds(release, f"{kind}, {death}")
        # One that lived never came there: a run may ask less often than the one that was measured.
        assert killed or not reached(death, made), death
        deaths += killed
    assert deaths > len(moments(calls)) / 2


def test_every_head_is_sealed(stage: Stage) -> None:
    """After all that dying each release's chain leads to a head that was signed, with a good signature."""
    seal = Adapters(session(stage.place.url), HOME).seal
    heads = list(seal.heads())
    assert not any(fault for _, fault in heads)
    assert {head.chain for head, _ in heads} == {f"release/{s.id}" for s in stage.people.log.history(KEY, limit=10_000)}
