"""AWS's Service Authorization Reference as cfn-lint carries it: which resources an action takes, and how their ARNs look.

The pinned cfn-lint has the whole reference (``data/AdditionalSpecs/Policies.json``); ``requirements/dev.lock`` names its
version, so that an upgrade of it refreshes the reference, and the tests here say what AWS changed.
"""

import json
import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from tests.unit.templates.iam_judge import Json, each

# An action is asked about each of these where the reference marks them as required (its asterisk, which cfn-lint leaves
# out) or where AWS's answer to a missing right names them.
# Source: Amazon RDS User Guide, "Policies for creating, modifying, and deleting resources in Amazon RDS", whose example
# for CreateDBInstance has `og:default*` and `pg:...` beside the instance.
ALSO = {
    "rds:createdbinstance": ("og:default:postgres-17",),
    "rds:modifydbinstance": ("og:default:postgres-17",),
    "rds:restoredbinstancefromdbsnapshot": ("og:default:postgres-17", "snapshot:before-the-change"),
}


@cache
def reference() -> dict[str, Any]:
    """Service to its ``Actions`` and ``Resources``; the names of actions are in lower case."""
    import cfnlint

    found: dict[str, Any] = json.loads(
        (Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json").read_bytes()
    )
    return found


def matched(pattern: str) -> list[str]:
    """The actions of the reference that a pattern such as ``logs:*ResourcePolic*`` stands for, in lower case."""
    service, _, name = pattern.lower().partition(":")
    known = reference().get(service, {}).get("Actions", {})
    return [f"{service}:{action}" for action in known if fnmatchcase(action, name)]


def formats(action: str) -> list[str]:
    """ARN formats of the resources that an action takes, with ``${Account}`` and the like; [] if it takes none."""
    service, _, name = action.lower().partition(":")
    known = reference().get(service, {})
    kinds = known.get("Actions", {}).get(name, {}).get("Resources", [])
    named = {kind.lower(): body["ARNFormats"] for kind, body in known.get("Resources", {}).items()}
    return [form for kind in kinds for form in named[kind.lower()]]


def is_known(action: str) -> bool:
    """Whether IAM knows this action."""
    service, _, name = action.lower().partition(":")
    return name in reference().get(service, {}).get("Actions", {})


def overlaps(pattern: str, form: str) -> bool:
    """Whether a pattern of a policy can match an ARN of this format at all."""
    plain = re.sub(r"\$\{[A-Za-z]+\}", "*", form).replace(".*", "*")
    # A wildcard does not reach beyond its part of an ARN, of which the sixth is the rest (IAM User Guide: Resource element).
    ours, theirs = pattern.split(":", 5), plain.split(":", 5)
    return pattern == "*" or (len(ours) == len(theirs) and all(map(_meet, ours, theirs)))


@cache
def _meet(a: str, b: str) -> bool:
    """Whether two patterns with ``*`` and ``?`` have a text in common."""
    if not a or not b:
        return not (a or b).strip("*")
    if a[0] == "*":
        return _meet(a[1:], b) or _meet(a, b[1:])
    if b[0] == "*":
        return _meet(a, b[1:]) or _meet(a[1:], b)
    return (a[0] == b[0] or "?" in {a[0], b[0]}) and _meet(a[1:], b[1:])


def wrong(statement: Json) -> list[str]:
    """What the reference says against a statement that allows: actions that it does not know, and resources that they don't take."""
    resources = [str(r) for r in each(statement.get("Resource", "*"))]
    found = []
    for pattern in each(statement["Action"]):
        actions = matched(pattern)
        if not actions:
            found.append(f"{pattern} is unknown")
        for action in actions:
            forms = formats(action)
            if not forms and "*" not in resources:
                found.append(f"{action} takes no resource")
            elif "*" not in resources and not any(overlaps(r, form) for r in resources for form in forms):
                found.append(f"{action} takes {', '.join(forms)}")
    return found
