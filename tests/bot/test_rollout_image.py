"""The picture of a rollout on its card: uploaded once, shown while people are asked, and in nobody's way."""

from __future__ import annotations

import urllib.request
from typing import Any

import msgspec
import pytest
from slack_sdk import WebClient

from bot.cards import pk, stored
from bot.messenger import Messenger, SlackRefused
from bot.web import client
from bot.workspace.seed import default_seed
from bot.workspace.server import Workspace
from generator.preview.rollout_image import png
from generator.release.model.preview import Expected, Phase, Shown
from generator.release.ports import Put
from tests.bot.card_stage import Drawn
from tests.bot.stage import Stage, workspace
from tests.bot.test_card_updates import drawn

__all__ = ["drawn"]

ROLLOUT = Expected(
    seconds=720,
    source="rollout parameters of Service",
    phases=(
        Phase(name="new tasks start", seconds=120, old_tasks=2, new_tasks=2, new_traffic_percent=0),
        Phase(name="all traffic, baking", seconds=600, old_tasks=2, new_tasks=2, new_traffic_percent=100),
    ),
)


@pytest.fixture
def asked(drawn: Drawn) -> Drawn:
    """Prod deployed; how its next rollout goes is known."""
    drawn.platform.reader.shown = Shown(expected=ROLLOUT)
    return drawn


def images(drawn: Drawn) -> list[dict[str, Any]]:
    """The pictures on the last card."""
    return [block for block in drawn.voice.roots()[-1]["blocks"] if block["type"] == "image"]


def turns(drawn: Drawn, seconds: int) -> None:
    """Time passes in which nothing is decided."""
    for _ in range(seconds):
        drawn.platform.clock.sleep(1)
        drawn.cards.turn()


def test_card_first_then_people_then_picture(asked: Drawn) -> None:
    """The card is there at once, those who are asked hear of it next, and the picture joins by an edit."""
    release = asked.platform.deploy()
    asked.cards.turn()
    assert len(asked.voice.roots()) == 1
    assert not images(asked)
    turns(asked, 6)
    methods = [method for method, _ in asked.voice.calls]
    assert methods.index("chat.postMessage") < methods.index("conversations.open") < methods.index("files.upload")
    [file] = asked.voice.files
    assert (file["filename"], file["content"]) == (f"{release}-rollout.png", png(ROLLOUT))
    assert not {"channel", "channels", "thread_ts"} & set(file)
    [image] = images(asked)
    assert image["slack_file"] == {"id": "F0000000001"}
    assert "about 12 min" in image["title"]["text"]
    assert "new tasks start for 2 min" in image["alt_text"] == file["alt_txt"]


def test_the_progress_takes_its_place(asked: Drawn) -> None:
    """Once decided, the card shows what happens and no longer what would."""
    release = asked.platform.deploy()
    turns(asked, 8)
    asked.platform.decide(release, "approve")
    turns(asked, 8)
    assert not images(asked)
    assert len(asked.voice.files) == 1


@pytest.mark.parametrize("shown", [Shown(), Shown(expected=Expected(seconds=60, source="the last release of app"))])
def test_without_phases_there_is_no_picture(drawn: Drawn, shown: Shown) -> None:
    """What takes no time, or nobody knows how long, is not drawn."""
    drawn.platform.reader.shown = shown
    drawn.platform.deploy()
    turns(drawn, 30)
    assert drawn.voice.files == []


def test_a_decision_before_the_picture(asked: Drawn) -> None:
    """What was decided within a second needs none any more."""
    release = asked.platform.deploy()
    asked.cards.turn()
    asked.platform.decide(release, "approve")
    turns(asked, 10)
    assert asked.voice.files == []


def test_a_workspace_that_takes_no_pictures(asked: Drawn, caplog: pytest.LogCaptureFixture) -> None:
    """An app without files:write: the card goes without, Slack is not asked again, and the log says what to add."""
    asked.voice.fail["files.upload"] = ["missing_scope"]
    release = asked.platform.deploy()
    turns(asked, 60)
    assert [method for method, _ in asked.voice.calls].count("files.upload") == 1
    assert not images(asked)
    assert "picture" in asked.card(release).posted
    assert "add the scope" in caplog.text


def test_files_that_get_nowhere(asked: Drawn, caplog: pytest.LogCaptureFixture) -> None:
    """Files go to another host: where a firewall stops them, cards go without and are not held up by each release."""
    asked.voice.fail["files.upload"] = [TimeoutError("away")]
    first = asked.platform.deploy()
    turns(asked, 5)
    assert "files.slack.com" in caplog.text
    asked.platform.decide(first, "cancel", "ana")
    turns(asked, 5)
    second = asked.platform.deploy()
    turns(asked, 30)
    assert len(asked.voice.roots()) == 2
    assert asked.voice.files == []
    turns(asked, 600)
    assert [file["filename"] for file in asked.voice.files] == [f"{second}-rollout.png"]


