"""Versions of databases that AWS has upgraded: a release that would bring an older version is refused.

Amazon RDS User Guide, "Automatically upgrading the minor engine version": RDS installs minor versions in the
maintenance window, and no template learns of it. RDS takes no older version back.
"""

import re
from collections.abc import Mapping
from typing import Any

from generator.release.errors import Denied
from generator.release.model.change import ChangeSet
from generator.release.model.release import Cause
from generator.release.steps.listener_conflicts import ChangeTarget, properties_of, resources

_DATABASE = "AWS::RDS::DBInstance"


def older_version(target: ChangeTarget, change_set: ChangeSet, carried: Mapping[str, Any]) -> Cause | None:
    """Why a database can't get the version in the template, with what to write. None if it can.

    Raises:
        Unavailable: AWS does not answer.
    """
    for change in change_set.changes:
        named = {d.name or d.path.rpartition("/")[2] for d in change.details}
        if change.type != _DATABASE or change.action != "Modify" or "EngineVersion" not in named:
            continue
        wanted = properties_of(carried, change.logical_id).get("EngineVersion")
        instance = resources(target).get(change.logical_id)
        if change.replacement == "True" or not instance or not isinstance(wanted, str):
            continue
        try:
            runs = target.cloud.services.database_version(instance)
        except Denied:
            # The release role is older than this right; RDS itself refuses what is too old.
            continue
        now, then = _numbers(runs), _numbers(wanted)
        # "17" asks for any 17.
        if then < now[: len(then)]:
            return Cause(
                stage="change-set",
                sentence=f"{change.logical_id}: it runs {runs} now, and RDS upgrades to newer versions only, not to "
                f"{wanted}",
                fix=f"write data.database.version: {runs}, which changes nothing, or a newer one",
            )
    return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
