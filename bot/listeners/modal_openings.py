"""Opens modals. Where Slack does not open one, the person reads why, and what to type in its place."""

from slack_sdk.errors import SlackApiError
from slack_sdk.models.views import View

from bot.blocks.text import safe
from bot.front import Front
from bot.replies import ReplyTarget
from bot.slack_errors import code

# Slack: views.open, errors. A trigger is valid for three seconds.
_LATE = {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"}


def open_modal(front: Front, trigger: str, view: View, where: ReplyTarget, typed: str) -> str:
    """Open a modal, and return its id. "" if Slack does not; then the person reads why, and ``typed`` in its place.

    https://docs.slack.dev/reference/methods/views.open#errors
    """
    try:
        return str(front.web.views_open(trigger_id=trigger, view=view)["view"]["id"])
    except SlackApiError as error:
        front.replies.tell_now(where, f"{_why(code(error))} You can type instead: {typed}")
    except OSError:
        front.replies.tell_now(
            where, f"Slack did not answer, so the form could not be opened. You can type instead: {typed}"
        )
    return ""


def update_modal(front: Front, view_id: str, view: View, where: ReplyTarget, typed: str) -> None:
    """Fill an open modal. If Slack refuses that, the person reads why, and ``typed`` in its place."""
    try:
        front.web.views_update(view_id=view_id, view=view)
    except SlackApiError as error:
        front.replies.tell_now(where, f"{_why(code(error))} You can type instead: {typed}")


def _why(error: str) -> str:
    if error in _LATE:
        return "The form came too late: Slack opens one within three seconds, and the bot took longer. Press the button again."
    if error == "ratelimited":
        return "Slack limits the bot at the moment, so the form could not be opened."
    return f"Slack did not open the form ({safe(error, 60) or 'no reason given'})."
