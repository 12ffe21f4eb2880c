"""The page beside the chat: what it draws, what it refuses, and that it is told only what changed."""

import http.client
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.cloud import sections
from bot.demo.cloud.page import extension
from bot.demo.cloud.snapshot import EnvironmentSnapshot, Group, LogSnapshot, Service, Stack, Task
from bot.workspace.server import Workspace
from generator.release.audit import Event, Fault, Head, follow
from generator.release.audit_verification import Verified
from generator.release.errors import Unavailable
from generator.release.model.log_records import Summary
from generator.release.model.observed import Alarm, StackEvent, Target
from generator.release.model.people import Actor

NOW = 1_800_000_000.0
ANA = Actor(channel="slack", id="U1", person="ana")
HOSTILE = "<script>alert(1)</script>\"'&<!channel>"


def seen(text: str = "fine", status: str = "UPDATE_COMPLETE", faults: tuple[Fault, ...] = ()) -> EnvironmentSnapshot:
    """An environment in which every text that comes from outside is ``text``."""
    task = Task(text, "RUNNING", "HEALTHY", f"sha256:{text}", version=text, why="")
    gone = Task("t2", "STOPPED", "", "", version="", why=f"exit code 1: {text}")
    replaced = Task("t3", "STOPPED", "", "", version="", why="Scaling activity initiated by (deployment 1)")
    group = Group(text, 100.0, (Target(id="10.0.0.1", group="g", state="unhealthy", reason=text),))
    service = Service("app", 2, "IN_PROGRESS", "BAKE_TIME", ((text, 50.0),), "", text, (task, gone, replaced), (group,))
    entry = follow("release/prod-app-1", Head(), Event(NOW, ANA, text, {"why": text}))
    one = Summary(
        id="prod-app-1",
        key="prod/service-app",
        commit="a" * 40,
        subject=text,
        requester=text,
        state="failed",
        created=NOW,
        cause=text,
    )
    return EnvironmentSnapshot(
        environment="prod",
        stacks=(Stack("prod/service-app", text, status, NOW - 7200), Stack("prod/edge", "e", "", 0.0)),
        events=(("service-app", StackEvent(id="1", at=NOW, logical_id=text, type="AWS::ECS::Service", status=status, reason=text)),),
        services=(service,),
        alarms=(Alarm(name=text, state="ALARM", reason=text), Alarm(name="quiet", state="OK")),
        written=LogSnapshot((one,), (entry,), Verified(1, 1, 1, faults)),
    )  # fmt: skip


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def drawn(found: EnvironmentSnapshot) -> str:
    """The whole page."""
    return sections.page("ana", ("prod", "dev"), found, NOW)


def test_a_person_sees_what_aws_says() -> None:
    """Tasks, traffic, targets, why a task ended, a firing alarm, what a release came to, and who did it."""
    html = drawn(seen())
    for text in (
        "1 of 2 running",
        "50 % to ",
        "0 of 1 healthy",
        "exit code 1",
        "1 firing, 1 quiet",
        "2 h ago",
        "failed",
        "ana",
    ):
        assert text in html
    assert "Scaling activity" not in html
    assert "prod/edge" not in html
    assert "1 entries in 1 chains match 1 signed heads" in html


def test_a_broken_chain_is_reported() -> None:
    """Who rewrote the log sees it said at its head."""
    html = drawn(seen(faults=(Fault("release/prod-app-1", 1, "was changed"),)))
    assert "broken: release/prod-app-1 entry 1 was changed" in html


def test_an_empty_environment_has_a_page() -> None:
    """Before anything is there, each part says so."""
    html = drawn(EnvironmentSnapshot("prod", (), (), (), (), LogSnapshot((), (), None)))
    for text in (
        "No service is running here yet",
        "There are no alarms",
        "Nothing has been released yet",
        "could not be checked",
    ):
        assert text in html


