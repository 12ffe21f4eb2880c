"""What a worker takes over from others, and when it checks next: a late worker may have ended, or be overloaded."""

import random
from collections.abc import Sequence

from generator.release.log_items import Listed

# What another worker moved last is left to it for so long after it is due, in seconds; longer by who is late as well.
GRACE, LONGEST_GRACE = 1.0, 2.0
# The open releases are listed so often at least while the next of them is far, at most while one is near, and while
# there is more to take over than there are threads for, in seconds.
LIST_AT_LEAST, LIST_AT_MOST, LIST_SOON = 14.0, 2.4, 0.25


class Takeover:
    """One worker's part of the takeover. ``grace`` is as :data:`GRACE`; 0 for a worker that is alone."""

    def __init__(self, grace: float) -> None:
        self.grace = grace
        self.list_at = 0.0  # when to list again (epoch seconds)

    def patience(self, behind: float) -> float:
        """How long after its due time a release is left to its worker, if this worker itself is ``behind`` seconds late.

        A machine that is short of CPU makes all workers late: without this they would only take releases from each
        other.
        """
        return min(self.grace + 2 * behind, LONGEST_GRACE) if self.grace else 0.0

    def choose(self, found: Sequence[Listed], mine: set[str], now: float, *, free: int, behind: float) -> list[str]:
        """What to take over of ``found``, the longest due first, without ``mine``, at most as many as are ``free``.

        Each worker that lists takes others: of more than it has threads for it draws some.
        """
        patience = self.patience(behind)
        late = [one.id for one in found if one.due <= now - patience and one.id not in mine]
        if len(found) >= 2 * free and len(late) >= free:
            self.list_at = now + _about(LIST_SOON)
        else:
            head = min((one.due for one in found if one.due > now - patience), default=now + LIST_AT_LEAST)
            self.list_at = now + max(_about(LIST_AT_MOST), min(LIST_AT_LEAST, head + patience - now))
        return random.sample(late, free) if len(late) > free else late


def _about(seconds: float) -> float:
    """A random delay, so that workers do not list at the same time."""
    return seconds * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
