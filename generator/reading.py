"""Reads change sets for people: their meaning from the two templates, with the parameters that the stack has now."""

from collections.abc import Mapping
from typing import Any

from generator.preview.meaning import meaning
from generator.release.model.change import ChangeSet
from generator.release.model.people import ENGINE
from generator.release.model.reading import Reading
from generator.release.model.release import StackRef
from generator.release.ports import Clouds


class ChangeReader:
    """Implements :class:`generator.release.ports.Reader`."""

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds

    def read(
        self,
        stack: StackRef,
        change_set: ChangeSet,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any],
        *,
        look_up: bool,
    ) -> Reading:
        """The reading. The stack's present parameters belong to its meaning: they change only if the stack does."""
        del look_up
        has: Mapping[str, str] = {}
        if before is not None:
            found = self._clouds.at(stack, ENGINE).stacks.describe(change_set.stack_name)
            has = found.parameters if found is not None else {}
        return Reading(meaning=meaning(change_set, before, after, region=stack.region, before_parameters=has))
