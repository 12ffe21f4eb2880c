"""Composition objects, rich text and elements: the rules of what stands inside a block.

Limits: https://docs.slack.dev/reference/block-kit/block-elements and …/composition-objects; those that the pages leave
out are the ones slack_sdk 3.47 holds.
"""

from __future__ import annotations

from typing import Any

from bot.workspace.blocks.checks import (
    Check,
    Report,
    Shape,
    anything,
    as_list,
    boolean,
    enum,
    integer,
    items,
    matching,
    number,
    string,
    union,
    url,
)

Fields = dict[str, Check]
KIND: Fields = {"type": anything}
BLOCK_ID: Fields = {"block_id": string(255)}


def text(most: int, least: int = 1) -> Check:
    """Text of either kind."""
    fields: Fields = {**KIND, "text": string(most, least), "emoji": boolean, "verbatim": boolean}
    plain = Shape({k: v for k, v in fields.items() if k != "verbatim"}, "text")
    marked = Shape({k: v for k, v in fields.items() if k != "emoji"}, "text")
    return union({"plain_text": plain, "mrkdwn": marked})


def plain(most: int, least: int = 1) -> Check:
    """Text without formatting."""
    shape = Shape({**KIND, "text": string(most, least), "emoji": boolean}, "text")
    return union({"plain_text": shape})


