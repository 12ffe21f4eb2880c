"""A session of a role is a person only where the configuration says what keeps others from taking its name."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from generator.release.approval_digest import policy_digest
from generator.release.client import envelope, request_id
from generator.release.model.people import Actor
from generator.release.model.platform import PlatformFacts
from generator.release.model.requests import Decide, Done, Lock, Logs, Propose, Refusal, Request, Unlock
from generator.release.model.settings import Person
from generator.release.policy_changes import changes, document
from tests.release.fake_platform import FakePlatform

ROLE = "AROADEPLOYERSDEPLOY1"
BEN = f"{ROLE}:ben@example.com"
SAYS = f"{BEN} does not count: anyone who may assume the role {ROLE} may choose that name"


def platform(*, fixed: bool) -> FakePlatform:
    """Ben is known as a session of a role; ``fixed`` if the configuration says that nobody chooses its name."""
    found = FakePlatform()
    found.created()
    found.publish(2)
    people = {**found.facts.people, "ben": Person(aws=(BEN,), slack="U0000BEN")}
    roles = {ROLE: "identity_center"} if fixed else {}
    found.facts = msgspec.structs.replace(found.facts, people=people, session_roles=roles)
    found.workers = [found.worker("w2")]
    found.directory.person = lambda channel, id_: found.facts.person(Actor(channel=channel, id=id_))  # type: ignore[method-assign, arg-type]
    return found


def asked(found: FakePlatform, request: Request) -> object:
    """Ben asks from a terminal."""
    found.queue.as_(BEN).send(envelope(request, ""))
    found.go()
    return found.log.answered(str(request.id))


@pytest.mark.parametrize("fixed", [True, False])
def test_a_session_approves_only_where_nobody_chooses_its_name(*, fixed: bool) -> None:
    """The same approval counts with the role under `session_roles`, and is refused with what to write without it."""
    found = platform(fixed=fixed)
    release = found.deploy(who="ana")
    request = Decide(id=request_id(), release=release, verdict="approve", binding=found.release(release).binding)
    answer = asked(found, request)
    if fixed:
        assert isinstance(answer, Done), answer
        return
    assert isinstance(answer, Refusal), answer
    assert SAYS in answer.why
    assert f"ask an administrator to write {ROLE} under `session_roles:` in platform.yaml" in answer.why
    assert found.release(release).approvals == ()
    assert found.state(release) == "waiting for approval"


REQUESTS: dict[str, Callable[[], Request]] = {
    "opens a release of what is protected": lambda: Propose(id=request_id(), stack="prod/service-app"),
    "opens a release where nobody is asked": lambda: Propose(id=request_id(), stack="dev/service-app"),
    "locks": lambda: Lock(id=request_id(), scope="prod/*", reason="wait"),
    "unlocks": lambda: Unlock(id=request_id(), scope="prod/*"),
    "reads log lines": lambda: Logs(id=request_id(), stack="prod/service-app"),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_a_session_whose_name_is_free_asks_for_nothing(what: str) -> None:
    """Whatever it asks for, it is nobody, and the sentence says why; with the role named it is ben."""
    answer = asked(platform(fixed=False), REQUESTS[what]())
    assert isinstance(answer, Refusal), answer
    assert (answer.rule, SAYS in answer.why) == ("unknown person", True), answer
    heard = asked(platform(fixed=True), REQUESTS[what]())
    assert heard is not None
    assert not (isinstance(heard, Refusal) and heard.rule == "unknown person"), heard


@pytest.mark.parametrize(
    ("channel", "id_", "person"),
    [
        ("cli", BEN, ""),
        ("ci", BEN, ""),
        ("cli", "AIDABENBENBENBENBEN1", "ben"),
        ("slack", "U0000BEN", "ben"),
        ("cli", "AROAOTHEROTHEROTHER1:ben@example.com", ""),
    ],
)
def test_who_counts_as_whom_without_a_role_that_fixes_names(channel: str, id_: str, person: str) -> None:
    """IAM users and Slack accounts count as before; a row or an entry that names ben for such a session does not."""
    facts = PlatformFacts(
        name="slipway", default_branch="main", repository="acme/slipway", environments={}, stacks={},
        people={"ben": Person(aws=(BEN, "AIDABENBENBENBENBEN1"), slack="U0000BEN")},
    )  # fmt: skip
    assert facts.person(Actor(channel=channel, id=id_)) == person  # type: ignore[arg-type]
    named = Actor(channel=channel, id=id_, person="ben")  # type: ignore[arg-type]
    assert facts.person(named) == ("" if id_.startswith("AROA") else "ben")
    nobody = f"{ROLE}:cleo@example.com"
    assert facts.why_unknown(Actor(channel="cli", id=nobody)).startswith(f"{nobody} is not a known person")
    other = msgspec.structs.replace(facts, session_roles={ROLE: "trust_policy"})
    assert other.person(Actor(channel="cli", id=BEN)) == "ben"
    assert other.why_unknown(Actor(channel="cli", id="AIDASOMEBODYELSE1")).startswith(
        "AIDASOMEBODYELSE1 is not a known person"
    )


def test_a_role_whose_sessions_count_from_now_on_is_a_change_of_the_policy() -> None:
    """It is told in words when the bot's image brings it, and it is part of what each approval is bound to."""
    none, trusted, center = (
        msgspec.structs.replace(platform(fixed=False).facts, session_roles=roles)
        for roles in ({}, {ROLE: "trust_policy"}, {ROLE: "identity_center"})
    )
    said = f"sessions of the role {ROLE}"
    for before, after, sentence in (
        (none, trusted, f"{said} count as people, held by trust_policy"),
        (trusted, none, f"{said} no longer count as people"),
        (trusted, center, f"{said} count as people, held by identity_center, by trust_policy before"),
    ):
        assert changes(document(before), document(after)) == [sentence]
    stack = none.stacks["prod/service-app"].ref
    assert len({policy_digest(facts, stack) for facts in (none, trusted, center)}) == 3
