"""Who may publish tries a hostile template or commit, and a taken front tries to approve it: over the protocol, IAM enforced."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from generator.aws.versions import body_key
from generator.cli import main
from generator.release.client import Client, envelope, request_id
from generator.release.digests import canonical, template_digest
from generator.release.log_items import item
from generator.release.model.evidence import SlackAct
from generator.release.model.release import NeedsApproval, Release
from generator.release.model.requests import Decide, Done, Opened, Propose, Refusal
from generator.release.model.states import Closed, Waiting
from generator.release.model.version import Body, Commit, Version
from generator.release.ports import Put
from generator.wiring.adapters import OwnClouds
from generator.wiring.application import Application
from generator.wiring.worker import reader
from tests.attacks.conftest import HOME, AttackedPlatform
from tests.attacks.test_role_attacks import released
from tests.release.slack_acts import OTHER, button, command, post
from tests.unit.cli.test_terminal_text import HOSTILE

ANA, BEN = "U0000ANA", "U0000BEN"
WAITS, CLOSES = "prod/observability", "prod/alerts"
PINNED = f"{HOME}.dkr.ecr.eu-west-1.amazonaws.com/slipway/app@sha256:{'f' * 64}"
FOREIGN = "Z0FOREIGNFOREIGN0001"


def record(zone: str) -> dict[str, Any]:
    """A DNS record."""
    named = {
        "HostedZoneId": zone,
        "Name": "login.example.org.",
        "Type": "A",
        "TTL": "60",
        "ResourceRecords": ["192.0.2.1"],
    }
    return {"Type": "AWS::Route53::RecordSet", "Properties": named}


def sidecar(image: str) -> dict[str, Any]:
    """A task with a container that runs as root, privileged."""
    container = {"Name": "agent", "Image": image, "Memory": 128, "User": "root", "Privileged": True}
    return {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {"Family": "slipway-prod-x", "ContainerDefinitions": [container]},
    }


def nested(function: Callable[[Any], Any], times: int, value: Any) -> Any:
    """A value wrapped in a function again and again."""
    for _ in range(times):
        value = function(value)
    return value


def publish(platform: AttackedPlatform, number: int, key: str, template: dict[str, Any], subject: str = "Fix") -> str:
    """The publish role publishes and signs a version with this template; its commit."""
    digest = template_digest(template)
    commit = f"{number:040x}"
    stacks = {key: Body(digest=digest, key=body_key(digest))}
    made = Version(
        commit=Commit(id=commit, branch="main", subject=subject), published=float(number), stacks=stacks, order=(key,)
    )
    platform.adapters("publish").publisher.publish(made, {key: canonical(template)})
    return commit


def sent(platform: AttackedPlatform, request: Any, act: SlackAct | None, who: str = BEN) -> Any:
    """The front sends a request in somebody's name; what a worker with nothing but its role answers."""
    platform.adapters("bot").queue(platform.queue_url).send(envelope(request, who, act))
    return until(platform, lambda: platform.log.answered(str(request.id)))


def until(platform: AttackedPlatform, found: Callable[[], Any]) -> Any:
    """A worker works until there is something."""
    worker = platform.worker()
    try:
        for _ in range(2400):
            if (there := found()) is not None:
                return there
            worker.turn(0.0)
            time.sleep(0.05)
    finally:
        worker.close()
    raise AssertionError(platform.failed)


def proposed(platform: AttackedPlatform, key: str, commit: str, wanted: Any) -> Release:
    """Somebody proposes a version; the release once it is in the state that is waited for, or closed."""
    answer = sent(platform, Propose(id=request_id(), stack=key, version=commit), platform.command(ANA, "prod"), ANA)
    assert isinstance(answer, Opened), answer

    def there() -> Release | None:
        release = platform.log.release(answer.release)
        assert release is not None
        return release if isinstance(release.state, wanted | Closed) else None

    release: Release = until(platform, there)
    assert isinstance(release.state, wanted), (release.state, release.cause)
    return release


