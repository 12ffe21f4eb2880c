"""The command that ends an open release, in the state that it is in."""

from generator.release.model.release import Release
from generator.release.model.states import RollingBack, may_have_run


def way_out(release: Release) -> str:
    """``cancel it with: slipway cancel prod-app-12``, or the command for a release that has started. No full stop."""
    state = release.state
    if isinstance(state, RollingBack):
        stuck = state.how == "stuck"
        return (
            f"decide how the rollback continues with: slipway undo {release.id}"
            if stuck
            else "wait until it has rolled back"
        )
    if may_have_run(state):
        return f"roll it back with: slipway undo {release.id}"
    return f"cancel it with: slipway cancel {release.id}"
