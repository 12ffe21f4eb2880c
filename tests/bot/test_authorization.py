"""Who may do what where: every cell of the matrix, by rule and not by example. No cell is skipped."""

from itertools import product
from typing import NamedTuple

import pytest

from bot.authorization import Authorization, Origin, SeenRequests, UserRequest, What, foreign, origin
from bot.limits import PersonalLimit
from bot.slack_directory import Conversation, Person, SlackDirectory, SlackLookup, barred
from bot.slack_questions import NoAnswer
from generator.release.errors import Unavailable
from generator.release.model.requests import Decide, Lock, Logs, Propose, RollBack, Unlock
from generator.release.model.settings import Person as Named
from generator.release.model.settings import Slack, Team
from tests.fakes.clock import FakeClock
from tests.release.fake_platform import FakePlatform

TEAM, APP, ORG = "T0000000001", "A0000000001", "E0000000001"
PROD, OTHER, SHARED, ARCHIVED, DM, AWAY = (
    "C0000000001", "C0000000002", "C0000000003", "C0000000004", "D0000000001", "C0000000009",
)  # fmt: skip
SLACK = Slack(
    team_id=TEAM, app_id=APP, enterprise_id=ORG, channels={"prod": (PROD, SHARED, ARCHIVED, AWAY)}, default=(OTHER,)
)

WHO = {
    "member": Person("U1", TEAM),
    "guest": Person("U2", TEAM, guest=True),
    "bot": Person("U3", TEAM, bot=True),
    "deactivated": Person("U4", TEAM, deleted=True),
    "stranger": Person("U5", TEAM, stranger=True),
    "of another workspace": Person("U6", "T0000000009"),
    "unknown to Slack": None,
}
WHERE: dict[str, Conversation | None] = {
    PROD: Conversation(PROD), OTHER: Conversation(OTHER), SHARED: Conversation(SHARED, shared=True), ARCHIVED: Conversation(ARCHIVED, archived=True),
    DM: Conversation(DM, direct=True), AWAY: None, "": None,
}  # fmt: skip
WHAT: tuple[What, ...] = ("look", "ask", "decide")
WHENCE = {
    "ours": Origin(TEAM, ORG, APP),
    "another workspace": Origin("T0000000009", ORG, APP),
    "another app": Origin(TEAM, ORG, "A0000000009"),
    "another organization": Origin(TEAM, "E0000000009", APP),
    "an installation for a whole organization": Origin(TEAM, ORG, APP, whole_enterprise=True),
    "a user of another workspace": Origin(TEAM, ORG, APP, user_team="T0000000009"),
}


class FakeRoster(SlackLookup):
    """Slack's word as the matrix has it."""

    def __init__(self) -> None:
        super().__init__(None, FakeClock())  # type: ignore[arg-type]

    def person(self, user: str) -> Person:
        found = WHO[user]
        if found is None:
            raise NoAnswer("Slack is slow; try again in 5 s")
        return found

    def place(self, channel: str) -> Conversation:
        found = WHERE[channel]
        if found is None:
            raise NoAnswer("Slack answers channel_not_found to conversations.info", passing=False)
        return found


def allowed(whence: str, who: str, where: str, what: What) -> bool:
    """The rule in words: our members, in prod's channels, which nobody shares; looking anywhere but in shared ones."""
    if whence != "ours" or who != "member" or where in {SHARED, AWAY}:
        return False
    if what == "look":
        return True
    return where == PROD or (what == "decide" and where == DM)


CELLS = list(product(WHENCE, WHO, WHERE, WHAT))


def test_every_cell_of_the_matrix_is_as_the_rule_says() -> None:
    """Whence × who × where × what: what is allowed is exactly what the rule names, and each refusal says what to do."""
    authorization = Authorization(
        SLACK, FakeRoster(), FakePlatform().facts, PersonalLimit(lambda: 0.0, a_minute=10_000)
    )
    wrong = []
    for whence, who, where, what in CELLS:
        why = authorization.refuse(WHENCE[whence]._replace(user=who, channel=where), what, ("prod",))
        if (why == "") is not allowed(whence, who, where, what):
            wrong.append((whence, who, where, what, why))
        assert why == "" or ";" in why or ", so " in why, why
    assert wrong == []
    assert len(CELLS) == 6 * 7 * 7 * 3


