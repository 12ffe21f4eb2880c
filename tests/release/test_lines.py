"""The lines of history, and what else the log says of releases and locks: each field, and both sides of each limit."""

from __future__ import annotations

from typing import Any

import pytest

from generator.release.audit import Event
from generator.release.log_items import NEVER, partition, put_evidence, summary
from generator.release.model.log_records import LockNow, Summary
from generator.release.model.preview import Drifted, Meaning, Reading, Shown
from generator.release.model.release import Cause, Moment, Rollback
from generator.release.model.requests import Done
from generator.release.model.states import Closed
from generator.release.model.version import Running
from tests.release.test_log_writes import LoggedRelease
from tests.release.values import actor, approval, cost, release

AFTER = Running(
    commit="2" * 40,
    template="t",
    body="b",
    parameters={"ImageUri": "r/app@sha256:2"},
    subject="Add it",
    committed=900.0,
)
LINE = Summary(
    id="prod-app-7", key="prod/service-app", commit="2" * 40, subject="Add it", image="r/app@sha256:2", template="t",
    requester="ana", approvers=("ben", "cleo"), reason="because", purpose="deploy", state="failed", created=1000.0,
    closed=1500.0, took=300.0, cause="it crashed", committed=900.0,
)  # fmt: skip


def line(**changes: Any) -> Summary:
    """The line of a release that failed, with these differences."""
    whole = {
        "after": AFTER, "reason": "because", "approvals": (approval("ben"), approval("cleo"), approval("ben")),
        "state": Closed(outcome="failed", at=1500.0), "closed": 1500.0, "cause": Cause(stage="rollout", sentence="it crashed"),
        "moments": (Moment(at=1200.0, what="execution started"),),
    }  # fmt: skip
    return summary(release(**whole | changes))


def shown(**parts: Any) -> Reading:
    """A reading in which this was looked up."""
    return Reading(meaning=Meaning(level="low", sentence=""), shown=Shown(**parts))


DRIFT = (Drifted(logical_id="A", type="AWS::X::Y", path="B", expected="1", actual="2"),)


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({}, {}),
        ({"cause": None}, {"cause": ""}),
        ({"moments": ()}, {"took": 0.0}),
        ({"closed": 0.0}, {"closed": 0.0, "took": 0.0}),
        ({"closed": 1100.0}, {"closed": 1100.0}),
        ({"approvals": ()}, {"approvers": ()}),
        ({"purpose": Rollback(of="prod-app-6")}, {"purpose": "rollback", "undoes": "prod-app-6"}),
        ({"reading": shown()}, {}),
        ({"reading": shown(cost=cost(12.5))}, {"monthly_usd": 12.5, "drifted": 0}),
        ({"reading": shown(drift=DRIFT)}, {"drifted": 1}),
        ({"reading": shown(drift=DRIFT, unavailable=("drift is not known: no right",))}, {}),
        ({"reading": shown(unavailable=("findings are not known",))}, {"drifted": 0}),
    ],
)
def test_the_line_of_a_release_in_history(changes: dict[str, Any], differs: dict[str, Any]) -> None:
    """Who, what, when, how long and why: what `history` and the board list without reading the release itself."""
    expected = {name: getattr(LINE, name) for name in Summary.__struct_fields__} | differs
    if changes.get("closed") == 1100.0:
        expected["took"] = 0.0
    found = line(**changes)
    assert {name: getattr(found, name) for name in Summary.__struct_fields__} == expected


def test_names_and_times_that_the_index_sorts() -> None:
    """The first partition has the plain name; never comes after any moment."""
    assert [partition(number) for number in (0, 1, 12)] == ["open", "open-1", "open-12"]
    assert len(NEVER) == 17
    assert put_evidence("release/prod-app-7", None) == ([], "")


def test_history_lists_twenty_at_a_time() -> None:
    """Where nobody says how many."""
    logged = LoggedRelease()
    for number in range(100, 121):
        _, puts = logged.log.opening(release(id=f"prod-app-{number}"), logged.clock(), [])
        logged.table.write(*puts)
    assert [one.id for one in logged.log.history("prod/service-app")] == [f"prod-app-{n}" for n in range(120, 100, -1)]


@pytest.mark.parametrize(("later", "there"), [(59.0, True), (60.0, False), (61.0, False)])
def test_a_lock_ends_at_its_time(later: float, there: bool) -> None:
    """At that very moment it is gone; its answer is stored with it, and another row of that partition is no lock."""
    logged = LoggedRelease()
    now = logged.clock()
    lock = LockNow(scope="prod/a/b", actor=actor("ana"), reason="a", since=now, until=now + 60)
    event = Event(now, actor("ana"), "locked")
    assert logged.log.set_lock(lock, event, ("req-00000001", Done(text="locked")))
    assert ("locks#prod", "lock#a/b") in logged.table.items
    assert logged.log.answered("req-00000001") == Done(text="locked")
    other = logged.table.items["locks#prod", "lock#a/b"]._replace(sk="other")
    logged.table.tamper(other)
    logged.clock.sleep(later)
    assert logged.log.locks("prod") == ([lock] if there else [])
