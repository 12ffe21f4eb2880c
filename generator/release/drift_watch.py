"""Looks once a day for what somebody changed in AWS by hand, and records it in the log, an environment a record.

The board shows the records; the code that reports them to people is a :class:`DriftTeller`. One worker does it, two looks at a
stack apart (AWS needs minutes for a detection), so that a worker costs few calls more; another worker continues where it ended.

Source: CloudFormation User Guide, "Detect drift on an entire CloudFormation stack".
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol

import msgspec

from generator.release.context import Context
from generator.release.daily_heads import date_of
from generator.release.environment_state import note_existing
from generator.release.errors import ReleaseError, Unavailable
from generator.release.log import Log
from generator.release.log_items import item, read
from generator.release.model.base import Value
from generator.release.model.people import ENGINE
from generator.release.model.preview import Drifted
from generator.release.model.release import StackRef
from generator.release.ports import Put
from generator.release.stepwise_work import StepwiseWork

# Partition of the log with a record for each environment.
DRIFT = "drift"
# So long the worker that began has it alone, in seconds.
HELD = 7200.0
# A result is asked for so often; looks of a day, among which the stacks of all environments are divided.
_TRIES, _LOOKS_A_DAY = 5, 150
# ECS shifts traffic by these, and autoscaling sets the count: nobody changed anything by hand.
_OWNED = {
    "AWS::ElasticLoadBalancingV2::ListenerRule": ("/Actions/",),
    "AWS::ElasticLoadBalancingV2::Listener": ("/DefaultActions/",),
    "AWS::ECS::Service": ("/DesiredCount", "/TaskDefinition"),
}


class DriftedStack(Value):
    """What differs in one stack (``prod/service-app``)."""

    stack: str
    properties: tuple[Drifted, ...]


class DriftRecord(Value):
    """What the last look at an environment found, and how far the one of ``date`` has come.

    ``at`` is when the last look ended (epoch seconds, 0 for never) and ``since`` since when something differs, 0 if nothing
    does. ``found`` and ``unknown`` (stacks that could not be compared, each with the reason) are that look's, ``next``,
    ``finding`` and ``missing`` those of the look that continues. ``told`` is where the teller shows it.
    """

    environment: str
    date: str = ""
    at: float = 0.0
    since: float = 0.0
    found: tuple[DriftedStack, ...] = ()
    unknown: tuple[str, ...] = ()
    told: str = ""
    next: int = 0
    finding: tuple[DriftedStack, ...] = ()
    missing: tuple[str, ...] = ()
    holder: str = ""
    until: float = 0.0


class DriftTeller(Protocol):
    """Tells people of an environment's drift, and of its end."""

    def tell(self, record: DriftRecord) -> str:
        """Bring what people see to what was found; where it stands, "" for nowhere. A second time is no harm.

        Raises:
            Unavailable: it can't be told now.
        """


def is_owned(row: Drifted) -> bool:
    """Whether a service of AWS changes this property while it works, so that it is not drift."""
    return row.path.startswith(_OWNED.get(row.type, ("\0",)))


def drift_records(log: Log) -> list[DriftRecord]:
    """The environments that were looked at, by name."""
    return [found for found in (read(one, DriftRecord) for one in log.table.query(DRIFT)) if found.at]


