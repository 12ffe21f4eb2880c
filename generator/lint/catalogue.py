"""What every rule of every engine is, for people who ask."""

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from generator.lint.engine_preload import require_engines
from generator.lint.findings import EngineName, Severity
from generator.lint.rules.rule import examples
from generator.lint.rules.runner import rules as pack

if TYPE_CHECKING:
    from generator.lint.rules.rule import Example, Rule


class RuleInfo(Struct, frozen=True):
    """One rule as `slipway rules` shows it; ``group`` is empty, and so may the texts be, where the rule is not ours."""

    id: str
    engine: EngineName
    severity: Severity
    title: str
    why: str = ""
    fix: str = ""
    source: str = ""
    group: str = ""


def ours() -> dict[str, RuleInfo]:
    """Slipway's own rules by id; imports no engine."""
    return {rule.id: _ours(rule) for rule in pack().values()}


def everything() -> list[RuleInfo]:
    """Every rule of the three engines, sorted by id, ours first among equals. Imports the engines: about a second.

    Raises:
        UsageError: an engine is not installed.
    """
    require_engines()
    own = ours()
    found = [*own.values(), *_of_cfnlint(own), *_of_validate()]
    order: tuple[EngineName, ...] = ("slipway", "cfn-lint", "cloudformation-validate")
    return sorted(found, key=lambda rule: (rule.id[1:], rule.id, order.index(rule.engine)))


def example(rule: RuleInfo) -> "Example | None":
    """The failing and the passing template of one of our rules."""
    try:
        return examples(rule.group).get(rule.id) if rule.group else None
    except FileNotFoundError:
        return None


def as_yaml(template: Any) -> str:
    """An example as YAML text, keys in the order in which they were written."""
    import yaml

    text: str = yaml.safe_dump(template, sort_keys=False, width=110)
    return text


def url(source: str) -> str:
    """The address in a source such as ``Amazon ECS Developer Guide: Task size, https://...``; empty if there is none."""
    return source[source.find("https://") :] if "https://" in source else ""


def _ours(rule: "Rule") -> RuleInfo:
    return RuleInfo(rule.id, "slipway", rule.severity, rule.title, rule.why, rule.fix, rule.source, rule.group)


def _of_cfnlint(own: dict[str, RuleInfo]) -> list[RuleInfo]:
    from generator.lint.engines.cfnlint import CfnLint

    return [
        RuleInfo(rule_id, "cfn-lint", severity_of(rule_id), rule.shortdesc, rule.description, "", rule.source_url)
        for rule_id, rule in CfnLint().rules().items()
        if rule_id not in own
    ]


def _of_validate() -> list[RuleInfo]:
    from generator.lint.engines.cloudformation_validate import REMARKS, Validate

    found: list[Any] = Validate().rules()
    return [
        RuleInfo(rule.id, "cloudformation-validate", severity_of(rule.id), rule.description)
        for rule in found
        if rule.id not in REMARKS
    ]


def severity_of(rule_id: str) -> Severity:
    """The severity that the first letter of an id stands for; F (fatal) is cloudformation-validate's."""
    match rule_id[:1]:
        case "E" | "F":
            return "error"
        case "W":
            return "warning"
        case _:
            return "info"
