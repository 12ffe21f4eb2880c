"""Opening releases: what is refused and why, whatever the version; and one open release of a stack."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from generator.release.client import Client, Envelope, envelope, request_id
from generator.release.model.people import Actor
from generator.release.model.requests import Decide, Lock, Logs, Opened, Propose, Refusal, RollBack, Skipped, Unlock
from generator.release.model.settings import Approvals, Approvers, Freeze, Releases
from tests.release.fake_platform import PEOPLE, FakePlatform, person

FROZEN = Freeze(reason="holidays", start="2020-01-01T00:00", end="2040-01-01T00:00")
ANA = person("ana")
CI = Actor(channel="ci", id="AROACI:run")
STRANGER = Actor(channel="cli", id="AIDASTRANGER")
MEMBER = Actor(channel="slack", id="U0MEMBER")


def two(**settings: Any) -> FakePlatform:
    """Prod with version 1, then 2 in it, and 3 published; rules change afterwards."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.created()
    platform.publish(2)
    release = platform.deploy()
    platform.decide(release, "approve")
    assert platform.end(release) == "succeeded"
    platform.publish(3)
    rules = platform.facts.environments["prod"]
    platform.facts.environments["prod"] = msgspec.structs.replace(
        rules, releases=msgspec.structs.replace(rules.releases, **settings)
    )
    return platform


def asked(platform: FakePlatform, request: Any, actor: Actor = ANA, groups: tuple[str, ...] = ()) -> Any:
    """The answer to a request of somebody."""
    return platform.service.handle(Envelope(request), actor, groups)


def propose(stack: str = "prod/service-app", **more: Any) -> Propose:
    """A proposal."""
    return Propose(id=request_id(), stack=stack, **more)


def back(stack: str = "prod/service-app", **more: Any) -> RollBack:
    """A wish to go back."""
    return RollBack(id=request_id(), stack=stack, **more)


GLASS: dict[str, Any] = {"break_glass": ("ana", "oncall")}


