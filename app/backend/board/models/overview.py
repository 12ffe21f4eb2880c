"""What runs where, what waits for whom, and what holds releases back."""

from datetime import datetime

from board.models.base import Model, Off, Version
from board.models.records import AuditDay


class OpenRelease(Model):
    """A release that is not over. ``waits_for`` says for whom or what, in words."""

    id: str
    environment: str
    service: str
    state: str
    version: Version
    requester: str
    created: datetime
    waits_for: str
    approvals: list[str]
    approvals_needed: int
    expires: datetime | None


class LockLine(Model):
    """A lock of a stack, or with ``scope`` ``prod/*`` of an environment. ``until`` is null until it is removed."""

    scope: str
    person: str
    reason: str
    since: datetime
    until: datetime | None
    freeze: bool


class FreezeLine(Model):
    """A time in which nothing is released, that holds now. ``until`` is null for one without an end."""

    reason: str
    until: datetime | None


class Place(Model):
    """One stack of an environment: what runs in it, since when, by which release. ``version`` is null before the first.

    ``service`` is the service or function in it, "" for infrastructure. ``monthly_usd`` is what its last release said
    that a typical month costs.
    """

    stack: str
    service: str
    version: Version | None
    release: str
    since: datetime | None
    last_release: str
    last_outcome: str
    last_at: datetime | None
    good_commit: str
    open: OpenRelease | None
    locked: bool
    monthly_usd: float | None


class EnvironmentOverview(Model):
    """One environment: its stacks, locks and the freeze that holds now."""

    name: str
    protected: bool
    places: list[Place]
    locks: list[LockLine]
    freeze: FreezeLine | None


class Overview(Model):
    """Everything at ``at``, the moment of the last look at the log. ``history_since`` is the oldest release kept here."""

    platform: str
    release: str
    at: datetime
    environments: list[EnvironmentOverview]
    waiting: list[OpenRelease]
    history_since: datetime | None
    releases: int
    last_audit_day: AuditDay | None
    off: list[Off]
