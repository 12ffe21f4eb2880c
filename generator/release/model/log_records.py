"""Other records in the release log: slots of stacks, locks, summaries for the history."""

from time import gmtime, strftime

import msgspec

from generator.release.model.base import Value
from generator.release.model.people import Actor
from generator.release.model.release import Release, Rollback
from generator.release.model.requests import ReceivedDecision
from generator.release.model.states import Approved, RollingBack, Watching
from generator.release.model.version import Running


class Slot(Value):
    """A stack's place in the log: one open release at most. ``count`` numbers its releases.

    ``running`` is what the last release that changed it left, ``good`` the last one that was verified.
    """

    count: int = 0
    open: str = ""
    running: Running | None = None
    good: Running | None = None
    outcome: str = ""  # of the last release
    last: str = ""  # its id
    at: float = 0.0
    left: tuple[str, ...] = ()  # what the last release that succeeded left behind, which nothing manages any more


class Summary(Value):
    """A release as history lists it.

    ``committed`` is the time of its commit (epoch seconds, 0 if it is not known), ``undoes`` the release that a
    rollback undoes. ``monthly_usd`` is what a typical month costs after it and ``drifted`` how many properties had been
    changed by hand before it, both as its preview showed them; None if that was not known.
    """

    id: str
    key: str
    commit: str
    subject: str = ""
    image: str = ""
    requester: str = ""
    approvers: tuple[str, ...] = ()
    reason: str = ""
    purpose: str = "deploy"
    state: str = ""
    created: float = 0.0
    closed: float = 0.0
    took: float = 0.0  # seconds from the go-ahead to the end, 0 where nothing ran
    cause: str = ""
    template: str = ""
    committed: float = 0.0
    undoes: str = ""
    monthly_usd: float | None = None
    drifted: int | None = None


class LockNow(Value):
    """A lock. ``scope`` is ``prod/service-app`` or ``prod/*``, ``until`` epoch seconds, 0 until it is removed."""

    scope: str
    actor: Actor
    reason: str
    since: float
    until: float = 0.0
    freeze: bool = False
    lifted: bool = False

    def holds(self, key: str, now: float) -> bool:
        """Whether it holds releases of this stack back."""
        environment, _, stack = self.scope.partition("/")
        fits = self.scope == key or (stack == "*" and key.partition("/")[0] == environment)
        return fits and not self.lifted and not (self.until and self.until <= now)

    @property
    def end(self) -> str:
        """``, until 2026-12-07 08:00 UTC``. "" if it holds until somebody removes it."""
        return f", until {strftime('%Y-%m-%d %H:%M', gmtime(self.until))} UTC" if self.until else ""

    def age(self, now: float) -> str:
        """``3 h``, ``2 d``: how long it has existed."""
        minutes = max(0, now - self.since) / 60
        if minutes < 90:
            return f"{minutes:.0f} min"
        return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 1440:.0f} d"


class Record(Value):
    """A release with the other items of its partition. Their revisions guard the next write."""

    release: Release
    rev: int
    asks: tuple[ReceivedDecision, ...] = ()
    due: float = 0.0
    due_rev: int = 0
    partition: str = ""  # of the index, in which it stands while it is open
    lease_owner: str = ""
    until: float = 0.0
    fence: int = 0
    woken: bool = False  # somebody woke it while it was held
    last_event: float = 0.0  # when AWS's events about it arrived last

    @property
    def unanswered(self) -> tuple[ReceivedDecision, ...]:
        """Decisions that were not handled yet, in order."""
        return tuple(ask for ask in self.asks if ask.number > self.release.answered)

    @property
    def is_urgent(self) -> bool:
        """Whether it is moved before others: a person decided something, or it is being rolled back."""
        state, purpose = self.release.state, self.release.purpose
        decided = bool(self.unanswered) or isinstance(state, Approved)
        return decided or isinstance(state, RollingBack) or isinstance(purpose, Rollback)

    @property
    def with_last_event(self) -> Release:
        """The release, with the time at which AWS's events about its operation arrived last."""
        release, state = self.release, self.release.state
        if not isinstance(state, Watching) or self.last_event < max(state.since, state.last_event):
            return release
        return msgspec.structs.replace(release, state=msgspec.structs.replace(state, last_event=self.last_event))


class Advanced(msgspec.Struct, frozen=True):
    """The result of one call: ``moved`` if the log was written, and the release as it is then (None: there is none)."""

    release: Release | None
    moved: bool
    due: float | None = None
    busy: bool = False  # somebody else holds it, or has looked at it
    lost: str = ""  # why what was done could not be written
    parent: str = ""  # another release that can continue now
