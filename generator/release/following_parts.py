"""Opens the release of the next part of a version, after one that brought a part of it has succeeded.

The request has an id that follows from the release, so that a worker that takes over opens no second one. It is made in
the name of who asked for the first part, and a freeze or a lock holds it back: the next request continues from there.
"""

from generator.release import deferred
from generator.release.context import Context
from generator.release.model.release import Release, Rollback
from generator.release.model.requests import Propose, RollBack
from generator.release.model.states import Closed
from generator.release.opening import propose
from generator.release.rotations import owed


def next_request(release: Release) -> str:
    """The id of the request for the next part. "" if no part follows by itself."""
    state = release.state
    succeeded = isinstance(state, Closed) and state.outcome == "succeeded"
    return f"{release.id}:next-part" if succeeded and deferred.defers_indexes(release.after.deferred) else ""


def after_end(context: Context, release: Release) -> None:
    """Open what a release that has ended leaves to another one: a restart after a rotation, or the next part of its version.

    Raises:
        Unavailable: AWS or the log does not answer; anyone who asked asks again.
    """
    owed(context, release.stack.key)
    request = next_request(release)
    if not request:
        return
    reason = release.reason or f"the next part of this version, after {release.id}"
    kind = RollBack if isinstance(release.purpose, Rollback) else Propose
    asked = kind(id=request, stack=release.stack.key, version=release.after.commit, reason=reason)
    propose(context, asked, release.requester, release.groups)
