"""Whether one set of conditions allows no more than another.

Keys of one operator and operators of one statement are joined by AND, values by OR; operators and keys ignore case (IAM
User Guide, "IAM JSON policy elements: Condition" and "Condition operators").
"""

import ipaddress
import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from generator.preview.bounds import spend
from generator.preview.iam.patterns import contains
from generator.preview.template_resolution import is_symbolic

Json = Any
# (operator, key) to values, all in lower case but the values
Conditions = tuple[tuple[tuple[str, str], tuple[str, ...]], ...]
Verdict = Literal["yes", "no", "unknown"]
_FROM_BEST: tuple[Verdict, ...] = ("yes", "unknown", "no")

_EXACT = {"stringequals": "stringlike", "arnequals": "arnlike", "arnlike": "arnlike", "stringlike": "stringlike"}
_NEGATIVE = {
    "stringnotequals",
    "stringnotlike",
    "arnnotequals",
    "arnnotlike",
    "notipaddress",
    "stringnotequalsignorecase",
    "numericnotequals",
    "datenotequals",
}
_BELOW = {"numericlessthan", "numericlessthanequals", "datelessthan", "datelessthanequals"}
_ABOVE = {"numericgreaterthan", "numericgreaterthanequals", "dategreaterthan", "dategreaterthanequals"}


def parse(node: Json) -> Conditions:
    """A ``Condition`` element in one form: sorted, operators and keys in lower case, values as texts."""
    found: dict[tuple[str, str], set[str]] = {}
    if node and not isinstance(node, Mapping):
        return _unread(node)
    for operator, keys in node.items() if isinstance(node, Mapping) else ():
        if not isinstance(keys, Mapping):
            return _unread(node)
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            texts = {str(value).lower() if isinstance(value, bool) else str(value) for value in listed}
            found.setdefault((str(operator).lower(), str(key).lower()), set()).update(texts)
    return tuple(sorted((name, tuple(sorted(values))) for name, values in found.items()))


def _unread(node: Json) -> Conditions:
    """Conditions that the template does not determine. They imply only themselves."""
    return ((("unread", json.dumps(node, sort_keys=True, default=str)), ()),)


def implies(narrow: Conditions, wide: Conditions) -> Verdict:
    """Whether everything that ``narrow`` allows is allowed by ``wide`` too. ``no`` only if something is surely new."""
    verdict: Verdict = "yes"
    spend(len(wide) * len(narrow))
    for (operator, key), values in wide:
        found = [_one(own, own_values, operator, values) for (own, own_key), own_values in narrow if own_key == key]
        best: Verdict = min(found, key=_FROM_BEST.index, default="no")
        verdict = max(verdict, best, key=_FROM_BEST.index)
    return verdict


def _one(narrow: str, values: tuple[str, ...], wide: str, limit: tuple[str, ...]) -> Verdict:  # noqa: PLR0911 - one line for each family of operators
    """Compares one condition with another on the same key."""
    optional = wide.endswith("ifexists")
    if narrow.endswith("ifexists") and not optional:
        return "unknown"
    own, other = narrow.removesuffix("ifexists"), wide.removesuffix("ifexists")
    if own == other and values == limit:
        return "yes"
    if ":" in own:  # ForAllValues, ForAnyValue
        return "yes" if own == other and own.startswith("foranyvalue") and set(values).issubset(limit) else "unknown"
    if other in ("null", "bool"):
        return "no" if own == other else "unknown"
    if own in _NEGATIVE and own == other:
        return (
            "yes"
            if set(limit).issubset(values)
            else "unknown"
            if "like" in own or is_symbolic([*values, *limit])
            else "no"
        )
    if own in _EXACT and other in _EXACT and _EXACT[own] == _EXACT[other]:
        return _patterns(own, values, other, limit)
    if own == other == "ipaddress":
        return _addresses(values, limit)
    if own == other and own in _BELOW | _ABOVE:
        return _numbers(own, values, limit)
    if own == other and set(values).issubset(limit):
        return "yes"
    return "unknown"


def _patterns(own: str, values: tuple[str, ...], other: str, limit: tuple[str, ...]) -> Verdict:
    literal = other == "stringequals"
    spend(len(values) * len(limit) // 2)
    within: Callable[[str], bool] = (
        (lambda value: value in limit and not (own != other and ("*" in value or "?" in value)))
        if literal
        else (lambda value: any(contains(pattern, value) for pattern in limit))
    )
    if all(within(value) for value in values):
        return "yes"
    return "unknown" if is_symbolic([*values, *limit]) else "no"


def _addresses(values: tuple[str, ...], limit: tuple[str, ...]) -> Verdict:
    spend(4 * (len(values) + len(limit)) + 2 * len(values) * len(limit))
    try:
        inner = [ipaddress.ip_interface(value).network for value in values]
        outer = [ipaddress.ip_interface(value).network for value in limit]
    except ValueError:
        return "unknown"
    within = all(any(a.version == b.version and a.subnet_of(b) for b in outer) for a in inner)  # type: ignore[arg-type]
    return "yes" if within else "no"


def _numbers(operator: str, values: tuple[str, ...], limit: tuple[str, ...]) -> Verdict:
    """Values of one operator are joined by OR, so the least strict one counts."""
    choose: Callable[[list[str]], str] = max if operator in _BELOW else min
    try:
        loosest = [max(map(float, side)) if operator in _BELOW else min(map(float, side)) for side in (values, limit)]
    except ValueError:  # dates in ISO 8601 compare as texts
        if is_symbolic([*values, *limit]) or any(len(value) != len(limit[0]) for value in (*values, *limit)):
            return "unknown"
        mine, theirs = choose(list(values)), choose(list(limit))
        return "yes" if (mine <= theirs if operator in _BELOW else mine >= theirs) else "no"
    return "yes" if (loosest[0] <= loosest[1] if operator in _BELOW else loosest[0] >= loosest[1]) else "no"


def condition_text(conditions: Conditions) -> str:
    """Conditions for people: ``aws:sourcevpc is vpc-1``."""
    if any(operator == "unread" for (operator, _), _ in conditions):
        return "conditions hold that the template does not settle"
    words = {"null": "is missing:", "bool": "is"}
    parts = []
    for (operator, key), values in conditions:
        plain = operator.removesuffix("ifexists")
        says = words.get(
            plain, "is not" if plain in _NEGATIVE else "is" if plain in _EXACT or plain == "ipaddress" else plain
        )
        some = " or ".join(values[:3]) + (" or …" if len(values) > 3 else "")
        parts.append(f"{key} {says} {some}")
    return " and ".join(parts)
