"""Shows a fault once that two engines found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from generator.lint.findings import SEVERITIES, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# cloudformation-validate's id to the cfn-lint ids for the same fault, where the numbers differ. Measured by running both
# over cfn-lint's broken examples (version 1.58 and 1.14, 2026-11). F3002 and E3002 and their like need no entry.
_SAME: dict[str, tuple[str, ...]] = {
    "E9004": ("E1010",),
    "F0000": ("E0000",),
    "F0001": ("E1001",),
    "F0002": ("E1001",),
    "F0003": ("E2010",),
    "F0004": ("E6010",),
    "F0005": ("E1001",),
    "F0006": ("E3001", "E3006", "E2003", "E6004"),
    "F0007": ("E3010",),
    "F0008": ("E7010",),
    "F0010": ("E1019",),
    "F0011": ("E1003",),
    "F0013": ("E1028",),
    "F0014": ("E8001", "E8003", "E8004", "E8005", "E8006"),
    "F0015": ("E2015", "E2002"),
    "F0017": ("E7001",),
    "F0018": ("E3035", "E3036"),
    "F0040": ("E6002", "E6001"),
    "F0050": ("E7001",),
    "F1010": ("E1020", "E1010"),
    "F1018": ("E1019",),
    "F1020": ("E1020", "E1010"),
    "F1101": ("E0000",),
    "F2002": ("W2002",),
    "F2012": ("E2015",),
    "F3016": ("E3035",),
    "I9002": ("E3029",),
    "W2502": ("E3005",),
    "W2508": ("W9669",),
    "W2509": ("W2501",),
    "W3030": ("E3030",),
    "W9008": ("W9683",),
}


def merge(first: Iterable[Finding], second: Iterable[Finding]) -> list[Finding]:
    """All findings of both engines; what both found keeps the words of the first and names both.

    The same fault is the same or an equivalent id at the same place (the same or an enclosing property, or the same line
    of the same resource), or the same words about the same property.
    """
    found = list(first)
    by_id: dict[str, list[int]] = {}
    by_words: dict[tuple[str, str], int] = {}
    for index, finding in enumerate(found):
        by_id.setdefault(finding.id, []).append(index)
        by_words.setdefault((finding.place, finding.message), index)
    for other in second:
        same = next((i for i in _candidates(other.id, by_id) if _same_place(found[i], other)), None)
        if same is None:
            same = by_words.get((other.place, other.message))
        if same is None:
            found.append(other)
        else:
            found[same] = _joined(found[same], other)
    return found


def _candidates(rule_id: str, by_id: dict[str, list[int]]) -> Iterator[int]:
    ids = [rule_id, *_SAME.get(rule_id, ())]
    if rule_id.startswith("F"):
        ids.append("E" + rule_id[1:])
    for name in ids:
        yield from by_id.get(name, ())


def _same_place(one: Finding, other: Finding) -> bool:
    if one.id == "E0000":
        return True  # the template did not parse: each engine names another line for the one fault
    if one.path[:2] != other.path[:2]:
        return not other.path and one.line == other.line
    a, b = one.place + ".", other.place + "."
    return a.startswith(b) or b.startswith(a) or one.line == other.line


def _joined(one: Finding, other: Finding) -> Finding:
    return replace(
        one,
        engines=tuple(dict.fromkeys(one.engines + other.engines)),
        severity=min(one.severity, other.severity, key=SEVERITIES.index),
        fix=one.fix or other.fix,
        source=one.source or other.source,
    )
