"""What the front refuses before anything is sent: which people, and from which channels.

A refusal is a sentence for the person alone. If Slack can't be asked, everybody is refused.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple, assert_never

from bot.blocks.text import channel
from bot.limits import PersonalLimit
from bot.slack_directory import SlackLookup, barred
from bot.slack_questions import NoAnswer
from generator.release.model.platform import PlatformFacts
from generator.release.model.requests import Decide, DeleteStack, Lock, Logs, Propose, RestartService, RollBack, Unlock
from generator.release.model.settings import Slack

What = Literal["look", "ask", "decide"]
UserRequest = Propose | RollBack | RestartService | DeleteStack | Decide | Lock | Unlock | Logs
REMEMBERED = 600.0  # seconds; twice the window of Slack's signatures


class Origin(NamedTuple):
    """The origin of a payload, by ids alone. Names can change, so no decision depends on them."""

    team: str = ""
    enterprise: str = ""
    app: str = ""
    user: str = ""
    user_team: str = ""
    channel: str = ""
    whole_enterprise: bool = False


def origin(body: Mapping[str, Any]) -> Origin:
    """The origin of a command, an interaction or an event. Each of them has it in other fields."""
    event = _part(body, "event")
    user = body.get("user")
    inner = event.get("user", "")
    who = _part(body, "user").get("id") if isinstance(user, dict) else body.get("user_id") or inner
    container = _part(body, "container")
    place = _part(body, "channel").get("id") or body.get("channel_id") or container.get("channel_id")
    return Origin(
        team=_text(body.get("team_id") or _part(body, "team").get("id")),
        enterprise=_text(body.get("enterprise_id") or _part(body, "enterprise").get("id")),
        app=_text(body.get("api_app_id")),
        user=_text(who),
        user_team=_text(_part(body, "user").get("team_id") or event.get("user_team")),
        channel=_text(place or event.get("channel")),
        whole_enterprise=str(body.get("is_enterprise_install", "")).lower() == "true",
    )


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def foreign(found: Origin, slack: Slack) -> str:
    """Why a payload is not meant for this app. "" if it is. Bolt itself never compares teams."""
    if found.app != slack.app_id:
        return "this is not the configured app; check slack.app_id in platform.yaml"
    if found.team != slack.team_id or found.whole_enterprise:
        return "this is not the configured workspace; use the workspace that platform.yaml names"
    if (slack.enterprise_id or "") != found.enterprise and slack.enterprise_id is not None:
        return "this is not the configured organization; use the workspace that platform.yaml names"
    if found.user_team and found.user_team != slack.team_id:
        return "only members of this workspace may use the bot; ask a member"
    if not found.user:
        return "the request has no sender; try again"
    return ""


class Authorization:
    """Checks payloads. Everything is looked up at the time of the click."""

    def __init__(self, slack: Slack, lookup: SlackLookup, facts: PlatformFacts, limit: PersonalLimit) -> None:
        self._slack = slack
        self._lookup = lookup
        self._facts = facts
        self._limit = limit

    def foreign(self, found: Origin) -> str:
        """Why a request comes from outside the workspace, as :func:`foreign` says it; "" if it does not."""
        return foreign(found, self._slack)

    def refuse(self, found: Origin, what: What, environments: Iterable[str] = ()) -> str:
        """Why this person may not do this here. "" if they may.

        ``environments`` are those that it touches: the channel must be allowed for each of them.
        """
        named = tuple(environments) or ("",)
        # What can be refused without asking Slack costs nobody else a part of what Slack answers in a minute.
        why = foreign(found, self._slack) or self._limit.refuse(found.user) or self._elsewhere(found, what, named)
        if why:
            return why
        try:
            return barred(self._lookup.person(found.user), self._slack.team_id) or self._place(found, what, named)
        except NoAnswer as error:
            if error.ours:
                return f"{error}. Until then nobody in Slack can be identified; use the command line"
            return (
                f"{error}, or use the command line"
                if error.passing
                else f"{error}, so your identity could not be checked; use the command line"
            )

    def refuse_request(self, found: Origin, request: UserRequest) -> str:
        """Why this person may not send this request from this channel. "" if they may."""
        what: What = "look" if isinstance(request, Logs) else "decide" if isinstance(request, Decide) else "ask"
        return self.refuse(found, what, self.environments(request))

    def environments(self, request: UserRequest) -> tuple[str, ...]:
        """Environments that a request changes. It must come from a channel of each of them.

        A promotion changes its target alone. In the other environment it only reads which version is running, and
        anybody may read that in any channel (``/deploy status``); the same version could be named by its commit as
        well. To require the channels of both would make promotion impossible where each environment has a channel of
        its own, and would protect nothing.
        """
        match request:
            case Propose() | RollBack() | RestartService() | DeleteStack() | Logs():
                return (request.stack.partition("/")[0],)
            case Lock() | Unlock():
                return (request.scope.partition("/")[0],)
            case Decide():
                return self.environments_of(request.release)
            case _:
                assert_never(request)

    def _place(self, found: Origin, what: What, environments: tuple[str, ...]) -> str:
        if not found.channel:
            # App Home and modals opened from it belong to nobody else.
            return "" if what == "look" else "this request has no channel; use the channel of the environment"
        try:
            place = self._lookup.place(found.channel)
        except NoAnswer as error:
            if error.passing or error.ours:
                raise
            return "the bot is not in this channel; invite it with /invite, or use another channel"
        if place.shared:
            return "this channel is shared with another organization; use a channel that is not shared"
        if what == "look" or (what == "decide" and place.direct):
            return ""
        if place.archived:
            return "this channel is archived; use another channel"
        return self._not_allowed(found.channel, environments)

    def _elsewhere(self, found: Origin, what: What, environments: tuple[str, ...]) -> str:
        """Like the last check of :meth:`_place`, for cases in which Slack's answer can't change it.

        Direct conversations are D….
        """
        if not found.channel or what == "look" or (what == "decide" and found.channel.startswith("D")):
            return ""
        return self._not_allowed(found.channel, environments)

    def _not_allowed(self, place: str, environments: tuple[str, ...]) -> str:
        for environment in environments:
            allowed = self._slack.allowed(environment)
            if place not in allowed:
                where = " or ".join(channel(id_) for id_ in allowed) or "no channel, because platform.yaml names none"
                return f"{environment or 'this'} is released from {where}; use that channel"
        return ""

    def environments_of(self, release: str) -> tuple[str, ...]:
        """Environments that a release of this id may belong to, by its name alone, so that nothing has to be read."""
        found = [name for name in self._facts.environments if release.startswith(f"{name}-")]
        return tuple(found) or ("",)


class SeenRequests:
    """What was handled in the last ten minutes, in this process.

    A front may not write the log, so replicas share nothing but the requests' ids, which come from Slack's: the engine
    does the same request once. This saves the second message and the second answer.
    """

    def __init__(self, clock: Callable[[], float], seconds: float = REMEMBERED, most: int = 100_000) -> None:
        self._clock, self._seconds, self._most = clock, seconds, most
        self._at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def first(self, key: str, seconds: float | None = None) -> bool:
        """Whether this key is new. It is known from now on."""
        now = self._clock()
        with self._lock:
            before = self._at.get(key)
            if before is not None and now - before < (seconds or self._seconds):
                return False
            self._at[key] = now
            self._at.move_to_end(key)
            while self._at and (len(self._at) > self._most or now - next(iter(self._at.values())) > self._seconds):
                self._at.popitem(last=False)
            return True