CONFIRM = Shape(
    {
        "title": plain(100),
        "text": text(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style": enum("primary", "danger"),
    },
    "title text confirm deny",
)
OPTION = Shape({"text": text(75), "value": string(150, 1), "description": text(75), "url": url()}, "text value")
PLAIN_OPTION = Shape({"text": plain(75), "value": string(150, 1), "description": plain(75), "url": url()}, "text value")
GROUP = Shape({"label": plain(75), "options": items(PLAIN_OPTION, 100)}, "label options")


def _one_address(report: Report, value: Any, pointer: str) -> None:
    if value.get("id") is not None and value.get("url") is not None:
        report.add(pointer, "must define only one of: id, url", "invalid_combination")


SLACK_FILE = Shape({"id": matching("^[F][A-Z0-9]{8,}$"), "url": url()}, any_of="id url", also=_one_address)
FILTER = Shape(
    {
        "include": items(enum("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    any_of="include exclude_external_shared_channels exclude_bot_users",
)
DISPATCH = Shape({"trigger_actions_on": items(enum("on_enter_pressed", "on_character_entered"), 2)})
WORKFLOW = Shape(
    {
        "trigger": Shape(
            {
                "url": url(),
                "customizable_input_parameters": items(
                    Shape({"name": string(255, 1), "value": anything}, "name value"), 100, 0
                ),
            },
            "url",
        )
    },
    "trigger",
)


def _unique_options(report: Report, value: Any, pointer: str) -> None:
    options = value.get("options")
    groups = value.get("option_groups")
    if options is not None and groups is not None:
        report.add(pointer, "must define only one of: options, option_groups", "invalid_combination")


def _initial_is_offered(report: Report, value: Any, pointer: str) -> None:
    _unique_options(report, value, pointer)
    offered = list(as_list(value.get("options")))
    for group in as_list(value.get("option_groups")):
        offered += as_list(group.get("options")) if isinstance(group, dict) else []
    known = {o.get("value") for o in offered if isinstance(o, dict) and isinstance(o.get("value"), str)}
    single = value.get("initial_option")
    for index, chosen in enumerate([single] if single else as_list(value.get("initial_options"))):
        place = f"{pointer}/initial_option" if single else f"{pointer}/initial_options/{index}"
        if isinstance(chosen, dict) and isinstance(chosen.get("value"), str) and chosen["value"] not in known:
            report.add(place, "must be present in the options list", "invalid_initial_option")


def _number_range(report: Report, value: Any, pointer: str) -> None:
    for name in ("min_value", "max_value", "initial_value"):
        given = value.get(name)
        try:
            float(given if isinstance(given, str) else "0")
        except ValueError:
            report.add(f"{pointer}/{name}", "must be a number", "invalid_type")


ACTION: Fields = {**KIND, "action_id": string(255)}
CONFIRMED: Fields = {**ACTION, "confirm": CONFIRM}
FOCUSED: Fields = {**CONFIRMED, "focus_on_load": boolean, "placeholder": plain(150)}
TYPED: Fields = {**ACTION, "focus_on_load": boolean, "placeholder": plain(150), "dispatch_action_config": DISPATCH}
MANY: Fields = {**FOCUSED, "max_selected_items": integer(1, 100)}
OPTIONS: Fields = {"options": items(PLAIN_OPTION, 100), "option_groups": items(GROUP, 100)}
TALK: Fields = {"default_to_current_conversation": boolean, "filter": FILTER}
ONE_REPLY: Fields = {"response_url_enabled": boolean}
ID = string(255, 1)
LABELLED: Fields = {"accessibility_label": string(75)}
STYLE: Fields = {"style": enum("primary", "danger")}
FEEDBACK = Shape({"text": plain(75), "value": string(2000), **LABELLED}, "text value")
DATE = string(10, 10)
IMAGE: Fields = {**KIND, "image_url": url(), "slack_file": SLACK_FILE, "alt_text": string(2000, 1)}

ELEMENTS: dict[str, Check] = {
    "button": Shape(
        {**CONFIRMED, **STYLE, **LABELLED, "text": plain(75), "url": url(), "value": string(2000)}
        | {"agent_prompt": string(4000)},
        "text",
    ),
    "checkboxes": Shape(
        {**FOCUSED, "options": items(OPTION, 10), "initial_options": items(OPTION, 10)},
        "options",
        also=_initial_is_offered,
    ),
    "datepicker": Shape({**FOCUSED, "initial_date": DATE}),
    "datetimepicker": Shape({**FOCUSED, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}),
    "timepicker": Shape({**FOCUSED, "initial_time": string(5, 5), "timezone": string(255)}),
    "email_text_input": Shape({**TYPED, "initial_value": string(3000)}),
    "url_text_input": Shape({**TYPED, "initial_value": string(3000)}),
    "number_input": Shape(
        {
            **TYPED,
            "is_decimal_allowed": boolean,
            "initial_value": string(255),
            "min_value": string(255),
            "max_value": string(255),
        },
        "is_decimal_allowed",
        also=_number_range,
    ),
    "plain_text_input": Shape(
        {
            **TYPED,
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        }
    ),
    "rich_text_input": Shape({**TYPED, "initial_value": anything}),
    "file_input": Shape({**ACTION, "filetypes": items(string(50, 1), 100), "max_files": integer(1, 10)}),
    "feedback_buttons": Shape(
        {**ACTION, "positive_button": FEEDBACK, "negative_button": FEEDBACK}, "positive_button negative_button"
    ),
    "icon_button": Shape(
        {**CONFIRMED, **LABELLED, "icon": string(255, 1), "text": plain(75), "value": string(2000)}
        | {"visible_to_user_ids": items(ID, 100, 0)},
        "icon text",
    ),
    "image": Shape(IMAGE, "alt_text", "image_url slack_file"),
    "overflow": Shape({**CONFIRMED, "options": items(PLAIN_OPTION, 5)}, "options"),
    "radio_buttons": Shape(
        {**FOCUSED, "options": items(OPTION, 10), "initial_option": OPTION}, "options", also=_initial_is_offered
    ),
    "static_select": Shape(
        {**FOCUSED, **OPTIONS, "initial_option": PLAIN_OPTION},
        any_of="options option_groups",
        also=_initial_is_offered,
    ),
    "multi_static_select": Shape(
        {**MANY, **OPTIONS, "initial_options": items(PLAIN_OPTION, 100)},
        any_of="options option_groups",
        also=_initial_is_offered,
    ),
    "external_select": Shape({**FOCUSED, "initial_option": PLAIN_OPTION, "min_query_length": integer(0, 255)}),
    "multi_external_select": Shape(
        {**MANY, "initial_options": items(PLAIN_OPTION, 100), "min_query_length": integer(0, 255)}
    ),
    "users_select": Shape({**FOCUSED, "initial_user": ID}),
    "multi_users_select": Shape({**MANY, "initial_users": items(ID, 100)}),
    "conversations_select": Shape({**FOCUSED, **TALK, **ONE_REPLY, "initial_conversation": ID}),
    "multi_conversations_select": Shape({**MANY, **TALK, "initial_conversations": items(ID, 100)}),
    "channels_select": Shape({**FOCUSED, **ONE_REPLY, "initial_channel": ID}),
    "multi_channels_select": Shape({**MANY, "initial_channels": items(ID, 100)}),
    "workflow_button": Shape({**ACTION, **STYLE, **LABELLED, "text": plain(75), "workflow": WORKFLOW}, "text workflow"),
}

SELECTS = tuple(
    f"{many}{kind}"
    for many in ("", "multi_")
    for kind in ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
)
PICKERS = ("checkboxes", "datepicker", "datetimepicker", "radio_buttons", "timepicker")
IN_ACTIONS = ("button", "overflow", "workflow_button", "rich_text_input", *PICKERS, *SELECTS)
IN_SECTION = ("button", "image", "overflow", "workflow_button", *PICKERS, *SELECTS)
IN_INPUT = (
    "email_text_input",
    "file_input",
    "number_input",
    "plain_text_input",
    "rich_text_input",
    "url_text_input",
    *PICKERS,
    *SELECTS,
)

MARKS: Fields = dict.fromkeys(
    ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight"), boolean
)
MARKED: Fields = {**KIND, "style": Shape({**MARKS, "unlink": boolean})}
INLINE: dict[str, Check] = {
    "text": Shape({**MARKED, "text": string(12000, 1)}, "text"),
    "link": Shape({**MARKED, "url": url(), "text": string(12000), "unsafe": boolean}, "url"),
    "user": Shape({**MARKED, "user_id": ID}, "user_id"),
    "usergroup": Shape({**MARKED, "usergroup_id": ID}, "usergroup_id"),
    "channel": Shape({**MARKED, "channel_id": ID}, "channel_id"),
    "team": Shape({**MARKED, "team_id": ID}, "team_id"),
    "emoji": Shape({**MARKED, "name": string(255, 1), "unicode": string(255), "skin_tone": integer(2, 6)}, "name"),
    "date": Shape(
        {**MARKED, "timestamp": number, "format": string(255, 1), "url": url(), "fallback": string(255)},
        "timestamp format",
    ),
    "broadcast": Shape({**MARKED, "range": enum("here", "channel", "everyone")}, "range"),
    "color": Shape({**MARKED, "value": string(50, 1)}, "value"),
}
_inline = items(union(INLINE), 3000, 0)
SECTION_OF_TEXT = Shape({**KIND, "elements": _inline}, "elements")
BORDER: Fields = {"border": integer(0, 1)}
RICH: dict[str, Check] = {
    "rich_text_section": SECTION_OF_TEXT,
    "rich_text_preformatted": Shape({**KIND, **BORDER, "elements": _inline, "language": string(50)}, "elements"),
    "rich_text_quote": Shape({**KIND, **BORDER, "elements": _inline}, "elements"),
    "rich_text_list": Shape(
        {
            **KIND,
            **BORDER,
            "elements": items(union({"rich_text_section": SECTION_OF_TEXT}), 1000),
            "style": enum("bullet", "ordered"),
            "indent": integer(0, 8),
            "offset": integer(0, 10_000),
        },
        "elements style",
    ),
}
RICH_TEXT = Shape({**KIND, **BLOCK_ID, "elements": items(union(RICH), 1000, 0)}, "elements")
