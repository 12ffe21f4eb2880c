"""A step that waits for AWS asks once, returns and comes back: no thread of a worker waits for a stack, however long it takes."""

from __future__ import annotations

import ast
import fnmatch
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.preview.reader import ChangeReader, Surroundings
from generator.release.client import request_id
from generator.release.context import POLL
from generator.release.errors import Unavailable
from generator.release.leases import Leases
from generator.release.model.preview import Drifted
from generator.release.model.requests import Decide
from generator.release.model.settings import Releases
from tests.release.fake_platform import FakePlatform

ROOT = Path(__file__).parents[2]
FOREVER = 10**9


def platform() -> FakePlatform:
    """Prod at version 1, version 2 published; five minutes of bake time."""
    found = FakePlatform(settings={"prod": Releases(bake_minutes=5)})
    found.created()
    found.publish(2)
    return found


def change_set(here: FakePlatform) -> str:
    """CloudFormation does not finish the change set."""
    here.aws("prod")[0].making = FOREVER
    return here.deploy()


def update(here: FakePlatform) -> str:
    """CloudFormation does not finish the update."""
    release = here.deploy()
    here.aws("prod")[0].ticks = FOREVER
    here.decide(release, "approve")
    return release


def way_back(here: FakePlatform) -> str:
    """CloudFormation does not finish the way back of an update."""
    release = update(here)
    here.later(10)
    here.decide(release, "undo")
    return release


def bake(here: FakePlatform) -> str:
    """Everything is deployed, and watched for five minutes."""
    release = here.deploy()
    here.decide(release, "approve")
    return release


@pytest.mark.parametrize("state", [change_set, update, way_back, bake])
def test_a_step_that_waits_returns_at_once_and_is_free_until_it_comes_back(
    state: Callable[[FakePlatform], str],
) -> None:
    """It asks each question once, moves nothing, holds no lease, and is due again within the pause between two looks."""
    here = platform()
    release = state(here)
    here.later(20)
    for _ in range(5):
        before = here.log.record(release)
        assert before is not None
        assert before.due > here.clock(), "not looked at all the time"
        here.clock.sleep(before.due - here.clock())
        here.faults.calls.clear()
        began = here.clock()
        came = here.service.advance(release, only_due=True)
        assert here.clock() == began
        asked = Counter(name for name in here.faults.calls if fnmatch.fnmatchcase(name, "[si][te][ars]*.*"))
        assert asked, "it was looked at"
        assert max(asked.values()) == 1, asked
        assert (came.moved, came.busy) == (False, False)
        assert came.due is not None
        assert 0 < came.due - here.clock() <= POLL
        after = here.log.record(release)
        assert after is not None
        assert after.until == 0, "its lease has ended, any worker may come back"


class StillLooking:
    """AWS whose drift detection never ends: it says so each time, at once."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def begin(self, stack_id: str) -> None:
        """A detection was begun."""
        assert stack_id
        self.asked.append("begin")

    def drifted(self, stack_id: str) -> tuple[Drifted, ...]:
        """It goes on."""
        assert stack_id
        self.asked.append("drifted")
        raise Unavailable("AWS still looks for it; see: slipway drift")

    def new_access(self, existing: str, new: str, kind: str) -> bool:
        """Nobody asks here."""
        raise AssertionError(existing, new, kind)


def test_drift_is_asked_for_once_and_never_waited_for() -> None:
    """While AWS looks for drift a release goes on to people, and the preview says that drift is not known and why."""
    here, looks = platform(), StillLooking()
    clouds_at = here.clouds.at
    here.clouds.at = lambda stack, actor: clouds_at(stack, actor)._replace(lookups=looks)  # type: ignore[method-assign]
    context = here.service.context
    at = Surroundings(here.facts, context.clouds, here.log, here.versions, here.images, here.clock)
    here.service.context = context._replace(reader=ChangeReader(at))
    began = here.clock()
    release = here.deploy()
    assert here.clock() == began
    assert here.state(release) == "waiting for approval"
    reading = here.release(release).reading
    assert reading is not None
    assert "drift is not known: AWS still looks for it; see: slipway drift" in reading.shown.unavailable
    assert looks.asked == ["begin", "drifted"], "begun with the pre-flight checks, looked at once"


# Who may let its thread wait, and for what; none of it is AWS at work.
WAITS = {
    "generator/aws/admin.py": "commands of administrators, in the terminal of one",
    "generator/aws/budgets.py": "a token of the budget of an API",
    "generator/aws/drift.py": "the command drift, in a terminal",
    "generator/aws/release_table.py": "another transaction on the same item, for milliseconds",
    "generator/release/client.py": "the answer to a person, in a terminal",
    "generator/release/reception.py": "the queue of wake-ups, in a thread of its own",
    "generator/release/schedule.py": "the bell itself",
    "generator/release/worker.py": "the worker's own threads, while nothing is due",
}


def test_nothing_that_a_step_calls_lets_its_thread_wait() -> None:
    """No step, port or preview sleeps, waits for a condition or uses a waiter of botocore; who does is listed with the reason."""
    words = {"sleep", "_sleep", "wait", "get_waiter", "Waiter", "Event", "Condition"}
    found = set()
    for folder in ("release", "aws", "preview"):
        for path in (ROOT / "generator" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                called = node.func if isinstance(node, ast.Call) else None
                word = getattr(called, "attr", getattr(called, "id", ""))
                if word in words and not _is_a_moment(node):
                    found.add(str(path.relative_to(ROOT)))
    assert found == set(WAITS)


def _is_a_moment(node: ast.AST) -> bool:
    """``context.wait`` gives a moment, ``Event`` is an entry of a chain: nobody waits."""
    text = ast.unparse(node)
    return "context.wait(" in text or text.startswith("Event(") or "budgets.wait(" in text


def test_who_goes_on_with_what_it_wrote_does_not_read_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that moves through several states at once is read from the log once; each later step follows its own save."""
    here = platform()
    read: list[str] = []
    record = Leases.record
    monkeypatch.setattr(Leases, "record", lambda log, one: (read.append(one), record(log, one))[1])
    release = here.deploy()
    read.clear()
    here.decide(release, "approve")
    states = [one.state for one in here.observed if one.id == release]
    assert len(states) >= 5, states
    # One read writes the decision, one begins to move: approved, executed, watched and verified follow without one.
    assert read.count(release) == 2


@pytest.mark.parametrize("moves", [False, True])
def test_a_turn_asks_once_what_is_due(*, moves: bool) -> None:
    """Whether nothing is open or a release goes through several steps in the turn: one query of the index lists what is due."""
    here = platform()
    if moves:
        release = here.deploy()
        here.client_of("ben").send(Decide(id=request_id(), release=release, verdict="cancel"), "")
    here.faults.calls.clear()
    here.observed.clear()
    here.workers[0].turn(0.0)
    assert bool(here.observed) is moves
    assert here.faults.count("table.due") == 1
