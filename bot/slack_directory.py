"""People, channels and user groups from Slack: read when they are needed, kept for a minute, never guessed."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from slack_sdk import WebClient

from bot.slack_questions import NoAnswer, SlackQuestions
from generator.catalog.directory import ConfiguredDirectory
from generator.release.errors import NobodyIdentified, Unavailable
from generator.release.model.platform import PlatformFacts

T = TypeVar("T")
KEPT = 60.0  # seconds
_LOG = logging.getLogger("bot.slack_directory")


class Person(NamedTuple):
    """A person as Slack's users.info describes them."""

    id: str
    team: str
    deleted: bool = False
    bot: bool = False
    guest: bool = False
    stranger: bool = False


class Conversation(NamedTuple):
    """A conversation as conversations.info describes it. ``shared`` with another organization, or about to be."""

    id: str
    shared: bool = False
    direct: bool = False
    archived: bool = False


class Cache(Generic[T]):
    """Answers that are kept for a while, the oldest forgotten first. A refusal by Slack is kept as well."""

    def __init__(self, clock: Callable[[], float], seconds: float = KEPT, most: int = 5000) -> None:
        self._clock, self._seconds, self._most = clock, seconds, most
        self._found: OrderedDict[str, tuple[float, T | NoAnswer]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, ask: Callable[[], T]) -> T:
        """The known answer, or what ``ask`` returns now. An error that may pass in a moment is not kept."""
        now = self._clock()
        with self._lock:
            at, value = self._found.get(key, (0.0, None))
        if value is not None and now - at < self._seconds:
            return _given(value)
        fresh: T | NoAnswer
        try:
            fresh = ask()
        except NoAnswer as error:
            if error.passing:
                raise
            fresh = error
        with self._lock:
            self._found[key] = now, fresh
            self._found.move_to_end(key)
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return _given(fresh)


def _given(value: T | NoAnswer) -> T:
    if isinstance(value, NoAnswer):
        raise NoAnswer(str(value), passing=False, ours=value.ours)
    return value


class SlackLookup:
    """People, groups and channels, as Slack describes them."""

    def __init__(self, client: WebClient, clock: Callable[[], float]) -> None:
        self._client = client
        self._questions = SlackQuestions(clock)
        self._people: Cache[Person] = Cache(clock)
        self._places: Cache[Conversation] = Cache(clock)
        self._groups: Cache[frozenset[str]] = Cache(clock)

    def person(self, user: str) -> Person:
        """Somebody by user id.

        Raises:
            NoAnswer: Slack does not answer.
        """
        return self._people.get(
            user, lambda: _person(self._questions.ask("users.info", lambda: self._client.users_info(user=user)))
        )

    def place(self, channel: str) -> Conversation:
        """A conversation by id.

        Raises:
            NoAnswer: Slack does not answer; the bot may not be in it.
        """
        return self._places.get(
            channel,
            lambda: _place(
                self._questions.ask("conversations.info", lambda: self._client.conversations_info(channel=channel))
            ),
        )

    def group(self, group: str) -> frozenset[str]:
        """Members of a user group (usergroups.users.list, scope usergroups:read).

        Raises:
            NoAnswer: Slack does not answer.
        """

        def ask() -> frozenset[str]:
            found = self._questions.ask(
                "usergroups.users.list", lambda: self._client.usergroups_users_list(usergroup=group)
            )
            return frozenset(str(user) for user in found.get("users") or ())

        return self._groups.get(group, ask)


def _person(data: Any) -> Person:
    user = data["user"]
    return Person(
        id=str(user["id"]),
        team=str(user.get("team_id", "")),
        deleted=bool(user.get("deleted")),
        bot=bool(user.get("is_bot")) or user["id"] == "USLACKBOT",
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        stranger=bool(user.get("is_stranger")),
    )


def _place(data: Any) -> Conversation:
    found = data["channel"]
    return Conversation(
        id=str(found["id"]),
        shared=bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared")),
        direct=bool(found.get("is_im")),
        archived=bool(found.get("is_archived")),
    )


def barred(person: Person, team: str) -> str:
    """Why a person may do nothing with this bot. "" if they may use it."""
    if person.deleted:
        return "this account was deactivated; sign in with an active account"
    if person.bot:
        return "apps and bots can't use this bot; ask a person"
    if person.stranger or (person.team and person.team != team):
        return "only members of this workspace may use the bot; ask a member"
    if person.guest:
        return "guests can't use this bot; ask a full member of this workspace"
    return ""


class SlackDirectory:
    """Implements :class:`generator.release.ports.Directory`: the configuration's people and teams, and Slack's groups.

    The worker asks it when a decision arrives, so that a person who left a group or the company a minute ago can't
    decide.
    """

    def __init__(self, facts: PlatformFacts, lookup: SlackLookup, team: str) -> None:
        self._facts = facts
        self._configured = ConfiguredDirectory(facts)
        self._lookup = lookup
        self._team = team

    def person(self, channel: str, id_: str) -> str:
        """The person that an attested id belongs to. "" also for a Slack account that may do nothing any more.

        Raises:
            Unavailable: Slack does not answer just now.
            NobodyIdentified: the bot's token is not valid, which says nothing about the person.
        """
        name = self._configured.person(channel, id_)
        if channel != "slack" or not name:
            return name
        try:
            return "" if barred(self._lookup.person(id_), self._team) else name
        except NoAnswer as error:
            _raise_unless_settled(error)
            _LOG.error("%s: no Slack user is identified", error)
            return ""

    def groups(self, person: str) -> tuple[str, ...]:
        """Teams that name a person, and those whose user group holds their Slack account.

        Raises:
            Unavailable: Slack does not answer just now.
            NobodyIdentified: the bot's token is not valid.
        """
        found = set(self._configured.groups(person))
        account = self._facts.people[person].slack if person in self._facts.people else None
        for name, team in self._facts.teams.items():
            if account is None or name in found or team.slack_group is None:
                continue
            try:
                if account in self._lookup.group(team.slack_group):
                    found.add(name)
            except NoAnswer as error:
                _raise_unless_settled(error)
                _LOG.error("%s: no person counts as a member of %s", error, name)
        return tuple(sorted(found))

    def members(self, team: str) -> tuple[str, ...]:
        """People of a team. If Slack does not answer, those that the configuration names."""
        found = self._facts.teams.get(team)
        if found is None:
            return (team,) if team in self._facts.people else ()
        names = dict.fromkeys(found.people)
        if found.slack_group is not None:
            try:
                there = self._lookup.group(found.slack_group)
            except NoAnswer as error:
                _LOG.warning("%s: the members of %s are listed without this group", error, team)
                there = frozenset()
            names |= dict.fromkeys(name for name, p in self._facts.people.items() if p.slack in there)
        return tuple(names)


def _raise_unless_settled(error: NoAnswer) -> None:
    """Raise errors that may pass in a moment, and those of the bot's own token: neither says anything about a person."""
    if error.ours:
        raise NobodyIdentified(
            f"{error}. Until then nobody in Slack can be identified, and nothing was changed; use the command line"
        ) from error
    if error.passing:
        raise Unavailable(f"{error}") from error
