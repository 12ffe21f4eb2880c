"""Findings as one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import structs

if TYPE_CHECKING:
    from generator.lint.findings import Finding, Report


def document(report: Report) -> dict[str, Any]:
    """``{"templates": n, "counts": {...}, "findings": [...]}``; each finding has every field, and its fingerprint."""
    return {
        "templates": report.templates,
        "counts": {
            "error": report.count("error"),
            "warning": report.count("warning"),
            "info": report.count("info"),
        },
        "findings": [_finding(finding) for finding in report.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return structs.asdict(finding) | {"resource": finding.resource, "fingerprint": finding.fingerprint}
