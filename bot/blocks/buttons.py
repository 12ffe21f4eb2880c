"""The buttons of a release. What each does depends on the release's state when it is pressed, not on the card."""

from slack_sdk.models.blocks import ButtonElement

from bot.blocks import button_values
from bot.blocks.changes import compare
from bot.blocks.message import Confirmation, button
from generator.release import messages
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Delete, Release, Rollback
from generator.release.model.states import Closed, RollingBack

APPROVE, REJECT, CANCEL, DETAILS = "approve", "reject", "cancel", "details"
UNDO, RETRY, SKIP, ROLL_BACK = "undo", "retry", "skip", "roll-back"
CONTINUE, CLOSE_GATE = "continue", "close-gate"
AGAIN, LOGS, COMPARE = "again", "logs", "compare"


def deciding(release: Release, *, can_approve: bool = True) -> list[ButtonElement]:
    """Approve, Reject, Details, Cancel: while nothing has started."""
    shown = button_values.value(release.id, release.binding)
    buttons = []
    if can_approve:
        where = f"{release.stack.label} in {release.stack.environment}"
        does = messages.restarted(release)
        will = "be emptied and deleted" if isinstance(release.purpose, Delete) else f"run {release.after.commit[:12]}"
        what = f"{where}: {does}." if does else f"{where} will {will}."
        sure = Confirmation("Approve this release?", f"{what} It starts when all approvals are given.", "Approve")
        buttons = [
            button("Approve", APPROVE, shown, style="primary", sure=sure),
            button("Reject …", REJECT, shown, style="danger"),
            button("Details", DETAILS, shown),
        ]
    sure = Confirmation(
        "Cancel this release?", "Nothing has been changed yet, and nothing will be changed.", "Cancel release"
    )
    return [*buttons, button("Cancel", CANCEL, shown, sure=sure)]


def running(release: Release) -> list[ButtonElement]:
    """Undo, always. A stuck rollback offers the two ways to continue it."""
    shown = button_values.value(release.id, release.binding)
    details = button("Details", DETAILS, shown)
    state = release.state
    if isinstance(state, RollingBack):
        if state.how != "stuck":
            return [details]
        left = button_values.value(release.id, button_values.mark(*state.stuck))
        names = ", ".join(state.stuck) or "nothing"
        sure = Confirmation(
            "Skip these resources?",
            (f"The rollback skips these resources. They stay as they are, and are recorded as a debt: {names}"),
            "Skip them",
        )
        return [
            button("Retry", RETRY, shown, style="primary"),
            button("Skip them", SKIP, left, style="danger", sure=sure),
            details,
        ]
    sure = Confirmation(
        "Undo this release?",
        (f"{release.stack.label} in {release.stack.environment} is rolled back to the state before this release."),
        "Undo",
    )
    return [button("Undo", UNDO, shown, style="danger", sure=sure), details]


def _away(release: Release, shown: str) -> list[ButtonElement]:
    """The button back to the version before. After a rollback, that is a release of the failed version, and no rollback."""
    before, now = release.before, messages.call_running(release.after)
    if before is None or before.commit == release.after.commit or isinstance(release.purpose, Delete):
        return []
    where = f"{release.stack.label} in {release.stack.environment}"
    if isinstance(release.purpose, Rollback):
        text = f"{where} leaves {now}, to which it went back, and runs {messages.call_running(before)} again."
        sure = Confirmation("Release it again?", text, "Release again")
        return [button(f"Release {before.commit[:7]} again", AGAIN, shown, sure=sure)]
    ran = (
        f", which ran for {messages.duration(release.began - before.since)}" if 0 < before.since < release.began else ""
    )
    sure = Confirmation(
        "Roll back?", f"{where} goes from {now} back to {messages.call_running(before)}{ran}.", "Roll back"
    )
    return [button("Roll back", ROLL_BACK, shown, style="danger", sure=sure)]


def _failed(release: Release, state: Closed, shown: str, url: str) -> list[ButtonElement]:
    """What a reader of the failure may do next: read the logs or the commits, release again, or roll back."""
    cause = release.cause
    stays = state.outcome == "failed" and state.changed and cause is not None and cause.stage == "verification"
    where = f"{release.stack.label} in {release.stack.environment}"
    text = f"{where}: {messages.call_running(release.after)}. Its last release {state.outcome}: {cause.sentence if cause else ''}"
    sure = Confirmation("Release it again?", text, "Release again")
    found = _away(release, shown) if stays else []
    if release.stack.service and state.changed:
        found.append(button("Logs", LOGS, shown))
    if url:
        found.append(button("Compare", COMPARE, shown, url=url))
    return [*found, button("Release again", AGAIN, shown, sure=sure)]


def after(release: Release, facts: PlatformFacts, newer: str = "") -> list[ButtonElement]:
    """The buttons of a closed release. With ``newer``, a later release of the same stack, there is no rollback."""
    shown = button_values.value(release.id, release.binding)
    details = button("Details", DETAILS, shown)
    state = release.state
    if not isinstance(state, Closed):
        return [details]
    if state.outcome == "succeeded" and state.changed and not newer:
        return [*_away(release, shown), details]
    if state.outcome in {"failed", "rolled back"}:
        before = release.before.commit if release.before is not None else ""
        return [*_failed(release, state, shown, compare(facts, before, release.after.commit)), details]
    if state.outcome in {"expired", "superseded", "cancelled"}:
        return [button("Request again", AGAIN, shown), details]
    return [details]
