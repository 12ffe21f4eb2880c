"""Reading built templates in tests."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from cfnlint import core
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from cfnlint.rules import RulesCollection
from troposphere import Template

Json = dict[str, Any]


def plain(template: Template) -> Json:
    """The template as CloudFormation reads it."""
    document: Json = json.loads(template.to_json())
    return document


def of(template: Json, kind: str) -> dict[str, Json]:
    """Logical id to properties of every resource of one type."""
    return {name: r.get("Properties", {}) for name, r in template["Resources"].items() if r["Type"] == kind}


def statements(role: Json) -> dict[str, Json]:
    """Sid to statement over the inline policies of a role."""
    return {s["Sid"]: s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]}


@cache
def _rules() -> RulesCollection:
    """Every rule of cfn-lint, informational and experimental ones included: read once, which takes half a second."""
    return core.get_rules([], [], ["I", "W", "E"], include_experimental=True)


def findings(templates: Iterable[Json], region: str = "eu-west-1") -> list[str]:
    """What cfn-lint says with everything switched on."""
    config = ManualArgs(regions=[region], include_checks=["I"], include_experimental=True)
    return [f"{m.rule.id} {m.message}" for t in templates for m in lint(json.dumps(t), _rules(), [region], config)]
