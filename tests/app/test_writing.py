"""Notes, post-mortems and saved views: who writes them, who changes them, and what happens when two do at once."""

from uuid import uuid4

import pytest
from sqlalchemy import insert

from board.migrate import main, migrate
from board.stores.database import MOST, Database
from tests.app.stage import ANA, BEN, GUEST, Stage

NOTES = "/api/releases/prod-app-1/notes"


@pytest.fixture
def stage(database: Database) -> Stage:
    """A board with a database, over a platform whose app runs in prod."""
    stage = Stage(database=database, visible={"prod": ("releasers",)})
    stage.platform.created()
    stage.look()
    return stage


def test_a_note_is_written_changed_and_taken_away_by_its_author(stage: Stage) -> None:
    """Others read it and can't change it; the list says who wrote it and whether it is one's own."""
    note = stage.send("POST", NOTES, {"text": "  watch the queue  "}, 201)
    assert (note["text"], note["author"], note["version"], note["mine"]) == ("watch the queue", "ana", 1, True)
    place = f"{NOTES}/{note['id']}"
    stage.door.now = BEN
    assert stage.get(NOTES)["notes"][0]["mine"] is False
    assert "ana wrote this" in stage.send("PUT", place, {"text": "no", "version": 1}, 403)["error"]
    stage.send("DELETE", place, None, 403, version=1)
    stage.door.now = ANA
    assert stage.send("PUT", place, {"text": "it is quiet", "version": 1})["version"] == 2
    stage.send("DELETE", place, None, 204, version=2)
    assert stage.get(NOTES) == {"notes": []}


def test_who_is_slower_loses_nothing_unseen(stage: Stage) -> None:
    """A change of a version that is no longer the newest is 409 and changes nothing; the same for taking away."""
    note = stage.send("POST", NOTES, {"text": "one"}, 201)
    place = f"{NOTES}/{note['id']}"
    stage.send("PUT", place, {"text": "two", "version": 1})
    assert "somebody changed this" in stage.send("PUT", place, {"text": "three", "version": 1}, 409)["error"]
    stage.send("DELETE", place, None, 409, version=1)
    assert [note["text"] for note in stage.get(NOTES)["notes"]] == ["two"]


def test_post_mortems_are_for_those_who_see_the_environment(stage: Stage) -> None:
    """Everybody who sees prod reads and changes one, and it says who did; to a guest it is not there."""
    new = {"release": "prod-app-1", "title": "The queue", "text": "It was full."}
    found = stage.send("POST", "/api/post-mortems", new, 201)
    place = f"/api/post-mortems/{found['id']}"
    assert (found["state"], found["author"]) == ("draft", "ana")
    stage.door.now = BEN
    change = {"title": "The queue", "text": "It was too small.", "state": "final", "version": 1}
    assert stage.send("PUT", place, change)["editor"] == "ben"
    stage.send("DELETE", place, None, 403, version=2)
    assert [one["state"] for one in stage.get("/api/post-mortems", release="prod-app-1")["post_mortems"]] == ["final"]
    stage.door.now = GUEST
    assert stage.get("/api/post-mortems") == {"post_mortems": []}
    stage.get(place, 404)
    stage.send("PUT", place, {**change, "version": 2}, 404)
    stage.send("POST", "/api/post-mortems", new, 404)
    stage.get(NOTES, 404)
    stage.door.now = ANA
    stage.send("DELETE", place, None, 204, version=2)


