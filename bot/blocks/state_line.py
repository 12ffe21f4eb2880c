"""The first line of a card: the state of the release, what it waits for, and until when. In markup."""

from typing import assert_never

from bot.blocks.text import code, safe, when
from bot.chat_words import in_chat_words
from generator.cli.release_text import stamp
from generator.release import gates, messages
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
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
from generator.release.sides import destination, goes_back, sides


def state_line(release: Release, facts: PlatformFacts, now: float) -> str:  # noqa: C901, PLR0911 - one for each state
    """``*Waits for 1 of releasers* until 03:13``; ``*Going out:* 1 of 2 new tasks are running``; in each state a word first."""
    state = release.state
    if goes_back(release) and not isinstance(state, Closed | RollingBack | Waiting | Proposed):
        return f"*Going back* to {safe(messages.call_running(destination(release)), 200)}"
    match state:
        case Proposed():
            return "*In preparation:* pre-flight checks, then the change set"
        case Waiting():
            return f"*Waits for {_who(release, facts)}* until {when(state.expires)}, then it expires and nothing is changed"
        case Approved() if state.held:
            return f"*Held back:* {safe(in_chat_words(state.held), 500)}"
        case Approved():
            return "*Approved:* the change is compared once more, then it starts"
        case Executing():
            return "*Starting:* sent to CloudFormation"
        case Watching():
            return _watching(release)
        case Verifying():
            left = max(0.0, state.until - now)
            return (
                f"*Being verified:* must stay healthy for {stamp(left)} more"
                if left
                else "*Being verified:* one more check"
            )
        case RollingBack():
            said = messages.standing(release)
            return f"*{safe(said[:1].upper() + said[1:], 500)}*"
        case Closed():
            return ""  # the result is a line of its own
        case _:
            assert_never(state)


def _who(release: Release, facts: PlatformFacts) -> str:
    """``1 of releasers and 1 of owners``."""
    asked = messages.outstanding_approvals(release, facts)
    rows = [
        f"{one.more} of {safe(' or '.join(one.by), 80) if one.by else 'the people of platform.yaml'}" for one in asked
    ]
    return " and ".join(dict.fromkeys(rows)) or "a decision"


def _watching(release: Release) -> str:
    seen = release.progress
    if seen.hook:
        until = f" until {when(seen.hook_expires)}, then {gates.silence(seen)}" if seen.hook_expires else ""
        return f"*Waits at its gate* {code(seen.hook_stage or seen.hook, 80)}{until}: answer in the thread"
    _, after = sides(release)
    if release.stack.service and after.desired_tasks:
        health = f", {seen.healthy} of {seen.targets} targets are healthy" if seen.targets else ""
        return f"*Going out:* {min(after.tasks, after.desired_tasks)} of {after.desired_tasks} new tasks are running{health}"
    done = f" {seen.done} of {seen.total} resources" if seen.total else " CloudFormation is updating the stack"
    return f"*Going out:*{done}"
