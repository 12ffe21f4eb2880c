"""Requests whose object the log names: "undo app prod", "stop app prod", "app prod #123", "approve"."""

from collections.abc import Iterator

import msgspec
import pytest

from bot.front import Front, FrontParts
from bot.intents import Indirect
from bot.listeners import queries
from bot.listeners.indirect import request
from bot.web import client
from bot.workspace.server import Workspace
from generator.release.model.requests import Decide, Propose, RollBack
from tests.bot.stage import FRONT, Stage, workspace
from tests.release.fake_platform import FakePlatform

APP = "prod/service-app"
ID = "command-1"


@pytest.fixture(scope="module")
def slack() -> Iterator[Workspace]:
    """A local Slack; nothing is posted in it."""
    with workspace() as made:
        yield made


@pytest.fixture
def front(slack: Workspace) -> Iterator[Front]:
    """A front in front of prod, which runs version 2 after version 1."""
    stage = Stage(slack)
    platform = stage.platform
    parts = FrontParts(
        platform.facts,
        stage.slack,
        platform.log,
        platform.queue.as_(f"{FRONT}:front"),
        platform.versions,
        platform.clock,
    )
    made = Front(parts, client(stage.settings, retries=0), local=True)
    made.platform = platform  # type: ignore[attr-defined]
    platform.decide(release := platform.deploy(), "approve")
    assert platform.end(release) == "succeeded"
    yield made
    made.close()


def platform_of(front: Front) -> FakePlatform:
    """The platform behind a front."""
    return front.platform  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("verb", "verdict"), [("cancel", "cancel"), ("undo", "undo"), ("abort", "cancel"), ("reject", "reject")]
)
def test_a_stack_stands_for_its_open_release(front: Front, verb: str, verdict: str) -> None:
    """A release that waits is ended; "stop" means the same there."""
    platform_of(front).publish(3)
    release = platform_of(front).deploy()
    asked = Indirect(verb, stack=APP, reason="wrong")  # type: ignore[arg-type]
    assert request(front, asked, ID) == Decide(id=ID, release=release, verdict=verdict, reason="wrong")  # type: ignore[arg-type]


def test_stopping_what_runs_is_to_undo_it(front: Front) -> None:
    """A release that has started can't be cancelled any more: to stop it is to undo it."""
    platform = platform_of(front)
    platform.publish(3)
    release = platform.deploy()
    platform.clouds.ticks = 50
    platform.decide(release, "approve")
    platform.go()
    assert platform.state(release) == "watching"
    assert request(front, Indirect("abort", stack=APP), ID) == Decide(id=ID, release=release, verdict="undo")


def test_undo_without_an_open_release_goes_back(front: Front) -> None:
    """Who undoes what ended wants the version before; who cancels it is told that nothing is open."""
    assert request(front, Indirect("undo", stack=APP), ID) == RollBack(id=ID, stack=APP)
    said = request(front, Indirect("cancel", stack=APP), ID)
    assert isinstance(said, str)
    assert "No release of `prod/app` is open" in said
    assert "222222222222" in said
    assert "`/rollback app prod`" in said


def test_rollback_of_a_release_is_from_it_while_it_runs(front: Front) -> None:
    """Of the release that runs: to the version before. Of an older one: both meanings are named, and nothing is requested."""
    last, first = platform_of(front).log.slot(APP)[0].last, "prod-app-1"
    back = request(front, Indirect("rollback", release=last), ID)
    assert back == RollBack(id=ID, stack=APP, version="1" * 40, reason=f"undoes {last}")
    said = request(front, Indirect("rollback", release=first), ID)
    assert isinstance(said, str)
    assert f"`/rollback app prod to {first}`" in said
    assert "`prod-app-99`" in str(request(front, Indirect("rollback", release="prod-app-99"), ID))


def test_retry_is_the_same_release_again(front: Front) -> None:
    """Of one that ended: its version again. Of one that is open: how it stands."""
    platform = platform_of(front)
    last = platform.log.slot(APP)[0].last
    assert request(front, Indirect("retry", release=last), ID) == Propose(id=ID, stack=APP, version="2" * 40)
    platform.publish(3)
    release = platform.deploy()
    assert "has not ended: waits for approval" in str(request(front, Indirect("retry", release=release), ID))


def test_approval_is_given_on_the_card(front: Front) -> None:
    """A word approves nothing, because nobody knows what its sender saw: whose approval is missing is told, with the card."""
    platform = platform_of(front)
    assert "is not waiting for approval" in str(request(front, Indirect("approve", release="prod-app-1"), ID))
    platform.publish(3)
    release = platform.deploy()
    said = str(request(front, Indirect("approve", release=release), ID))
    assert release in said
    assert "by the button of its card" in said
    assert "It needs 1 approval by" in said
    assert f"{release}` waits for approval" in str(request(front, Indirect("approve"), ID))


def test_a_pull_request_is_the_version_whose_commit_names_it(front: Front) -> None:
    """GitHub writes its number at the end of a squashed commit; a number that no version has is said to be none."""
    platform = platform_of(front)
    version = platform.publish(3)
    squashed = msgspec.structs.replace(version.commit, id="e" * 40, subject="Cart: keep what was chosen (#123)")
    platform.versions.publish(msgspec.structs.replace(version, commit=squashed), {})
    asked = Indirect("propose", stack=APP, pull=123, reason="because")
    assert request(front, asked, ID) == Propose(id=ID, stack=APP, version="e" * 40, reason="because")
    assert "is of pull request #12:" in str(request(front, asked._replace(pull=12), ID))


@pytest.mark.parametrize(
    ("what", "of", "says"),
    [
        ("status", "*/app", ["prod/app 222222222222", "dev/app"]),
        ("status", APP, ["prod/app 222222222222"]),
        ("status", "prod", ["of infrastructure as released"]),
        ("history", "*/app", ["prod-app-2", "prod-app-1"]),
        ("history", "", ["prod-app-2"]),
        ("where", "2222222", ["runs as `prod/app`"]),
        ("where", "abcdef0", ["runs nowhere"]),
        ("locks", "", ["Nothing is locked"]),
        ("open", "", ["No release is open"]),
        ("environments", "", ["`prod`: app, web"]),
        ("why", APP, ["succeeded in"]),
        ("release", "prod-app-1", ["app → prod", "Requested by"]),
        ("plan", APP, ["Nothing was requested"]),
        ("thanks", "", ["welcome"]),
    ],
)
def test_what_is_looked_at_is_told_in_the_text(front: Front, what: str, of: str, says: list[str]) -> None:
    """Each answer, whose text alone says it: a notification and a screen reader get no title in its place."""
    shown = queries.show(front, queries.Show(what, of, "a note"), None)  # type: ignore[arg-type]
    for one in says:
        assert one in f"{shown.text} {shown.rendered()}"
    assert shown.text.endswith("a note")
