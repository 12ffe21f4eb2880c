"""A person's name in the log is bound to what that person sent, and stored beside the entry."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import msgspec
import pytest

from generator.release.acts import EVIDENCE, contradicts, evidence_digest, speaker
from generator.release.audit_verification import verified
from generator.release.client import envelope, request_id
from generator.release.log_items import item
from generator.release.model.evidence import Evidence, SlackAct
from generator.release.model.requests import Lock, Unlock
from tests.release.fake_platform import PEOPLE, FakePlatform, clicked


def ready() -> tuple[FakePlatform, str]:
    """A release that ana asked for in a terminal and cleo approved in Slack, with a lock in between."""
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    release = platform.deploy()
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="wait"), "ben")
    platform.decide(release, "approve", "cleo")
    platform.ask(Unlock(id=request_id(), scope="prod/*"), "ben")
    assert platform.end(release) == "succeeded"
    return platform, release


def faults(platform: FakePlatform) -> list[str]:
    """What `audit verify` finds."""
    return [fault.text for fault in verified(platform.log, platform.seal, platform.facts).faults]


def test_each_act_of_a_person_has_its_evidence() -> None:
    """Who proposes, approves, locks and unlocks: SQS's sender and message, and Slack's signed bytes, by their digest."""
    platform, release = ready()
    assert faults(platform) == []
    chain = f"release/{release}"
    acts = {e.what: e for e in platform.log.entries(chain) if e.actor.channel != "worker"}
    stored = platform.log.evidence(chain)
    assert set(acts) == {"proposed", "approved"}
    proposed, approved = (stored[acts[what].detail[EVIDENCE]] for what in ("proposed", "approved"))
    assert (proposed.sender, proposed.slack) == (PEOPLE["ana"].aws[0], None)
    assert approved.slack == clicked(PEOPLE["cleo"])
    assert approved.message
    assert json.loads(approved.request)["verdict"] == "approve"
    locks = list(platform.log.entries("env/prod"))
    assert [entry.what for entry in locks] == ["locked", "unlocked"]
    assert {entry.detail[EVIDENCE] for entry in locks} == platform.log.evidence("env/prod").keys()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (None, "no evidence of that act is stored"),
        ({"message": "another"}, "the evidence of that act was changed"),
        ({"sender": "AIDABENBENBENBENBEN1"}, "the evidence of that act was changed"),
    ],
    ids=["deleted", "message", "sender"],
)
def test_evidence_that_is_gone_or_changed_is_found(change: dict[str, str] | None, found: str) -> None:
    """Evidence is bound by its digest in the entry, so that neither deleting nor changing it goes unseen."""
    platform, release = ready()
    chain = f"release/{release}"
    entry = next(iter(platform.log.entries(chain)))
    pk, sk = f"evidence#{chain}", entry.detail[EVIDENCE]
    was = platform.table.items[pk, sk]
    if change is None:
        del platform.table._parts[pk][sk], platform.table.items[pk, sk]
    else:
        evidence = msgspec.json.decode(was.body, type=Evidence)
        platform.table.tamper(item(pk, sk, was.rev + 1, msgspec.structs.replace(evidence, **change)))
    assert any(found in text for text in faults(platform))


CLICK = {"type": "block_actions", "user": {"id": "U1"}}


@pytest.mark.parametrize(
    ("body", "who"),
    [
        (urlencode({"payload": json.dumps(CLICK)}), "U1"),
        (json.dumps(CLICK), "U1"),
        (urlencode({"command": "/deploy", "user_id": "U2"}), "U2"),
        (json.dumps({"command": "/deploy", "user_id": "U2"}), "U2"),
        (json.dumps({"type": "event_callback", "event": {"user": "U3"}}), "U3"),
        ("payload=%7B", ""),
        ("payload=[]", ""),
        ("{", ""),
        ("", ""),
    ],
)
def test_who_speaks_in_what_slack_sent(body: str, who: str) -> None:
    """Commands, clicks, forms and mentions name their sender, over HTTP and Socket Mode; nonsense names nobody."""
    act = SlackAct(body=body, sha256="0" * 64)
    assert speaker(act) == who
    evidence = Evidence(sender="AROA:front", message="1", request="{}", slack=act)
    assert contradicts(evidence, "slack", "U9") is bool(body)
    assert contradicts(evidence, "slack", who) is False


def test_a_front_that_speaks_for_somebody_else_than_slack_is_not_heard() -> None:
    """A request in cleo's name with a click of ben is dropped: it opens, decides and locks nothing."""
    platform = FakePlatform()
    request = Lock(id=request_id(), scope="prod/*", reason="wait")
    front = platform.queue.as_("AROAFRONTFRONTFRONT1:front")
    front.send(envelope(request, "U000CLEO", clicked(PEOPLE["ben"])))
    platform.go()
    assert platform.log.answered(request.id) is None
    assert platform.log.locks("prod") == []
    front.send(envelope(request, "U000CLEO", clicked(PEOPLE["cleo"])))
    platform.go()
    assert len(platform.log.locks("prod")) == 1


def test_a_digest_is_of_all_evidence() -> None:
    """Another sender, message, request or act is another digest."""
    act = clicked(PEOPLE["ben"])
    first = Evidence(sender="a", message="b", request="c", slack=act)
    others = [
        msgspec.structs.replace(first, **{name: value})
        for name, value in {"sender": "x", "message": "x", "request": "x", "slack": None}.items()
    ]
    others += [
        msgspec.structs.replace(first, slack=msgspec.structs.replace(act, **{name: "x"}))
        for name in act.__struct_fields__
    ]
    assert len({evidence_digest(one) for one in [first, *others]}) == len(others) + 1
