"""cfn-lint as a library, with Slipway's rule pack in the same pass."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

from generator.lint.engines import memoization
from generator.lint.findings import Finding, Severity, Template
from generator.lint.rules.rule import REGISTRY

if TYPE_CHECKING:
    from cfnlint.config import ConfigMixIn
    from cfnlint.match import Match

DEFAULT_REGION = "us-east-1"
PACK = "generator.lint.rules.cfnlint_pack"


class CfnLint:
    """cfn-lint, loaded once: its rules take 0.3 s to build, which `cfnlint.api.lint` would pay for each template.

    Experimental and informational rules are on. No `.cfnlintrc` and no AWS_REGION has an effect, so that a template has the
    same findings on every machine; what a template's own metadata ignores stays ignored.
    """

    def __init__(self) -> None:
        logging.getLogger("cfnlint").addHandler(logging.NullHandler())  # it logs what it also reports
        logging.getLogger("cfnlint").propagate = False
        from cfnlint.rules import Rules
        from cfnlint.runner import Runner

        memoization.install()
        self._rules = Runner(_config((DEFAULT_REGION,))).rules
        self._rules.update(Rules.create_from_module(PACK))

    def lint(self, template: Template) -> list[Finding]:
        """The faults that cfn-lint and the rule pack find in one template, a parse error among them."""
        from cfnlint.decode import decode_str
        from cfnlint.runner.template.runner import _run_template

        text = template.content.decode("utf-8-sig")
        document, errors = decode_str(text)
        if errors:
            return [_finding(match) for match in errors]
        if not isinstance(document, dict):
            title = "The template is not an object"
            return [_error("E0000", title, f"{title}; start it with Resources")]
        config = _config(_regions(template.regions, document))
        # No public entry takes a document with its file name, which nested stacks' local templates and E1002, the size
        # limit, are looked up by; the one that takes a file name alone reads and parses the file again.
        file = template.file if template.on_disk else None
        found: list[Finding] = []
        try:
            found.extend(_finding(match) for match in _run_template(file, document, config, self._rules))
        except Exception as error:  # noqa: BLE001 - cfn-lint 1.58 breaks on some malformed templates, such as `Metadata: null`
            reason = f"cfn-lint cannot go through this template ({type(error).__name__}: {error})"
            title = "cfn-lint stopped; a section has the wrong shape"
            found.append(_error("E0002", title, f"{reason}; check that each section is an object"))
        return found

    def rules(self) -> dict[str, Any]:
        """Every rule of cfn-lint and the pack by id, as cfn-lint's own objects."""
        return dict(self._rules.data)


@cache
def _config(regions: tuple[str, ...]) -> ConfigMixIn:
    from cfnlint.config import ConfigMixIn

    class Config(ConfigMixIn):
        def load(self) -> None:
            """Read no `.cfnlintrc`: it may name Python files to run, and changes results without notice."""

    return Config([], include_checks=["I"], include_experimental=True, regions=list(regions), templates=[])


def _regions(known: tuple[str, ...], document: dict[str, Any]) -> tuple[str, ...]:
    """The stack's Regions, else those in the template's cfn-lint metadata, else one that has every resource type."""
    from cfnlint.helpers import REGIONS

    node: Any = document
    for key in ("Metadata", "cfn-lint", "config", "regions"):
        node = node.get(key) if isinstance(node, dict) else None
    asked = known or (tuple(map(str, node)) if isinstance(node, list) else ())
    return tuple(region for region in asked if region in REGIONS) or (DEFAULT_REGION,)


def _error(rule_id: str, title: str, message: str) -> Finding:
    return Finding(id=rule_id, severity="error", message=message, engines=("cfn-lint",), title=title)


def _finding(match: Match) -> Finding:
    rule = match.rule
    ours = REGISTRY.get(rule.id)
    finding = Finding(
        id=rule.id,
        severity=_severity(rule.severity),
        message=match.message,
        engines=("slipway",) if ours else ("cfn-lint",),
        line=match.linenumber,
        column=match.columnnumber,
        end_line=match.linenumberend,
        end_column=match.columnnumberend,
        path=tuple(part if isinstance(part, int) else str(part) for part in getattr(match, "path", None) or ()),
        title=rule.shortdesc,
        why=ours.why if ours else rule.description,
        fix=ours.fix if ours else "",
        source=rule.source_url,
    )
    if ours and match.message.endswith(ours.fix):
        from msgspec.structs import replace

        # The pack appends the fix, because plain cfn-lint has no place for one.
        return replace(finding, message=match.message.removesuffix(ours.fix).rstrip())
    return finding


def _severity(name: str) -> Severity:
    match name:
        case "error":
            return "error"
        case "warning":
            return "warning"
        case _:
            return "info"
