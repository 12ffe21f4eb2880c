"""Settings: what is read, what is refused with what to write instead, and whom the board lets in by default."""

import io
import json
import logging

import pytest

from board.__main__ import main
from board.composition import compose
from board.logs import JsonFormatter
from board.settings import Settings, SettingsError, read
from tests.app.stage import Stage
from tests.app.test_load_balancer import BALANCER

DATABASE = {
    "DATABASE_HOST": "db", "DATABASE_NAME": "board", "DATABASE_USERNAME": "b@d", "DATABASE_PASSWORD": "p/w",
}  # fmt: skip


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"BOARD_ACCESS": "everybody"}, "BOARD_ACCESS is 'everybody'; write alb"),
        ({"BOARD_ACCESS": "alb"}, "LOAD_BALANCER_ARN must be the whole ARN"),
        ({"LOAD_BALANCER_ARN": "arn:aws:x"}, "LOAD_BALANCER_ARN must be the whole ARN"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is 'loud'"),
        ({"PORT": "65536"}, "PORT is '65536'; write a whole number from 0 to 65535"),
        ({"PORT": "8080.5"}, "PORT is '8080.5'"),
        ({"BOARD_REFRESH_SECONDS": "0"}, "from 0.05 to 600"),
        ({"RELEASE_TABLE": "t"}, "needs RELEASE_TABLE_REGION"),
        ({"BOARD_VISIBLE": "[]"}, "BOARD_VISIBLE is not valid"),
        ({"BOARD_VISIBLE": '{"prod": "ana"}'}, "BOARD_VISIBLE is not valid"),
        ({"BOARD_PEOPLE": '{"ana": ["x"]}'}, "BOARD_PEOPLE is not valid"),
        ({"BOARD_PEOPLE": '{"ana": "x", "ben": "x"}'}, "BOARD_PEOPLE is not valid"),
        ({"BOARD_DATABASE_URL": "mysql://b:secret@db/b"}, "BOARD_DATABASE_URL is not valid"),
        (DATABASE | {"DATABASE_ENGINE": "mysql"}, "must be postgres"),
        (DATABASE | {"DATABASE_PASSWORD": ""}, "DATABASE_PASSWORD is not"),
    ],
)
def test_a_setting_that_can_not_be_used_is_refused(environ: dict[str, str], says: str) -> None:
    """One sentence with what to write, and never a password in it."""
    with pytest.raises(SettingsError, match=says) as raised:
        read(environ)
    assert "secret" not in str(raised.value)


def test_what_the_platform_gives_is_enough() -> None:
    """The variables of `uses:` make a database's address, quoted, over TLS; nothing given is closed and off."""
    assert read(DATABASE).database == "postgresql://b%40d:p%2Fw@db:5432/board?sslmode=require"
    assert read({}) == Settings()
    assert read({}).access == "closed"
    found = read(
        {
            "LOAD_BALANCER_ARN": BALANCER,
            "LOGIN_ISSUER": "https://idp",
            "LOGIN_CLIENT_ID": "board",
            "BOARD_VISIBLE": '{"prod": ["ana"]}',
        }
    )
    assert (found.access, found.load_balancer) == ("alb", BALANCER)
    assert (found.oidc_issuer, found.oidc_client) == ("https://idp", "board")
    assert found.visible == {"prod": ("ana",)}
    assert read({"LOAD_BALANCER_ARN": BALANCER, "BOARD_ACCESS": "closed"}).access == "closed"


def test_nobody_is_let_in_unless_somebody_says_how() -> None:
    """Without a setting every page of the API is 401; the load balancer's checks still pass."""
    from board.stores.doors import door

    stage = Stage()
    stage = Stage(stage.platform, door=door(Settings(), stage.platform.facts))
    stage.look()
    for path in (
        "overview",
        "releases",
        "releases.csv",
        "releases/prod-app-1",
        "measures",
        "events",
        "session",
        "views",
    ):
        assert "nobody is let in" in stage.get(f"/api/{path}", 401)["error"]
    stage.get("/health")
    stage.get("/ready")
    alb = Stage(stage.platform, door=door(Settings(access="alb", load_balancer=BALANCER), stage.platform.facts))
    assert "nobody is signed in" in alb.get("/api/overview", 401)["error"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"visible": {"prdo": ("ana",)}}, "there is none; write one of dev"),
        ({"visible": {"prod": ("nobody",)}}, "no such team or person"),
        ({"people": {"nobody": "x"}}, "nobody under people: is called so"),
    ],
)
def test_a_rule_that_names_what_is_not_there_stops_the_board(changes: dict[str, object], says: str) -> None:
    """A misspelled rule shows nothing to anybody: the process does not start."""
    with pytest.raises(SettingsError, match=says):
        compose(Settings()._replace(**changes))  # type: ignore[arg-type]


def test_the_process_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and a sentence, for settings, options and a configuration that is not there."""
    monkeypatch.setenv("PORT", "x")
    assert main([]) == 2
    assert main(["--help-me"]) == 2
    monkeypatch.delenv("PORT")
    monkeypatch.setenv("SLIPWAY_STACKS", "/nowhere")
    assert main([]) == 2
    said = capsys.readouterr().err
    assert "PORT is 'x'" in said
    assert "'--help-me' is not an option" in said
    assert "/nowhere" in said


def test_logs_hold_no_password() -> None:
    """A line is JSON; the password of an address is replaced, in messages and in tracebacks."""
    out = io.StringIO()
    stream = logging.StreamHandler(out)
    stream.setFormatter(JsonFormatter())
    logger = logging.getLogger("board.test")
    logger.addHandler(stream)
    error = ValueError("postgresql+psycopg://b:hunter2@db/x")
    logger.error("failed at postgres://b:hunter2@db/x", exc_info=error)
    logger.removeHandler(stream)
    line = json.loads(out.getvalue())
    assert line["message"] == "failed at postgres://b:***@db/x"
    assert "hunter2" not in out.getvalue()
