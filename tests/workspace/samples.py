"""One valid example of each block and element, close to those in Slack's reference."""

from __future__ import annotations

from typing import Any

from tests.workspace.app import Json, marked, plain

IMAGE_URL = "https://images.example/boat.png"
OPTION: Json = {"text": plain("One"), "value": "one"}
CONFIRM: Json = {"title": plain("Sure?"), "text": marked("*Really*"), "confirm": plain("Yes"), "deny": plain("No")}
RICH: Json = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "The work is mysterious"}]},
    ],
}
IMAGE: Json = {"type": "image", "image_url": IMAGE_URL, "alt_text": "a boat"}
FULL_RICH: Json = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "bold", "style": {"bold": True, "italic": True}},
                {"type": "text", "text": "code", "style": {"code": True}},
                {"type": "link", "url": "https://x.example", "text": "here"},
                {"type": "user", "user_id": "U1"},
                {"type": "channel", "channel_id": "C1"},
                {"type": "usergroup", "usergroup_id": "S1"},
                {"type": "emoji", "name": "tada"},
                {"type": "broadcast", "range": "here"},
                {"type": "date", "timestamp": 1392734382, "format": "{date_short}", "fallback": "then"},
                {"type": "color", "value": "#ff0000"},
                {"type": "team", "team_id": "T1"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "indent": 1,
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "item"}]}],
        },
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "pre"}]},
    ],
}


def cell(text: str) -> Json:
    return {"type": "raw_text", "text": text}


TASK: Json = {
    "type": "task_card",
    "task_id": "t1",
    "title": "Fetching",
    "status": "in_progress",
    "details": RICH,
    "output": RICH,
    "sources": [{"type": "url", "url": "https://x.example", "text": "docs"}],
}
CARD: Json = {
    "type": "card",
    "hero_image": IMAGE,
    "icon": IMAGE,
    "title": marked("A *card*"),
    "subtitle": marked("below"),
    "body": marked("body"),
    "actions": [{"type": "button", "action_id": "go", "text": plain("Go")}],
}

BLOCK_SAMPLES: dict[str, Json] = {
    "actions": {
        "type": "actions",
        "block_id": "b1",
        "elements": [{"type": "button", "action_id": "ok", "text": plain("OK"), "value": "v", "confirm": CONFIRM}],
    },
    "alert": {"type": "alert", "level": "warning", "text": marked("The *work* is important")},
    "auth_provider": {"type": "auth_provider", "value": "gh", "name": plain("GitHub"), "is_connected": False},
    "call": {"type": "call", "call_id": "R1"},
    "card": CARD,
    "carousel": {"type": "carousel", "elements": [CARD]},
    "container": {
        "type": "container",
        "title": plain("Events"),
        "is_collapsible": True,
        "child_blocks": [{"type": "section", "text": marked("inside")}],
    },
    "context": {"type": "context", "elements": [IMAGE, marked("small")]},
    "context_actions": {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "f",
                "positive_button": {"text": plain("Good"), "value": "yes"},
                "negative_button": {"text": plain("Bad"), "value": "no"},
            }
        ],
    },
    "data_table": {"type": "data_table", "caption": "Things", "rows": [[cell("Name")], [cell("app")]]},
    "data_visualization": {"type": "data_visualization", "title": "Latency", "chart": {"type": "pie"}},
    "divider": {"type": "divider"},
    "file": {"type": "file", "external_id": "ABCD1", "source": "remote"},
    "header": {"type": "header", "text": plain("Budget :tada:")},
    "image": {**IMAGE, "title": plain("A boat")},
    "input": {
        "type": "input",
        "block_id": "in",
        "label": plain("Label"),
        "hint": plain("A hint"),
        "element": {"type": "plain_text_input", "action_id": "x", "multiline": True, "placeholder": plain("Write")},
    },
    "markdown": {"type": "markdown", "text": "**bold** [link](https://x.example)\n\n| a | b |\n|---|---|\n| 1 | 2 |"},
    "plan": {"type": "plan", "title": "Thinking", "tasks": [TASK]},
    "rich_text": RICH,
    "section": {
        "type": "section",
        "text": marked("*Hi* <https://x.example|there>"),
        "fields": [marked("*A*\n1"), plain("B")],
        "accessory": {"type": "overflow", "action_id": "more", "options": [OPTION]},
    },
    "table": {
        "type": "table",
        "rows": [[cell("Name"), cell("Cost")], [RICH, {"type": "raw_number", "value": 1.5, "text": "$1.50"}]],
        "column_settings": [{"is_wrapped": True}, {"align": "right"}],
    },
    "task_card": TASK,
    "video": {
        "type": "video",
        "video_url": "https://x.example/v",
        "thumbnail_url": IMAGE_URL,
        "alt_text": "a film",
        "title": plain("Film"),
    },
}


def select(kind: str, **more: Any) -> Json:
    return {"type": kind, "action_id": "s", "placeholder": plain("Pick"), **more}


ELEMENT_SAMPLES: dict[str, Json] = {
    "button": {"type": "button", "action_id": "s", "text": plain("OK"), "style": "danger", "url": "https://x.example"},
    "checkboxes": {"type": "checkboxes", "action_id": "s", "options": [OPTION], "initial_options": [OPTION]},
    "datepicker": {"type": "datepicker", "action_id": "s", "initial_date": "1990-04-28"},
    "datetimepicker": {"type": "datetimepicker", "action_id": "s", "initial_date_time": 1628633820},
    "email_text_input": {"type": "email_text_input", "action_id": "s"},
    "feedback_buttons": BLOCK_SAMPLES["context_actions"]["elements"][0],
    "file_input": {"type": "file_input", "action_id": "s", "filetypes": ["jpg"], "max_files": 5},
    "icon_button": {"type": "icon_button", "action_id": "s", "icon": "trash", "text": plain("Delete")},
    "image": IMAGE,
    "number_input": {"type": "number_input", "action_id": "s", "is_decimal_allowed": False, "min_value": "1"},
    "overflow": {"type": "overflow", "action_id": "s", "options": [OPTION]},
    "plain_text_input": {"type": "plain_text_input", "action_id": "s", "initial_value": "typed"},
    "radio_buttons": {"type": "radio_buttons", "action_id": "s", "options": [OPTION], "initial_option": OPTION},
    "rich_text_input": {"type": "rich_text_input", "action_id": "s"},
    "static_select": select("static_select", options=[OPTION], initial_option=OPTION),
    "multi_static_select": select("multi_static_select", option_groups=[{"label": plain("G"), "options": [OPTION]}]),
    "external_select": select("external_select", min_query_length=2),
    "multi_external_select": select("multi_external_select", initial_options=[OPTION]),
    "users_select": select("users_select", initial_user="U1"),
    "multi_users_select": select("multi_users_select", initial_users=["U1"]),
    "conversations_select": select("conversations_select", default_to_current_conversation=True),
    "multi_conversations_select": select("multi_conversations_select", filter={"include": ["public"]}),
    "channels_select": select("channels_select", initial_channel="C1"),
    "multi_channels_select": select("multi_channels_select"),
    "timepicker": {"type": "timepicker", "action_id": "s", "initial_time": "22:25", "timezone": "America/Chicago"},
    "url_text_input": {"type": "url_text_input", "action_id": "s"},
    "workflow_button": {
        "type": "workflow_button",
        "action_id": "s",
        "text": plain("Run"),
        "workflow": {"trigger": {"url": "https://x.example/t"}},
    },
}
