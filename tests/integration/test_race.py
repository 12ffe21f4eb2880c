"""Eight workers and twenty people at once: one decision wins, everybody is told, and nothing runs twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from generator.aws.session import Session
from generator.release.audit import check
from generator.release.model.requests import Decide, Done, Opened, Propose, Refusal
from generator.release.model.states import Closed, name
from generator.sandbox.process import Control, Endpoint
from tests.integration.engine_setup import KEY, NAME, EngineLocation, client, commit, prepare, session
from tests.integration.engine_workers import Job, Workers, workers
from tests.integration.without_coverage import sandbox_process

__all__ = ["sandbox_process"]

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover

MIXED = ("approve",) * 8 + ("reject",) * 6 + ("cancel",) * 6


class Stage:
    """Prod at version 1, and eight processes."""

    def __init__(self, place: EngineLocation, forked: Workers) -> None:
        self.place = place
        self.forked = forked
        self.session: Session = session(place.url)
        self.people = client(place, self.session)
        self.number = 0

    def propose(self) -> Propose:
        """Ana asks for the version that does not run."""
        self.number += 1
        running = self.people.log.slot(KEY)[0].running
        other = commit(1 if running is None or running.commit == commit(2) else 2)
        return Propose(id=f"propose-{self.number:05}", stack=KEY, version=other)

    def updates(self) -> int:
        """How often the stack was changed, ever."""
        rows = self.session.api("cloudformation").pages("describe_stack_events", "StackEvents", StackName=NAME)
        return sum(r["LogicalResourceId"] == NAME and r["ResourceStatus"] == "UPDATE_IN_PROGRESS" for r in rows)


@pytest.fixture(scope="module")
def stage(sandbox_process: Endpoint) -> Iterator[Stage]:
    """Version 1 runs; messages are hidden for a second from the seven others."""
    Control(sandbox_process.port).reset()
    place = prepare(sandbox_process.url, visibility=1)
    with workers(place) as forked:
        made = Stage(place, forked)
        request = made.propose()
        made.people.send(request, "U0000ANA")
        ended = forked.run(Job(name="first", asks=(request.id,)))[0]
        assert ended.error == ""
        yield made


@pytest.mark.parametrize("verdicts", [MIXED, MIXED[::-1], ("approve",) * 20], ids=["mixed", "turned", "agreed"])
def test_twenty_decide_at_once_before_eight_workers(stage: Stage, verdicts: tuple[str, ...]) -> None:
    """Twenty approve, reject and cancel in the same moment: one wins, nineteen read that, and it ran at most once."""
    before = stage.updates()
    request = stage.propose()
    stage.people.send(request, "U0000ANA")
    asks = [f"decide-{stage.number:05}-{i:02}" for i in range(20)]
    stage.forked.begin(*(Job(name=f"w{stage.number}-{i}", asks=(request.id, *asks), wait=1.0) for i in range(8)))
    found = None
    while found is None or name(found.state) != "waiting for approval":
        answer = stage.people.log.answered(request.id)
        found = stage.people.release(answer.release) if isinstance(answer, Opened) else None
        stage.people.sleep(0.02)
    release_id, seen = found.id, found.binding
    start = threading.Barrier(20)

    def decide(i: int) -> None:
        asked = Decide(id=asks[i], release=release_id, verdict=verdicts[i], binding=seen)  # type: ignore[arg-type]
        start.wait(120)
        stage.people.send(asked, f"U00000{i:02}")

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(decide, range(20)))
    ended = stage.forked.end()
    assert [e.error for e in ended] == [""] * 8
    answers = [stage.people.log.answered(ask) for ask in asks]
    done = [i for i, answer in enumerate(answers) if isinstance(answer, Done)]
    assert len(done) == 1, answers
    assert all(isinstance(a, Refusal) and a.why for i, a in enumerate(answers) if i != done[0])
    closed = stage.people.release(release_id)
    assert closed is not None
    assert isinstance(closed.state, Closed)
    outcome = {"approve": "succeeded", "reject": "rejected", "cancel": "cancelled"}[verdicts[done[0]]]
    assert closed.state.outcome == outcome
    assert stage.updates() - before == (1 if outcome == "succeeded" else 0)
    chain = list(stage.people.log.entries(f"release/{release_id}"))
    assert list(check(f"release/{release_id}", chain, {closed.chain: closed.head})) == []
    decided = [e for e in chain if e.what == {"succeeded": "approved"}.get(outcome, outcome)]
    assert [e.actor.person for e in decided] == [f"p{done[0]}"]
    assert closed.answered == 20
