"""Documents about releases, and about what was asked."""

import msgspec

from generator.apply.plan import Kind
from generator.cli.documents import Document
from generator.release.audit import Entry
from generator.release.model.change import ResourceChange
from generator.release.model.log_records import Summary
from generator.release.model.preview import Reading
from generator.release.model.release import Release
from generator.release.model.requests import Answer
from generator.release.model.version import Version


class AnswerDocument(Document, tag="answer/1"):
    """The worker's answer to a request, where no release is followed: refused, skipped, done, or opened."""

    answer: Answer


class MissingApprovals(msgspec.Struct, frozen=True, kw_only=True):
    """Approvals that a rule still needs: ``people`` more, of the teams or people ``by``; ``candidates`` can give one."""

    rule: str
    people: int
    by: tuple[str, ...]
    candidates: tuple[str, ...]
    why: str


class ReleaseDocument(Document, tag="release/1"):
    """A release when it ended, or when it waits for people.

    ``state`` is ``waiting``, ``watching``, or what it ended as, such as ``succeeded`` or ``rolled back``. ``seconds`` counts
    from the go-ahead, ``waited_seconds`` is the time before it. ``next`` is the command that approves it, "" if nothing is asked.
    """

    id: str
    stack: str
    state: str
    seconds: float
    waited_seconds: float
    asked: tuple[MissingApprovals, ...]
    next: str
    release: Release


class StackResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one stack, such as ``done``, ``unchanged``, ``held`` or ``failed``."""

    stack: str
    result: str


class ApplyDocument(Document, tag="apply/1"):
    """Each stack of an environment with its result, in the order of the releases, and each release that was opened."""

    version: str
    stacks: tuple[StackResult, ...]
    releases: tuple[ReleaseDocument, ...]


class RefusedDocument(Document, tag="refused/1"):
    """Nothing was begun; ``refused`` says why, and what to do."""

    refused: tuple[str, ...]


class PlannedStack(msgspec.Struct, frozen=True, kw_only=True):
    """What a release would do to a stack. ``brings`` names the version whose image or code comes along, "" if none does."""

    stack: str
    result: Kind
    why: str
    brings: str
    resources: int
    reading: Reading | None
    changes: tuple[ResourceChange, ...]


class PlanDocument(Document, tag="plan/1"):
    """What ``apply`` would do, the worst first."""

    environment: str
    stacks: tuple[PlannedStack, ...]


class StackDiffDocument(Document, tag="stack-diff/1"):
    """What a release of the checkout would change in one stack, property by property."""

    stack: str
    result: Kind
    why: str
    changes: tuple[ResourceChange, ...]


class ReleaseDiffDocument(Document, tag="release-diff/1"):
    """What a release changes, property by property. ``binding`` is the value that an approval refers to."""

    release: Release
    binding: str
    reading: Reading | None
    changes: tuple[ResourceChange, ...]


class HistoryDocument(Document, tag="history/1"):
    """The releases of a stack, newest first. Times are seconds since 1970-01-01 UTC."""

    stack: str
    releases: tuple[Summary, ...]


class ChainFault(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that an unchanged log can't have. ``number`` is the entry, 0 for the chain."""

    chain: str
    number: int
    text: str


class ReportDocument(Document, tag="report/1"):
    """A release with its entries in the audit log. ``signed`` is the last entry that a signed head covers."""

    release: Release
    timeline: tuple[Entry, ...]
    faults: tuple[ChainFault, ...]
    signed: int


class UnsealedEntries(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of a chain that no signed head covers yet, from ``first`` to ``last``."""

    chain: str
    first: int
    last: int


class AuditDocument(Document, tag="audit/1"):
    """How much was verified, and what is wrong. ``days`` holds the head of each day, by date."""

    chains: int
    entries: int
    heads: int
    faults: tuple[ChainFault, ...]
    days: dict[str, str]
    unsealed: tuple[UnsealedEntries, ...]


class VersionDocument(Document, tag="version/1"):
    """The version that was published."""

    version: Version