def ended(platform: AttackedPlatform, release: Release) -> None:
    """Cancel a release if it waits; it is not open any more."""
    found = platform.log.release(release.id)
    if found is not None and isinstance(found.state, Closed):
        return
    cancel = Decide(id=request_id(), release=release.id, verdict="cancel", binding=release.binding)
    assert isinstance(sent(platform, cancel, platform.command(BEN, "prod")), Done)
    until(platform, lambda: None if release.id in platform.log.open_ids() else True)


@pytest.fixture(scope="module")
def waiting(platform: AttackedPlatform) -> Iterator[Release]:
    """In a prod that is in use: a release that opens a foreign record and a root container, whose subject is hostile."""
    table, in_use = platform.root("dynamodb"), {"pk": {"S": "environment#prod"}, "sk": {"S": "in-use"}}
    platform.adapters("worker").table.write(Put(item("environment#prod", "in-use", 1, {})))
    template = {"Resources": {"Record": record(FOREIGN), "Task": sidecar(PINNED)}}
    release = proposed(platform, WAITS, publish(platform, 11, WAITS, template, HOSTILE), Waiting)
    post(platform.log, release.id)
    yield release
    ended(platform, release)
    table.delete_item(TableName=platform.names.table, Key=in_use)


def test_what_is_added_and_reachable_waits_for_people(waiting: Release) -> None:
    """A record in a zone of somebody else and a privileged container are exposures in words, and nothing has run."""
    assert isinstance(waiting.gate, NeedsApproval)
    assert "exposure" in {need.why for need in waiting.gate.rules} | set(waiting.classes)
    said = " ".join(str(exposure) for exposure in waiting.reading.meaning.exposures)  # type: ignore[union-attr]
    assert FOREIGN in said
    assert "root" in said or "privileged" in said


def test_an_execution_role_writes_no_record_of_a_foreign_zone(platform: AttackedPlatform) -> None:
    """Also where people agree: prod's execution role names the zone of prod, and the stack goes back."""
    status, why = released(platform, 21, {"Resources": {"Record": record(FOREIGN)}})
    assert status.startswith(("ROLLBACK", "UPDATE_ROLLBACK")), status
    assert "route53:ChangeResourceRecordSets" in why


def test_a_container_by_tag_is_refused(platform: AttackedPlatform) -> None:
    """The release closes before anybody is asked, with the image that is to be pinned."""
    release = proposed(
        platform, CLOSES, publish(platform, 12, CLOSES, {"Resources": {"Task": sidecar("agent:latest")}}), Closed
    )
    assert release.cause is not None
    assert "agent:latest" in release.cause.sentence + release.cause.fix


class Grown(NamedTuple):
    """A value that grows while it is read, and what its release closes with; "" where it is read within the bounds."""

    value: Any
    why: str


HOSTILE_VALUES = {
    "nested 300 levels deep": Grown(
        nested(lambda value: {"Fn::Join": ["", [value]]}, 150, "x"), "more than 64 levels deep"
    ),
    "doubled by Fn::If": Grown(nested(lambda value: {"Fn::If": ["Yes", value, value]}, 10, "x"), ""),
    "grown by Fn::Base64": Grown(nested(lambda value: {"Fn::Base64": value}, 30, "x" * 100), ""),
}


