"""What people chose: from the bare values of a form to the state that Slack sends.

Shapes: `ViewStateValue` and the action types of @slack/bolt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]
Raw = str | list[str] | None
Values = Mapping[str, Mapping[str, Raw]]

ONE_OPTION = {"static_select", "external_select", "radio_buttons"}
MANY_OPTIONS = {"multi_static_select", "multi_external_select", "checkboxes"}
TYPED = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
ONE_ID = {
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
}
MANY_IDS = {
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
}
STATELESS = {"button", "overflow", "workflow_button", "feedback_buttons", "icon_button", "image"}
COPIED = (
    *("text", "value", "style", "url", "placeholder", "icon", "confirm", "workflow"),
    *("initial_option", "initial_options", "initial_date", "initial_time"),
    *("initial_user", "initial_channel", "initial_conversation"),
)
HOLDERS = ("accessory", "element", "elements", "actions", "child_blocks", "icon")


class NotOfferedError(ValueError):
    """Somebody chose what the element does not offer: a forged request, or a message that changed meanwhile."""


def elements(blocks: Any) -> Iterator[tuple[Json, Json]]:
    """Each (block, element) of blocks, containers and carousels included, in reading order."""
    for block in blocks if isinstance(blocks, list) else []:
        for name in HOLDERS:
            held = block.get(name)
            for inner in held if isinstance(held, list) else [held]:
                if isinstance(inner, dict) and "action_id" in inner:
                    yield block, inner
                elif isinstance(inner, dict) and "block_id" in inner:
                    yield from elements([inner])


def all_blocks(message: Json) -> list[Json]:
    """The blocks of a message and of its attachments."""
    attached = [b for a in message.get("attachments", []) for b in a.get("blocks", [])]
    return [*message.get("blocks", []), *attached]


def offered(element: Json) -> list[Json]:
    """The options of an element, groups flattened."""
    grouped = [o for group in element.get("option_groups") or [] for o in group["options"]]
    return [*(element.get("options") or []), *grouped]


def _chosen(element: Json, raw: Raw, known: Mapping[str, Json]) -> list[Json]:
    chosen = [raw] if isinstance(raw, str) else raw or []
    options = {option["value"]: option for option in offered(element)} | dict(known)
    initial = [element.get("initial_option"), *(element.get("initial_options") or [])]
    options = {o["value"]: o for o in initial if o} | options
    if not set(chosen) <= set(options):
        raise NotOfferedError(f"{element.get('action_id')} does not offer {sorted(set(chosen) - set(options))}")
    return [options[value] for value in chosen]


def rich_value(text: str) -> Json:
    """A rich text block of one plain section."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def element_state(element: Json, raw: Raw, known: Mapping[str, Json]) -> Json:
    """The state of an element after somebody chose `raw`; `known` are options that came from the app meanwhile.

    Raises:
        NotOfferedError: The element does not offer that.
    """
    kind = element["type"]
    state: Json = {"type": kind}
    one = raw if isinstance(raw, str) else (raw[0] if raw else None)
    many = [raw] if isinstance(raw, str) else list(raw or [])
    if kind in ONE_OPTION:
        chosen = _chosen(element, one or None, known)
        state["selected_option"] = chosen[0] if chosen else None
    elif kind in MANY_OPTIONS:
        state["selected_options"] = _chosen(element, many, known)
    elif kind in ONE_ID:
        state[ONE_ID[kind][0]] = one or None
    elif kind in MANY_IDS:
        state[MANY_IDS[kind][0]] = many
    elif kind == "datetimepicker":
        state["selected_date_time"] = int(one) if one and one.isdecimal() else None
    elif kind == "rich_text_input":
        state["rich_text_value"] = rich_value(one) if one else None
    elif kind == "file_input":
        state["files"] = []
    else:
        state["value"] = one or None
    return state


def initial(element: Json) -> Raw:
    """What an element holds before anybody touches it, as a bare value."""
    kind = element["type"]
    if kind in ONE_ID:
        return element.get(ONE_ID[kind][1])
    if kind in MANY_IDS:
        return list(element.get(MANY_IDS[kind][1]) or [])
    if kind in ONE_OPTION:
        return (element.get("initial_option") or {}).get("value")
    if kind in MANY_OPTIONS:
        return [option["value"] for option in element.get("initial_options") or []]
    if kind == "datetimepicker":
        moment = element.get("initial_date_time")
        return str(moment) if moment else None
    value = element.get("initial_value")
    return value if isinstance(value, str) else None


def state_values(blocks: list[Json], values: Values, known: Mapping[str, Json]) -> Json:
    """`state.values`: what each element holds, chosen or initial.

    Raises:
        NotOfferedError: As `element_state`.
    """
    result: Json = {}
    for block, element in elements(blocks):
        if element["type"] in STATELESS:
            continue
        given = values.get(block["block_id"], {})
        name = element["action_id"]
        raw = given[name] if name in given else initial(element)
        result.setdefault(block["block_id"], {})[name] = element_state(element, raw, known)
    return result


def action(block: Json, element: Json, raw: Raw, known: Mapping[str, Json], now: str) -> Json:
    """The entry of `actions` for one click or choice.

    Raises:
        NotOfferedError: As `element_state`.
    """
    kind = element["type"]
    result: Json = {"type": kind, "action_id": element["action_id"], "block_id": block["block_id"]}
    result |= {name: element[name] for name in COPIED if name in element}
    if kind == "overflow":
        result["selected_option"] = _chosen(element, raw, {})[0]
    elif kind == "feedback_buttons":
        buttons = {element[name]["value"]: element[name] for name in ("positive_button", "negative_button")}
        if not isinstance(raw, str) or raw not in buttons:
            raise NotOfferedError(f"{element['action_id']} does not offer {raw!r}")
        result |= {"value": raw, "text": buttons[raw]["text"]}
    elif kind not in STATELESS:
        result |= element_state(element, raw, known)
    return {**result, "action_ts": now}
