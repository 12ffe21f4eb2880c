"""A worker: receives messages from the queue, and moves releases that are due. Any number of workers may run, anywhere.

A worker checks the releases that it received or moved last when they are due, and takes over those of other workers when
they are overdue (:mod:`generator.release.takeover`). Each step runs in a thread, so that no release waits for a slow one.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from threading import Event as Flag
from threading import Lock

from generator.release.errors import ReleaseError, WrongClock
from generator.release.holds import RENEW_AFTER
from generator.release.log_items import Listed
from generator.release.model.log_records import Advanced
from generator.release.model.release import Release, Rollback
from generator.release.model.states import RollingBack
from generator.release.person_directory import Directory
from generator.release.ports import Message, Queue
from generator.release.reception import Reception, Senders, is_wake
from generator.release.schedule import Bell, Schedule
from generator.release.service import ReleaseService
from generator.release.takeover import LIST_AT_LEAST, Takeover

# How long one turn waits for a message at most, in seconds. SQS: 20 at most, and one call whatever comes.
WAIT = 2.0
POLL = 20.0
# Moments further away than this are left to the list.
_AHEAD = 600.0
# So many requests are dealt with at once, beside the releases that are moved.
REQUESTS = 16
# So many are received at once also where no thread is free for a release; the more are left to other workers.
_FEW = 4
# What a pool needs beside its threads for releases: requests, receiving both queues, listing, and renewing leases.
BESIDE = REQUESTS + 4
_COMPLAIN_AGAIN = 60.0


class Worker(Reception):
    """Receives, handles and advances. ``failed`` is called with what went wrong, in a sentence.

    ``pool`` has ``threads`` for as many releases at once, and :data:`BESIDE` more; without one everything is done in
    turn. ``grace`` is as :data:`takeover.GRACE`; 0 for who is alone. ``bell`` creates the object on which threads wait.
    """

    def __init__(  # noqa: PLR0913 - what a worker is made of
        self,
        service: ReleaseService,
        queue: Queue,
        directory: Directory,
        senders: Senders = Senders(),  # noqa: B008 - immutable
        *,
        wakes: Queue | None = None,
        pool: Executor | None = None,
        threads: int = 1,
        grace: float = 0.0,
        failed: Callable[[str], None] = lambda _: None,
        bell: Callable[[], Bell] = Bell,
    ) -> None:
        super().__init__(service, queue, directory, senders, failed, Schedule(bell()), wakes, bell())
        self.pool = pool
        self.threads = threads
        self.takeover = Takeover(grace)
        self.service.then = self._look_again
        self.seen: Callable[[list[str]], None] = lambda _: None  # hears which releases are open
        self._mail, self._beats = bell(), bell()
        self._complained, self._probed = -_COMPLAIN_AGAIN, 0.0
        self._lock = Lock()
        self._moving: set[str] = set()
        self._taking = 0
        self._listing = False
        self._running: set[Future[int]] = set()
        self._stopped, self._beating = False, False

    # --- one round, for anyone who drives a worker by hand

    def turn(self, wait: float = WAIT) -> int:
        """One round: releases that are due, and messages. Returns how many of both there were."""
        self._begin_beats()
        if not self._clock_is_right():
            return 0
        self.list_due()
        ready = self._is_ready() or bool(self._running)
        messages = self._receive(0.0 if ready else wait, 10)
        return (self.take(messages) if messages else 0) + self.take_wakes(0.0) + self.sweep()

    def sweep(self, due: Sequence[str] = ()) -> int:
        """Advance releases that are due, and those that continue at once, until none is left."""
        for one in due:
            self.schedule.add(one, self.service.context.clock())
        moved = 0
        while (release_id := self.next_due()) is not None:
            if self.pool is None:
                moved += self.move(release_id)
            else:
                self._running.add(self.pool.submit(self.move, release_id))
        if self._running:
            over, self._running = wait(self._running, timeout=1.0, return_when=FIRST_COMPLETED)
            moved += sum(future.result() for future in over)
        return moved

    # --- running

    def run(self, stop: Flag, poll: float = POLL) -> None:
        """Run until ``stop`` is set. Needs a pool."""
        if self.pool is None:
            raise ValueError("a worker that runs needs a pool")
        self._begin_beats()
        self.pool.submit(self._receive_all, self.pool, stop, poll)
        self.pool.submit(self.receive_wakes, stop, poll)
        while not stop.is_set():
            if self._clock_is_right():
                self._begin_listing(self.pool)
                while len(self._moving) < self.threads and (release_id := self.next_due()) is not None:
                    self.pool.submit(self.move, release_id)
            self.schedule.bell.wait(self._pause())

    def close(self) -> None:
        """Stop: the running steps end, and every lease is released."""
        self._stopped = True
        self._beats.ring()
        self.quiet.ring()
        if self.pool is not None:
            self.pool.shutdown()
        try:
            self.service.close()
        except ReleaseError as error:
            self.failed(str(error))

    def _pause(self) -> float:
        """How long there is nothing to do, at most one second."""
        if len(self._moving) >= self.threads:
            return 1.0
        next_list = [] if self._listing else [self.takeover.list_at]
        now = self.service.context.clock()
        return max(0.01, min([now + 1.0, *next_list, *filter(None, [self.schedule.next()])]) - now)

    def _begin_beats(self) -> None:
        """Renew leases beside the steps, if steps run in threads."""
        if self.pool is not None and not self._beating:
            self._beating = True
            self.pool.submit(self._beat)

    def _beat(self) -> None:
        while not self._stopped or self._moving:
            self._beats.wait(RENEW_AFTER / 2)
            try:
                self.service.holds.renew()
            except Exception as error:  # noqa: BLE001 - a lease that is not renewed ends by itself
                self.failed(f"leases could not be renewed: {type(error).__name__}: {error}")

    def _clock_is_right(self) -> bool:
        """Whether releases may be moved. If not, that is reported once a minute, and AWS is asked for the time again."""
        context = self.service.context
        try:
            context.check_clock()
        except WrongClock as error:
            now = time.monotonic()
            if now >= self._complained + _COMPLAIN_AGAIN:
                self._complained = now
                self.failed(str(error))
            if now >= self._probed + LIST_AT_LEAST:
                self._probed = now
                self._listed(1)
            return False
        return True

    def _listed(self, limit: int) -> list[Listed]:
        try:
            found = self.service.context.log.listed(limit)
        except ReleaseError as error:
            self.failed(str(error))
            return []
        self.note_open(len(found))
        return found

    # --- what is due

    def _begin_listing(self, pool: Executor) -> None:
        is_time = self.service.context.clock() >= self.takeover.list_at and len(self._moving) < self.threads
        if is_time and not self._listing:
            self._listing = True
            pool.submit(self._list)

    def _list(self) -> None:
        try:
            self.list_due()
        finally:
            self._listing = False
            self.schedule.bell.ring()

    def list_due(self) -> None:
        """Find releases that other workers left late, as many as there are threads for."""
        self.chores.turn()
        now = self.service.context.clock()
        free = max(1, self.threads - len(self._moving)) if self.pool is not None else 100
        found = self._listed(max(4, 2 * free))
        self._tend_index()
        self.seen([one.id for one in found])
        mine = {one.id for one in found if self._is_mine(one.id, now)}
        for release_id in self.takeover.choose(found, mine, now, free=free, behind=self.schedule.behind):
            self.schedule.add(release_id, now)

    def _tend_index(self) -> None:
        try:
            self.service.context.log.index.tend()
        except ReleaseError as error:
            self.failed(str(error))

    def _is_mine(self, release_id: str, now: float) -> bool:
        """Whether this worker is moving it, or will move it next."""
        planned = self.schedule.planned(release_id)
        with self._lock:
            return release_id in self._moving or (planned is not None and planned <= now)

    def _is_ready(self) -> bool:
        due = self.schedule.next()
        return due is not None and due <= self.service.context.clock()

    def next_due(self) -> str | None:
        """Take the release to move now. It is this worker's until :meth:`move` has finished."""
        release_id = self.schedule.take(self.service.context.clock())
        if release_id is not None:
            with self._lock:
                self._moving.add(release_id)
        return release_id

    def move(self, release_id: str) -> int:
        """Advance a release as long as it continues at once. Returns how many transitions it made."""
        moved, again = 0, None
        clock = self.service.context.clock
        try:
            while True:
                came = self.service.advance(release_id, only_due=not moved)
                moved += came.moved
                if came.parent:
                    self.schedule.add(came.parent, clock())
                if came.lost:
                    self.failed(f"{release_id}: {came.lost}")
                again = None if came.busy else came
                if not came.moved or came.due is None or came.due > clock():
                    return moved
        except ReleaseError as error:
            self.failed(f"{release_id}: {error}")
            return moved
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one release, the others continue
            self.failed(f"{release_id}: {type(error).__name__}: {error}; it will be tried again later")
            return moved
        finally:
            with self._lock:
                self._moving.discard(release_id)
            self._look_again(release_id, again)
            self.schedule.bell.ring()

    def _look_again(self, release_id: str, came: Advanced | None) -> None:
        clock = self.service.context.clock()
        if came is not None and came.due is not None and came.due < clock + _AHEAD:
            self.schedule.add(release_id, came.due, urgent=_is_urgent(came.release))

    # --- messages

    def _receive_all(self, pool: Executor, stop: Flag, poll: float) -> None:
        """Receive as many messages as can be handled at once. People's requests never wait for releases."""
        while not stop.is_set():
            free = min(REQUESTS - self._taking, max(_FEW, self.threads - len(self._moving)))
            messages = self._receive(poll, free) if free and self._clock_is_right() else None
            if messages is None:
                self._mail.wait(0.5)
                continue
            wakes = [message for message in messages if is_wake(message)]
            for together in ([wakes] if wakes else []) + [[message] for message in messages if message not in wakes]:
                with self._lock:
                    self._taking += 1
                if stop.is_set():
                    self._taken(together)  # the pool takes no more
                else:
                    pool.submit(self._taken, together)

    def _receive(self, wait: float, limit: int) -> list[Message] | None:
        try:
            return self.queue.receive(wait, limit)
        except ReleaseError as error:
            self.failed(str(error))
            return None

    def _taken(self, messages: list[Message]) -> None:
        try:
            self.take(messages)
        except Exception as error:  # noqa: BLE001 - what was not taken out is delivered again
            self.failed(f"{type(error).__name__}: {error}" if not isinstance(error, ReleaseError) else str(error))
        finally:
            with self._lock:
                self._taking -= 1
            self._mail.ring()


def _is_urgent(release: Release | None) -> bool:
    """The order of work: rollbacks first."""
    return release is not None and (isinstance(release.purpose, Rollback) or isinstance(release.state, RollingBack))
