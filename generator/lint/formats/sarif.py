"""Findings as SARIF 2.1.0 (OASIS), which GitHub code scanning and editors read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from generator.lint.findings import Finding, Report, Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def document(report: Report, version: str) -> dict[str, Any]:
    """One run of the tool ``slipway``; ``version`` is its version. Only rules that found something are described."""
    described: dict[str, Finding] = {}
    for finding in report.findings:
        described.setdefault(finding.id, finding)
    index = {rule_id: number for number, rule_id in enumerate(described)}
    driver = {
        "name": "slipway",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(finding) for finding in described.values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"uri": Path.cwd().as_uri() + "/"}},
        "results": _results(report.findings, index),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(finding: Finding) -> dict[str, Any]:
    title = finding.title or finding.id
    rule: dict[str, Any] = {
        "id": finding.id,
        "name": finding.id,
        "shortDescription": {"text": title},
        "fullDescription": {"text": finding.why or title},
        "help": {"text": " ".join(part for part in (finding.why, finding.fix) if part) or title},
        "defaultConfiguration": {"level": _LEVEL[finding.severity]},
        "properties": {"tags": ["cloudformation", *finding.engines]},
    }
    if finding.source:
        rule["helpUri"] = finding.source
    return rule


def _results(findings: tuple[Finding, ...], index: dict[str, int]) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    results = []
    for finding in findings:
        # Two equal findings in one file would share a fingerprint, and code scanning would show one of them.
        count = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
        results.append(
            {
                "ruleId": finding.id,
                "ruleIndex": index[finding.id],
                "level": _LEVEL[finding.severity],
                "message": {"text": _message(finding)},
                "locations": [_location(finding)],
                "partialFingerprints": {"slipwayFinding/v1": f"{finding.fingerprint}:{count}"},
                "properties": {"engines": list(finding.engines)},
            }
        )
    return results


def _message(finding: Finding) -> str:
    return f"{finding.message}\n{finding.fix}" if finding.fix else finding.message


def _location(finding: Finding) -> dict[str, Any]:
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(finding.file), "region": region},
    }
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.place, "kind": "member"}]
    return location


def _artifact(file: str) -> dict[str, str]:
    relative = Path(os.path.relpath(file))
    if relative.parts[:1] == ("..",):
        return {"uri": Path(file).resolve().as_uri()}
    return {"uri": quote(relative.as_posix()), "uriBaseId": "SRCROOT"}