def test_a_channel_counts_for_the_environments_that_it_names() -> None:
    """Prod is not released from the channel of dev, nor the other way round; several take all of them."""
    authorization = Authorization(
        SLACK, FakeRoster(), FakePlatform().facts, PersonalLimit(lambda: 0.0, a_minute=10_000)
    )
    here = WHENCE["ours"]._replace(user="member", channel=OTHER)
    assert authorization.refuse(here, "ask", ("dev",)) == ""
    assert "prod is released from" in authorization.refuse(here, "ask", ("prod",))
    assert authorization.refuse(here, "ask", ("dev", "prod")) != ""
    assert authorization.refuse(here, "decide", authorization.environments_of("nonsense-1")) == ""
    assert authorization.environments_of("prod-app-1") == ("prod",)


APART = Slack(team_id=TEAM, app_id=APP, enterprise_id=ORG, channels={"prod": (PROD,), "staging": (OTHER,)})


def test_a_promotion_needs_the_channel_of_the_environment_that_it_changes() -> None:
    """Prod's channel may take what runs in staging, which anybody may look at; staging's channel may not change prod."""
    authorization = Authorization(
        APART, FakeRoster(), FakePlatform().facts, PersonalLimit(lambda: 0.0, a_minute=10_000)
    )
    promotion = Propose(id="", stack="prod/service-app", promote_from="staging")
    here = WHENCE["ours"]._replace(user="member", channel=PROD)
    there = here._replace(channel=OTHER)
    assert authorization.refuse_request(here, promotion) == ""
    assert authorization.refuse(here, "look", ("staging",)) == ""
    assert "prod is released from" in authorization.refuse_request(there, promotion)
    assert authorization.refuse_request(there, Propose(id="", stack="staging/service-app")) == ""
    assert "staging is released from" in authorization.refuse_request(here, Propose(id="", stack="staging/service-app"))


REQUESTS: list[tuple[UserRequest, What, tuple[str, ...]]] = [
    (Propose(id="", stack="prod/service-app"), "ask", ("prod",)),
    (Propose(id="", stack="prod/service-app", promote_from="staging"), "ask", ("prod",)),
    (RollBack(id="", stack="staging/network"), "ask", ("staging",)),
    (Lock(id="", scope="prod/*", reason="x"), "ask", ("prod",)),
    (Unlock(id="", scope="prod/service-app"), "ask", ("prod",)),
    (Decide(id="", release="prod-app-1", verdict="undo"), "decide", ("prod",)),
    (Decide(id="", release="nonsense-1", verdict="undo"), "decide", ("",)),
    (Logs(id="", stack="prod/service-app"), "look", ("prod",)),
]


@pytest.mark.parametrize(("request_", "what", "environments"), REQUESTS)
def test_each_request_needs_the_channel_of_what_it_changes(
    request_: UserRequest, what: What, environments: tuple[str, ...]
) -> None:
    """Releases, roll-backs and locks need their environment's channel; decisions may come from a direct conversation."""
    authorization = Authorization(
        SLACK, FakeRoster(), FakePlatform().facts, PersonalLimit(lambda: 0.0, a_minute=10_000)
    )
    assert authorization.environments(request_) == environments
    for where in WHERE:
        found = WHENCE["ours"]._replace(user="member", channel=where)
        assert authorization.refuse_request(found, request_) == authorization.refuse(found, what, environments)


