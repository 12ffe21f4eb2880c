"""Who has taken the front's role sends requests of their own: what Slack did not send, or sent once before, is refused."""

from __future__ import annotations

from typing import Any

import pytest

from generator.release.client import envelope, request_id
from generator.release.errors import Denied
from generator.release.log_items import item
from generator.release.model.evidence import SlackAct
from generator.release.model.requests import Done, Lock, Refusal, Request, Unlock
from generator.release.origins import PostedMessages
from generator.release.ports import Put
from tests.attacks.conftest import AttackedPlatform
from tests.release.slack_acts import OTHER, command

BEN = "U0000BEN"


def asked(platform: AttackedPlatform, request: Request, act: SlackAct | None) -> Any:
    """The front's role sends a request in ben's name, and a worker with nothing but its role answers."""
    platform.adapters("bot").queue(platform.queue_url).send(envelope(request, BEN, act))
    worker = platform.worker()
    try:
        for _ in range(60):
            worker.turn(1.0)
            answer = platform.log.answered(str(request.id))
            if answer is not None:
                return answer
    finally:
        worker.close()
    raise AssertionError(platform.failed)


def test_a_taken_front_is_heard_with_what_slack_sent_and_once(platform: AttackedPlatform) -> None:
    """Without an act, from another channel or workspace, and with an act that was used, nothing is locked or unlocked."""
    forged = (
        (None, "can't be read"),
        (command(BEN, OTHER), "not come from a channel"),
        (command(BEN, team_id="T0ELSEWHERE"), "another workspace"),
    )
    for act, says in forged:
        answer = asked(platform, Lock(id=request_id(), scope="dev/edge", reason="wait"), act)
        assert isinstance(answer, Refusal), answer
        assert (answer.rule, says in answer.why) == ("origin", True)
    assert platform.log.locks("dev") == []
    used = platform.command(BEN, "dev")
    assert isinstance(asked(platform, Lock(id=request_id(), scope="dev/edge", reason="wait"), used), Done)
    again = asked(platform, Unlock(id=request_id(), scope="dev/edge"), used)
    assert isinstance(again, Refusal)
    assert "the same act was used for an earlier request" in again.why
    assert len(platform.log.locks("dev")) == 1
    assert isinstance(asked(platform, Unlock(id=request_id(), scope="dev/edge"), platform.command(BEN, "dev")), Done)


def test_a_taken_front_can_not_write_which_messages_stand(platform: AttackedPlatform) -> None:
    """What the worker posted is in the release log, which the front's role reads and never writes."""
    posted = Put(item("card#prod-app-1", "card", 1, PostedMessages(release="prod-app-1", channel=OTHER, ts="1.1")))
    with pytest.raises(Denied):
        platform.adapters("bot").table.write(posted)
