"""Limits of bodies in memory and of requests of one person. Memory and Slack's limits are shared."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable

LARGEST_BODY = 512 * 1024  # bytes; a click that carries a card of 50 blocks, form-encoded, has about 200 KB
AT_ONCE = 16 * 1024 * 1024  # bytes of bodies in memory
A_MINUTE = 30  # requests of one person: nobody clicks faster, and conversations.info takes about 50 in all (tier 3)
_MINUTE = 60.0


class ByteBudget:
    """Bytes that may be in memory at once. Not safe for several threads: only the event loop uses it."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self._left = most

    def take(self, size: int) -> bool:
        """Whether there is room for that many more bytes. If so they count until :meth:`give`."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def give(self, size: int) -> None:
        """That many bytes are no longer in memory."""
        self._left += size


class PersonalLimit:
    """How many requests one person has sent within the last minute."""

    def __init__(self, clock: Callable[[], float], a_minute: int = A_MINUTE, most_people: int = 10_000) -> None:
        self._clock, self._a_minute, self._most = clock, a_minute, most_people
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def refuse(self, person: str) -> str:
        """Why this person has to wait. "" if not, and then the request counts."""
        now = self._clock()
        with self._lock:
            sent = self._sent.setdefault(person, deque())
            self._sent.move_to_end(person)
            while len(self._sent) > self._most:
                self._sent.popitem(last=False)
            while sent and now - sent[0] >= _MINUTE:
                sent.popleft()
            if len(sent) >= self._a_minute:
                return f"you have sent {self._a_minute} requests within a minute; wait a moment, then try again"
            sent.append(now)
        return ""
