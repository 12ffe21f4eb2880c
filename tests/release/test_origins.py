"""A front can only answer what the worker posted: each kind of request, and both sides of each thing that is compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from generator.release.audit_verification import verified
from generator.release.client import envelope, request_id
from generator.release.model.evidence import SlackAct
from generator.release.model.requests import Decide, Done, Lock, Opened, Propose, Refusal, Request, RollBack, Unlock
from generator.release.origins import Origins
from tests.release.fake_platform import FakePlatform
from tests.release.slack_acts import (
    CARD,
    CHANNEL,
    DIRECT,
    GATE,
    OTHER,
    SLACK,
    button,
    command,
    form,
    kept,
    mention,
    post,
)  # fmt: skip

CLEO = "U000CLEO"
FRONT = "AROAFRONTFRONTFRONT1:front"
Make = Callable[[str, str], SlackAct | None]


def stage() -> tuple[FakePlatform, str, str]:
    """A release that waits for people, whose card stands, and its binding; the worker compares what fronts send."""
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    release = platform.deploy()
    worker = platform.workers[0]
    worker.senders = worker.senders._replace(origins=Origins(SLACK, platform.log))
    post(platform.log, release)
    return platform, release, platform.release(release).binding[:20]


def hear(platform: FakePlatform, request: Request, act: SlackAct | None) -> Any:
    """The front sends a request in cleo's name; the answer."""
    platform.queue.as_(FRONT).send(envelope(request, CLEO, act))
    platform.go()
    return platform.log.answered(str(request.id))


DECISIONS: dict[str, tuple[str, Make, str]] = {
    "a button of the card": ("approve", lambda r, b: button(CLEO, "approve", f"{r}.{b}"), ""),
    "a button of the direct message": ("approve", lambda r, b: button(CLEO, "approve", f"{r}.{b}", DIRECT, "D0CLEO0001"), ""),
    "the form of a rejection": ("reject", lambda r, b: form(CLEO, "reject", channel=CHANNEL, message=CARD, release=f"{r}.{b}"), ""),
    "a command in the channel": ("cancel", lambda *_: command(CLEO), ""),
    "a mention in the channel": ("cancel", lambda *_: mention(CLEO), ""),
    "a mention in a direct conversation": ("cancel", lambda *_: mention(CLEO, "D0CLEO0001"), ""),
    "nothing that Slack sent": ("approve", lambda *_: None, "can't be read"),
    "a body that was too long to keep": ("approve", lambda *_: kept(""), "can't be read"),
    "another workspace": ("approve", lambda r, b: button(CLEO, "approve", f"{r}.{b}", team={"id": "T1"}), "another workspace"),
    "another app": ("approve", lambda r, b: button(CLEO, "approve", f"{r}.{b}", api_app_id="A1"), "another workspace"),
    "an unknown message": ("approve", lambda r, b: button(CLEO, "approve", f"{r}.{b}", "1.1"), "not a valid message of"),
    "another channel": ("approve", lambda r, b: button(CLEO, "approve", f"{r}.{b}", channel=OTHER), "not a valid message of"),
    "a message without an id": ("approve", lambda r, b: button(CLEO, "approve", f"{r}.{b}", "", ""), "not a valid message of"),
    "another release": ("approve", lambda _, b: button(CLEO, "approve", f"prod-app-1.{b}"), "approve of prod-app-1"),
    "another button": ("approve", lambda r, b: button(CLEO, "cancel", f"{r}.{b}"), "is cancel of"),
    "an unknown button": ("approve", lambda r, b: button(CLEO, "details", f"{r}.{b}"), "is details of"),
    "a button of the gate on the card": ("continue", lambda r, b: button(CLEO, "continue", f"{r}.{b}"), "not a valid message of"),
    "a button of the card on the gate": ("approve", lambda r, b: button(CLEO, "approve", f"{r}.{b}", GATE), "not a valid message of"),
    "a button that a direct message lacks": ("undo", lambda r, b: button(CLEO, "undo", f"{r}.{b}", DIRECT, "D0CLEO0001"), "not a valid message of"),
    "an older binding": ("approve", lambda r, _: button(CLEO, "approve", f"{r}.{'0' * 20}"), "shows an older change"),
    "no binding": ("approve", lambda r, _: button(CLEO, "approve", f"{r}."), "shows an older change"),
    "another form": ("reject", lambda r, b: form(CLEO, "form", channel=CHANNEL, message=CARD, release=f"{r}.{b}"), "another kind"),
    "a form of an unknown message": ("reject", lambda r, b: form(CLEO, "reject", channel=CHANNEL, message="1.1", release=f"{r}.{b}"), "not a valid message of"),
    "a command elsewhere": ("cancel", lambda *_: command(CLEO, OTHER), "not come from a channel of prod"),
    "a command in a direct conversation": ("cancel", lambda *_: command(CLEO, "D0CLEO0001"), "not come from a channel of prod"),
    "a mention elsewhere": ("cancel", lambda *_: mention(CLEO, OTHER), "not come from a channel of prod"),
}  # fmt: skip


