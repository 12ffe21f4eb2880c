"""A change set in full: each resource, what happens to it and why, and each value before and after. Plain text."""

from collections.abc import Iterator

from generator.release.model.change import KNOWN_AFTER_APPLY, ChangeSet, Detail, ResourceChange
from generator.release.model.reading import Reading, ResourceEffect

_SIGNS = {"Add": "+", "Remove": "-", "Modify": "~", "Import": "+", "Dynamic": "?", "SyncWithActual": "~"}
_LONGEST = 120


def lines(change_set: ChangeSet, reading: Reading | None) -> Iterator[str]:
    """Meaning first, then resource by resource."""
    effects: dict[str, ResourceEffect] = {}
    if reading is not None:
        effects = {row.logical_id: row for row in reading.meaning.effects}
        for gain in reading.meaning.gains:
            yield f"! {gain.sentence}"
        for exposure in reading.meaning.exposures:
            yield f"! {exposure.sentence}"
        if reading.shown.cost is not None:
            cost = reading.shown.cost
            yield f"  cost: {cost.before.typical:,.2f} → {cost.after.typical:,.2f} USD a month"
    for change in change_set.changes:
        yield from _change(change, effects.get(change.logical_id))


def _change(change: ResourceChange, effect: ResourceEffect | None) -> Iterator[str]:
    replaced = {"True": ", replaced", "Conditional": ", perhaps replaced"}.get(change.replacement, "")
    yield f"{_SIGNS[change.action]} {change.logical_id} ({change.type}){replaced}"
    if effect is not None and effect.effect != "none":
        yield f"    {effect.effect}: {effect.why}"
    told = set()
    for detail in change.details:
        line = _detail(detail)
        if line and line not in told:
            told.add(line)
            yield f"    {line}"


def _detail(detail: Detail) -> str:
    name = detail.path.removeprefix("/Properties/") or detail.name or detail.attribute
    if detail.before is None and detail.after is None:
        return f"{name}: changes with {detail.cause}" if detail.cause else ""
    return f"{name}: {_value(detail.before)} → {_value(detail.after)}"


def _value(text: str | None) -> str:
    if text is None:
        return "nothing"
    if KNOWN_AFTER_APPLY in text:
        return "known after it is applied"
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
