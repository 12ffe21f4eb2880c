"""What the board keeps in memory of the log: every release's line, what is open, slots and locks.

It is read once when the process starts and kept up to date from then on: each look reads the slots (100 a call), and
history only of stacks whose slot was written since. A look replaces :class:`Snapshot` whole, so that who reads one sees
one moment. It is bounded: at most ``keep`` releases, the oldest are left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

import msgspec

from generator.release.daily_heads import DayRecord
from generator.release.model.log_records import LockNow, Slot, Summary
from generator.release.model.release import Moment, Release
from generator.release.model.states import Closed, name

# So often the record of the last day is read: it grows with the number of chains, and changes once a day.
_DAY_AGAIN = 600.0


class StackSlot(Protocol):
    """A slot and its revision."""

    @property
    def slot(self) -> Slot:
        """The slot."""

    @property
    def rev(self) -> int:
        """How often it was written."""


class Log(Protocol):
    """What is read of the log; :class:`board.stores.release_log.ReleaseLog` implements it."""

    def slots(self, keys: Sequence[str]) -> Mapping[str, StackSlot]:
        """Slots by stack."""

    def history(self, key: str, limit: int) -> Iterator[Summary]:
        """Releases of a stack, newest first."""

    def revisions(self, release_ids: Sequence[str]) -> dict[str, int]:
        """A number for each release that changes with each step."""

    def releases(self, release_ids: Sequence[str]) -> dict[str, Release]:
        """Releases whole."""

    def locks(self, environment: str) -> list[LockNow]:
        """Locks of an environment."""

    def days(self, limit: int) -> list[DayRecord]:
        """Recorded heads of the last days, newest first."""


class Snapshot(NamedTuple):
    """The log as it was at ``at`` (epoch seconds). ``lines`` are all releases, newest first."""

    at: float = 0.0
    lines: tuple[Summary, ...] = ()
    by_id: Mapping[str, Summary] = {}
    slots: Mapping[str, Slot] = {}
    opened: Mapping[str, Release] = {}
    locks: Mapping[str, tuple[LockNow, ...]] = {}
    day: DayRecord | None = None
    left_out: int = 0


class Happened(NamedTuple):
    """A new step of a release, for those who listen."""

    release: Release
    moment: Moment


class ReadModel:
    """Keeps a :class:`Snapshot` up to date. ``refresh`` is called by one thread at a time; ``now`` by anybody.

    ``keys`` are the stacks of the configuration, ``environments`` their environments.
    """

    def __init__(
        self, log: Log, keys: Sequence[str], environments: Sequence[str], clock: Callable[[], float], keep: int
    ) -> None:
        self._log, self._keys, self._environments, self._clock = log, tuple(keys), tuple(environments), clock
        self._keep = keep
        self._a_stack = max(20, keep // max(1, len(self._keys)))
        self._revs: dict[str, int] = {}
        self._lines: dict[str, dict[str, Summary]] = {}
        self._unclosed: dict[str, set[str]] = {}
        self._steps: dict[str, int] = {}
        self._open: dict[str, Release] = {}
        self._day: DayRecord | None = None
        self._day_again = 0.0
        self.now = Snapshot()

    def refresh(self) -> list[Happened]:
        """Look at the log once: what happened since the last look, in the order in which it did.

        Raises:
            ReleaseError: the log can't be read; ``now`` stays as it was.
        """
        slots = self._log.slots(self._keys)
        moved = [
            key
            for key, found in slots.items()
            if self._revs.get(key) != found.rev or self._unclosed.get(key, set()) - {found.slot.open}
        ]
        fresh = {key: self._history(key, slots[key].slot) for key in moved}
        unclosed = {key: {line.id for line in lines.values() if not line.closed} for key, lines in fresh.items()}
        # A release that another one rolls back is still open, and no longer in the slot.
        is_open = {found.slot.open for found in slots.values() if found.slot.open}
        is_open |= {one for ids in (self._unclosed | unclosed).values() for one in ids}
        happened, opened, steps = self._steps_since(is_open)
        if self._clock() >= self._day_again:
            # Today's may stand there without its text, until the worker has read all of it.
            self._day = next(iter(self._log.days(2)), None)
            self._day_again = self._clock() + _DAY_AGAIN
        locks = {name_: tuple(self._log.locks(name_)) for name_ in self._environments}
        # Nothing is kept before everything was read: a look that fails is done again whole.
        self._lines |= fresh
        self._unclosed |= unclosed
        self._revs |= {key: slots[key].rev for key in moved}
        self._open, self._steps = opened, steps
        self.now = self._with_lines(bool(moved))._replace(
            at=self._clock(),
            slots={key: found.slot for key, found in slots.items()},
            opened=dict(opened),
            locks=locks,
            day=self._day,
        )
        return happened

    def _with_lines(self, moved: bool) -> Snapshot:  # noqa: FBT001 - what it says
        if not moved:
            return self.now
        lines = [line for lines in self._lines.values() for line in lines.values()]
        lines.sort(key=lambda line: (-line.created, line.id))
        kept = tuple(lines[: self._keep])
        return self.now._replace(lines=kept, by_id={line.id: line for line in kept}, left_out=len(lines) - len(kept))

    def _history(self, key: str, slot: Slot) -> dict[str, Summary]:
        """A stack's lines: those that are known and over stay, newer ones and those that were open are read."""
        known, waiting = self._lines.get(key, {}), set(self._unclosed.get(key, ()))
        read: dict[str, Summary] = {}
        for line in self._log.history(key, min(self._a_stack, max(1, slot.count))):
            there = known.get(line.id)
            if there is not None and there.closed and not waiting:
                break
            waiting.discard(line.id)
            read[line.id] = _small(line)
        return dict(
            islice((read | {one: line for one, line in known.items() if one not in read}).items(), self._a_stack)
        )

    def _steps_since(self, is_open: set[str]) -> tuple[list[Happened], dict[str, Release], dict[str, int]]:
        """What is open now, with its steps since the last look; those of what closed meanwhile too."""
        revisions = self._log.revisions(sorted(is_open))
        looked = [one for one, rev in revisions.items() if self._steps.get(one) != rev or one not in self._open]
        ended = [one for one in self._open if one not in is_open]
        found = self._log.releases([*looked, *ended])
        first = not self.now.at
        happened = [
            Happened(release, moment)
            for release in found.values()
            for moment in ([] if first else _new_moments(self._open.get(release.id), release))
        ]
        opened = {one: found.get(one) or self._open[one] for one in is_open if one in found or one in self._open}
        opened = {one: release for one, release in opened.items() if not isinstance(release.state, Closed)}
        return sorted(happened, key=lambda one: one.moment.at), opened, revisions


def _new_moments(before: Release | None, after: Release) -> list[Moment]:
    """The moments of a release that were not there at the last look."""
    known = len(before.moments) if before is not None else 0
    return list(after.moments[known:])


def _small(line: Summary) -> Summary:
    """A line without what the lists never show, and with texts of a bounded length."""
    return msgspec.structs.replace(line, cause=line.cause[:1000], reason=line.reason[:1000], subject=line.subject[:300])


def state_of(line: Summary, snapshot: Snapshot) -> str:
    """A release's state now: history tells it when a release opens and closes, what is open knows better."""
    opened = snapshot.opened.get(line.id)
    return name(opened.state) if opened is not None else line.state
