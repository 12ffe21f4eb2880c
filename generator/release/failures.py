"""Counts the attempts that failed because AWS did not answer: when the next one is, and when it counts as a refusal."""

from typing import NamedTuple

from generator.release.errors import Unavailable
from generator.release.model.release import Release
from generator.release.model.states import Proposed

# After AWS did not answer, in seconds; doubled each time up to the second.
_AGAIN, AT_MOST = 1.0, 60.0
# The same server error so many times in a row, about five minutes, is AWS's answer.
REFUSED_AFTER = 10


class _Row(NamedTuple):
    times: int = 0
    answer: str = ""  # what the last server error said
    alike: int = 0  # how often in a row


class Failures:
    """The failures of one worker, by release. A worker that takes a release over counts from one."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}

    def note(self, release: Release, error: Unavailable) -> bool:
        """Count a failure. Returns whether the same answer came so often that it counts as a refusal.

        Only a release in preparation ends by that: nothing was changed, and nobody was asked yet. An approved release
        has until it expires, and a running one is always watched.
        """
        row = self._rows.get(release.id, _Row())
        alike = (row.alike if error.answer == row.answer else 0) + 1 if error.answer else 0
        self._rows[release.id] = _Row(row.times, error.answer, alike)
        return isinstance(release.state, Proposed) and alike >= REFUSED_AFTER

    def pause(self, release_id: str) -> float:
        """Count an attempt that failed. Returns the seconds until the next one."""
        row = self._rows.get(release_id, _Row())
        self._rows[release_id] = row._replace(times=row.times + 1)
        return min(_AGAIN * 2.0 ** min(row.times, 10), AT_MOST)

    def clear(self, release_id: str) -> None:
        """Forget the failures of a release that was moved."""
        self._rows.pop(release_id, None)
