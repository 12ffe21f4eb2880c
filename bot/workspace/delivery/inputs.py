"""What Slack's client checks before it sends a modal: required inputs, lengths, numbers, addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
REQUIRED = "Please complete this required field."
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _text(element: Json, value: str) -> str:
    shortest, longest = element.get("min_length") or 0, element.get("max_length") or 3000
    if len(value) < shortest:
        return f"Must be at least {shortest} characters"
    return f"Must be no more than {longest} characters" if len(value) > longest else ""


def _number(element: Json, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return "Enter a number"
    if not element.get("is_decimal_allowed") and not number.is_integer():
        return "Enter a whole number"
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and number < float(low):
        return f"Must be {low} or more"
    return f"Must be {high} or less" if high is not None and number > float(high) else ""


def _email(_element: Json, value: str) -> str:
    return "" if _EMAIL.fullmatch(value) else "Enter a valid email address"


def _address(_element: Json, value: str) -> str:
    return "" if value.startswith(("http://", "https://")) and len(value) > 10 else "Enter a valid URL"


CHECKS: dict[str, Callable[[Json, str], str]] = {
    "plain_text_input": _text,
    "number_input": _number,
    "email_text_input": _email,
    "url_text_input": _address,
}


def _empty(state: Json) -> bool:
    return not any(value for name, value in state.items() if name != "type")


def problems(blocks: list[Json], values: Json) -> dict[str, str]:
    """By block id, what to tell the person; empty if the modal may be sent. `values` is `state.values`."""
    found: dict[str, str] = {}
    for block in blocks:
        inner = block.get("child_blocks")
        if isinstance(inner, list):
            found |= problems(inner, values)
        if block.get("type") != "input":
            continue
        element = block["element"]
        state = values.get(block["block_id"], {}).get(element["action_id"], {})
        if _empty(state):
            if not block.get("optional"):
                found[block["block_id"]] = REQUIRED
            continue
        check = CHECKS.get(element["type"])
        message = check(element, state["value"]) if check else ""
        if message:
            found[block["block_id"]] = message
    return found
