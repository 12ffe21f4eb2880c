"""Reasons for which a release would be refused in the current state of AWS, so that a plan can show them."""

from collections.abc import Mapping
from typing import Any

from generator.release.errors import Denied
from generator.release.model.change import ChangeSet
from generator.release.model.people import ENGINE
from generator.release.model.release import StackRef
from generator.release.steps.database_versions import older_version
from generator.release.steps.listener_conflicts import ChangeTarget, refused_rule
from generator.wiring.application import Application


def would_be_refused(
    application: Application, ref: StackRef, change_set: ChangeSet, after: Mapping[str, Any],
    freed: frozenset[int] = frozenset(),
) -> str:  # fmt: skip
    """Why a release of this change would end before anybody is asked, with what to do. "" if nothing says so.

    ``freed`` are listener priorities that other stacks of the same apply give up. A caller that may not read this, such as the role of pull requests, gets "".

    Raises:
        Unavailable: AWS does not answer.
    """
    target = ChangeTarget(ref, application.clouds.at(ref, ENGINE), application.clouds, application.facts)
    try:
        cause = older_version(target, change_set, after) or refused_rule(target, change_set, after, freed)
    except Denied:
        return ""
    return f"it would be refused now: {cause.sentence}; {cause.fix}" if cause is not None else ""
