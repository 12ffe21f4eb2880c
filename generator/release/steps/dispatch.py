"""Selects the step that moves a release, by the state of the release."""

from typing import assert_never

from generator.release.context import Context
from generator.release.log_items import Transition
from generator.release.model.release import Delete, Release
from generator.release.model.states import (
    Approved,
    Closed,
    Executing,
    Proposed,
    RollingBack,
    Verifying,
    Waiting,
    Watching,
)
from generator.release.steps.await_approval import approved, waiting
from generator.release.steps.delete_stack import deleting
from generator.release.steps.execute import executing, watching
from generator.release.steps.prepare import proposed
from generator.release.steps.roll_back import rolling
from generator.release.steps.verify import verifying
from generator.release.transitions import later


def next_transition(context: Context, release: Release) -> Transition:  # noqa: PLR0911 - one for each state
    """Run the step of the release's state. A closed release stays closed.

    Raises:
        Unavailable, Denied, Invalid: AWS does not answer, or refuses; the release stays as it is.
    """
    state = release.state
    match state:
        case Proposed():
            return proposed(context, release, state)
        case Waiting():
            return waiting(context, release, state)
        case Approved():
            return approved(context, release, state)
        case Executing():
            return executing(context, release, state)
        case Watching():
            return watching(context, release, state)
        case Verifying() if isinstance(release.purpose, Delete):
            return deleting(context, release)
        case Verifying():
            return verifying(context, release, state)
        case RollingBack():
            return rolling(context, release, state)
        case Closed():
            return later(release, context.clock())
        case _:
            assert_never(state)
