"""Work that a worker does beside its releases, one call to AWS at a time, so that no release waits for all of it."""

from collections.abc import Callable, Iterator

from generator.release.errors import ReleaseError


class StepwiseWork:
    """Does one step of an iterator on each call, and starts the next iterator when that one has ended.

    Args:
        begin: the steps of the next piece of work, each ending after one call; None where nothing is to be done.
        failed: told what AWS did not answer or refused. That piece of work ends, and starts again the next time.
    """

    def __init__(self, begin: Callable[[], Iterator[None] | None], failed: Callable[[ReleaseError], None]) -> None:
        self._begin = begin
        self._failed = failed
        self._steps: Iterator[None] | None = None

    def chore(self) -> bool | None:
        """Do one step if there is one. Returns None while more steps are left."""
        if self._steps is None:
            self._steps = self._begin()
            if self._steps is None:
                return True
        try:
            next(self._steps)
        except StopIteration:
            self._steps = None
        except ReleaseError as error:
            self._steps = None
            self._failed(error)
        return True if self._steps is None else None