@pytest.mark.parametrize(
    ("request_", "actor", "groups", "settings", "rule", "says"),
    [
        (propose(), ANA, (), {}, "", ""),
        (propose("prod/nothing"), ANA, (), {}, "unknown", "prod/network"),
        (propose("mars/app"), ANA, (), {}, "unknown", "slipway status"),
        (propose(), STRANGER, (), {}, "unknown person", "platform.yaml"),
        (back(), STRANGER, (), {}, "unknown person", "AIDASTRANGER"),
        (propose(), CI, (), {}, "", ""),
        (propose("dev/network"), CI, (), {}, "automatic", "write `releases: { automatic: true }` for dev"),
        (propose("dev/network"), STRANGER, (), {}, "unknown person", "AIDASTRANGER"),
        (propose("dev/network"), MEMBER, (), {}, "", ""),
        (propose(), MEMBER, (), {}, "unknown person", "U0MEMBER"),
        (back(), CI, (), {}, "not a person", "open releases and do nothing else"),
        (Lock(id=request_id(), scope="prod/*", reason="x"), CI, (), {}, "not a person", "ask a person"),
        (Unlock(id=request_id(), scope="prod/*"), CI, (), {}, "not a person", "ask a person"),
        (Logs(id=request_id(), stack="prod/service-app"), CI, (), {}, "not a person", "ask a person"),
        (Decide(id=request_id(), release="prod-app-1", verdict="approve"), CI, (), {}, "not a person", "ask a person"),
        (propose(break_glass="fire"), person("ben"), (), GLASS, "break-glass", "only ana, oncall"),
        (propose(break_glass="fire"), person("ben"), ("oncall",), GLASS, "", ""),
        (propose(break_glass="fire"), ANA, (), {}, "break-glass", "nobody may use break glass in prod: its `releases.break_glass` names no team"),
        (propose(break_glass="fire"), CI, ("oncall",), GLASS, "not a person", "ask a person"),
        (propose(), ANA, (), {"freezes": (FROZEN,)}, "freeze", "holidays"),
        (propose(break_glass="fire"), ANA, (), {"freezes": (FROZEN,), **GLASS}, "", ""),
        (back(), ANA, (), {"freezes": (FROZEN,)}, "", ""),
        (back(version="1" * 40), ANA, (), {"freezes": (FROZEN,)}, "", ""),
        (back(version="1" * 9), ANA, (), {}, "", ""),
        (back(version="3" * 40), ANA, (), {}, "no version", "slipway deploy app prod 333333333333"),
        (back(version="3" * 40), ANA, (), {"freezes": (FROZEN,)}, "no version", "never succeeded"),
        (back(version="9" * 40), ANA, (), {}, "gone", "can't be released again"),
        (back(release="prod-app-1"), ANA, (), {}, "", ""),
        (back(release="prod-network-1"), ANA, (), {}, "no version", "is not a release of prod/service-app"),
        (back(release="prod-app-77"), ANA, (), {}, "no version", "slipway history"),
        (back("prod/service-web"), ANA, (), {}, "no version", "nothing has been released to prod/service-web"),
        (back("prod/network"), ANA, (), {}, "no version", "no other version has succeeded"),
        (propose(version="9" * 40), ANA, (), {}, "no version", "no version"),
        (propose(version="3" * 40), ANA, (), {}, "", ""),
        (propose(version="3" * 40), ANA, (), {"promote_from": "staging"}, "promotion", "deploy app staging"),
        (propose(version="3" * 40, break_glass="fire"), ANA, (), {"promote_from": "staging", **GLASS}, "", ""),
        (propose(), ANA, (), {"promote_from": "staging"}, "no version", "newest version that can be released there"),
        (propose(promote_from="staging"), ANA, (), {}, "promotion", "deploy there first"),
        (back(), ANA, (), {"promote_from": "staging"}, "", ""),
    ],
)  # fmt: skip
def test_what_is_opened_and_what_refused(  # noqa: PLR0917 - columns of a table
    request_: Any, actor: Actor, groups: tuple[str, ...], settings: dict[str, Any], rule: str, says: str
) -> None:
    """Each refusal names its rule and what to do; the way back passes freezes and promotion, for what was good here."""
    platform = two(**settings)
    answer = asked(platform, msgspec.structs.replace(request_, id=request_id()), actor, groups)
    if not rule:
        assert isinstance(answer, Opened), answer
        return
    assert isinstance(answer, Refusal), answer
    assert answer.rule == rule
    assert says in answer.why
    assert platform.log.slot(getattr(request_, "stack", "prod/service-app"))[0].open == ""


def test_what_administrators_alone_change() -> None:
    """Home and foundation are never released, anyone who asks."""
    platform = two()
    facts = platform.facts.stacks["prod/network"]
    platform.facts.stacks["prod/network"] = msgspec.structs.replace(facts, administrators=True)
    answer = asked(platform, propose("prod/network"))
    assert isinstance(answer, Refusal)
    assert "slipway bootstrap" in answer.why


def test_a_refusal_is_remembered() -> None:
    """The same request again, after the reason is gone, gets the same answer; a new request gets a new one."""
    platform = two(freezes=(FROZEN,))
    request = propose()
    first = asked(platform, request)
    rules = platform.facts.environments["prod"]
    platform.facts.environments["prod"] = msgspec.structs.replace(rules, releases=Releases())
    assert asked(platform, request) == first
    assert isinstance(asked(platform, propose()), Opened)


def test_twenty_at_once_open_one() -> None:
    """Of twenty people who deploy at the same moment one opens a release, and nineteen read whose it is."""
    platform = two()
    services = [platform.worker(f"w{i}").service for i in range(4)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda i: services[i % 4].handle(Envelope(propose()), person("ana"), ()), range(20))
        )  # fmt: skip
    opened = [a for a in answers if isinstance(a, Opened)]
    assert len(opened) == 1
    assert all(isinstance(a, Refusal) and opened[0].release in a.why for a in answers if a not in opened)
    assert platform.log.slot("prod/service-app")[0].count == 3


