"""The deploy form: opened empty, because a trigger is valid for three seconds, and filled when the versions are read."""

from itertools import islice

from bot.blocks import modals
from bot.front import Front
from bot.intents import Form
from bot.listeners.modal_openings import open_modal, update_modal
from bot.replies import ReplyTarget
from generator.release.errors import ReleaseError
from generator.release.scope_names import command_scope

_VERBS = {"deploy": "/deploy", "rollback": "/rollback", "restart": "/deploy restart"}


def open_form(front: Front, trigger: str, where: ReplyTarget, channel: str, intent: Form) -> str:
    """Open the form in a moment. Returns what to tell at once. ``channel`` is that of the request, ``where`` of the answer."""
    front.background.do(lambda: _open(front, trigger, where, channel, intent))
    return ""


def typed(filled: Form) -> str:
    """What to type in place of the form."""
    version = f" {filled.version[:12]}" if filled.version else ""
    return f"`{_VERBS[filled.kind]} {filled.service or 'app'} {filled.environment or 'prod'}{version}`"


def _open(front: Front, trigger: str, where: ReplyTarget, channel: str, filled: Form) -> None:
    private = modals.metadata(channel=channel, kind=filled.kind)
    title = modals.TITLES[filled.kind]
    opened = open_modal(front, trigger, modals.loading(title, "loading", private), where, typed(filled))
    if not opened:
        return
    # Home and accounts have no release that a person may ask for.
    places = {f.ref.environment for f in front.facts.stacks.values() if not f.administrators}
    environments = [n for n in front.facts.environments if n in places and channel in front.slack.allowed(n)]
    try:
        versions = list(islice(front.versions.newest(), modals.VERSIONS))
        view = modals.form(modals.Offer(front.facts, environments, versions, front.clock()), filled, private)
    except ReleaseError as error:
        view = modals.message_modal(title, f"The versions could not be read: {error}. Try again in a moment.")
    update_modal(front, opened, view, where, typed(filled))


def unlock_form(front: Front, trigger: str, where: ReplyTarget, scope: str) -> None:
    """Ask for the reason of an unlock in a moment. It is sent in the name of the environment's first channel."""
    environment = scope.partition("/")[0]
    private = modals.metadata(channel=next(iter(front.slack.allowed(environment)), ""), scope=scope)
    view = modals.unlocking(scope, private)
    said = f"`/deploy unlock {' '.join(reversed(command_scope(scope).split()))}`"
    front.background.do(lambda: open_modal(front, trigger, view, where, said))
