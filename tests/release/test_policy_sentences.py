"""What the policy says to people, word for word, and digests whose form an upgrade must not change unseen."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release import policy
from generator.release.approval_digest import binding, policy_digest
from generator.release.digests import hex_digest
from generator.release.model.platform import EnvironmentRules, PlatformFacts
from generator.release.model.preview import Meaning, MutableInput, Reading
from generator.release.model.release import Allowed, Need, NeedsApproval, Rollback
from generator.release.model.settings import Approvals, Approvers, Person, Releases, Team
from tests.release.values import REF, TASK, actor, approval, change_set, release


def mutable(name: str, *, kind: str = "transform") -> MutableInput:
    """Something that a change takes by its name."""
    return msgspec.convert({"kind": kind, "name": name, "sentence": "s", "fix": "f"}, MutableInput)


def test_what_is_not_bound_is_allowed_by_its_very_name() -> None:
    """An environment allows one macro: another one, and a tag of that name, is still refused."""
    macro, other, tag = mutable("Macro"), mutable("Other"), mutable("Macro", kind="image")
    reading = Reading(meaning=Meaning(level="low", sentence="", mutable=(macro, other, tag)))
    rules = EnvironmentRules(name="prod", protected=True, releases=Releases(allow=("Macro",)))
    assert policy.unbound(rules, reading) == (other, tag)
    closed = EnvironmentRules(name="prod", protected=True, releases=Releases())
    assert policy.unbound(closed, reading) == (macro, other, tag)


def test_why_nobody_is_asked() -> None:
    """The log says in words why a release went ahead: for its classes, or as the way back."""
    dev = EnvironmentRules(name="dev", protected=False, releases=Releases())
    assert policy.gate(dev, release(), ("image", "cost")) == Allowed(
        why="dev needs no approval when the image changes and nothing else and "
        "the monthly cost rises by more than the limit, or is not known"
    )
    back = release(purpose=Rollback(of="prod-app-6", automatic=True))
    assert policy.gate(dev, back, ("rollback",)) == Allowed(
        why="verification failed, and the policy restores the last good version automatically"
    )


def test_approvals_of_those_who_left_are_gone() -> None:
    """Of two who agreed one is still among the people."""
    found = release(approvals=(approval("ben"), approval("cleo")))
    assert policy.standing(found, {"ana", "cleo"}).approvals == (approval("cleo"),)


def test_who_is_asked_instead_is_named() -> None:
    """Somebody of the wrong team reads every team and person that may."""
    need = Need(rule="iam", people=1, by=("owners", "cleo"), requester=False, why="permissions are added")
    assert policy.may_approve(need, release(), "ben", ()) == (
        "this needs the approval of owners or cleo; ask one of them"
    )


NOBODY, ONE = Approvers(people=0), Approvers(people=1)
FORWARD = ("image", "template", "stateful", "iam", "exposure", "cost", "delete")


@pytest.mark.parametrize(
    ("protected", "approvals", "nobody"),
    [
        (False, Approvals(), True),
        (True, Approvals(), False),
        (False, Approvals(default=ONE), False),
        (True, Approvals(default=NOBODY), True),
        (True, Approvals(default=NOBODY, cost=ONE), False),
        (False, Approvals(iam=ONE), False),
        (False, Approvals(create=ONE), True),
        (False, Approvals(rollback=ONE), True),
        (True, Approvals(**dict.fromkeys(FORWARD, NOBODY)), True),
    ],
)
def test_environments_in_which_no_deployment_asks_anybody(protected: bool, approvals: Approvals, nobody: bool) -> None:
    """One class that asks is enough to ask; what creations and rollbacks ask does not count."""
    rules = EnvironmentRules(name="prod", protected=protected, releases=Releases(approvals=approvals))
    assert policy.asks_nobody(rules) is nobody


ASKED = NeedsApproval(rules=(Need(rule="image", people=1, by=(), requester=False, why="the image changes"),))


@pytest.mark.parametrize(
    ("channel", "automatic", "found", "approvals", "refused"),
    [
        ("ci", False, Allowed(why="nobody is asked"), (), True),
        ("ci", True, Allowed(why="nobody is asked"), (), False),
        ("cli", False, Allowed(why="nobody is asked"), (), False),
        ("slack", False, Allowed(why="nobody is asked"), (), False),
        ("ci", False, ASKED, (), False),
        ("ci", False, ASKED, (approval("ben"),), True),
        ("ci", True, ASKED, (approval("ben"),), False),
    ],
)
def test_what_a_workflow_opens_waits_for_people(
    channel: str, automatic: bool, found: Allowed | NeedsApproval, approvals: tuple[Any, ...], refused: bool
) -> None:
    """A job opens what asks somebody; what would run without anybody's word needs `automatic`."""
    rules = EnvironmentRules(name="prod", protected=True, releases=Releases(automatic=automatic))
    asked = release(requester=actor("ana", channel=channel), approvals=approvals)
    assert policy.opened_by_a_workflow(rules, asked, found) is refused