def test_views_are_ones_own_unless_shared(stage: Stage) -> None:
    """A view is listed for its owner, for others if it is shared; its owner alone changes it."""
    mine = stage.send("POST", "/api/views", {"name": "prod", "query": "env=prod"}, 201)
    shared = stage.send("POST", "/api/views", {"name": "all", "query": "", "shared": True}, 201)
    stage.door.now = BEN
    assert [(view["name"], view["mine"]) for view in stage.get("/api/views")["views"]] == [("all", False)]
    stage.send("PUT", f"/api/views/{shared['id']}", {"name": "x", "query": "", "version": 1}, 403)
    stage.send("DELETE", f"/api/views/{mine['id']}", None, 403, version=1)
    stage.door.now = ANA
    place = f"/api/views/{mine['id']}"
    assert stage.send("PUT", place, {"name": "prod", "query": "env=dev", "version": 1})["query"] == "env=dev"
    assert [view["name"] for view in stage.get("/api/views")["views"]] == ["all", "prod"]
    stage.send("DELETE", place, None, 204, version=2)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "   "}, 422),
        ({"text": "a" * 20_001}, 422),
        ({"text": "a" * 20_000}, 201),
        ({"text": "zero \x00"}, 422),
        ({"text": "<script>alert(1)</script>"}, 201),
        ({"text": "x", "author": "ben"}, 422),
        ([], 422),
    ],
)
def test_what_a_note_may_hold(stage: Stage, body: object, status: int) -> None:
    """1 to 20,000 characters of text; nobody names another author."""
    answer = stage.send("POST", NOTES, body, status)
    assert ("error" in answer) == (status == 422)


def test_there_is_room_for_so_many(stage: Stage, database: Database) -> None:
    """The first that does not fit is refused with what to do, and the others are all listed."""
    from board.stores.tables import NOTES as TABLE

    first = database.add(TABLE, ANA, {"release": "prod-app-1", "text": "0"})._asdict()
    rows = [{**first, "id": uuid4(), "text": str(number)} for number in range(1, MOST)]
    with database._transaction() as connection:
        connection.execute(insert(TABLE), rows)
    assert "take one away" in stage.send("POST", NOTES, {"text": "x"}, 409)["error"]
    assert len(stage.get(NOTES)["notes"]) == MOST


def test_a_page_of_another_site_writes_nothing(stage: Stage) -> None:
    """A browser says where a request comes from; one that another site sent is refused."""
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 201), ("none", 201)):
        answer = stage.web.post(NOTES, json={"text": site}, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == status, site


def test_without_a_database_the_rest_runs() -> None:
    """What people write answers 503 with why; the overview says that it is off, and the process is ready."""
    stage = Stage()
    stage.platform.created()
    stage.look()
    for path in (NOTES, "/api/views", "/api/post-mortems"):
        assert "PostgreSQL" in stage.get(path, 503)["error"]
    assert [off["what"] for off in stage.get("/api/overview")["off"]] == ["database"]
    stage.get("/ready")


def test_a_database_that_does_not_answer_is_off_and_says_so() -> None:
    """503 with what to do, no password anywhere, and the rest runs."""
    broken = Database("postgresql://board:hunter2@127.0.0.1:1/board")
    stage = Stage(database=broken)
    stage.platform.created()
    stage.look()
    answer = stage.get("/api/views", 503)
    assert "does not answer" in answer["error"]
    assert "hunter2" not in str(answer)
    assert [off["what"] for off in stage.get("/api/overview")["off"]] == ["database"]
    broken.close()


def test_migrations_run_as_often_as_somebody_likes(postgres: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The second run changes nothing; a database that is not there and a setting that is wrong are told in a sentence."""
    assert main({"BOARD_DATABASE_URL": postgres}) == 0
    assert main({"BOARD_DATABASE_URL": postgres}) == 0
    assert main({"BOARD_DATABASE_URL": "postgresql://b:hunter2@127.0.0.1:1/b"}) == 1
    assert main({}) == 2
    assert main({"BOARD_DATABASE_URL": "mysql://b:hunter2@x/b"}) == 2
    said = capsys.readouterr()
    assert said.out.count("up to date") == 2
    assert "can't be reached" in said.err
    assert "hunter2" not in said.err


def test_tables_are_what_the_code_expects(migrated: str) -> None:
    """The newest migration leaves exactly the tables that the code reads and writes."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    from board.stores.database import driver_url
    from board.stores.tables import METADATA

    migrate(migrated)
    engine = create_engine(driver_url(migrated))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()
