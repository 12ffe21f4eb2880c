"""What happens, sent to those who listen: numbered, so that who was away for a moment misses nothing."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from secrets import token_hex
from typing import NamedTuple

from board.models.base import moment
from board.models.events import StepEvent
from board.services.read_model import Happened
from generator.release.model.states import name

# An ALB ends a connection on which nothing was sent for 60 seconds (Application Load Balancers: connection idle timeout).
HEARTBEAT = 15.0
# A stream ends in order after so many seconds, and the browser comes back: a load balancer cuts one that is still open when
# the deregistration delay (30 s here) is over, and ECS sends SIGTERM after that (Amazon ECS Developer Guide, Optimize load
# balancer connection draining parameters).
LONGEST = 25.0
KEPT, WAITING = 1000, 500


class TooManyListenersError(Exception):
    """As many listen as this process serves."""


class Event(NamedTuple):
    """One event: ``id`` is ``RUN-NUMBER``, ``environment`` says who may hear it ("" for all)."""

    id: str
    kind: str
    data: str
    environment: str = ""

    @property
    def text(self) -> str:
        """As it is sent (HTML Standard: Server-sent events)."""
        return f"id: {self.id}\nevent: {self.kind}\ndata: {self.data}\n\n"


class Events:
    """Keeps the last events and passes new ones on. All methods run in the event loop of the process."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._run = token_hex(4)
        self._number = 0
        self._last: deque[Event] = deque(maxlen=KEPT)
        self._listeners: dict[object, asyncio.Queue[Event | None]] = {}
        self.is_closed = False

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    def publish(self, happened: Sequence[Happened]) -> None:
        """Tell everybody who may hear it."""
        for one in happened:
            self._number += 1
            event = _event(f"{self._run}-{self._number}", one)
            self._last.append(event)
            for queue in self._listeners.values():
                # Who does not keep up reads it again from the log: the stream ends and the browser comes back.
                if queue.qsize() < WAITING:
                    queue.put_nowait(event)
                elif queue.qsize() == WAITING:
                    queue.put_nowait(None)

    def close(self) -> None:
        """End every stream: the process stops."""
        self.is_closed = True
        for queue in self._listeners.values():
            queue.put_nowait(None)

    def listen(self, hears: Callable[[str], bool], last_id: str) -> AsyncIterator[str]:
        """The stream of one listener, after the event that it heard last.

        Raises:
            TooManyListenersError: no more are served.
        """
        if self.is_closed or len(self._listeners) >= self._most:
            raise TooManyListenersError
        return self._stream(hears, last_id)

    def _missed(self, last_id: str) -> list[Event] | None:
        """Events after ``last_id``; None where nobody can tell which those are."""
        run, _, number = last_id.partition("-")
        if not last_id:
            return []
        if run != self._run or not (number.isascii() and number.isdigit()):
            return None
        first = int(self._last[0].id.partition("-")[2]) if self._last else self._number + 1
        if int(number) + 1 < first or int(number) > self._number:
            return None
        return [event for event in self._last if int(event.id.partition("-")[2]) > int(number)]

    async def _stream(self, hears: Callable[[str], bool], last_id: str) -> AsyncIterator[str]:
        # Counted from the first byte on: a stream that nobody began to read would never end.
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        key, missed = object(), self._missed(last_id)
        self._listeners[key] = queue
        if self.is_closed or len(self._listeners) > self._most:
            queue.put_nowait(None)
        try:
            # The browser waits so many milliseconds before it comes back.
            yield "retry: 2000\n\n"
            if missed is None:
                yield f"id: {self._run}-{self._number}\nevent: reload\ndata: {{}}\n\n"
            for event in missed or ():
                if hears(event.environment):
                    yield event.text
            now = asyncio.get_running_loop().time
            end = now() + LONGEST
            while (left := end - now()) > 0:
                try:
                    found = await asyncio.wait_for(queue.get(), min(HEARTBEAT, left))
                except TimeoutError:
                    yield ": heartbeat\n\n"
                    continue
                if found is None:
                    break
                if hears(found.environment):
                    yield found.text
            yield "event: reconnect\ndata: {}\n\n"
        finally:
            self._listeners.pop(key, None)


def _event(id_: str, one: Happened) -> Event:
    release = one.release
    step = StepEvent(
        release=release.id,
        environment=release.stack.environment,
        service=release.stack.label,
        state=name(release.state),
        at=moment(one.moment.at),
        what=one.moment.what,
        who=one.moment.who,
    )
    return Event(id_, "step", json.dumps(step.model_dump(mode="json")), release.stack.environment)
