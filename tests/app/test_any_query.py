"""Whatever somebody writes into an address, the board answers with a sentence, and never fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from board.openapi import document
from tests.app.stage import Stage

STAGE = Stage()
COMMITTED = Path(__file__).parents[2] / "app" / "backend" / "openapi.json"
PATHS = sorted(path for path, methods in document()["paths"].items() if "get" in methods and path != "/api/events")
NAMES = sorted({p["name"] for path in PATHS for p in document()["paths"][path]["get"].get("parameters", ())})
VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["prod", "app", "9999-12-31T23:59:59Z", "0001-01-01", "1e308", "nan", "-1", "day", "release/prod-app-1"]
    ),
    st.integers().map(str),
    st.datetimes().map(lambda at: at.isoformat()),
)


@given(
    path=st.sampled_from(PATHS),
    query=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=5),
    id_=st.text(max_size=20),
)
@settings(max_examples=80)
def test_no_query_makes_the_board_fail(path: str, query: list[tuple[str, str]], id_: str) -> None:
    """Every answer is one that the description names, and every refusal says why."""
    if not STAGE.model.now.at:
        STAGE.platform.created()
        STAGE.look()
    for name in ("{release_id}", "{post_mortem_id}"):
        path = path.replace(name, quote(id_, safe="") or "x")
    answer = STAGE.web.get(path, params=query)
    assert answer.status_code in {200, 400, 404, 422, 503}, answer.text
    if answer.status_code != 200:
        assert answer.json()["error"]


def test_the_description_of_the_api_is_what_is_committed() -> None:
    """Who builds a client from `app/backend/openapi.json` gets this API; `make fresh-write` writes it."""
    committed: dict[str, Any] = json.loads(COMMITTED.read_text())
    assert committed == document()