@pytest.mark.parametrize("what", DECISIONS)
def test_a_decision_answers_a_card_that_stands(what: str) -> None:
    """What was not posted, not there, not that button or not of this binding is refused, with an entry in the release's chain."""
    verdict, make, says = DECISIONS[what]
    platform, release, binding = stage()
    before = [e.what for e in platform.log.entries(f"release/{release}")]
    request = Decide(id=request_id(), release=release, verdict=verdict, binding="0" * 20 if what == "an older binding" else binding)  # type: ignore[arg-type] # fmt: skip
    answer = hear(platform, request, make(release, binding))
    if not says:
        assert isinstance(answer, Done), answer
        return
    assert isinstance(answer, Refusal), answer
    assert answer.rule == "origin"
    assert says in answer.why
    entries = list(platform.log.entries(f"release/{release}"))
    assert [e.what for e in entries] == [*before, "refused"]
    assert entries[-1].detail["why"] == answer.why
    assert platform.state(release) == "waiting for approval"
    if make(release, binding) is not None and "too long" not in what:
        assert not verified(platform.log, platform.seal, platform.facts).faults


def test_a_card_in_a_channel_that_the_environment_has_lost_decides_nothing() -> None:
    """The configuration names another channel since the card was posted: who is in the former one no longer decides."""
    platform, release, binding = stage()
    worker = platform.workers[0]
    moved = msgspec.structs.replace(SLACK, default=(OTHER,))
    worker.senders = worker.senders._replace(origins=Origins(moved, platform.log))
    request = Decide(id=request_id(), release=release, verdict="approve", binding=binding)
    answer = hear(platform, request, button(CLEO, "approve", f"{release}.{binding}"))
    assert isinstance(answer, Refusal), answer
    assert (answer.rule, platform.release(release).approvals) == ("origin", ())


def test_a_direct_message_is_answered_by_its_reader_alone() -> None:
    """The direct message to another person is no message of this person's."""
    platform, release, binding = stage()
    found = platform.log.table.get(f"card#{release}", "card")
    assert found is not None
    platform.table.tamper(found._replace(body=found.body.replace(b"cleo", b"ben"), rev=2))
    request = Decide(id=request_id(), release=release, verdict="approve", binding=binding)
    answer = hear(platform, request, button(CLEO, "approve", f"{release}.{binding}", DIRECT, "D0CLEO0001"))
    assert isinstance(answer, Refusal)
    assert answer.rule == "origin"


