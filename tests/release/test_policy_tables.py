"""Who is asked, who may answer and what holds a release back: every rule as a table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.release import policy
from generator.release.decisions import needs
from generator.release.model.change import ResourceChange
from generator.release.model.people import ENGINE, Actor
from generator.release.model.platform import EnvironmentRules
from generator.release.model.preview import EFFECTS, Effect, Meaning, Reading, ResourceEffect
from generator.release.model.release import Allowed, Delete, Need, NeedsApproval, Rollback
from generator.release.model.settings import Approvals, Approvers, Releases
from tests.release.values import SERVICE, TASK, approval, change_set, cost, reading, release

BACK = Rollback(of="prod-app-6")
AUTOMATIC = Rollback(of="prod-app-6", automatic=True)
FUNCTION = ResourceChange(logical_id="F", type="AWS::Lambda::Function", action="Modify", replacement="False")
REPLACED = ResourceChange(logical_id="S", type="AWS::ECS::Service", action="Modify", replacement="True")
PERHAPS = ResourceChange(logical_id="S", type="AWS::ECS::Service", action="Modify", replacement="Conditional")
ADDED = ResourceChange(logical_id="T", type="AWS::ECS::TaskDefinition", action="Add")
QUEUE = ResourceChange(logical_id="Q", type="AWS::SQS::Queue", action="Modify", replacement="False")


@pytest.mark.parametrize(
    ("changes", "only"),
    [
        ((TASK, SERVICE), True),
        ((FUNCTION,), True),
        ((), False),
        ((TASK, SERVICE, QUEUE), False),
        ((TASK, REPLACED), False),
        ((TASK, PERHAPS), False),
        ((ADDED,), False),
    ],
)
def test_what_counts_as_the_image_alone(changes: tuple[ResourceChange, ...], only: bool) -> None:
    """A new revision of the task definition and the service that runs it: nothing else passes as an image."""
    found = change_set(TASK)
    assert policy.is_image_only(type(found)(**{f: getattr(found, f) for f in found.__struct_fields__} | {"changes": changes})) is only  # fmt: skip


WORST = ("template", "stateful", "iam", "exposure")


def data(action: str, effect: Effect) -> Reading:
    """A database that is changed so, and kept."""
    row = ResourceEffect(
        logical_id="Db", type="AWS::RDS::DBInstance", action=action, effect=effect, why="", stateful=True
    )
    return Reading(meaning=Meaning(level="high", sentence="", effects=(row,)))


@pytest.mark.parametrize(
    ("more", "changes", "read", "classes"),
    [
        ({"creates": True, "in_use": False}, (QUEUE,), None, ("create",)),
        ({"creates": True, "in_use": False}, (QUEUE,), reading("data-loss", gains=1), ("create",)),
        ({"creates": True}, (QUEUE,), None, ("create", *WORST)),
        ({"creates": True}, (QUEUE,), reading("none"), ("create", "template")),
        ({"creates": True}, (QUEUE,), reading("none", gains=1, exposures=1), ("create", "template", "iam", "exposure")),
        ({"in_use": False}, (QUEUE,), reading(gains=1), ("template", "iam")),
        ({}, (), reading("none"), ("image",)),
        ({}, (), None, ("image",)),
        ({"image_only": False}, (), reading("none"), ("template",)),
        ({}, (QUEUE,), reading("none"), ("template",)),
        ({}, (QUEUE,), None, WORST),
        ({"image_only": False}, (), None, WORST),
        ({}, (QUEUE,), reading("restart", "interruption", "downtime"), ("template",)),
        ({}, (QUEUE,), reading("none", "data-loss"), ("template", "stateful")),
        ({}, (QUEUE,), reading("irreversible"), ("template", "stateful")),
        ({}, (QUEUE,), data("Replace", "downtime"), ("template", "stateful")),
        ({}, (QUEUE,), data("Remove", "none"), ("template", "stateful")),
        ({}, (QUEUE,), data("Modify", "downtime"), ("template",)),
        ({}, (QUEUE,), data("Add", "none"), ("template",)),
        ({}, (QUEUE,), reading("unknown"), ("template", "stateful")),
        ({}, (QUEUE,), reading("refused"), ("template", "stateful")),
        ({}, (), reading("data-loss"), ("image", "stateful")),
        ({}, (QUEUE,), reading(gains=1), ("template", "iam")),
        ({}, (QUEUE,), reading(exposures=2), ("template", "exposure")),
        ({}, (), reading(gains=1), ("image", "iam")),
        ({}, (QUEUE,), reading(cost=cost(50.0)), ("template",)),
        ({}, (QUEUE,), reading(cost=cost(50.01)), ("template", "cost")),
        ({}, (QUEUE,), reading(cost=cost(0.0, "AWS::X::Y")), ("template", "cost")),
        ({}, (QUEUE,), reading(cost=cost(-500.0)), ("template",)),
        ({}, (), reading(cost=cost(500.0)), ("image",)),
        ({}, (QUEUE,), reading("data-loss", gains=1, exposures=1, cost=cost(99)), (*WORST, "cost")),
        ({"purpose": BACK, "restores": True}, (QUEUE,), reading(gains=1, exposures=1, cost=cost(99)), ("rollback",)),
        ({"purpose": BACK, "restores": True}, (QUEUE,), reading("data-loss"), ("rollback", "stateful")),
        ({"purpose": BACK}, (QUEUE,), reading(gains=1, exposures=1), ("rollback", "iam", "exposure")),
        ({"purpose": BACK}, (), reading("none"), ("rollback",)),
        ({"purpose": BACK}, (QUEUE,), reading("data-loss"), ("rollback", "stateful")),
        ({"purpose": BACK}, (QUEUE,), None, ("rollback", "stateful", "iam", "exposure")),
        ({"purpose": Delete()}, (QUEUE,), reading("none", "downtime", "unknown"), ("delete",)),
        ({"purpose": Delete()}, (QUEUE,), data("Remove", "none"), ("delete", "stateful")),
        ({"purpose": Delete()}, (QUEUE,), reading("data-loss"), ("delete", "stateful")),
        ({"purpose": Delete()}, (QUEUE,), None, ("delete", "stateful", "iam", "exposure")),
        ({"purpose": Delete(), "creates": True, "in_use": False}, (QUEUE,), reading("none"), ("create", "delete")),
        ({"purpose": Rollback()}, (QUEUE,), reading("none"), ("template",)),
        ({"purpose": Rollback()}, (), reading("none"), ("image",)),
    ],
)
def test_classes(
    more: dict[str, Any], changes: tuple[ResourceChange, ...], read: Reading | None, classes: tuple[str, ...]
) -> None:
    """What a change set does decides which rules ask; what nobody has read counts as the worst."""
    at = policy.StackHistory(more.get("in_use", True), more.get("restores", False))
    about = {key: value for key, value in more.items() if key not in {"in_use", "restores"}}
    assert policy.classes(release(**about), change_set(*changes), read, 50.0, at) == classes


@given(st.lists(st.sampled_from(EFFECTS), max_size=4), st.integers(0, 2), st.integers(0, 2))
def test_more_trouble_never_asks_fewer_rules(effects: list[Any], gains: int, exposures: int) -> None:
    """Adding an effect, a gain or an exposure only ever adds rules."""
    less = set(policy.classes(release(), change_set(QUEUE), reading(*effects), 50.0, policy.StackHistory()))
    more = set(policy.classes(release(), change_set(QUEUE), reading(*effects, "unknown", gains=gains, exposures=exposures), 50.0, policy.StackHistory()))  # fmt: skip
    assert less <= more
    assert set(policy.classes(release(), change_set(QUEUE), None, 50.0, policy.StackHistory())) >= more - {"cost"}


ONE, TWO, OWNERS = Approvers(people=1), Approvers(people=2), Approvers(people=1, by=("owners",))


@pytest.mark.parametrize(
    ("written", "rule", "protected", "people"),
    [
        (Approvals(), "image", True, 1),
        (Approvals(), "template", True, 1),
        (Approvals(), "stateful", True, 2),
        (Approvals(), "iam", True, 2),
        (Approvals(), "exposure", True, 2),
        (Approvals(), "cost", True, 1),
        (Approvals(), "create", True, 0),
        (Approvals(), "delete", True, 1),
        (Approvals(), "delete", False, 0),
        (Approvals(default=TWO), "delete", False, 2),
        (Approvals(delete=OWNERS), "delete", True, 1),
        (Approvals(), "rollback", True, 1),
        (Approvals(), "stateful", False, 0),
        (Approvals(default=TWO), "image", True, 2),
        (Approvals(default=TWO), "image", False, 2),
        (Approvals(default=TWO), "create", True, 0),
        (Approvals(default=TWO), "rollback", True, 1),
        (Approvals(default=TWO), "rollback", False, 0),
        (Approvals(default=TWO, image=ONE), "image", True, 1),
        (Approvals(create=TWO), "create", True, 2),
        (Approvals(image=Approvers(people=0)), "image", True, 0),
    ],
)
def test_who_is_asked_for_a_class(written: Approvals, rule: Any, protected: bool, people: int) -> None:
    """What is written for a class, else the default, else what protection implies."""
    assert policy.approvers(written, rule, protected=protected).people == people


def rules(protected: bool = True, **more: Any) -> EnvironmentRules:
    """An environment called prod."""
    return EnvironmentRules(name="prod", protected=protected, releases=Releases(**more))


@pytest.mark.parametrize(
    ("more", "found", "settings", "asks"),
    [
        ({}, ("image",), {}, ["image"]),
        ({}, ("template", "iam"), {}, ["template", "iam"]),
        ({}, ("create",), {}, []),
        ({}, ("image",), {"protected": False}, []),
        ({"break_glass": "fire"}, ("template", "stateful"), {}, []),
        ({"purpose": AUTOMATIC}, ("rollback",), {}, []),
        ({"purpose": AUTOMATIC}, ("rollback", "stateful"), {}, ["rollback", "stateful"]),
        ({"purpose": AUTOMATIC}, ("rollback", "iam"), {}, ["rollback", "iam"]),
        ({"purpose": AUTOMATIC}, ("rollback", "exposure"), {}, ["rollback", "exposure"]),
        ({"purpose": AUTOMATIC}, ("rollback", "cost"), {}, []),
        ({"purpose": BACK}, ("rollback",), {}, ["rollback"]),
        ({}, ("image",), {"approvals": Approvals(image=Approvers(people=0))}, []),
    ],
)
def test_the_gate_names_the_rules_that_ask(
    more: dict[str, Any], found: tuple[Any, ...], settings: dict[str, Any], asks: list[str]
) -> None:
    """Nobody is asked, or each class's rule by its name, with why."""
    gate = policy.gate(rules(**settings), release(**more), found)
    if not asks:
        assert isinstance(gate, Allowed)
        assert gate.why
        return
    assert isinstance(gate, NeedsApproval)
    assert [need.rule for need in gate.rules] == asks
    assert all(need.why and need.people for need in gate.rules)