def test_a_picture_that_is_not_ready_yet(asked: Drawn) -> None:
    """Slack takes a file a while after its upload: until then the card stays as it is, with all its other blocks."""
    asked.platform.deploy()
    asked.cards.turn()
    asked.voice.fail["chat.update"] = ["invalid_blocks", "", "invalid_blocks"]
    turns(asked, 5)
    kinds = {block["type"] for block in asked.voice.roots()[0]["blocks"]}
    assert not images(asked)
    assert {"alert", "table"} <= kinds
    turns(asked, 7)
    assert not images(asked)
    turns(asked, 25)
    assert len(images(asked)) == 1
    assert len(asked.voice.files) == 1


def test_a_picture_that_slack_never_takes(asked: Drawn) -> None:
    """After five refusals it is left away, and a later edit is as good as any."""
    release = asked.platform.deploy()
    asked.cards.turn()
    asked.voice.fail["chat.update"] = ["invalid_blocks", ""] * 5
    turns(asked, 600)
    assert asked.voice.fail["chat.update"] == []
    assert not images(asked)
    edits = asked.voice.edits()
    turns(asked, 600)
    assert asked.voice.edits() == edits
    asked.platform.decide(release, "cancel", "ana")
    turns(asked, 10)
    assert "cancelled" in asked.voice.roots()[0]["text"]


def test_two_workers_upload_one_picture(asked: Drawn) -> None:
    """Claims decide who uploads."""
    other = asked.worker("w2")
    asked.platform.deploy()
    for _ in range(10):
        turns(asked, 1)
        other.turn()
    assert len(asked.voice.files) == 1
    assert len(images(asked)) == 1


def test_a_worker_that_died_while_it_uploaded(asked: Drawn) -> None:
    """It had uploaded and not written that down: its successor does so once more, and that one is shown."""
    release = asked.platform.deploy()
    turns(asked, 3)
    assert len(asked.voice.files) == 1
    found = asked.platform.table.get(pk(release), "card")
    assert found is not None
    posted = tuple(key for key in asked.card(release).posted if key != "picture")
    until = asked.platform.clock() + 30
    dead = msgspec.structs.replace(asked.card(release), posted=posted, picture="", lease_owner="dead", until=until)
    asked.platform.table.write(Put(stored(dead, found.rev + 1)))
    asked.cards = asked.worker("w2")
    turns(asked, 60)
    assert len(asked.voice.files) == 2
    assert images(asked)[0]["slack_file"] == {"id": "F0000000002"}


def test_a_card_that_comes_back_brings_its_picture(asked: Drawn) -> None:
    """Somebody deleted the message: the new one shows the picture that is there already."""
    release = asked.platform.deploy()
    turns(asked, 8)
    found = asked.platform.table.get(pk(release), "card")
    assert found is not None
    asked.platform.table.write(Put(stored(msgspec.structs.replace(asked.card(release), drawn="else"), found.rev + 1)))
    asked.voice.fail["chat.update"] = ["message_not_found"]
    turns(asked, 10)
    assert len(asked.voice.roots()) == 2
    assert len(images(asked)) == 1
    assert len(asked.voice.files) == 1


def test_people_see_it_in_slack() -> None:
    """Over the real protocol: the file is private, Slack takes it in the card's blocks, and the page shows it."""
    with workspace() as slack:
        stage = Stage(slack)
        stage.platform.reader.shown = Shown(expected=ROLLOUT)
        stage.open()
        stage.work()
        try:
            release = stage.deploy()
            card = stage.shows(release, "slack_file")
            [block] = [block for block in card["blocks"] if block["type"] == "image"]
            [file] = client(stage.settings).files_list()["files"]
            assert (block["slack_file"], file["channels"]) == ({"id": file["id"]}, [])
            assert {"alert", "table"} <= {block["type"] for block in card["blocks"]}
            with urllib.request.urlopen(f"{slack.url}/client/ben/files/{file['id']}") as answer:  # noqa: S310
                assert answer.headers["Content-Type"] == "image/png"
                assert answer.read() == png(ROLLOUT)
            stage.click("ben", release, "approve")
            stage.state(release, "succeeded")
            assert "slack_file" not in str(stage.shows(release, "'roll-back'"))
        finally:
            stage.close()


def test_people_of_an_older_app_miss_nothing_else() -> None:
    """The app was installed without files:write: the log names the scope, and everything but the picture is there."""
    seed = default_seed()
    scopes = tuple(scope for scope in seed.app.scopes if scope != "files:write")
    seed = msgspec.structs.replace(seed, app=msgspec.structs.replace(seed.app, scopes=scopes))
    with Workspace(seed) as slack:
        voice = Messenger(WebClient(slack.bot_token, base_url=f"{slack.url}/api/"), seed.team_id)
        with pytest.raises(SlackRefused, match=r"missing_scope \(files:write\); add the scope"):
            voice.picture("x.png", "Rollout", "A rollout", png(ROLLOUT))
