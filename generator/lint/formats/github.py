"""Findings as workflow commands, which GitHub shows at the lines of a pull request.

Source: GitHub Docs, "Workflow commands for GitHub Actions". GitHub shows ten errors, ten warnings and ten notices a step;
SARIF has no such limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.lint.findings import Finding, Report, Severity

_COMMAND: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report) -> str:
    """One command a line; empty for no findings."""
    return "".join(f"{_command(finding)}\n" for finding in report.findings)


def _command(finding: Finding) -> str:
    place = {"file": finding.file, "line": str(finding.line), "endLine": str(finding.end_line)}
    if finding.line == finding.end_line:  # GitHub takes columns within one line only
        place |= {"col": str(finding.column), "endColumn": str(finding.end_column)}
    place["title"] = f"{finding.id} {finding.title}".rstrip()
    options = ",".join(f"{name}={_property(value)}" for name, value in place.items())
    text = finding.message
    for label, more in (("at", finding.place), ("fix", finding.fix), ("see", finding.source)):
        if more:
            text += f"\n{label}: {more}"
    return f"::{_COMMAND[finding.severity]} {options}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