def need(people: int = 1, *by: str, requester: bool = False) -> Need:
    """A rule that asks."""
    return Need(rule="image", people=people, by=by, requester=requester, why="the image changes")


@pytest.mark.parametrize(
    ("rule", "person", "groups", "refused"),
    [
        (need(), "ben", (), ""),
        (need(), "", (), "you are not a known person"),
        (need(), "", ("releasers",), "you are not a known person"),
        (need(1, "releasers"), "", ("releasers",), "you are not a known person"),
        (need(), "ana", (), "you requested this release"),
        (need(requester=True), "ana", (), ""),
        (need(1, "releasers"), "ben", (), "this needs the approval of releasers"),
        (need(1, "releasers"), "ben", ("others",), "this needs the approval of releasers"),
        (need(1, "releasers"), "ben", ("releasers",), ""),
        (need(1, "releasers", "cleo"), "cleo", (), ""),
        (need(1, "releasers"), "ana", ("releasers",), "you requested this release"),
        (need(1, "owners", requester=True), "ana", ("releasers",), "this needs the approval of owners"),
    ],
)
def test_who_may_approve(rule: Need, person: str, groups: tuple[str, ...], refused: str) -> None:
    """Known people of the teams that are asked, but for who asked, unless the rule lets them."""
    assert policy.may_approve(rule, release(), person, groups).startswith(refused)
    assert bool(policy.may_approve(rule, release(), person, groups)) is bool(refused)


