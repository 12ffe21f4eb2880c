"""What a rule with `attested` keeps from a taken front: it speaks for anybody in Slack, and for nobody in a terminal."""

from __future__ import annotations

from typing import Any

import pytest

from bot.blocks import mentions
from generator.release import messages, policy
from generator.release.client import Client, request_id
from generator.release.model.release import Need, NeedsApproval
from generator.release.model.requests import Answer, Decide, Done, Opened, Propose, Refusal, Request
from generator.release.model.settings import Approvals, Approvers, Releases
from generator.release.model.states import Approved, Waiting
from tests.release.fake_platform import PEOPLE, FakePlatform
from tests.release.platform_templates import service
from tests.release.values import approval, release

FRONT = "AROAFRONTFRONTFRONT1:front"
TWO = Approvers(people=2, attested=1, requester=True)


def taken(platform: FakePlatform, request: Request, who: str) -> Answer | None:
    """What the front sends in somebody's name, whether they touched Slack or not."""
    client = Client(platform.facts, platform.log, platform.queue.as_(FRONT), platform.clock.sleep)
    client.send(request, PEOPLE[who].slack or "")
    platform.go()
    return platform.log.answered(request.id)


def approve(platform: FakePlatform, release_id: str, **more: Any) -> Decide:
    """An approval of what the log shows now."""
    found = platform.release(release_id)
    return Decide(id=request_id(), release=release_id, verdict="approve", binding=found.binding, **more)


def ready(**settings: Any) -> FakePlatform:
    """Prod at version 1, and a template change published."""
    platform = FakePlatform(settings={"prod": Releases(**{"bake_minutes": 0, **settings})})
    platform.created()
    platform.publish(2, app=service(memory="1024"))
    return platform


def test_a_taken_front_runs_nothing_where_one_approval_must_be_attested() -> None:
    """It proposes as ana and approves as ben and as cleo: two people by Slack's word, and the release waits on."""
    platform = ready(approvals=Approvals(template=TWO))
    opened = taken(platform, Propose(id=request_id(), stack="prod/service-app"), "ana")
    assert isinstance(opened, Opened)
    for who in ("ben", "cleo", "ana"):
        answer = taken(platform, approve(platform, opened.release), who)
        assert isinstance(answer, Done), answer
        assert f"from a terminal (slipway approve {opened.release})" in answer.text
    platform.later(60)
    assert isinstance(platform.release(opened.release).state, Waiting)
    assert isinstance(platform.decide(opened.release, "approve", "ben"), Done), "ben at his terminal"
    assert platform.end(opened.release) == "succeeded"


def test_without_such_a_rule_a_taken_front_is_two_people() -> None:
    """The other side of it, which docs/security.md says: two-person rules rest on the front where none is attested."""
    platform = ready(approvals=Approvals(template=Approvers(people=1)))
    opened = taken(platform, Propose(id=request_id(), stack="prod/service-app"), "ana")
    assert isinstance(opened, Opened)
    taken(platform, approve(platform, opened.release), "cleo")
    assert platform.end(opened.release) == "succeeded"


def test_who_attests_what_they_agreed_to_in_slack_counts_once() -> None:
    """Ben in Slack and ben in a terminal are one approval, attested; the second person is still missing."""
    platform = ready(approvals=Approvals(template=Approvers(people=2, attested=1)))
    release_id = platform.deploy()
    taken(platform, approve(platform, release_id), "ben")
    answer = platform.decide(release_id, "approve", "ben")
    assert isinstance(answer, Done)
    assert answer.text.startswith("approved; the release still needs 1 more approval by another person")
    again = platform.decide(release_id, "approve", "ben")
    assert isinstance(again, Refusal)
    assert again.rule == "twice"
    taken(platform, approve(platform, release_id), "cleo")
    assert platform.end(release_id) == "succeeded"