BODIES = {
    "a command": {"team_id": TEAM, "enterprise_id": ORG, "api_app_id": APP, "user_id": "U1", "channel_id": PROD, "command": "/deploy"},
    "a click": {
        "team": {"id": TEAM}, "enterprise": {"id": ORG}, "api_app_id": APP, "user": {"id": "U1", "team_id": TEAM},
        "channel": {"id": PROD}, "container": {"channel_id": PROD},
    },
    "an event": {"team_id": TEAM, "enterprise_id": ORG, "api_app_id": APP, "event": {"user": "U1", "channel": PROD}},
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_each_kind_of_payload_says_who_and_where(body: dict[str, object]) -> None:
    """Commands, clicks and events put ids in other places; all are read, and nothing but ids."""
    found = origin(body)
    assert (found.team, found.enterprise, found.app, found.user, found.channel) == (TEAM, ORG, APP, "U1", PROD)
    assert foreign(found, SLACK) == ""
    for broken in ({}, {"user": None}, {"team": 3, "event": []}, {"user_id": {"a": 1}}):
        assert foreign(origin(broken), SLACK) != ""


def test_replays_within_ten_minutes_are_known() -> None:
    """The same key is new once in ten minutes, and what is remembered has an end."""
    clock = FakeClock()
    seen = SeenRequests(clock, most=3)
    assert seen.first("a")
    assert not seen.first("a")
    clock.sleep(601)
    assert seen.first("a")
    assert all(seen.first(str(n)) for n in range(10))
    assert len(seen._at) <= 3
    assert seen.first("double", 2.0)
    clock.sleep(3)
    assert seen.first("double", 2.0)


class Asked(NamedTuple):
    """What users.info and usergroups.users.list say, or how they fail."""

    person: Person | NoAnswer = Person("U1", TEAM)
    group: frozenset[str] | NoAnswer = frozenset()


class Word(SlackLookup):
    """Slack's word as one test has it."""

    def __init__(self, said: Asked) -> None:
        super().__init__(None, FakeClock())  # type: ignore[arg-type]
        self._said = said

    def person(self, user: str) -> Person:
        del user
        if isinstance(self._said.person, NoAnswer):
            raise self._said.person
        return self._said.person

    def group(self, group: str) -> frozenset[str]:
        del group
        if isinstance(self._said.group, NoAnswer):
            raise self._said.group
        return self._said.group


def directory(said: Asked) -> SlackDirectory:
    """Ana, whose team is a user group."""
    import msgspec

    facts = msgspec.structs.replace(
        FakePlatform().facts,
        people={"ana": Named(slack="U0000ANA"), "ben": Named(aws=("AIDABENBENBENBENBEN1",))},
        teams={"ops": Team(slack_group="S0000OPS"), "all": Team(people=("ana",))},
    )
    return SlackDirectory(facts, Word(said), TEAM)


def test_groups_are_those_of_slack_and_of_the_configuration() -> None:
    """A team is who it names and who is in its user group at the click."""
    assert directory(Asked(group=frozenset({"U0000ANA"}))).groups("ana") == ("all", "ops")
    assert directory(Asked()).groups("ana") == ("all",)
    assert directory(Asked()).groups("ben") == ()
    assert directory(Asked(group=frozenset({"U0000ANA"}))).members("ops") == ("ana",)


@pytest.mark.parametrize("passing", [True, False])
def test_without_slacks_word_nobody_is_let_in(passing: bool) -> None:
    """Slack is away: the decision waits in the queue. Slack refuses to say: nobody counts as a member, or as a person."""
    away = NoAnswer("Slack does not answer", passing=passing)
    silent = directory(Asked(person=away, group=away))
    if passing:
        with pytest.raises(Unavailable):
            silent.groups("ana")
        with pytest.raises(Unavailable):
            silent.person("slack", "U0000ANA")
    else:
        assert silent.groups("ana") == ("all",)
        assert silent.person("slack", "U0000ANA") == ""
    assert silent.members("ops") == ()
    assert silent.person("cli", "AIDABENBENBENBENBEN1") == "ben"


@pytest.mark.parametrize("who", [who for who in WHO if WHO[who] is not None])
def test_the_worker_asks_again_who_decides(who: str) -> None:
    """Whatever a front let through, the worker knows a person only while their account is a full member's."""
    person = WHO[who]
    assert person is not None
    found = directory(Asked(person=person)).person("slack", "U0000ANA")
    assert found == ("ana" if who == "member" else "")
    assert (barred(person, TEAM) == "") is (who == "member")