@pytest.mark.parametrize(
    ("approvals", "rule", "left"),
    [
        ((), need(), 1),
        ((approval("ben"),), need(), 0),
        ((approval("ben"),), need(2), 1),
        ((approval("ben"), approval("cleo")), need(2), 0),
        ((approval("ben"), approval("ben", id_="U0000BEN", channel="slack")), need(2), 1),
        ((approval("", id_="AIDASTRANGER"), approval("", id_="AIDAOTHER")), need(), 1),
        ((approval("ben", binding="c" * 64),), need(), 1),
        ((approval("ben", binding=""),), need(), 1),
        ((approval("ana"),), need(), 1),
        ((approval("ana"),), need(requester=True), 0),
        ((approval("ben"),), need(1, "owners"), 1),
        ((approval("ben", "owners"),), need(1, "owners"), 0),
        ((approval("ben", "owners"), approval("cleo")), need(2, "owners"), 1),
    ],
)
def test_what_is_left_to_approve(approvals: tuple[Any, ...], rule: Need, left: int) -> None:
    """One human with two channels is one; another binding, a stranger or a wrong team counts for nothing."""
    found = release(approvals=approvals)
    assert bool(policy.open_needs(NeedsApproval(rules=(rule,)), found)) is bool(left)
    if left:
        assert f"{left} more approval" in needs((rule,), found)


