"""Somebody who can write to the release table, or to a change set, and what the engine does about it: nothing runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from generator.release.audit_verification import verified
from generator.release.model.people import Actor
from generator.release.model.release import Approval, Release, Rollback
from generator.release.model.requests import Lock, Unlock
from generator.release.model.settings import Approvals, Approvers, Releases
from generator.release.model.states import Approved, Waiting
from tests.release.fake_platform import PEOPLE, FakePlatform
from tests.release.platform_templates import network, service

STACK = "slipway-prod-service-app"


def ready(**settings: Any) -> FakePlatform:
    """Prod at version 1, and version 2, whose template differs, published."""
    platform = FakePlatform(settings={"prod": Releases(**{"bake_minutes": 0, **settings})})
    platform.created()
    platform.publish(2, app=service(memory="1024"))
    return platform


def executed(platform: FakePlatform) -> int:
    """How often the app's stack in prod was changed."""
    stacks, _ = platform.aws("prod")
    return len(next(s for s in stacks.all if s.name == STACK).executed)


def forge(platform: FakePlatform, release: str, **changes: Any) -> None:
    """Write the release's row over, as a stolen worker's role could, and let workers look at it at once."""
    key = (f"release#{release}", "state")
    item = platform.table.items[key]
    row = msgspec.json.decode(item.body, type=Release)
    body = msgspec.json.encode(msgspec.structs.replace(row, **changes))
    platform.table.tamper(item._replace(body=body, rev=item.rev + 1))
    platform.log.wake(release)


def approval(platform: FakePlatform, release: str, who: str, **more: Any) -> Approval:
    """An approval by somebody real, for what people are asked about."""
    aws = PEOPLE[who].aws
    actor = (
        Actor(channel="cli", id=aws[0], person=who)
        if aws
        else Actor(channel="slack", id=PEOPLE[who].slack or "", person=who)
    )
    return Approval(actor=actor, at=platform.clock(), binding=platform.release(release).binding, **more)


def test_a_row_that_says_approved_runs_nothing() -> None:
    """A forged state and a real person's id, without an audit entry: it is closed, says why, and verify finds it."""
    platform = ready()
    release = platform.deploy()
    now = platform.clock()
    forge(
        platform,
        release,
        state=Approved(since=now, expires=now + 3600),
        approvals=(approval(platform, release, "ben"),),
    )
    faults = verified(platform.log, platform.seal, platform.facts).faults
    assert [f.text for f in faults] == [f"the row of {release} names an approval by ben that no entry records"]
    platform.later(60)
    assert platform.state(release) == "failed"
    cause = platform.release(release).cause
    assert cause is not None
    assert "was changed by somebody other than a worker" in cause.sentence
    assert "audit verify" in cause.fix
    assert executed(platform) == 1


@pytest.mark.parametrize(
    ("forged", "found"),
    [
        (lambda p, r: {"approvals": (approval(p, r, "ben"), approval(p, r, "cleo"))}, "names an approval by cleo"),
        (lambda *_: {"break_glass": "it burns"}, "whether break glass was used"),
        (lambda p, r: {"requester": approval(p, r, "cleo").actor}, "says that cleo asked for it, the entry ana"),
        (lambda *_: {"purpose": Rollback(of="prod-app-1", automatic=True)}, "says 'rollback' as its purpose"),
        (lambda *_: {"groups": ("owners",)}, "as its groups"),
        (lambda *_: {"binding": "0" * 64}, "another binding than the one"),
        (lambda p, r: {"after": msgspec.structs.replace(p.release(r).after, template="sha256:0")}, "as its template"),
        (lambda p, r: {"chain": 2, "head": p.release(r).head}, "ends its chain at entry 2"),
    ],
    ids=["approval", "glass", "requester", "purpose", "groups", "binding", "template", "chain"],
)
def test_no_part_of_a_row_passes_a_rule(forged: Callable[[FakePlatform, str], dict[str, Any]], found: str) -> None:
    """One of two approvals is given; whatever the row is made to say, the entries decide, and nothing runs."""
    platform = ready(approvals=Approvals(template=Approvers(people=2)))
    release = platform.deploy()
    platform.decide(release, "approve", "ben")
    assert isinstance(platform.release(release).state, Waiting)
    now = platform.clock()
    forge(platform, release, state=Approved(since=now, expires=now + 3600), **forged(platform, release))
    texts = [f.text for f in verified(platform.log, platform.seal, platform.facts).faults]
    assert any(found in text for text in texts), texts
    platform.later(60)
    assert platform.state(release) == "failed"
    assert executed(platform) == 1


