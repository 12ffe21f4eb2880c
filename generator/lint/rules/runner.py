"""Run every rule of this folder over a template."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from generator.lint.rules.rule import REGISTRY, Finding, Rule
from generator.lint.rules.template_view import views

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_LOADED_HERE = "cfnlint_pack"


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by id, in the order of the ids. A module that is put into this folder is found by itself."""
    here = Path(__file__).parent
    for file in sorted(here.rglob("[a-z]*.py")):
        if file.stem != _NOT_LOADED_HERE:
            import_module(".".join(["generator.lint.rules", *file.relative_to(here).with_suffix("").parts]))
    return MappingProxyType(dict(sorted(REGISTRY.items(), key=lambda pair: pair[0][1:])))


def check(template: Any) -> list[Finding]:
    """What the rules find in a template, each place once however many scenarios show it; nothing for junk."""
    found: dict[tuple[str, tuple[str | int, ...], str], Finding] = {}
    for view in views(template):
        for rule in rules().values():
            for problem in rule.check(view):
                found.setdefault((rule.id, problem.path, problem.message), Finding(rule, problem))
    return [*found.values()]
