"""What people choose and type, as values: states, actions, what a modal checks, what a message becomes."""

from __future__ import annotations

from typing import Any

import pytest

from bot.workspace.delivery.inputs import problems
from bot.workspace.delivery.message_input import encoded, rich_text
from bot.workspace.delivery.state_values import NotOfferedError, action, element_state, initial, state_values
from bot.workspace.seed import default_seed
from bot.workspace.state import first_state
from bot.workspace.team import Team
from tests.workspace.app import Json, plain
from tests.workspace.samples import ELEMENT_SAMPLES, OPTION

TWO: Json = {"text": plain("Two"), "value": "two"}
FOUND = {"two": TWO}

# An element, what was chosen, and the state that Slack sends
STATES: list[tuple[Json, Any, Json]] = [
    (ELEMENT_SAMPLES["static_select"], "one", {"selected_option": OPTION}),
    (ELEMENT_SAMPLES["static_select"], None, {"selected_option": None}),
    (ELEMENT_SAMPLES["multi_static_select"], ["one"], {"selected_options": [OPTION]}),
    (ELEMENT_SAMPLES["multi_static_select"], [], {"selected_options": []}),
    (ELEMENT_SAMPLES["external_select"], "two", {"selected_option": TWO}),
    (ELEMENT_SAMPLES["multi_external_select"], ["one", "two"], {"selected_options": [OPTION, TWO]}),
    (ELEMENT_SAMPLES["radio_buttons"], "one", {"selected_option": OPTION}),
    (ELEMENT_SAMPLES["checkboxes"], ["one"], {"selected_options": [OPTION]}),
    (ELEMENT_SAMPLES["users_select"], "U2", {"selected_user": "U2"}),
    (ELEMENT_SAMPLES["multi_users_select"], ["U2"], {"selected_users": ["U2"]}),
    (ELEMENT_SAMPLES["channels_select"], "C2", {"selected_channel": "C2"}),
    (ELEMENT_SAMPLES["multi_channels_select"], ["C2"], {"selected_channels": ["C2"]}),
    (ELEMENT_SAMPLES["conversations_select"], "C2", {"selected_conversation": "C2"}),
    (ELEMENT_SAMPLES["multi_conversations_select"], ["D1"], {"selected_conversations": ["D1"]}),
    (ELEMENT_SAMPLES["datepicker"], "2026-12-24", {"selected_date": "2026-12-24"}),
    (ELEMENT_SAMPLES["timepicker"], "10:00", {"selected_time": "10:00"}),
    (ELEMENT_SAMPLES["datetimepicker"], "1628633820", {"selected_date_time": 1628633820}),
    (ELEMENT_SAMPLES["datetimepicker"], "", {"selected_date_time": None}),
    (ELEMENT_SAMPLES["plain_text_input"], "text", {"value": "text"}),
    (ELEMENT_SAMPLES["plain_text_input"], "", {"value": None}),
    (ELEMENT_SAMPLES["number_input"], "7", {"value": "7"}),
    (ELEMENT_SAMPLES["file_input"], None, {"files": []}),
    (
        ELEMENT_SAMPLES["rich_text_input"],
        "hi",
        {
            "rich_text_value": {
                "type": "rich_text",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hi"}]}],
            }
        },
    ),
]


@pytest.mark.parametrize(("element", "raw", "state"), STATES)
def test_states(element: Json, raw: Any, state: Json) -> None:
    """Each element's state has the field that Slack documents for it."""
    assert element_state(element, raw, FOUND) == {"type": element["type"], **state}


@pytest.mark.parametrize("kind", ["static_select", "multi_static_select", "external_select", "checkboxes", "overflow"])
def test_what_is_not_offered_is_not_sent(kind: str) -> None:
    """A forged choice never reaches the app."""
    with pytest.raises(NotOfferedError):
        action({"block_id": "b"}, ELEMENT_SAMPLES[kind], ["forged"], {}, "1.0")


INITIAL = [
    ("static_select", "one"),
    ("checkboxes", ["one"]),
    ("users_select", "U1"),
    ("multi_users_select", ["U1"]),
    ("channels_select", "C1"),
    ("datepicker", "1990-04-28"),
    ("timepicker", "22:25"),
    ("datetimepicker", "1628633820"),
    ("plain_text_input", "typed"),
    ("multi_external_select", ["one"]),
    ("email_text_input", None),
]


@pytest.mark.parametrize(("kind", "value"), INITIAL)
def test_what_an_element_holds_untouched(kind: str, value: Any) -> None:
    """What the app preselected counts as chosen until somebody chooses."""
    assert initial(ELEMENT_SAMPLES[kind]) == value


