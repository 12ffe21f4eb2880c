"""What elements have in common, and the ones that are typed into or ticked."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.workspace.render import text_objects
from bot.workspace.render.markup import Attribute, Html, span, tag

if TYPE_CHECKING:
    from bot.workspace.render.context import Context

Json = dict[str, Any]


def string(value: Any, name: str) -> str:
    """A field that is a string, or ""."""
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, str) else ""


def hooks(element: Json, block: str, context: Context) -> dict[str, Attribute]:
    """The attributes by which the script knows an element."""
    confirm = element.get("confirm")
    asked = None
    if isinstance(confirm, dict):
        asked = json.dumps(
            {name: text_objects.plain(confirm.get(name)) for name in ("title", "text", "confirm", "deny")}
            | {"style": string(confirm, "style")}
        )
    own_hooks: dict[str, Attribute] = {
        "data-type": string(element, "type"),
        "data-block": block,
        "data-action": string(element, "action_id"),
        "data-confirm": asked,
        "disabled": not context.inputs,
    }
    return {**own_hooks, "data-focus": element.get("focus_on_load") is True}


def chosen(element: Json, block: str, context: Context, first: list[str]) -> list[str]:
    """What is selected: what the person chose before, or what the app set."""
    key = (block, string(element, "action_id"))
    if key in context.values:
        value = context.values[key]
        return [value] if isinstance(value, str) else list(value or [])
    return first


def options(element: Json) -> list[tuple[str, list[Json]]]:
    """Groups of options; ungrouped ones in a group without a label."""
    groups = element.get("option_groups")
    if isinstance(groups, list):
        named = [(text_objects.plain(g.get("label")), g.get("options")) for g in groups if isinstance(g, dict)]
        kept: list[tuple[str, list[Json]]] = [
            (label, [o for o in some if isinstance(o, dict)]) for label, some in named if isinstance(some, list)
        ]
        return kept or [("", [])]
    some = element.get("options")
    return [("", [o for o in some if isinstance(o, dict)] if isinstance(some, list) else [])]


def initial(element: Json) -> list[str]:
    """The values of the options that the app preselected."""
    single, many = element.get("initial_option"), element.get("initial_options")
    some = [single] if isinstance(single, dict) else many if isinstance(many, list) else []
    return [string(option, "value") for option in some if isinstance(option, dict)]


def boxes(element: Json, block: str, context: Context) -> Html:
    """Checkboxes and radio buttons."""
    kind = "radio" if element.get("type") == "radio_buttons" else "checkbox"
    picked = chosen(element, block, context, initial(element))
    rows: list[str] = []
    for option in options(element)[0][1]:
        value = string(option, "value")
        about = option.get("description")
        name = f"{block}/{string(element, 'action_id')}"
        rows.append(
            tag(
                "label",
                {"class": "bk-option"},
                tag("input", {"type": kind, "name": name, "value": value, "checked": value in picked}),
                span(
                    "",
                    text_objects.text_object(option.get("text"), context),
                    span("bk-about", text_objects.text_object(about, context)) if about else Html(""),
                ),
            )
        )
    return tag("div", {**hooks(element, block, context), "class": "bk-boxes", "role": "group"}, *rows)


INPUTS = {
    "datepicker": ("date", "initial_date"),
    "timepicker": ("time", "initial_time"),
    "email_text_input": ("email", "initial_value"),
    "url_text_input": ("url", "initial_value"),
    "number_input": ("number", "initial_value"),
    "plain_text_input": ("text", "initial_value"),
    "rich_text_input": ("text", ""),
}


def field(element: Json, block: str, context: Context) -> Html:
    """Anything that is typed or picked in one box."""
    kind, name = INPUTS[string(element, "type")]
    value = (chosen(element, block, context, [string(element, name)]) or [""])[0]
    attributes: dict[str, Attribute] = {**hooks(element, block, context), "class": "bk-input"}
    attributes["placeholder"] = text_objects.plain(element.get("placeholder")) or None
    for source, target in (("max_length", "maxlength"), ("min_length", "minlength")):
        length = element.get(source)
        attributes[target] = length if isinstance(length, int) and 0 < length <= 3000 else None
    if element.get("multiline") is True or element.get("type") == "rich_text_input":
        return tag("textarea", {**attributes, "rows": 4}, value)
    if kind == "number":
        attributes |= {"min": string(element, "min_value") or None, "max": string(element, "max_value") or None}
        attributes["step"] = "any" if element.get("is_decimal_allowed") is True else "1"
    return tag("input", {**attributes, "type": kind, "value": value})


def datetime_field(element: Json, block: str, context: Context) -> Html:
    """A date and a time, in the zone of the page."""
    stamp = element.get("initial_date_time")
    picked = chosen(element, block, context, [str(stamp)] if isinstance(stamp, int) else [])
    value = ""
    if picked and picked[0].isdecimal() and len(picked[0]) <= 11:
        value = datetime.fromtimestamp(int(picked[0]), context.zone).strftime("%Y-%m-%dT%H:%M")
    attributes = {**hooks(element, block, context), "class": "bk-input", "type": "datetime-local", "value": value}
    return tag("input", attributes)


def file_field(element: Json, block: str, context: Context) -> Html:
    """Files; this workspace shows the field and sends none."""
    most = element.get("max_files")
    attributes = {**hooks(element, block, context), "class": "bk-input", "type": "file"}
    return tag("input", {**attributes, "multiple": isinstance(most, int) and most > 1})
