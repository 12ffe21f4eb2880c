"""The deploy form: opened empty, because a trigger is valid for three seconds, and filled when the versions are read."""

from itertools import islice

from bot.blocks import modals
from bot.front import Front
from bot.intents import Form
from generator.release.errors import ReleaseError


def open_form(front: Front, trigger: str, channel: str, intent: Form) -> str:
    """Open the form in a moment. Returns what to tell at once."""
    front.background.do(lambda: _open(front, trigger, channel, intent))
    return ""


def _open(front: Front, trigger: str, channel: str, filled: Form) -> None:
    private = modals.metadata(channel=channel, kind=filled.kind)
    title = modals.TITLES[filled.kind]
    opened = front.web.views_open(trigger_id=trigger, view=modals.loading(title, "loading", private))
    environments = [name for name in front.facts.environments if channel in front.slack.allowed(name)]
    try:
        versions = list(islice(front.versions.newest(), modals.VERSIONS))
        view = modals.form(modals.Offer(front.facts, environments, versions, front.clock()), filled, private)
    except ReleaseError as error:
        view = modals.message_modal(title, f"The versions could not be read: {error}. Try again in a moment.")
    front.web.views_update(view_id=opened["view"]["id"], view=view)
