"""Findings as one JSON document."""

from msgspec import Struct, structs

from generator.lint.findings import Finding, Report


class FoundFault(Finding, frozen=True, kw_only=True):
    """A finding with the logical id of its resource, and a fingerprint that stays the same when lines move."""

    resource: str | None
    fingerprint: str


class Counts(Struct, frozen=True, kw_only=True):
    """Findings by severity."""

    error: int
    warning: int
    info: int


class LintDocument(Struct, frozen=True, kw_only=True, tag_field="document", tag="lint/1"):
    """What lint found in so many templates."""

    templates: int
    counts: Counts
    findings: tuple[FoundFault, ...]


def document(report: Report) -> LintDocument:
    """The document; each finding has every field."""
    return LintDocument(
        templates=report.templates,
        counts=Counts(error=report.count("error"), warning=report.count("warning"), info=report.count("info")),
        findings=tuple(map(_found, report.findings)),
    )


def _found(finding: Finding) -> FoundFault:
    return FoundFault(**structs.asdict(finding), resource=finding.resource, fingerprint=finding.fingerprint)
