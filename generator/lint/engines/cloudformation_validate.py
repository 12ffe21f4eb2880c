"""AWS's cloudformation-validate: written in Rust, about ten times faster than cfn-lint, and free of the GIL."""

from __future__ import annotations

import re
from threading import Thread
from typing import TYPE_CHECKING, Any

from generator.lint import engine_preload
from generator.lint.findings import EngineName, Finding, Path, Severity, Template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudformation_validate import CelEngine, Diagnostic

NAME: EngineName = "cloudformation-validate"

# Remarks that sound templates draw by the dozen and nobody can act on: each create-only property (I9001), no Region given
# (I9003), each resource without tags (I9040), each number written as a string (W9003), which CloudFormation converts.
REMARKS = ["I9001", "I9003", "I9040", "W9003"]
_IGNORED = re.compile(rb"ignore_checks")


class Validate:
    """One engine for the whole process: it compiles its rules once (0.25 s) and is safe to share between threads.

    The same 318 rules as the composite engine, which adds a second one for rules of other people; a tenth faster.
    """

    def __init__(self) -> None:
        self._engine: CelEngine = engine_preload.engine()

    def lint(self, template: Template) -> list[Finding]:
        """The faults that the engine finds in one template; that it broke off is one, with the id E0002 as in cfn-lint."""
        from cloudformation_validate import (
            PseudoParameterOverrides,
            RuleFilterConfig,
            TemplateContent,
            ValidateConfig,
            ValidationError,
        )

        region = template.regions[0] if template.regions else None
        config = ValidateConfig(
            exclude=RuleFilterConfig(ids=REMARKS), pseudo_parameter_overrides=PseudoParameterOverrides(region=region)
        )
        try:
            report = self._engine.validate_template(TemplateContent(template.content, template.file), config)
        except ValidationError as error:
            reason = f"cloudformation-validate cannot go through this template ({error})"
            message = f"{reason}; check that each section is an object"
            return [Finding(id="E0002", severity="error", message=message, engines=(NAME,), title="The engine stopped")]
        found = [_finding(diagnostic) for diagnostic in report.diagnostics]
        return _not_suppressed(found, template.content)

    def lint_all(self, templates: Sequence[Template], threads: int) -> list[list[Finding]]:
        """One list of findings for each template, in the same order, worked out by several threads."""
        results: list[list[Finding]] = [[] for _ in templates]
        # Longest first, so that no thread is left with a large one at the end.
        pending = iter(sorted(range(len(templates)), key=lambda index: -len(templates[index].content)))

        def work() -> None:
            for index in pending:
                results[index] = self.lint(templates[index])

        workers = [Thread(target=work, daemon=True) for _ in range(min(threads, len(templates)) - 1)]
        for worker in workers:
            worker.start()
        work()
        for worker in workers:
            worker.join()
        return results

    def rules(self) -> list[Any]:
        """Every rule of the engine, as its own objects."""
        return list(self._engine.list_rules())


def _finding(found: Diagnostic) -> Finding:
    path = _path(found)
    line, column = found.start_line or 1, found.start_column or 1
    return Finding(
        id=found.rule_id,
        severity=_severity(found.severity.name),
        message=found.message,
        engines=(NAME,),
        line=line,
        column=column,
        end_line=found.end_line or line,
        end_column=found.end_column or column,
        path=path,
        title=found.rule_description or "",
        fix=found.suggested_fix or "",
        source=found.documentation_url or "",
    )


def _severity(name: str) -> Severity:
    match name:
        case "FATAL" | "ERROR":
            return "error"
        case "WARN":
            return "warning"
        case _:
            return "info"


_SECTIONS = {
    "RESOURCE": "Resources",
    "PARAMETER": "Parameters",
    "OUTPUT": "Outputs",
    "MAPPING": "Mappings",
    "RULE": "Rules",
    "CONDITION": "Conditions",
}


def _path(found: Diagnostic) -> Path:
    """The engine writes `Properties.A.0.B` below its entity, or `Outputs/Name/Value.Fn::Sub` from the top."""
    text = found.property_path or ""
    entity = found.entity
    section = _SECTIONS.get(entity.entity_type.name) if entity else None
    parts: list[Any] = []
    if text.partition("/")[0] in _SECTIONS.values() and "/" in text:
        section_name, name, rest = [*text.split("/", 2), ""][:3]
        parts = [section_name, name, *re.split(r"[./]", rest)]
    else:
        if entity and section:
            parts = [section, entity.logical_id]
        parts += text.split(".")
    return tuple(int(part) if part.isdigit() else part for part in parts if part)


def _not_suppressed(found: list[Finding], content: bytes) -> list[Finding]:
    """Leave out what the template's own cfn-lint metadata ignores, so that one suppression quiets both engines."""
    if not _IGNORED.search(content):
        return found
    from generator.lint.engines.directives import ignored

    quiet = ignored(content)
    return [finding for finding in found if not quiet(finding)]
