"""Interactive elements as HTML. The page's script reads `data-type`, `data-block` and `data-action` and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.workspace.render import text_objects
from bot.workspace.render.fields import (
    INPUTS,
    boxes,
    chosen,
    datetime_field,
    field,
    file_field,
    hooks,
    initial,
    options,
    string,
)
from bot.workspace.render.icons import icon
from bot.workspace.render.markup import Attribute, Html, div, image, join, safe_url, span, tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.workspace.render.context import Choice, Context

Json = dict[str, Any]
ICONS: dict[str, str] = {
    "edit": "✎", "pencil": "✎", "refresh": "↻", "star": "☆",
    **{name: icon(name) for name in ("trash", "thumbs_up", "thumbs_down")},
}  # fmt: skip


def _style(element: Json) -> str:
    return style if (style := string(element, "style")) in {"primary", "danger"} else "plain"


def button(element: Json, block: str, context: Context) -> Html:
    """A button; one with an address opens it and still tells the app."""
    own_hooks = hooks(element, block, context)
    label = text_objects.with_emoji(text_objects.plain(element.get("text")))
    classes = f"bk-button is-{_style(element)}"
    attributes = {**own_hooks, "class": classes, "aria-label": string(element, "accessibility_label") or None}
    address = safe_url(element.get("url"))
    if address:
        away: dict[str, Attribute] = {"href": address, "target": "_blank", "rel": "noopener noreferrer"}
        attributes.pop("disabled")
        return tag("a", {**attributes, **away}, label)
    return tag("button", {**attributes, "type": "button", "value": string(element, "value")}, label)


def _select(element: Json, block: str, context: Context, groups: list[tuple[str, list[Choice]]], picked: str) -> Html:
    placeholder = text_objects.plain(element.get("placeholder")) or "Select an option"
    parts = [tag("option", {"value": "", "selected": not picked}, placeholder)]
    for label, choices in groups:
        drawn = [tag("option", {"value": key, "selected": key == picked}, name) for key, name in choices]
        parts += [tag("optgroup", {"label": label}, *drawn)] if label else drawn
    return tag("select", {**hooks(element, block, context), "class": "bk-select", "aria-label": placeholder}, *parts)


def _multi(
    element: Json, block: str, context: Context, groups: list[tuple[str, list[Choice]]], picked: list[str]
) -> Html:
    """Several options: a list of boxes that opens."""
    names = dict(choice for _, choices in groups for choice in choices)
    placeholder = text_objects.plain(element.get("placeholder")) or "Select options"
    rows: list[str] = []
    for label, choices in groups:
        rows += [div("bk-group", label)] if label else []
        rows += [
            tag(
                "label",
                {"class": "bk-option"},
                tag("input", {"type": "checkbox", "value": key, "checked": key in picked}),
                span("", name),
            )
            for key, name in choices
        ]
    shown = ", ".join(names.get(key, key) for key in picked) or placeholder
    most = element.get("max_selected_items")
    own_hooks = hooks(element, block, context) | {"data-most": most if isinstance(most, int) else None}
    key = f"{block}/{string(element, 'action_id')}"
    body = [tag("summary", {"class": "bk-select", "data-placeholder": placeholder}, shown), div("bk-menu", *rows)]
    return tag("details", {**own_hooks, "class": "bk-multi", "data-key": key}, *body)


def static_select(element: Json, block: str, context: Context) -> Html:
    """One or several options of a list."""
    groups = [
        (label, [(string(o, "value"), text_objects.plain(o.get("text"))) for o in some])
        for label, some in options(element)
    ]
    picked = chosen(element, block, context, initial(element))
    if string(element, "type").startswith("multi_"):
        return _multi(element, block, context, groups, picked)
    return _select(element, block, context, groups, picked[0] if picked else "")


def directory_select(element: Json, block: str, context: Context) -> Html:
    """People, channels or both."""
    kind = string(element, "type").removeprefix("multi_")
    word = kind.partition("_")[0]
    groups = {
        "users": [("", list(context.people))],
        "channels": [("", list(context.channels))],
        "conversations": [("Channels", list(context.channels)), ("People", list(context.people))],
    }[word]
    single, many = element.get(f"initial_{word[:-1]}"), element.get(f"initial_{word}")
    first = (
        [single]
        if isinstance(single, str)
        else [v for v in many if isinstance(v, str)]
        if isinstance(many, list)
        else []
    )
    picked = chosen(element, block, context, first)
    if string(element, "type").startswith("multi_"):
        return _multi(element, block, context, groups, picked)
    return _select(element, block, context, groups, picked[0] if picked else "")


def external_select(element: Json, block: str, context: Context) -> Html:
    """Options that the app offers while one types: a box with a list below."""
    first = element.get("initial_option")
    some = element.get("initial_options")
    known = [first] if isinstance(first, dict) else some if isinstance(some, list) else []
    names = {string(o, "value"): text_objects.plain(o.get("text")) for o in known if isinstance(o, dict)}
    picked = chosen(element, block, context, initial(element))
    least = element.get("min_query_length")
    many = string(element, "type").startswith("multi_")
    own_hooks = hooks(element, block, context) | {
        "data-least": least if isinstance(least, int) and not isinstance(least, bool) else 3,
        "data-value": json.dumps(picked),
    }
    placeholder = text_objects.plain(element.get("placeholder")) or "Type to search"
    shown = "" if many else next((names.get(key, key) for key in picked), "")
    box: dict[str, Attribute] = {"type": "text", "class": "bk-input", "autocomplete": "off", "value": shown}
    box |= {"role": "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-label": placeholder}
    chips = (
        [tag("span", {"class": "bk-chip", "data-value": key}, names.get(key, key)) for key in picked] if many else []
    )
    body = [*chips, tag("input", {**box, "placeholder": placeholder}), div("bk-menu", hidden=True, role="listbox")]
    return tag("div", {**own_hooks, "class": "bk-combo"}, *body)


def overflow(element: Json, block: str, context: Context) -> Html:
    """A menu behind three dots."""
    own_hooks = hooks(element, block, context)
    rows: list[str] = []
    for option in options(element)[0][1]:
        name = text_objects.with_emoji(text_objects.plain(option.get("text")))
        own = {**own_hooks, "class": "bk-option", "value": string(option, "value"), "type": "button"}
        address = safe_url(option.get("url"))
        away = {k: v for k, v in own.items() if k not in {"type", "disabled", "value"}}
        away |= {"data-value": own["value"], "href": address, "target": "_blank", "rel": "noopener noreferrer"}
        rows.append(tag("a", away, name) if address else tag("button", own, name))
    key = f"{block}/{string(element, 'action_id')}"
    summary = tag("summary", {"class": "bk-button is-plain", "aria-label": "More"}, "⋯")
    return tag("details", {"class": "bk-overflow", "data-key": key}, summary, div("bk-menu", *rows))


def feedback(element: Json, block: str, context: Context) -> Html:
    """A thumb up and a thumb down."""
    own_hooks = hooks(element, block, context)
    drawn = []
    for name, sign in (("positive_button", icon("thumbs_up")), ("negative_button", icon("thumbs_down"))):
        inner = element.get(name)
        label = text_objects.plain(inner.get("text")) if isinstance(inner, dict) else ""
        own = {**own_hooks, "class": "bk-icon", "type": "button", "value": string(inner, "value"), "title": label}
        drawn.append(tag("button", {**own, "aria-label": label or name.partition("_")[0]}, sign))
    return join(drawn)


def icon_button(element: Json, block: str, context: Context) -> Html:
    """A button that is a picture, for those who may see it."""
    seen_by = element.get("visible_to_user_ids")
    if isinstance(seen_by, list) and seen_by and context.viewer not in seen_by:
        return Html("")
    label = text_objects.plain(element.get("text"))
    sign = ICONS.get(string(element, "icon"), "•")
    own = {**hooks(element, block, context), "class": "bk-icon", "type": "button", "title": label}
    return tag("button", {**own, "aria-label": label, "value": string(element, "value")}, sign)


def picture(element: Json, _block: str, context: Context) -> Html:
    """A small image."""
    return image(context.source(element), element.get("alt_text"), "bk-thumb")


DRAW: dict[str, Callable[[Json, str, Context], Html]] = {
    "button": button,
    "workflow_button": button,
    "static_select": static_select,
    "multi_static_select": static_select,
    "external_select": external_select,
    "multi_external_select": external_select,
    **{f"{m}{k}_select": directory_select for m in ("", "multi_") for k in ("users", "channels", "conversations")},
    "overflow": overflow,
    "checkboxes": boxes,
    "radio_buttons": boxes,
    **dict.fromkeys(INPUTS, field),
    "datetimepicker": datetime_field,
    "file_input": file_field,
    "feedback_buttons": feedback,
    "icon_button": icon_button,
    "image": picture,
}


def draw(element: Any, block: str, context: Context) -> Html:
    """Any element; one of an unknown type as a labelled box."""
    kind = element.get("type") if isinstance(element, dict) else None
    known = DRAW.get(kind) if isinstance(kind, str) else None
    return known(element, block, context) if known else span("bk-unknown", f"[{kind or 'no element'}]")
