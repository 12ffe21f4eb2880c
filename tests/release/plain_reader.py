"""A reader of change sets that looks nothing up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.release.model.change import ChangeSet
from generator.release.model.preview import Effect, Gain, Meaning, Reading, ResourceEffect, Shown
from generator.release.model.release import StackRef

STATEFUL = {"AWS::DynamoDB::Table", "AWS::RDS::DBInstance"}


class PlainReader:
    """A ``ports.Reader`` that knows what loses data: replacing or removing what holds some; ``shown`` is the other half."""

    def __init__(self) -> None:
        self.shown = Shown()

    def read(
        self,
        stack: StackRef,
        change_set: ChangeSet,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any],
        *,
        look_up: bool,
    ) -> Reading:
        del stack, before, after, look_up
        effects = []
        for change in change_set.changes:
            lost = change.type in STATEFUL and (change.replacement == "True" or change.action == "Remove")
            effect: Effect = "data-loss" if lost else "none"
            effects.append(
                ResourceEffect(
                    logical_id=change.logical_id, type=change.type, action=change.action, effect=effect, why="as told"
                )
            )
        gains = tuple(
            Gain(who="the task role", logical_id="Role", sentence="the task role gains s3:*")
            for _ in [0]
            if "Role" in {c.logical_id for c in change_set.changes}
        )
        worst = any(e.effect == "data-loss" for e in effects)
        meaning = Meaning(
            level="critical" if worst else "low",
            sentence="data is lost" if worst else "nothing is lost",
            effects=tuple(effects),
            gains=gains,
        )
        return Reading(meaning=meaning, shown=self.shown)
