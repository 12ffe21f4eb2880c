"""What ends an open release, in the state in which it is: the command that works."""

from generator.release.model.release import Release
from generator.release.model.states import RollingBack, may_have_run


def way_out(release: Release) -> str:
    """``cancel it with: slipway cancel prod-app-12``, or what works once it has begun; without a full stop."""
    state = release.state
    if isinstance(state, RollingBack):
        stuck = state.how == "stuck"
        return f"decide how it goes on with: slipway undo {release.id}" if stuck else "wait until it has rolled back"
    if may_have_run(state):
        return f"roll it back with: slipway undo {release.id}"
    return f"cancel it with: slipway cancel {release.id}"
