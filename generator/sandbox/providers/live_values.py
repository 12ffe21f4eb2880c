"""Live values in the shape of what a template says, so that only true differences remain.

APIs add defaults, order lists as they like, and give policies as text. Drift detection compares with the template, and
"CloudFormation only determines drift for property values that are explicitly set" (AWS CloudFormation User Guide,
"Detect unmanaged configuration changes to stacks and resources with drift detection").
"""

from __future__ import annotations

import json
from typing import Any

# Maps of free keys: one that somebody adds is a difference, not a default.
_FREE = frozenset({"PolicyDocument", "KeyPolicy", "Variables", "Parameters", "EventPattern", "InputPathsMap", "Tags"})
_NAMES = ("Id", "Key", "Name", "IndexName", "AttributeName", "MetricName")


def shaped(name: str, said: Any, live: Any) -> Any:
    """The live value of a property, without what the template does not say and in its order.

    Args:
        name: The property's name: some hold maps of free keys, where additions count.
        said: The template's value.
        live: The API's value in CloudFormation's names; policies may be text.
    """
    if isinstance(said, str) != isinstance(live, str) or _both_json(said, live):
        return _document(said, live)
    if isinstance(said, dict) and isinstance(live, dict):
        if name in _FREE:
            return said if _same(said, live) else live
        return {key: shaped(key, said[key], value) for key, value in live.items() if key in said}
    if isinstance(said, list) and isinstance(live, list):
        return _list(said, live)
    return said if _text(said) == _text(live) or _one_arn(said, live) or _one_arn(live, said) else live


def _one_arn(arn: Any, end: Any) -> bool:
    """Whether a text is an ARN and the other its end: a template may name a key by its id, a function by its name."""
    ends = (f":{end}", f"/{end}")
    return isinstance(arn, str) and arn.startswith("arn:") and bool(end) and arn.endswith(ends)


def _both_json(said: Any, live: Any) -> bool:
    return isinstance(said, str) and said.startswith("{") and isinstance(live, str) and live.startswith("{")


def _document(said: Any, live: Any) -> Any:
    """A policy or body that one side holds as text."""
    if isinstance(said, dict | list) and isinstance(live, str):
        try:
            live = json.loads(live)
        except ValueError:
            return live
        return said if _same(said, live) else live
    if isinstance(said, str):
        try:
            same = _same(json.loads(said), live if isinstance(live, dict | list) else json.loads(str(live)))
        except ValueError:
            same = False
        if same or said == _text(live):
            return said
        return json.dumps(live) if isinstance(live, dict | list) else live
    return said if _text(said) == _text(live) else live


def _same(said: Any, live: Any) -> bool:
    """Whether two documents say the same, with numbers and booleans as text or not."""
    if isinstance(said, dict) and isinstance(live, dict):
        return said.keys() == live.keys() and all(_same(said[key], live[key]) for key in said)
    if isinstance(said, list) and isinstance(live, list):
        return len(said) == len(live) and all(map(_same, said, live))
    return _text(said) == _text(live)


def _list(said: list[Any], live: list[Any]) -> list[Any]:
    name = next((key for key in _NAMES if said and all(isinstance(item, dict) and key in item for item in said)), "")
    if name:
        order = {_text(item[name]): index for index, item in enumerate(said)}
        items = sorted(live, key=lambda item: order.get(_text(item.get(name)), len(order)))
        return [
            shaped("", said[order[_text(item.get(name))]], item) if _text(item.get(name)) in order else item
            for item in items
        ]
    if len(said) == len(live) and any(isinstance(item, dict | list) for item in said):
        return [shaped("", one, other) for one, other in zip(said, live, strict=True)]
    return said if sorted(map(_text, said)) == sorted(map(_text, live)) else live


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
