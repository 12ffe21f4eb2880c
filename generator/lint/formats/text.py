"""Findings for people: grouped by file, with the line, the reason and the fix."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from generator.safe_text import plain

if TYPE_CHECKING:
    from generator.lint.findings import Finding, Report, Severity

_COLOURS: dict[Severity, str] = {"error": "31", "warning": "33", "info": "36"}
_BOLD, _DIM = "1", "2"


def render(report: Report, *, colour: bool = False) -> str:
    """Each file with its findings, then one line that counts; the line stands alone where there are none."""
    paint = _painted if colour else _plain
    blocks: list[str] = []
    for file, findings in groupby(report.findings, key=lambda finding: finding.file):
        lines = [paint(_one_line(file), _BOLD)]
        for finding in findings:
            lines += _lines(finding, paint)
        blocks.append("\n".join(lines) + "\n")
    blocks.append(summary(report) + "\n")
    return "\n".join(blocks)


def summary(report: Report) -> str:
    """One line: how many templates, how many findings of each severity."""
    templates = _some(report.templates, "template")
    if not report.findings:
        return f"{templates}, no findings"
    counts = [
        _some(report.count("error"), "error"),
        _some(report.count("warning"), "warning"),
        f"{report.count('info')} informational",
    ]
    parts = ", ".join(text for text in counts if not text.startswith("0 "))
    files = len({finding.file for finding in report.findings})
    return f"{templates}, {_some(len(report.findings), 'finding')} in {files} of them: {parts}"


def _lines(finding: Finding, paint: _Paint) -> list[str]:
    severity = paint(f"{finding.severity:7}", _COLOURS[finding.severity])
    engines = paint(f"[{', '.join(finding.engines)}]", _DIM)
    place = f"{finding.line}:{finding.column}"
    lines = [f"  {place:>8}  {severity}  {finding.id}  {_one_line(finding.message)}  {engines}"]
    details = [("at", finding.place), ("why", finding.why), ("fix", finding.fix), ("see", finding.source)]
    lines += [f"{'':21}{paint(f'{label}:', _DIM)} {_one_line(text)}" for label, text in details if text]
    return lines


def _one_line(text: str) -> str:
    """A template's own words on one line; what has no glyph is shown as such."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(plain(text).split()))


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _plain(text: str, _code: str) -> str:
    return text


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"


if TYPE_CHECKING:
    from collections.abc import Callable

    _Paint = Callable[[str, str], str]
