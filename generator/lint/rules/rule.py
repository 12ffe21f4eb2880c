"""What a rule is, and the registry of them all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import TemplateView

Severity: TypeAlias = Literal["error", "warning"]
Check: TypeAlias = "Callable[[TemplateView], Iterator[Problem]]"
Template: TypeAlias = dict[str, Any]

_HERE = Path(__file__).resolve().parent
EXAMPLES = _HERE / "examples"
_ID = re.compile(r"[EW]9[56]\d\d")
_LETTER: dict[Severity, str] = {"error": "E", "warning": "W"}


class Rule(NamedTuple):
    """One check: its id, why it matters with the AWS page that says so, and what to do instead."""

    id: str
    severity: Severity
    title: str
    why: str
    source: str
    fix: str
    group: str
    check: Check


class Finding(NamedTuple):
    """A problem together with the rule that found it."""

    rule: Rule
    problem: Problem

    @property
    def text(self) -> str:
        """The message for a person: the fact, then what to do."""
        return f"{self.problem.message.rstrip('.')}. {self.rule.fix}"


class Example(NamedTuple):
    """The two templates that show a rule: one that breaks it, and the same feature done right."""

    fails: Template
    passes: Template


REGISTRY: dict[str, Rule] = {}


def rule(  # noqa: PLR0913 - one argument for each thing that every rule must tell
    rule_id: str, *, severity: Severity, why: str, source: str, fix: str, title: str = ""
) -> Callable[[Check], Check]:
    """Register the decorated function as a rule; its examples stand in `examples/<module>.yaml` under its id.

    Without a `title` the docstring's first line is the title.

    Raises:
        ValueError: if the id is not E or W and 9500 to 9699, does not fit the severity, or belongs to another function.
    """
    if not _ID.fullmatch(rule_id) or rule_id[0] != _LETTER[severity]:
        raise ValueError(f"{rule_id!r} does not fit {severity}: use {_LETTER[severity]}9500 to {_LETTER[severity]}9699")

    def register(check: Check) -> Check:
        known = REGISTRY.get(rule_id)
        if known is None:
            group = _place(check)[0]
            said = title or (check.__doc__ or rule_id).strip().split("\n", 1)[0].rstrip(".")
            REGISTRY[rule_id] = Rule(rule_id, severity, said, why, source, fix, group, check)
        elif _place(known.check) != _place(check):
            # cfn-lint executes each file of the folder once more under a bare name; that is the same rule, not a clash.
            raise ValueError(f"{rule_id} is taken by {known.check.__qualname__}: choose a free id")
        return check

    return register


def _place(check: Check) -> tuple[str, str]:
    """The group (the path below this folder, ``ecs_services`` for ``ecs/services.py``) and the name of the function."""
    file = Path(check.__code__.co_filename).resolve().with_suffix("")
    parts = file.relative_to(_HERE).parts if file.is_relative_to(_HERE) else (file.name,)
    return "_".join(parts), check.__qualname__


def examples(group: str) -> dict[str, Example]:
    """Read the examples of one group by rule id.

    Raises:
        FileNotFoundError: if the group has no file in `examples/`.
    """
    import yaml

    text = (EXAMPLES / f"{group}.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, Template]] = yaml.safe_load(text) or {}
    return {key: Example(value["fails"], value["passes"]) for key, value in found.items()}
