"""Documents about environments and accounts: what runs, what differs, what exists."""

from typing import Literal

import msgspec

from generator.cli.documents import Document
from generator.cli.documents.release_documents import StackResult
from generator.release.model.log_records import LockNow
from generator.release.model.preview import Drifted
from generator.release.model.release import Check
from generator.release.model.version import Running


class LastRelease(msgspec.Struct, frozen=True, kw_only=True):
    """The last release of a stack that ended, at ``at`` seconds since 1970-01-01 UTC."""

    release: str
    outcome: str
    at: float


class OpenRelease(msgspec.Struct, frozen=True, kw_only=True):
    """The release of a stack that is open now."""

    release: str
    state: str
    going_back: bool


class StackStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A stack. ``running`` is what the last release that changed it left, ``good`` the last one that was verified.

    ``service`` is "" for infrastructure. ``left_behind`` names resources that exist, and that nothing manages any more.
    """

    stack: str
    service: str
    environment: str
    nothing_asks_for_it: bool
    running: Running | None
    good: Running | None
    left_behind: tuple[str, ...]
    last: LastRelease | None
    open: OpenRelease | None


class StatusDocument(Document, tag="status/1"):
    """What runs where. ``forgotten_environments`` have stacks, and no file in ``stacks/``."""

    stacks: tuple[StackStatus, ...]
    locks: tuple[LockNow, ...]
    forgotten_environments: dict[str, tuple[str, ...]]


class DriftedProperty(msgspec.Struct, frozen=True, kw_only=True):
    """A property that differs from its template."""

    stack: str
    drift: Drifted


class DriftDocument(Document, tag="drift/1"):
    """What was changed outside of the templates. ``nothing_asks_for`` names stacks that ``stacks/`` does not ask for."""

    environment: str
    drift: tuple[DriftedProperty, ...]
    nothing_asks_for: tuple[str, ...]


class StacksDocument(Document, tag="stacks/1"):
    """What was done with each stack: ``bootstrap`` and ``destroy``."""

    stacks: tuple[StackResult, ...]


class ChecksDocument(Document, tag="checks/1"):
    """The checks of an account: ``bootstrap --check``."""

    checks: tuple[Check, ...]


class WorkDocument(Document, tag="work/1"):
    """How many requests and releases a worker moved until it ended."""

    done: int


class GitHubCommentDocument(Document, tag="github-comment/1"):
    """What was done with the comment on a pull request."""

    comment: Literal["created", "updated", "unchanged"]


class GitHubIssueDocument(Document, tag="github-issue/1"):
    """What was done with the issue about drift."""

    issue: Literal["opened", "updated", "unchanged", "closed", "none"]


class GitHubDeploymentsDocument(Document, tag="github-deployments/1"):
    """Releases whose status was written on GitHub, unchanged ones, and those whose commits are in other repositories."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    foreign: tuple[str, ...]