class DriftWatch:
    """One worker's share in it. ``failed`` is called with what could not be told; without a teller it is only recorded."""

    def __init__(
        self, context: Context, worker: str, teller: DriftTeller | None, failed: Callable[[str], None]
    ) -> None:
        self._context = context
        self._worker = worker
        self._teller = teller
        self._failed = failed
        self._done: dict[str, str] = {}  # the day about which nothing is left to do, by environment
        self._work = StepwiseWork(self._begin, self._complain)

    def chore(self) -> bool | None:
        """Do one step, if there is something to do; None while there is more to do."""
        return self._work.chore()

    def _begin(self) -> Iterator[None] | None:
        today = date_of(self._context.clock())
        left = next((name for name in self._context.facts.environments if self._done.get(name) != today), None)
        return self._turns(left, today) if left is not None else None

    def _complain(self, error: ReleaseError) -> None:
        self._failed(f"drift could not be recorded: {error}; it is tried again")

    def _turns(self, environment: str, today: str) -> Iterator[None]:
        found = self._context.log.table.get(DRIFT, environment)
        record = read(found, DriftRecord) if found is not None else DriftRecord(environment=environment)
        rev, now = found.rev if found is not None else 0, self._context.clock()
        if record.date == today and not record.holder:
            self._done[environment] = today
            return
        if record.holder not in {"", self._worker} and now < record.until:
            return
        yield
        if record.date != today:
            record = msgspec.structs.replace(record, date=today, next=0, finding=(), missing=())
        yield from self._look(record, rev)

    def _look(self, record: DriftRecord, rev: int) -> Iterator[None]:
        facts = self._context.facts
        stacks = [facts.stacks[key].ref for key in sorted(facts.stacks)]
        at_once = max(1, len(stacks) // _LOOKS_A_DAY)
        mine = [ref for ref in stacks if ref.environment == record.environment]
        while True:
            until = self._context.clock() + HELD
            record = msgspec.structs.replace(record, holder=self._worker, until=until)
            if not self._context.log.table.write(Put(item(DRIFT, record.environment, rev + 1, record))):
                return  # another worker has it
            rev += 1
            yield
            some = mine[record.next : record.next + at_once]
            if not some:
                yield from self._end(record, rev)
                return
            found: list[DriftedStack] = []
            missing: list[str] = []
            yield from self._compare(some, found, missing)
            record = msgspec.structs.replace(
                record,
                next=record.next + len(some),
                finding=(*record.finding, *found),
                missing=(*record.missing, *missing),
            )

    def _compare(self, some: list[StackRef], found: list[DriftedStack], missing: list[str]) -> Iterator[None]:
        """A few stacks: begin in one step, ask for the results in later ones."""
        for ref in some:
            # Who asks for the result is told of the error.
            with suppress(ReleaseError):
                if (lookups := self._context.clouds.at(ref, ENGINE).lookups) is not None:
                    lookups.begin(ref.name)
        yield
        left: dict[str, str] = {}
        for _ in range(_TRIES):
            for ref in [ref for ref in some if not left or ref.key in left]:
                left.pop(ref.key, None)
                try:
                    lookups = self._context.clouds.at(ref, ENGINE).lookups
                    rows = [row for row in lookups.drifted(ref.name) if not is_owned(row)] if lookups else []
                except Unavailable as error:
                    left[ref.key] = str(error)
                except ReleaseError as error:
                    # A stack that is not there has no drift. One that is being changed is compared on another day; one that the
                    # worker may not look at, an administrator looks at with `slipway drift`.
                    if "does not exist" not in str(error):
                        missing.append(f"{ref.key}: {error}")
                else:
                    found += [DriftedStack(stack=ref.key, properties=tuple(rows))] if rows else []
            yield
            if not left:
                return
        missing += [f"{key}: {why}" for key, why in left.items()]

    def _end(self, record: DriftRecord, rev: int) -> Iterator[None]:
        now = self._context.clock()
        record = msgspec.structs.replace(
            record, at=now, found=record.finding, unknown=record.missing, since=record.since if record.finding else 0.0,
            next=0, finding=(), missing=(), holder="",
        )  # fmt: skip
        if record.found and not record.since:
            record = msgspec.structs.replace(record, since=now)
        told = record.told
        if self._teller is not None and (record.found or told):
            try:
                told = self._teller.tell(record)
            except ReleaseError as error:
                # Recorded all the same; it is told after the next look.
                self._failed(f"drift in {record.environment} could not be told: {error}")
            yield
        record = msgspec.structs.replace(record, told=told if record.found else "")
        self._context.log.table.write(Put(item(DRIFT, record.environment, rev + 1, record)))
        self._done[record.environment] = record.date
        yield
        # An environment whose file is deleted tomorrow has to be found by its notes.
        try:
            yield from note_existing(self._context, record.environment)
        except ReleaseError as error:
            self._failed(f"the stacks of {record.environment} could not be noted: {error}; it is tried again tomorrow")
