"""Two approvals, one of which AWS must attest: a taken front gives none, a person in a terminal does; IAM enforced."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import pytest

from bot.blocks import mentions
from generator.aws.session import Keys, Session
from generator.cli import main
from generator.release.client import Client, envelope, request_id
from generator.release.log import Log
from generator.release.log_items import item
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.model.requests import Decide, Done, Opened, Propose, Refusal, Request
from generator.release.model.settings import Approvals, Approvers, Person, Team
from generator.release.model.states import Closed, Waiting
from generator.release.ports import Put
from generator.wiring.adapters import Adapters, OwnClouds
from generator.wiring.application import Application
from generator.wiring.worker import reader
from tests.attacks.conftest import AttackedPlatform
from tests.attacks.test_template_attacks import publish
from tests.sandbox.conftest import REGION
from tests.sandbox.fleet import LONG

STACK = "prod/edge"
ANA, BEN, CLEO = "U0000ANA", "U0000BEN", "U000CLEO"
ALLOWED = {
    "sqs": (["sqs:SendMessage"], "arn:aws:sqs:*:*:slipway-home-releases"),
    "dynamodb": (["dynamodb:GetItem", "dynamodb:Query"], "arn:aws:dynamodb:*:*:table/slipway-home-releases*"),
}


class Attested(NamedTuple):
    """A prod that asks two people for a new stack, one of them attested; ``ids`` are the people that AWS knows."""

    platform: AttackedPlatform
    facts: PlatformFacts
    ids: dict[tuple[str, str], str]
    keys: dict[str, Keys]

    def until(self, found: Callable[[], Any]) -> Any:
        """A worker with nothing but its role works until there is something."""
        worker = self.platform.worker(self.facts, self.ids)
        try:
            end = time.monotonic() + LONG
            while time.monotonic() < end:
                if (there := found()) is not None:
                    return there
                worker.turn(0.0)
                time.sleep(0.05)
        finally:
            worker.close()
        raise AssertionError(self.platform.failed)

    def front(self, request: Request, who: str) -> Any:
        """The front's role sends this in somebody's name, with a command that Slack sent; the answer."""
        act = self.platform.command(who, "prod")
        self.platform.adapters("bot").queue(self.platform.queue_url).send(envelope(request, who, act))
        return self.until(lambda: self.platform.log.answered(str(request.id)))

    def release(self, id_: str) -> Release:
        """A release as the log has it."""
        found = self.platform.log.release(id_)
        assert found is not None
        return found

    def terminal(self, who: str, sleep: Callable[[float], object]) -> Application:
        """The command line of somebody, with an IAM user's own keys; ``sleep`` is called while it waits."""
        session = Session(REGION, keys=self.keys[who], endpoint=self.platform.sandbox.url)
        mine, names = Adapters(session, self.platform.names), self.platform.names
        clouds = OwnClouds(session, names)
        client = Client(self.facts, Log(mine.table, time.time), mine.queue(self.platform.queue_url), sleep)
        return Application(
            config=self.platform.config, facts=self.facts, clouds=clouds, versions=mine.versions, images=mine.images,
            client=client, seal=mine.seal, reader=reader(self.facts, mine, clouds), clock=time.time, sleep=sleep,
            person=who,
        )  # fmt: skip


def user(platform: AttackedPlatform, name: str) -> tuple[str, Keys]:
    """An IAM user in home's account who may send requests and read the log: the id that SQS attests, and keys."""
    iam = platform.root("iam")
    made = iam.create_user(UserName=name)["User"]["UserId"]
    statements = [{"Effect": "Allow", "Action": what, "Resource": on} for what, on in ALLOWED.values()]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName="asks", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return made, Keys(key["AccessKeyId"], key["SecretAccessKey"], "")


@pytest.fixture(scope="module")
def attested(platform: AttackedPlatform) -> Iterator[Attested]:
    """Ana, ben and cleo; ben has an IAM user. Prod is in use."""
    id_, keys = user(platform, "ben")
    table, in_use = platform.root("dynamodb"), {"pk": {"S": "environment#prod"}, "sk": {"S": "in-use"}}
    platform.adapters("worker").table.write(Put(item("environment#prod", "in-use", 1, {})))
    people = {
        "ana": Person(slack=ANA),
        "ben": Person(slack=BEN, aws=(id_,)),
        "cleo": Person(slack=CLEO),
    }
    prod = platform.facts.environments["prod"]
    two = Approvers(people=2, attested=1)
    asks = msgspec.structs.replace(prod.releases, approvals=Approvals(default=two, template=two, create=two), bake_minutes=0)  # fmt: skip
    facts = msgspec.structs.replace(
        platform.facts, people=people, teams={"releasers": Team(people=tuple(people))},
        environments={**platform.facts.environments, "prod": msgspec.structs.replace(prod, releases=asks)},
    )  # fmt: skip
    yield Attested(platform, facts, {("cli", id_): "ben", ("slack", CLEO): "cleo"}, {"ben": keys})
    table.delete_item(TableName=platform.names.table, Key=in_use)


def approve(release: Release) -> Decide:
    """An approval of what the log shows."""
    return Decide(id=request_id(), release=release.id, verdict="approve", binding=release.binding)


def test_what_a_front_approves_waits_for_somebody_whom_aws_attests(
    attested: Attested, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two people by Slack's word are not enough, and the card says how to go on; with ben's terminal it runs."""
    platform = attested.platform
    topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "attested"}}}}
    commit = publish(platform, 31, STACK, topic)
    opened = attested.front(Propose(id=request_id(), stack=STACK, version=commit), ANA)
    assert isinstance(opened, Opened), opened

    def there(wanted: Any) -> Callable[[], Release | None]:
        def found() -> Release | None:
            release = attested.release(opened.release)
            return release if isinstance(release.state, wanted | Closed) else None

        return found

    release = attested.until(there(Waiting))
    assert isinstance(release.state, Waiting), release.cause

    for who in (BEN, CLEO):
        answer = attested.front(approve(release), who)
        assert isinstance(answer, Done), answer
        assert f"from a terminal (slipway approve {release.id})" in answer.text
    again = attested.front(approve(release), CLEO)
    assert isinstance(again, Refusal), "nobody counts twice"

    release = attested.release(release.id)
    assert isinstance(release.state, Waiting), "two people whom only the front names"
    assert [a.actor.attested for a in release.approvals] == [False, False]
    said = mentions.asked(release, attested.facts)
    assert f"from a terminal (slipway approve {release.id})" in said
    assert "attested" not in mentions.agreed(release, attested.facts)

    worker = platform.worker(attested.facts, attested.ids)
    terminal = attested.terminal("ben", lambda _: worker.turn(0.05))
    monkeypatch.setattr("generator.wiring.composition.compose", lambda *_: terminal)
    monkeypatch.setattr(sys, "argv", ["slipway", "approve", release.id])
    with pytest.raises(SystemExit) as left:
        sys.exit(main.main())
    worker.close()
    assert left.value.code == 0, capsys.readouterr()

    ended = attested.until(there(Closed))
    assert isinstance(ended.state, Closed)
    assert ended.state.outcome == "succeeded", ended.cause
    assert "<@U0000BEN> (attested by AWS)" in mentions.agreed(ended, attested.facts)
    by_ben = [e for e in platform.log.entries(f"release/{release.id}") if e.what == "approved" and e.actor.id != BEN]
    ids = {e.actor.id for e in by_ben if e.actor.person == "ben"}
    assert ids == {id_ for (channel, id_), person in attested.ids.items() if (channel, person) == ("cli", "ben")}
    assert [fault for fault in platform.verified().faults if release.id in str(fault)] == []
