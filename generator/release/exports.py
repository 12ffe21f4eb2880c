"""Exports that other stacks import. CloudFormation refuses to change or delete them, but only when it executes.

CloudFormation User Guide, "Get exported outputs from a deployed CloudFormation stack": "You can't delete a stack if
another stack references one of its outputs", and "You can't modify or remove an output value that is referenced by
another stack".
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from generator.release.model.change import ChangeSet
from generator.release.model.observed import StackNow
from generator.release.model.release import Cause
from generator.release.ports import Stacks

# ``{"Ref": "Vpc"}``, ``{"Fn::GetAtt": ["Vpc", "Id"]}``, ``"Vpc.Id"`` and ``${Vpc.Id}`` in JSON without spaces.
_NAMED = re.compile(r'"Ref":"(\w+)"|"Fn::GetAtt":\["(\w+)"|"Fn::GetAtt":"(\w+)\.|\$\{(\w+)[.}]')


def names(value: Any) -> set[str]:
    """The parameters and resources that a value refers to."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return {part for groups in _NAMED.findall(text) for part in groups if part}


def exports_something(template: Mapping[str, Any] | None) -> bool:
    """Whether a template exports an output. Most don't, and then AWS is not asked."""
    return any("Export" in row for row in _outputs(template or {}).values())


def _outputs(template: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The outputs of a template by name, without those that a transform such as ``Fn::ForEach`` writes."""
    outputs = template.get("Outputs")
    rows = outputs.items() if isinstance(outputs, Mapping) else ()
    return {name: row for name, row in rows if isinstance(row, Mapping)}


def in_use(
    stacks: Stacks, stack: StackNow | None, before: Mapping[str, Any] | None, after: Mapping[str, Any], change_set: ChangeSet
) -> list[str]:  # fmt: skip
    """One sentence for each export that a change would remove from a stack that imports it.

    Only those are read from AWS.

    A value that depends on a parameter which changes is one that may change: then AWS is asked as well.

    Raises:
        Unavailable, Denied: AWS does not answer, or does not let us.
    """
    if stack is None or before is None or not stack.exports:
        return []
    moved = {row.logical_id for row in change_set.changes if row.action == "Remove" or row.replacement == "True"}
    moved |= {name for name, value in stack.parameters.items() if change_set.parameters.get(name) != value}
    had, has = _outputs(before), _outputs(after)
    found = []
    for output, export in sorted(stack.exports.items()):
        row, was = has.get(output, {}), had.get(output, {})
        same = (row.get("Value"), row.get("Export")) == (was.get("Value"), was.get("Export"))
        if same and not names(row.get("Value")) & moved:
            continue
        users = stacks.importers(export)
        if users:
            what = "change" if "Export" in row else "go"
            found.append(f"the export {export} would {what}, and {', '.join(users)} imports it")
    return found


def imported(used: list[str]) -> Cause:
    """What ends a release that would remove an export which other stacks import."""
    return Cause(
        stage="change-set", sentence=f"AWS refuses it: {used[0]}", evidence=tuple(used[1:]),
        fix="first change those stacks so that they no longer import it, then release this",
    )  # fmt: skip