@pytest.mark.parametrize(
    ("rule", "channel", "refused"),
    [
        (Approvers(people=1, attested=1), "slack", True),
        (Approvers(people=1), "slack", False),
        (Approvers(people=1, attested=1), "cli", False),
    ],
)
def test_the_glass_is_broken_from_a_terminal_where_approvals_are_attested(
    rule: Approvers, channel: str, refused: bool
) -> None:
    """Otherwise break glass would be the way round the rule, for a request and for a decision."""
    platform = ready(approvals=Approvals(template=rule), break_glass=("ben",))
    release_id = platform.deploy()
    broken = approve(platform, release_id, break_glass="it burns")
    answer = taken(platform, broken, "ben") if channel == "slack" else platform.ask(broken, "ben")
    assert isinstance(answer, Refusal) is refused, answer
    assert isinstance(platform.release(release_id).state, Waiting) is refused
    if refused:
        asked = Propose(id=request_id(), stack="prod/service-web", break_glass="it burns")
        assert isinstance(taken(platform, asked, "ben"), Refusal)


@pytest.mark.parametrize(
    ("people", "attested", "approvals", "missing"),
    [
        (2, 1, (), (2, 1)),
        (2, 1, (approval("ben", channel="slack"),), (1, 1)),
        (2, 1, (approval("ben", channel="slack"), approval("cleo", channel="slack")), (0, 1)),
        (2, 1, (approval("ben", channel="slack"), approval("cleo")), (0, 0)),
        (2, 2, (approval("ben", channel="slack"), approval("cleo")), (0, 1)),
        (2, 2, (approval("ben"), approval("cleo")), (0, 0)),
        (2, 1, (approval("ben"), approval("ben", channel="slack")), (1, 0)),
        (1, 1, (approval("ben", channel="ci"),), (0, 1)),
        (1, 1, (approval("ana"),), (1, 1)),
        (1, 1, (approval("ben", binding="c" * 64),), (1, 1)),
    ],
)
def test_what_a_rule_still_waits_for(people: int, attested: int, approvals: Any, missing: tuple[int, int]) -> None:
    """Persons, each once, and how many of them AWS attests; the requester and another binding count for neither."""
    need = Need(rule="iam", people=people, by=(), requester=False, why="x", attested=attested)
    found = release(approvals=approvals)
    assert policy.missing(need, found) == missing
    open_ = policy.open_needs(NeedsApproval(rules=(need,)), found)
    assert bool(open_) is any(missing)


def test_the_card_says_how_to_give_an_attested_approval() -> None:
    """One sentence for terminals and chat, with the command; who agreed in Slack alone is named as who can."""
    platform = ready(approvals=Approvals(template=Approvers(people=1, attested=1)))
    release_id = platform.deploy()
    taken(platform, approve(platform, release_id), "ben")
    found = platform.release(release_id)
    (asked,) = messages.outstanding_approvals(found, platform.facts)
    assert asked.sentence.startswith(f"1 approval by the people of platform.yaml (ben or cleo), from a terminal (slipway approve {release_id})")  # fmt: skip
    assert not isinstance(found.state, Approved)


def test_the_card_says_which_approvals_are_attested() -> None:
    """A reader sees at whose approval AWS vouches for the person; ben is named once, whatever he used."""
    platform = ready(approvals=Approvals(template=Approvers(people=3, attested=1, requester=True)))
    release_id = platform.deploy()
    for who in ("ben", "cleo"):
        taken(platform, approve(platform, release_id), who)
    said = mentions.agreed(platform.release(release_id), platform.facts)
    assert said == "Approved by <@U0000BEN>, <@U000CLEO>"
    assert f"from a terminal (slipway approve {release_id})" in mentions.asked(platform.release(release_id), platform.facts)  # fmt: skip
    platform.decide(release_id, "approve", "ben")
    said = mentions.agreed(platform.release(release_id), platform.facts)
    assert said == "Approved by <@U0000BEN> (attested by AWS), <@U000CLEO>"
