"""Checks that a request from the bot's front answers a message that the worker posted.

The front is believed in what people of Slack do. What it sends is compared with what Slack sent it and with the log, so
that it can only answer valid cards, and use each act once. Everything here refuses; the policy decides afterwards.
"""

from typing import NamedTuple

import msgspec

from generator.release.log import Log
from generator.release.log_items import item, read
from generator.release.model.base import Value
from generator.release.model.evidence import Evidence
from generator.release.model.people import Actor
from generator.release.model.release import Release
from generator.release.model.requests import (
    Decide,
    DeleteStack,
    Lock,
    Logs,
    Propose,
    Request,
    RestartService,
    RollBack,
    Unlock,
    Wake,
)
from generator.release.model.settings import Slack
from generator.release.ports import Put
from generator.release.slack_payloads import Act
from generator.release.slack_payloads import read as read_act

# What each button of a release's messages asks for, and which of its messages has it.
_DECIDES = {
    "approve": "approve", "reject": "reject", "cancel": "cancel", "undo": "undo", "retry": "undo", "skip": "undo",
    "continue": "continue", "close-gate": "undo",
}  # fmt: skip
_AT_GATES = {"continue", "close-gate"}
_IN_DIRECT_MESSAGES = {"approve", "reject"}
# The value of these buttons is a mark of what was shown, and not a part of the binding.
_MARKED = {"skip", *_AT_GATES}
_OPENS = {"roll-back", "again"}


class DirectMessage(Value):
    """A direct message to an approver."""

    person: str
    channel: str
    ts: str
    closed: bool = False


class PostedMessages(Value):
    """The messages of one release that people can answer. ``ts`` are Slack's message ids, "" for none."""

    release: str
    channel: str = ""
    ts: str = ""
    gate: str = ""
    gate_ts: str = ""
    direct: tuple[DirectMessage, ...] = ()


class Origins(NamedTuple):
    """``slack`` says which channels belong to an environment, ``log`` what was posted and which acts were used."""

    slack: Slack | None
    log: Log

    def refuse(self, request: Request, actor: Actor, evidence: Evidence) -> str:
        """Why a request of somebody in Slack is not accepted. "" if it is. Notes the act as used."""
        act = read_act(evidence.slack) if evidence.slack is not None else None
        if self.slack is None:
            return "platform.yaml has no section slack, so no request from Slack is accepted; decide in a terminal"
        if evidence.slack is None or act is None:
            return "what Slack sent is not part of it, or can't be read; decide in a terminal"
        if (act.team, act.app) != (self.slack.team_id, self.slack.app_id):
            return "it comes from another workspace or app than platform.yaml names; use the app of this workspace"
        why = self._elsewhere(request, actor, act)
        return why or self._again(request, evidence.slack.sha256)

    def _elsewhere(self, request: Request, actor: Actor, act: Act) -> str:
        match request:
            case Decide():
                return self._decision(request, actor, act)
            case Propose() | RollBack() | RestartService() | DeleteStack():
                environment = request.stack.partition("/")[0]
                return self._opening(request, act) if act.kind == "button" else self._place(environment, act)
            case Lock() | Unlock():
                return self._place(request.scope.partition("/")[0], act)
            case Logs() | Wake():
                return ""

    def _decision(self, request: Decide, actor: Actor, act: Act) -> str:
        release = self.log.release(request.release)
        if release is None:
            return ""  # the answer says that there is none
        if act.kind in {"command", "mention"}:
            direct = act.kind == "mention" and act.channel.startswith("D")
            return "" if direct else self._place(release.stack.environment, act)
        button = act.action if act.kind == "button" else "reject"
        name, _, seen = act.value.partition(".")
        if act.kind == "form" and act.action != "reject":
            return "a form of another kind can't decide; use the card"
        if name != release.id or _DECIDES.get(button) != request.verdict:
            return f"the button that was pressed is {button or 'none'} of {name or 'no release'}; use the card of {release.id}"
        if not self._stands(release, actor, act, button):
            return f"the message is not a valid message of {release.id}; use its current card"
        return _outdated(request, release, button, seen.partition(".")[0])

    def _stands(self, release: Release, actor: Actor, act: Act, button: str) -> bool:
        """Whether the worker posted the message for this release, with this button, and for this person."""
        posted = self.posted(release.id)
        where = act.channel, act.message
        if posted is None or not all(where):
            return False
        if button in _AT_GATES:
            return where == (posted.channel, posted.gate_ts)
        if where == (posted.channel, posted.ts):
            return posted.channel in self._channels(release.stack.environment)
        mine = (d for d in posted.direct if d.person == actor.person)
        return button in _IN_DIRECT_MESSAGES and any(where == (d.channel, d.ts) for d in mine)

    def _opening(self, request: Propose | RollBack | RestartService | DeleteStack, act: Act) -> str:
        """A button of a card whose release has ended requests another release of the same stack."""
        name = act.value.partition(".")[0]
        release = self.log.release(name)
        posted = self.posted(name)
        stands = (
            posted is not None
            and all((act.channel, act.message))
            and (act.channel, act.message) == (posted.channel, posted.ts)
        )
        if release is None or not stands or act.action not in _OPENS or release.stack.key != request.stack:
            return f"the message is not a card of a release of {request.stack} that offers this; use /deploy"
        return self._place(release.stack.environment, act)

    def _place(self, environment: str, act: Act) -> str:
        allowed = self._channels(environment)
        if act.channel in allowed:
            return ""
        return f"it does not come from a channel of {environment}; use {' or '.join(allowed) or 'a terminal'}"

    def _channels(self, environment: str) -> tuple[str, ...]:
        return self.slack.allowed(environment) if self.slack is not None else ()

    def posted(self, release_id: str) -> PostedMessages | None:
        """The messages of a release that were posted."""
        found = self.log.table.get(f"card#{release_id}", "card")
        return read(found, PostedMessages) if found is not None else None

    def _again(self, request: Request, sha256: str) -> str:
        """One act is one request. The same bytes with another request's id are a repetition."""
        pk, sk = f"act#{sha256}", "request"
        if self.log.table.write(Put(item(pk, sk, 1, request.id))):
            return ""
        found = self.log.table.get(pk, sk)
        first = msgspec.json.decode(found.body, type=str) if found is not None else ""
        return "" if first == request.id else "the same act was used for an earlier request; press the button again"


def _outdated(request: Decide, release: Release, button: str, seen: str) -> str:
    """A card for an older binding can't decide any more. Before there is a binding, the release can be cancelled."""
    if button in _MARKED:
        return ""
    if request.binding != seen or not release.binding.startswith(seen):
        return "the card shows an older change; read the current card, then decide"
    return ""