@given(st.one_of(st.just(HOSTILE), st.text(max_size=60)))
def test_hostile_text_is_text(text: str) -> None:
    """Whatever commits, reasons and people say: no tag and no attribute comes of it."""
    plain, page = _Tags(), _Tags()
    plain.feed(drawn(seen()))
    page.feed(drawn(seen(text)))
    assert page.tags <= plain.tags
    assert page.attributes <= plain.attributes
    assert "script" not in page.tags


@pytest.mark.parametrize(
    ("status", "colour"),
    [("UPDATE_COMPLETE", "good"), ("UPDATE_ROLLBACK_COMPLETE", "bad"), ("CREATE_FAILED", "bad"), ("UPDATE_IN_PROGRESS", "busy"), ("NEW_WORD", "busy"), ("", "quiet")],
)  # fmt: skip
def test_statuses_have_colours(status: str, colour: str) -> None:
    """A rollback is no success, and a status that nobody knows counts as busy."""
    assert f"st-{colour}" in sections.mark(status)


class Sky:
    """A cloud that changes when it is told to."""

    environments = ("prod", "dev")

    def __init__(self) -> None:
        self.status = "UPDATE_COMPLETE"
        self.away = False

    def look(self, environment: str) -> EnvironmentSnapshot:
        if self.away:
            raise Unavailable("throttled")
        return seen(status=self.status)._replace(environment=environment)


@pytest.fixture(scope="module")
def sky() -> Sky:
    return Sky()


@pytest.fixture(scope="module")
def served(sky: Sky) -> Iterator[Workspace]:
    with Workspace(pages=(extension(lambda: sky),)) as workspace:  # type: ignore[arg-type, return-value]
        yield workspace


def asked(workspace: Workspace, method: str, path: str) -> tuple[int, dict[str, str], str]:
    """One request."""
    connection = http.client.HTTPConnection("127.0.0.1", workspace.port, timeout=120)
    connection.request(method, path)
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read().decode()
    connection.close()
    return found


def test_the_page_stands_beside_the_chat(served: Workspace) -> None:
    """Same frame, same policy, one tab for each environment; what is not there is not found."""
    status, headers, html = asked(served, "GET", "/cloud/ana")
    assert status == 200
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert re.search(r'aria-current="page">prod</a>', html)
    assert "Act as" in html
    assert asked(served, "GET", "/cloud/ana/dev")[0] == 200
    for path in ("/cloud/nobody", "/cloud/ana/test", "/cloud/static/page.py", "/cloud/static/..%2Fpage.py"):
        assert asked(served, "GET", path)[0] == 404
    assert asked(served, "GET", "/cloud/static/cloud.js")[1]["Content-Type"].startswith("text/javascript")


def test_nothing_can_be_changed_there(served: Workspace) -> None:
    """The page is read-only: no address takes a write."""
    for path in ("/cloud/ana", "/cloud/ana/prod", "/cloud/ana/prod/stream"):
        assert asked(served, "POST", path)[0] in {403, 405}


def test_the_stream_shows_what_changed(served: Workspace, sky: Sky) -> None:
    """Every part once, then only those that differ; while AWS is away the page stays as it was."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=120)
    connection.request("GET", "/cloud/ana/prod/stream")
    answer = connection.getresponse()

    def next_id() -> str:
        while True:
            line = answer.readline().decode()
            if line.startswith("data: "):
                return str(json.loads(line[6:])["id"])

    assert {next_id() for _ in range(6)} == {f"cloud-{name}" for name in sections.sections(seen(), NOW)}
    sky.status = "UPDATE_IN_PROGRESS"
    assert {next_id(), next_id()} == {"cloud-stacks", "cloud-events"}
    sky.away = True
    assert "AWS does not answer: throttled" in asked(served, "GET", "/cloud/ana/dev")[2]
    sky.away = False
    connection.close()


def test_before_there_is_a_cloud() -> None:
    """While everything is being set up the page says so."""
    with Workspace(pages=(extension(lambda: None),)) as workspace:
        assert "The demo is not set up yet" in asked(workspace, "GET", "/cloud/ana")[2]
