"""What arrives in another shape than Slack's is refused as the sender's fault: no answer of 500, and no traceback."""

import logging
from collections.abc import Iterator

import pytest

from bot.payload_shapes import wrong_shape
from bot.workspace.server import Workspace
from tests.bot.recorded import mutations, payload, record
from tests.bot.stage import workspace
from tests.bot.test_requests import Signed

KINDS = ("command", "modal", "click", "mention", "direct message", "App Home")


@pytest.fixture(scope="module")
def slack() -> Iterator[Workspace]:
    """A workspace to speak for."""
    with workspace() as found:
        yield found


@pytest.fixture(scope="module")
def recorded(slack: Workspace) -> dict[str, tuple[str, str]]:
    """What it sends."""
    return record(slack)


@pytest.mark.parametrize("name", KINDS)
def test_what_slack_sends_has_slacks_shape(slack: Workspace, recorded: dict[str, tuple[str, str]], name: str) -> None:
    """Every recorded payload passes the check as it is, and is answered with 200."""
    kind, body = recorded[name]
    assert wrong_shape(payload(kind, body)) == ""
    signed = Signed(slack)
    assert signed.dispatch(body, kind).status == 200
    signed.front.close()


@pytest.mark.parametrize("name", KINDS)
def test_no_mutation_of_a_payload_answers_500(
    slack: Workspace, recorded: dict[str, tuple[str, str]], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Every value of a payload is replaced by every other kind of value, and left out: 2xx or 4xx, and no traceback."""
    kind, body = recorded[name]
    signed = Signed(slack)
    broken, count = [], 0
    with caplog.at_level(logging.INFO):
        for text, what in mutations(kind, body).items():
            count += 1
            told = signed.dispatch(text, kind)
            if told.status not in {200, 400, 404} or any(r.exc_info for r in caplog.records):
                broken.append((what, told.status))
                caplog.clear()
    signed.front.close()
    assert broken == []
    assert count > 30
    faults = [r.getMessage() for r in caplog.records if "could not answer" in r.getMessage()]
    assert [f for f in faults if "TypeError" in f or "AttributeError" in f or "KeyError" in f] == []


SHAPES = [
    ({}, ""),
    ({"type": "event_callback", "event": []}, "Expected `object"),
    ({"type": "event_callback"}, "without an event"),
    ({"type": "event_callback", "event": {"type": "x", "new": [1]}}, ""),
    ({"type": "block_actions", "actions": []}, "without actions"),
    ({"type": "block_actions", "actions": [{"action_id": "x"}], "user": {"id": "U1", "name": 3}}, ""),
    ({"type": "block_actions", "actions": [{"action_id": 7}]}, "Expected `str"),
    ({"type": "block_actions", "actions": [{"value": "x"}]}, "missing required field `action_id`"),
    ({"view": {"type": "modal", "state": {"values": {"b": {"a": {"selected_option": None}}}}}}, ""),
    ({"view": {"type": "modal", "state": {"values": {"b": []}}}}, "Expected `object"),
    ([], "Expected `object"),
    (None, "Expected `object"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "why"), SHAPES)
def test_a_field_of_another_type_is_named_and_what_is_new_is_none(body: object, why: str) -> None:
    """Fields that nobody reads may come and go; a field that is read has its type, or the whole payload is refused."""
    assert why in wrong_shape(body)
    assert bool(wrong_shape(body)) is bool(why)