def test_release_numbers_count_up_for_each_stack() -> None:
    """prod-app-1, prod-app-2, and the network beside it has its own."""
    platform = two()
    assert platform.deploy() == "prod-app-3"
    assert [s.id for s in platform.log.history("prod/network")] == ["prod-network-1"]


def test_a_stack_without_a_version_is_skipped_and_nothing_is_opened() -> None:
    """Where CI has published nothing yet, the answer says so."""
    platform = FakePlatform()
    assert isinstance(asked(platform, propose("dev/service-app")), Skipped)


def opened_by_ci(platform: FakePlatform, env: str = "prod") -> Any:
    """What a deploy job is answered, over the queue with the id of its role."""
    request = propose(f"{env}/service-app")
    Client(platform.facts, platform.log, platform.queue.as_("AROAOPENOPENOPENOPE1:job"), platform.clock.sleep).send(
        request
    )
    platform.go()
    return platform.log.answered(request.id)


def test_a_deploy_job_opens_and_people_approve() -> None:
    """What a workflow opened waits for a person; the workflow is none, and its decision over the same queue is refused."""
    platform = two()
    opened = opened_by_ci(platform)
    assert isinstance(opened, Opened)
    release = platform.log.release(opened.release)
    assert release is not None
    assert (release.requester.channel, release.requester.person) == ("ci", "")
    job = Client(platform.facts, platform.log, platform.queue.as_("AROAOPENOPENOPENOPE1:job"), platform.clock.sleep)
    decision = Decide(id=request_id(), release=opened.release, verdict="approve", binding=release.binding)
    job.send(decision)
    platform.go()
    assert isinstance(platform.log.answered(decision.id), Refusal)
    platform.decide(opened.release, "approve")
    assert platform.end(opened.release) == "succeeded"


@pytest.mark.parametrize(("automatic", "ends"), [(False, "failed"), (True, "succeeded")])
def test_a_workflow_releases_alone_only_where_that_is_written(automatic: bool, ends: str) -> None:
    """Where this change asks nobody, though others would, the release is closed unless the environment writes it."""
    nobody = Approvals(image=Approvers(people=0))
    platform = two(approvals=nobody, automatic=automatic)
    opened = opened_by_ci(platform)
    assert isinstance(opened, Opened)
    assert platform.end(opened.release) == ends


def test_who_may_wake_asks_for_nothing() -> None:
    """In the queue of wake-ups every request is dropped, anyone who sent it."""
    platform = two()
    request = propose()
    platform.wakes.as_(PEOPLE["ana"].aws[0]).send(envelope(request, ""))
    platform.go()
    assert platform.log.answered(request.id) is None
    assert platform.wakes.waiting == []


def test_a_flood_of_junk_delays_nobody() -> None:
    """With 10,000 messages of functions and builds waiting, a person's request is dealt with in the worker's next turn.

    A turn takes ten of them at most, and they are never received together with requests.
    """
    platform = two()
    for number in range(10_000):
        platform.wakes.send(f"junk {number}")
    request = propose()
    platform.queue.as_(PEOPLE["ana"].aws[0]).send(envelope(request, ""))
    platform.workers[0].turn(0.0)
    assert isinstance(platform.log.answered(request.id), Opened)
    assert len(platform.wakes.waiting) == 10_000 - 10


@pytest.mark.parametrize(
    ("stack", "says"),
    [
        ("prod/service-ap-117", "perhaps you mean prod/service-app-117"),
        ("prod/zzz", "there is no stack prod/zzz; all 201 are shown by: slipway status prod"),
    ],
)
def test_of_many_stacks_a_refusal_names_those_that_are_meant(stack: str, says: str) -> None:
    """A name that is written wrong gets the names that are like it, not two hundred others."""
    platform = FakePlatform(apps=[f"app-{number}" for number in range(200)])
    found = asked(platform, propose(stack))
    assert found.rule == "unknown"
    assert says in found.why
    assert len(found.why) < 300