@pytest.mark.parametrize("what", HOSTILE_VALUES)
def test_a_template_that_is_too_much_closes_its_release(platform: AttackedPlatform, what: str) -> None:
    """It is refused with the reason, or waits for people like any other change; the worker answers the next request."""
    number = 13 + list(HOSTILE_VALUES).index(what)
    value = HOSTILE_VALUES[what].value
    template = {
        "Conditions": {"Yes": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": value}}},
    }
    release = proposed(platform, CLOSES, publish(platform, number, CLOSES, template), Waiting | Closed)
    refused = release.cause.sentence if release.cause is not None else ""
    assert bool(refused) is bool(HOSTILE_VALUES[what].why)
    assert HOSTILE_VALUES[what].why in refused
    if isinstance(release.state, Waiting):
        ended(platform, release)
    elif not refused:
        assert isinstance(release.state, Closed)
        assert release.state.outcome == "succeeded", "while the environment is created nobody is asked"


FORGED: dict[str, tuple[Callable[[Release], SlackAct | None], str]] = {
    "nothing that Slack sent": (lambda _: None, "can't be read"),
    "a message that was never posted": (
        lambda r: button(BEN, "approve", f"{r.id}.{r.binding[:20]}", "1.1"),
        "not a valid message of",
    ),
    "another channel": (
        lambda r: button(BEN, "approve", f"{r.id}.{r.binding[:20]}", channel=OTHER),
        "not a valid message of",
    ),
    "another release": (lambda r: button(BEN, "approve", f"prod-edge-1.{r.binding[:20]}"), "approve of prod-edge-1"),
    "another button": (lambda r: button(BEN, "details", f"{r.id}.{r.binding[:20]}"), "is details of"),
    "another workspace": (
        lambda r: button(BEN, "approve", f"{r.id}.{r.binding[:20]}", team={"id": "T1"}),
        "another workspace",
    ),
    "a command elsewhere": (lambda _: command(BEN, OTHER), "not come from a channel of prod"),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_decision_approves_nothing(platform: AttackedPlatform, waiting: Release, how: str) -> None:
    """With the front's role, in ben's name: each is refused with an entry in the chain, and no approval counts."""
    act, says = FORGED[how]
    request = Decide(id=request_id(), release=waiting.id, verdict="approve", binding=waiting.binding[:20])
    answer = sent(platform, request, act(waiting))
    assert isinstance(answer, Refusal), answer
    assert (answer.rule, says in answer.why) == ("origin", True), answer
    last = list(platform.log.entries(f"release/{waiting.id}"))[-1]
    assert (last.what, last.detail["why"]) == ("refused", answer.why)
    found = platform.log.release(waiting.id)
    assert found is not None
    assert found.approvals == ()


@pytest.mark.parametrize("line", ["history observability prod", "status prod", "diff {release}", "status --json"])
def test_a_subject_steers_no_terminal(
    platform: AttackedPlatform,
    waiting: Release,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was published with escapes and marks of direction is read from the log and printed without them."""
    mine = platform.adapters("bot")
    clouds = OwnClouds(platform.session("plan"), platform.names)
    application = Application(
        config=platform.config, facts=platform.facts, clouds=clouds, versions=mine.versions, images=mine.images,
        client=Client(platform.facts, platform.log, mine.queue(platform.queue_url), time.sleep), seal=mine.seal,
        reader=reader(platform.facts, mine, clouds), clock=time.time, sleep=time.sleep, person="ana",
    )  # fmt: skip
    monkeypatch.setattr("generator.wiring.composition.compose", lambda *_: application)
    monkeypatch.setattr(sys, "argv", ["slipway", *line.format(release=waiting.id).split()])
    with pytest.raises(SystemExit) as ended:
        sys.exit(main.main())
    printed = capsys.readouterr()
    assert ended.value.code == 0, printed
    assert "allgnp.exebye" in printed.out or "status" in line
    assert all(char.isprintable() or char == "\n" for char in printed.out + printed.err), ascii(printed)


def test_a_click_on_the_card_that_stands_counts(platform: AttackedPlatform, waiting: Release) -> None:
    """Ben's click on a button that the card has is heard: what is refused above is the forgery."""
    shown = waiting.binding[:20]
    request = Decide(id=request_id(), release=waiting.id, verdict="cancel", binding=shown)
    assert isinstance(sent(platform, request, button(BEN, "cancel", f"{waiting.id}.{shown}")), Done)
    [entry] = [e for e in platform.log.entries(f"release/{waiting.id}") if "outcome" in e.detail]
    assert entry.actor.person == "ben"
    assert entry.detail["evidence"]