@pytest.mark.parametrize("forged", [{"classes": ("image",)}, {"classes": ()}, {"gate": None}, {"image_only": True}])
def test_what_kind_of_change_it_is_is_decided_again(forged: dict[str, Any]) -> None:
    """A row that calls a template change an image change asks as many people as the change does."""
    platform = ready(approvals=Approvals(template=Approvers(people=2), image=Approvers(people=0)))
    release = platform.deploy()
    platform.decide(release, "approve", "ben")
    now = platform.clock()
    forge(platform, release, state=Approved(since=now, expires=now + 3600), **forged)
    platform.later(60)
    assert isinstance(platform.release(release).state, Waiting)
    assert executed(platform) == 1
    platform.decide(release, "approve", "cleo")
    assert platform.end(release) == "succeeded"


@pytest.mark.parametrize(
    "altered",
    [
        {"parameters": {"ImageUri": "evil@sha256:0", "Release": "2", "VpcId": "vpc"}},
        {"template": service(memory="4096")},
        {"tags": {"platform": "other"}},
        {"capabilities": ("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")},
    ],
    ids=lambda a: next(iter(a)),
)
def test_an_altered_change_set_never_runs(altered: dict[str, Any]) -> None:
    """What the change set carries is compared with what was agreed to just before it runs."""
    platform = ready()
    release = platform.deploy()
    platform.ask(Lock(id="req-lock-0001", scope="prod/*", reason="wait"), "cleo")
    platform.decide(release, "approve", "ben")
    stacks, _ = platform.aws("prod")
    row = next(c for s in stacks.all for c in s.change_sets if c.new.name.startswith(f"bot-{release}"))
    for name, value in altered.items():
        setattr(row.source, name, value)
    platform.ask(Unlock(id="req-lock-0002", scope="prod/*"), "cleo")
    platform.later(60)
    assert platform.state(release) == "superseded"
    assert executed(platform) == 1


def test_a_fed_value_that_somebody_alters_in_the_change_set_never_runs() -> None:
    """No version signs what other stacks feed, and an image alone keeps it: there the digest of the binding decides."""
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    release = platform.deploy()
    platform.ask(Lock(id="req-lock-0001", scope="prod/*", reason="wait"), "cleo")
    platform.decide(release, "approve", "ben")
    stacks, _ = platform.aws("prod")
    row = next(c for s in stacks.all for c in s.change_sets if c.new.name.startswith(f"bot-{release}"))
    row.source.parameters["VpcId"] = "vpc-another"
    platform.ask(Unlock(id="req-lock-0002", scope="prod/*"), "cleo")
    platform.later(60)
    found = platform.release(release)
    assert (platform.state(release), executed(platform)) == ("superseded", 1)
    assert found.cause is not None
    assert found.cause.sentence == "the change set, or its meaning, is not what was approved"


def test_an_output_that_changed_supersedes_the_release_that_it_feeds() -> None:
    """Between the question and the execution the network's VPC became another one: the release says which value moved."""
    platform = ready()
    release = platform.deploy()
    platform.ask(Lock(id="req-lock-0001", scope="prod/*", reason="wait"), "cleo")
    platform.decide(release, "approve", "ben")
    stacks, _ = platform.aws("prod")
    net = next(s for s in stacks.all if s.name == "slipway-prod-network")
    before = net.outputs()["VpcId"]
    net.physical["Vpc"] = "vpc-another"
    assert net.outputs()["VpcId"] != before
    platform.ask(Unlock(id="req-lock-0002", scope="prod/*"), "cleo")
    platform.later(60)
    assert platform.state(release) == "superseded"
    cause = platform.release(release).cause
    assert cause is not None
    assert f"VpcId of prod/network changed from {before} to {net.outputs()['VpcId']}" in cause.sentence
    assert executed(platform) == 1


def test_an_honest_log_has_no_fault() -> None:
    """Releases that were approved, rejected, undone, forced and rolled back leave rows that their entries bear out."""
    platform = ready(break_glass=("cleo",))
    first = platform.deploy()
    platform.decide(first, "reject", "ben", reason="not now")
    second = platform.deploy(who="cleo", break_glass="it burns")
    assert platform.end(second) == "succeeded"
    platform.publish(3, net=network())
    third = platform.deploy()
    platform.decide(third, "approve", "cleo", break_glass="again")
    assert platform.end(third) == "succeeded"
    platform.roll_back()
    platform.later(600)
    platform.deploy("dev")
    platform.later(60)
    assert verified(platform.log, platform.seal, platform.facts).faults == ()
