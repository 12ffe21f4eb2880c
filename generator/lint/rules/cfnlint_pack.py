"""The rules as cfn-lint sees them: `cfn-lint -a generator/lint/rules template.yaml`."""

from __future__ import annotations

from types import new_class
from typing import TYPE_CHECKING, Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from generator.lint.rules.runner import check, rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnlint.template.template import Template

    from generator.lint.rules.rule import Finding, Rule

_last: list[tuple[Any, dict[str, list[Finding]]]] = []


def _findings(template: Any) -> dict[str, list[Finding]]:
    """What every rule says about a template, by id; kept for the last one because cfn-lint asks rule by rule."""
    if not _last or _last[0][0] is not template:
        by_id: dict[str, list[Finding]] = {}
        for finding in check(template):
            by_id.setdefault(finding.rule.id, []).append(finding)
        _last[:] = [(template, by_id)]
    return _last[0][1]


class _Adapted(CloudFormationLintRule):
    """Gives cfn-lint the findings of the one rule that a subclass names."""

    tags: list[str] = ["slipway"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        found = _findings(cfn.template).get(self.id, ())
        return [RuleMatch(list(finding.problem.path), finding.text) for finding in found]

    def matchall_resource_properties(self, *_: Any) -> Iterable[Any]:
        """Nothing: `match` sees the whole template. Without this cfn-lint asks every rule about every resource."""
        return ()


def _adapt(rule: Rule) -> type[CloudFormationLintRule]:
    said = {
        "id": rule.id,
        "shortdesc": rule.title,
        "description": f"{rule.why} {rule.fix}",
        "source_url": rule.source[rule.source.rfind("https://") :],
        "__module__": __name__,
    }
    return new_class(f"Slipway{rule.id}", (_Adapted,), exec_body=lambda body: body.update(said))


globals().update({f"Slipway{rule.id}": _adapt(rule) for rule in rules().values()})
