"""What locks and freezes hold back, and what is said of them."""

from __future__ import annotations

from time import gmtime, strftime
from typing import Any

import pytest

from generator.release import policy
from generator.release.model.log_records import LockNow
from generator.release.model.platform import EnvironmentRules
from generator.release.model.release import Refused, Rollback
from generator.release.model.settings import Freeze, Releases
from tests.release.values import actor, release

BACK = Rollback(of="prod-app-6")


AUTOMATIC = Rollback(of="prod-app-6", automatic=True)


def rules(protected: bool = True, **more: Any) -> EnvironmentRules:
    """An environment called prod."""
    return EnvironmentRules(name="prod", protected=protected, releases=Releases(**more))


NOW = 1_800_000_000.0


FREEZE = Freeze(reason="holidays", start="2020-01-01T00:00", end="2040-01-01T00:00")


def lock(scope: str = "prod/*", **more: Any) -> LockNow:
    """A lock by cleo."""
    return LockNow(scope=scope, actor=actor("cleo"), reason="incident", since=NOW - 7200, **more)


@pytest.mark.parametrize(
    ("scope", "more", "holds"),
    [
        ("prod/*", {}, True),
        ("prod/service-app", {}, True),
        ("prod/service-web", {}, False),
        ("staging/*", {}, False),
        ("prod/*", {"lifted": True}, False),
        ("prod/*", {"until": NOW}, False),
        ("prod/*", {"until": NOW + 1}, True),
        ("prod/service", {}, False),
    ],
)
def test_what_a_lock_holds(scope: str, more: dict[str, Any], holds: bool) -> None:
    """One stack, or a whole environment, until it ends or is taken away."""
    assert lock(scope, **more).holds("prod/service-app", NOW) is holds


@pytest.mark.parametrize(
    ("minutes", "age"),
    [(-5, "0 min"), (0, "0 min"), (89, "89 min"), (90, "2 h"), (60 * 47, "47 h"), (60 * 48, "2 d"), (60 * 24 * 9, "9 d")],
)  # fmt: skip
def test_how_old_a_lock_is(minutes: int, age: str) -> None:
    """Minutes, hours or days, whatever people would say."""
    assert LockNow(scope="prod/*", actor=actor("cleo"), reason="x", since=0.0).age(minutes * 60.0) == age


@pytest.mark.parametrize(
    ("more", "locks", "freezes", "rule"),
    [
        ({}, (), (), ""),
        ({}, (lock(),), (), "lock"),
        ({}, (lock(freeze=True),), (), "freeze"),
        ({}, (), (FREEZE,), "freeze"),
        ({}, (lock(),), (FREEZE,), "lock"),
        ({"purpose": BACK}, (), (FREEZE,), ""),
        ({"purpose": BACK}, (lock(freeze=True),), (), ""),
        ({"purpose": BACK}, (lock(),), (), "lock"),
        ({"purpose": BACK}, (lock(freeze=True), lock("prod/service-app")), (), "lock"),
        ({"purpose": BACK}, (lock("prod/service-app"),), (FREEZE,), "lock"),
        ({"purpose": AUTOMATIC}, (lock(),), (FREEZE,), ""),
        ({"break_glass": "fire"}, (lock(),), (FREEZE,), ""),
        ({}, (lock("prod/service-web"),), (), ""),
    ],
)
def test_what_holds_a_release_back(
    more: dict[str, Any], locks: tuple[LockNow, ...], freezes: tuple[Freeze, ...], rule: str
) -> None:
    """Locks hold everything, freezes only what is new; the automatic way back and a broken glass pass both."""
    found = policy.held(rules(freezes=freezes), release(**more), locks, NOW)
    assert (found.rule if found else "") == rule
    if isinstance(found, Refused):
        assert found.why.endswith(("unlock prod", "unlock prod app", "with a reason"))


def test_a_lock_shows_holder_reason_and_age() -> None:
    """Who is held back reads whom to ask, why, and since when."""
    found = policy.refusal(rules(), "prod/service-app", [lock()], NOW, going_back=False)
    assert found is not None
    assert "by cleo for 2 h: incident" in found.why


@pytest.mark.parametrize(("freeze", "what"), [(False, "locked"), (True, "frozen")])
def test_a_refusal_says_what_holds_and_until_when(freeze: bool, what: str) -> None:
    """A lock and a freeze are told apart, with the time at which everything is free again."""
    until = NOW + 3600
    end = strftime("%Y-%m-%d %H:%M UTC", gmtime(until))
    found = policy.refusal(rules(), "prod/service-app", [lock(freeze=freeze, until=until)], NOW, going_back=False)
    assert found == Refused(
        rule="freeze" if freeze else "lock",
        why=f"all of prod has been {what} by cleo for 2 h, until {end}: incident. Ask them, or remove it with: slipway unlock prod",
        until=until,
    )
    assert policy.refusal(rules(), "prod/service-app", [lock(until=NOW)], NOW, going_back=False) is None


def test_a_freeze_of_the_configuration_says_when_it_ends() -> None:
    """Who is held back by the calendar reads the reason and the end."""
    freeze = Freeze(reason="holidays", start="2020-01-01T00:00", end="2040-01-01T00:00", zone="UTC")
    found = policy.refusal(rules(freezes=(freeze,)), "prod/service-app", [], NOW, going_back=False)
    assert found == Refused(
        rule="freeze",
        why="prod is frozen: holidays. Wait: it is frozen until Sun 2040-01-01 00:00 UTC. Or use break glass with a reason",
        until=2_208_988_800.0,
    )
