"""What S3 lifecycle rules delete: new rules, and rules that wait for a shorter time (Amazon S3 User Guide)."""

from collections.abc import Mapping
from typing import Any

from generator.preview.risk import cited_fact
from generator.preview.risk.cited_fact import Fact, PropertyChange, number
from generator.preview.risk.value_rules import as_text

Json = Any


def expiry(edit: PropertyChange) -> Fact:
    """S3 lifecycle rules: new or sooner expiry deletes objects."""
    old, new = ([_terms(rule) for rule in _expiring(side)] for side in (edit.before, edit.after))
    for what, waits in new:
        if not any(what == same and waits.keys() == less.keys() and all(waits[k] >= less[k] for k in waits) for same, less in old):  # fmt: skip
            return Fact("data-loss", "objects that the new rules expire are deleted", cited_fact.S3_LIFECYCLE)
    return Fact("none", "no rule deletes more than before", cited_fact.S3_LIFECYCLE)


_KEEPS = ("Transitions", "Transition", "NoncurrentVersionTransitions", "NoncurrentVersionTransition", "Id")


def _expiring(side: Json) -> list[Mapping[str, Json]]:
    rules = side.get("Rules") if isinstance(side, Mapping) else None
    return [
        {key: part for key, part in rule.items() if key not in _KEEPS and "AbortIncomplete" not in key}
        for rule in (rules if isinstance(rules, list) else [])
        if isinstance(rule, Mapping) and rule.get("Status") != "Disabled" and any("Expiration" in key for key in rule)
    ]


_WAITS = ("Days", "NoncurrentDays", "ExpirationInDays", "NoncurrentVersionExpirationInDays", "NewerNoncurrentVersions")


def _terms(rule: Mapping[str, Json]) -> tuple[str, dict[str, float]]:
    """A rule without its numbers, and the numbers: how long, and for how many newer versions, it waits."""
    waits: dict[str, float] = {}

    def bare(node: Json, path: str) -> Json:
        if isinstance(node, Mapping):
            return {key: bare(part, f"{path}/{key}") for key, part in node.items()}
        known = number(node) if path.rpartition("/")[2] in _WAITS else None
        if known is None:
            return node
        waits[path] = known
        return ""

    return as_text(bare(rule, "")), waits