@pytest.mark.parametrize(
    ("people", "attested", "says"),
    [
        (1, 0, "1 more approval"),
        (2, 0, "2 more approvals"),
        (2, 1, "2 more approvals, 1 of them from a terminal (slipway approve prod-app-7),"),
        (2, 2, "2 more approvals, from a terminal (slipway approve prod-app-7),"),
        (0, 1, "1 more approval, from a terminal (slipway approve prod-app-7),"),
        (1, 2, "2 more approvals, from a terminal (slipway approve prod-app-7),"),
    ],
)
def test_how_many_approvals_are_missing_in_words(people: int, attested: int, says: str) -> None:
    """One or many, and how many of them only a terminal can give."""
    assert policy.Missing(people, attested).sentence("prod-app-7") == says


@pytest.mark.parametrize(
    ("settings", "channel", "says"),
    [
        (Releases(), "cli", "nobody may use break glass in prod: its `releases.break_glass` names no team and no person"),
        (Releases(break_glass=("ops", "cleo")), "cli", "only ops, cleo may use break glass in prod; ask them"),
        (
            Releases(break_glass=("ben",), approvals=Approvals(iam=Approvers(people=1, attested=1))),
            "slack",
            (
                "prod asks for attested approvals, so break glass is used from a terminal only, where AWS attests "
                "who you are: add --break-glass REASON to the command of slipway"
            ),
        ),
        (Releases(break_glass=("ben",), approvals=Approvals(iam=Approvers(people=1, attested=1))), "cli", ""),
        (Releases(break_glass=("ben",)), "slack", ""),
    ],
)  # fmt: skip
def test_why_somebody_may_not_break_the_glass(settings: Releases, channel: str, says: str) -> None:
    """Who reads it knows whom to ask, what to set, or where to type it."""
    assert policy.may_break_glass(settings, "prod", actor("ben", channel=channel), ()) == says


FACTS = PlatformFacts(
    name="slipway",
    default_branch="main",
    repository="acme/slipway",
    environments={
        "prod": EnvironmentRules(name="prod", protected=True, releases=Releases()),
        "dev": EnvironmentRules(name="dev", protected=False, releases=Releases()),
    },
    stacks={},
    people={"ana": Person(slack="U0000ANA")},
    teams={"ops": Team(people=("ana",))},
)


@pytest.mark.parametrize(
    "changed",
    [
        {"people": {}},
        {"people": {"ana": Person(slack="U0000BEN")}},
        {"teams": {}},
        {"teams": {"ops": Team(people=("ana", "ben"))}},
        {"environments": {"prod": EnvironmentRules(name="prod", protected=False, releases=Releases())}},
        {
            "environments": {
                "prod": EnvironmentRules(name="prod", protected=True, releases=Releases(break_glass=("ana",)))
            }
        },
    ],
    ids=["nobody", "another account", "no team", "a larger team", "unprotected", "break glass"],
)
def test_whatever_decides_who_may_agree_is_bound(changed: dict[str, object]) -> None:
    """Other people, teams or rules of this environment are another policy; another environment's rules are not."""
    assert policy_digest(msgspec.structs.replace(FACTS, **changed), REF) != policy_digest(FACTS, REF)
    same = {"environments": {**FACTS.environments, "dev": FACTS.environments["prod"]}}
    assert policy_digest(msgspec.structs.replace(FACTS, **same), REF) == policy_digest(FACTS, REF)


def test_the_form_of_a_binding_is_fixed() -> None:
    """A version of Slipway that wrote it otherwise would void every open approval: change it knowingly."""
    found, meaning = change_set(TASK), Meaning(level="low", sentence="the image changes")
    assert binding(found, meaning, "a" * 64) == hex_digest(
        {
            "arn": found.arn, "stack": found.stack_id, "template": found.template, "parameters": found.parameters,
            "capabilities": sorted(found.capabilities), "role": found.role, "tags": found.tags,
            "meaning": msgspec.to_builtins(meaning), "policy": "a" * 64,
        }
    )  # fmt: skip
    parts = {
        "rules": FACTS.environments["prod"],
        "people": FACTS.people,
        "teams": FACTS.teams,
        "sessions": FACTS.session_roles,
    }
    assert policy_digest(FACTS, REF) == hex_digest(msgspec.to_builtins(parts))