def test_an_act_counts_once() -> None:
    """The same click under another request's id is a repetition; delivered again under its own it is answered as before."""
    platform, release, binding = stage()
    platform.publish(3)
    act = button(CLEO, "cancel", f"{release}.{binding}")
    first = Decide(id=request_id(), release=release, verdict="cancel", binding=binding)
    assert isinstance(hear(platform, first, act), Done)
    again = hear(platform, Decide(id=request_id(), release=release, verdict="cancel", binding=binding), act)
    assert isinstance(again, Refusal)
    assert isinstance(hear(platform, first, act), Done)
    typed = command(CLEO)
    assert isinstance(hear(platform, Lock(id=request_id(), scope="prod/*", reason="wait"), typed), Done)
    undone = hear(platform, Unlock(id=request_id(), scope="prod/*"), typed)
    assert isinstance(undone, Refusal)
    assert "the same act was used for an earlier request" in undone.why
    assert len(platform.log.locks("prod")) == 1


REQUESTS: dict[str, tuple[Callable[[], Request], Make, str]] = {
    "a command": (lambda: Propose(id=request_id(), stack="dev/service-app"), lambda *_: command(CLEO), ""),
    "the form": (lambda: Propose(id=request_id(), stack="dev/service-app"), lambda *_: form(CLEO, "form", channel=CHANNEL), ""),
    "a lock": (lambda: Lock(id=request_id(), scope="prod/*", reason="wait"), lambda *_: mention(CLEO), ""),
    "a button of the card for its stack": (lambda: RollBack(id=request_id(), stack="prod/service-app"), lambda r, b: button(CLEO, "roll-back", f"{r}.{b}"), ""),
    "a command elsewhere": (lambda: Propose(id=request_id(), stack="dev/service-app"), lambda *_: command(CLEO, OTHER), "not come from"),
    "the form elsewhere": (lambda: Propose(id=request_id(), stack="dev/service-app"), lambda *_: form(CLEO, "form"), "not come from"),
    "a lock elsewhere": (lambda: Lock(id=request_id(), scope="prod/*", reason="wait"), lambda *_: mention(CLEO, OTHER), "not come from"),
    "an unlock elsewhere": (lambda: Unlock(id=request_id(), scope="prod/*"), lambda *_: command(CLEO, OTHER), "not come from"),
    "a button of a card of another stack": (lambda: RollBack(id=request_id(), stack="dev/service-app"), lambda r, b: button(CLEO, "roll-back", f"{r}.{b}"), "not a card of a release of dev"),
    "a button of an unknown message": (lambda: RollBack(id=request_id(), stack="prod/service-app"), lambda r, b: button(CLEO, "roll-back", f"{r}.{b}", "1.1"), "not a card"),
    "a button that opens nothing": (lambda: RollBack(id=request_id(), stack="prod/service-app"), lambda r, b: button(CLEO, "approve", f"{r}.{b}"), "not a card"),
}  # fmt: skip


@pytest.mark.parametrize("what", REQUESTS)
def test_a_request_comes_from_a_channel_of_its_environment_or_a_card(what: str) -> None:
    """Typed words and forms need the environment's channel; a button needs the card of a release of that stack."""
    make, act, says = REQUESTS[what]
    platform, release, binding = stage()
    answer = hear(platform, make(), act(release, binding))
    if says:
        assert isinstance(answer, Refusal)
        assert (answer.rule, says in answer.why) == ("origin", True), answer
    else:
        # Where it is heard, the engine decides: the open release stands in the way of another one.
        assert isinstance(answer, Opened | Done) or answer.rule == "open release", answer


def test_without_slack_in_the_configuration_no_front_is_heard() -> None:
    """A worker that does not know the workspace refuses what fronts send."""
    platform, release, binding = stage()
    worker = platform.workers[0]
    worker.senders = worker.senders._replace(origins=Origins(None, platform.log))
    request = Decide(id=request_id(), release=release, verdict="approve", binding=binding)
    answer = hear(platform, request, button(CLEO, "approve", f"{release}.{binding}"))
    assert isinstance(answer, Refusal)
    assert "no section slack" in answer.why
