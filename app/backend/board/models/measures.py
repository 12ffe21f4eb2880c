"""The four delivery measures, over time."""

from datetime import datetime
from typing import Literal

from board.models.base import Model

Per = Literal["day", "week", "month"]


class MeasuresOf(Model):
    """The four measures of one period, or of all of it. See :mod:`board.services.measures` for what each counts.

    ``lead_seconds`` and ``restore_seconds`` are medians; null where there is nothing to take one of.
    ``lead_known`` is for how many deployments the time of the commit is known, ``unrestored`` how many failures nothing
    has followed yet.
    """

    begin: datetime
    end: datetime
    deployments: int
    per_day: float
    lead_seconds: float | None
    lead_known: int
    failed: int
    failure_rate: float | None
    restore_seconds: float | None
    restored: int
    unrestored: int


class Measures(Model):
    """The measures of the environments and services that were asked for, whole and by period. Times are UTC."""

    environments: list[str]
    services: list[str]
    per: Per
    total: MeasuresOf
    periods: list[MeasuresOf]


class TimelineEntry(Model):
    """A stretch of time in which a stack ran one version, or in which a release was under way."""

    kind: Literal["runs", "release"]
    release: str
    commit: str
    subject: str
    state: str
    begin: datetime
    end: datetime | None


class TimelineLane(Model):
    """One stack over time, oldest first."""

    environment: str
    service: str
    stack: str
    entries: list[TimelineEntry]


class Timeline(Model):
    """What ran where, over time. ``cut`` says that there was more than is shown."""

    begin: datetime
    end: datetime
    lanes: list[TimelineLane]
    cut: bool