def test_one_person_counts_once_for_each_rule() -> None:
    """Somebody of two teams satisfies a rule of each, and only one place in either."""
    both = release(approvals=(approval("ben", "owners", "releasers"),))
    asked = NeedsApproval(rules=(need(1, "owners"), need(1, "releasers")))
    assert policy.open_needs(asked, both) == ()
    twice = NeedsApproval(rules=(need(2, "owners", "releasers"),))
    assert policy.open_needs(twice, both) == twice.rules


@given(st.lists(st.sampled_from(["ana", "ben", "cleo", ""]), max_size=8), st.integers(1, 3))
def test_rules_are_satisfied_by_so_many_different_people(people: list[str], required: int) -> None:
    """However often and in whatever order people approve, distinct known persons other than the requester count."""
    found = release(approvals=tuple(approval(p) for p in people))
    done = not policy.open_needs(NeedsApproval(rules=(need(required),)), found)
    assert done is (len(set(people) - {"ana", ""}) >= required)


def test_nothing_is_left_where_nobody_is_asked() -> None:
    """An allowed release has no open rules."""
    assert policy.open_needs(Allowed(why="this release needs no approval"), release()) == ()


@pytest.mark.parametrize(
    ("allowed", "person", "groups", "may"),
    [
        ((), "ana", (), False),
        (("ana",), "ana", (), True),
        (("oncall",), "ana", (), False),
        (("oncall",), "ana", ("oncall",), True),
        (("oncall",), "", ("oncall",), False),
        (("",), "", (), False),
    ],
)
def test_who_may_break_the_glass(allowed: tuple[str, ...], person: str, groups: tuple[str, ...], may: bool) -> None:
    """Those who are named, by themselves or by their team; never somebody unknown."""
    actor = Actor(channel="slack", id="U0000000BEN", person=person)
    assert (policy.may_break_glass(Releases(break_glass=allowed), "prod", actor, groups) == "") is may


def test_the_engine_itself_is_nobody_who_approves() -> None:
    """What the engine does by itself never counts as an approval."""
    assert policy.may_approve(need(requester=True), release(), ENGINE.person, ()) != ""
