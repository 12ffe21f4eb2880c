"""What is kept in memory follows the log, reads no more than it must, and never writes."""

from __future__ import annotations

import json

import pytest

from board.services.read_model import ReadModel
from board.stores.release_log import ReadOnlyTable, ReleaseLog
from generator.release.errors import Unavailable
from generator.release.model.settings import Releases
from generator.release.ports import Item, Put
from tests.app.stage import Stage
from tests.release.fake_platform import FakePlatform


def steps(stage: Stage) -> list[tuple[str, str]]:
    return [(one.release.id, one.moment.what) for one in stage.model.refresh()]


def test_steps_are_told_once_and_in_order() -> None:
    """The first look tells nothing; later ones tell each step once, those of a release that closed meanwhile too."""
    stage = Stage()
    stage.platform.created()
    assert steps(stage) == []
    stage.platform.publish(2)
    release = stage.platform.deploy()
    opened = steps(stage)
    assert opened[0] == (release, "proposed")
    assert steps(stage) == []
    stage.platform.decide(release, "approve", "ben")
    stage.platform.end(release)
    later = steps(stage)
    told = [what for _, what in opened + later]
    assert told == [moment.what for moment in stage.platform.release(release).moments]
    assert stage.model.now.opened == {}
    assert stage.model.now.by_id[release].state == "succeeded"
    assert steps(stage) == []


def test_a_release_that_another_one_rolls_back_is_followed_to_its_end() -> None:
    """It left the slot to the release that restores; its line still shows how it ended."""
    stage = Stage(FakePlatform(ticks=2, settings={"prod": Releases(bake_minutes=2)}))
    platform = stage.platform
    platform.created()
    platform.publish(2)
    release = platform.deploy()
    platform.decide(release, "approve", "ben")
    platform.until(release, "verifying")
    stage.look()
    platform.decide(release, "undo", "ben")
    for _ in range(60):
        platform.later(20)
        stage.look()
        found = {line.id: line.state for line in stage.model.now.lines}
        states = {one: platform.state(one) for one in found}
        assert {one: stage.get(f"/api/releases/{one}")["release"]["state"] for one in found} == states
    assert platform.state(release) == "rolled back"
    assert {line.id: line.state for line in stage.model.now.lines} == states
    assert stage.model.now.opened == {}


def test_a_look_reads_history_only_where_something_happened() -> None:
    """A look at a log in which nothing happened asks for slots and locks, and for no history."""
    stage = Stage()
    stage.platform.created()
    stage.look()
    asked: list[str] = []
    query = stage.log._table._table.query

    def counted(pk: str, **more: object) -> object:
        asked.append(pk)
        return query(pk, **more)  # type: ignore[arg-type]

    stage.log._table.query = counted  # type: ignore[assignment,method-assign]
    stage.look()
    assert [pk for pk in asked if pk.startswith(("stack#", "release#"))] == []


def test_what_is_kept_is_bounded() -> None:
    """The oldest releases are left out, counted, and a look that follows keeps to the bound."""
    platform = FakePlatform(ticks=1)
    model = ReadModel(
        ReleaseLog(platform.table, platform.clock), list(platform.facts.stacks), ["prod"], platform.clock, 1
    )
    platform.created()
    model.refresh()
    assert [line.id for line in model.now.lines] == ["prod-app-1"]
    assert model.now.left_out == 1


def test_a_log_that_can_not_be_read_is_told_and_nothing_is_lost() -> None:
    """What was seen stays, the page says that it may be old, and the next look tells the steps of both."""
    stage = Stage()
    stage.get("/ready", 503)
    stage.platform.created()
    stage.look()
    stage.platform.publish(2)
    release = stage.platform.deploy()
    many = stage.log._table.many
    stage.log._table.many = _unavailable  # type: ignore[assignment,method-assign]
    stage.look()
    stage.get("/ready")
    assert "may be old" in stage.get("/api/overview")["off"][0]["why"]
    assert stage.get("/api/releases")["total"] == 2
    stage.log._table.many = many  # type: ignore[method-assign]
    assert steps(stage)[0] == (release, "proposed")
    stage.look()
    assert [off["what"] for off in stage.get("/api/overview")["off"]] == ["database"]


def test_an_item_that_nobody_can_read_is_told() -> None:
    """The look fails with a sentence that carries nothing of the item; the process goes on."""
    stage = Stage()
    stage.platform.created()
    stage.look()
    table = stage.platform.table
    slot = table.items["stack#prod/service-app", "slot"]
    table.tamper(slot._replace(rev=slot.rev + 1, body=json.dumps({"count": "secret"}).encode()))
    stage.look()
    why = stage.get("/api/overview")["off"][0]["why"]
    assert "can't be read" in why
    assert "secret" not in why


def test_the_board_writes_nothing() -> None:
    """Whatever its credentials allow, its table has no way to write."""
    stage = Stage()
    with pytest.raises(PermissionError, match="only reads"):
        ReadOnlyTable(stage.platform.table).write(Put(Item("a", "b", 1, b"{}")))
    assert stage.platform.table.wrote == 0


def _unavailable(*_: object) -> None:
    raise Unavailable("the table is too busy")