def test_state_of_nested_blocks() -> None:
    """Elements inside containers and cards are part of the state; buttons are not."""
    inner = {"type": "actions", "block_id": "i", "elements": [ELEMENT_SAMPLES["datepicker"]]}
    blocks = [
        {"type": "container", "block_id": "c", "child_blocks": [inner]},
        {"type": "actions", "block_id": "a", "elements": [ELEMENT_SAMPLES["button"]]},
    ]
    assert state_values(blocks, {}, {}) == {"i": {"s": {"type": "datepicker", "selected_date": "1990-04-28"}}}


def test_feedback_buttons() -> None:
    """A thumb arrives with the value and text of its own half."""
    sent = action({"block_id": "b"}, ELEMENT_SAMPLES["feedback_buttons"], "no", {}, "1.0")
    assert (sent["value"], sent["text"]["text"], sent["action_id"]) == ("no", "Bad", "f")


# An element, what it holds, and what Slack tells the person
CHECKS: list[tuple[Json, Any, str]] = [
    ({"type": "plain_text_input"}, None, "Please complete this required field."),
    ({"type": "plain_text_input", "min_length": 3}, "ab", "Must be at least 3 characters"),
    ({"type": "plain_text_input", "max_length": 3}, "abcd", "Must be no more than 3 characters"),
    ({"type": "plain_text_input"}, "fine", ""),
    ({"type": "number_input", "is_decimal_allowed": False}, "x", "Enter a number"),
    ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Enter a whole number"),
    ({"type": "number_input", "is_decimal_allowed": True, "min_value": "2"}, "1.5", "Must be 2 or more"),
    ({"type": "number_input", "is_decimal_allowed": True, "max_value": "2"}, "2.5", "Must be 2 or less"),
    ({"type": "number_input", "is_decimal_allowed": True}, "2.5", ""),
    ({"type": "email_text_input"}, "nobody", "Enter a valid email address"),
    ({"type": "email_text_input"}, "a@b.example", ""),
    ({"type": "url_text_input"}, "x.example", "Enter a valid URL"),
    ({"type": "url_text_input"}, "https://x.example", ""),
]


@pytest.mark.parametrize(("element", "value", "message"), CHECKS)
def test_what_a_modal_checks(element: Json, value: Any, message: str) -> None:
    """Inputs are checked before the app hears of them; optional ones may stay empty."""
    block = {"type": "input", "block_id": "b", "element": {**element, "action_id": "a"}}
    values = {"b": {"a": {"type": element["type"], "value": value}}}
    assert problems([block], values) == ({"b": message} if message else {})
    inside = {"type": "container", "child_blocks": [block]}
    assert problems([inside], values) == ({"b": message} if message else {})
    if value is None:
        assert problems([{**block, "optional": True}], values) == {}


@pytest.fixture
def team() -> Team:
    seed = default_seed()
    return Team(seed, first_state(seed, 1.0), lambda: 1.0)


def test_what_is_typed(team: Team) -> None:
    """Mentions, channels, groups and addresses get Slack's form; the rest stays, with its entities."""
    ana, approvers = team.named("ana"), team.seed.groups[1].id
    deploys = team.channel_named("deploys")
    assert ana
    assert deploys
    text = encoded(
        team, "@ana #deploys @approvers @here @nobody #no a@b.c 1<2&3 https://x.example/a?b=c&d.", labelled=False
    )
    assert text == (
        f"<@{ana.id}> <#{deploys.id}|deploys> <!subteam^{approvers}|@approvers> <!here> @nobody #no a@b.c 1&lt;2&amp;3 "
        "<https://x.example/a?b=c&amp;d>."
    )
    assert encoded(team, "@ana", labelled=True) == f"<@{ana.id}|ana>"


def test_typed_formatting_becomes_rich_text() -> None:
    """A person's message carries rich text, as the composer of Slack makes it."""
    (block,) = rich_text("*b* `c` <@U1> <#C1|x> <!here> <!subteam^S1> :tada: <https://x.example|l>\n&gt; q\n```p```")
    section, quote, pre = block["elements"]
    kinds = [e["type"] for e in section["elements"] if e.get("text") != " "]
    assert kinds == ["text", "text", "user", "channel", "broadcast", "usergroup", "emoji", "link"]
    assert section["elements"][0] == {"type": "text", "text": "b", "style": {"bold": True}}
    assert section["elements"][2] == {"type": "text", "text": "c", "style": {"code": True}}
    assert (quote["type"], quote["elements"][0]["text"]) == ("rich_text_quote", "q")
    assert (pre["type"], pre["elements"][0]["text"]) == ("rich_text_preformatted", "p")
