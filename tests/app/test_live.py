"""A page that is open shows each new step without being loaded again: a real server, a real connection."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse

import uvicorn

from board.application import create
from tests.app.stage import Stage, without_connections


@contextmanager
def served(stage: Stage) -> Iterator[int]:
    """The board's port, while it looks at the log all the time."""
    config = uvicorn.Config(create(stage.parts), host="127.0.0.1", port=0, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        stage.parts.events.close()
        without_connections(server)
        server.should_exit = True
        thread.join()


def steps(stream: HTTPResponse, count: int) -> list[tuple[str, str]]:
    """The next steps that the stream tells: what happened, and its event's id."""
    found: list[tuple[str, str]] = []
    id_ = kind = ""
    while len(found) < count:
        name, _, value = stream.readline().decode().strip().partition(": ")
        id_ = value if name == "id" else id_
        kind = value if name == "event" else kind
        if name == "data" and kind == "step":
            found.append((json.loads(value)["what"], id_))
    return found


def test_new_steps_arrive_and_a_page_that_was_away_gets_what_it_missed() -> None:
    """Each step of a release is told as it happens; with Last-Event-ID the stream goes on behind it."""
    stage = Stage(refresh=0.05)
    stage.platform.created()
    stage.platform.publish(2)
    with served(stage) as port:
        while not stage.parts.now.at:
            threading.Event().wait(0.01)
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", "/api/events")
        stream = connection.getresponse()
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.readline() == b"retry: 2000\n"
        release = stage.platform.deploy()
        told = [moment.what for moment in stage.platform.release(release).moments]
        found = steps(stream, len(told))
        assert [what for what, _ in found] == told
        stream.close()
        connection.close()
        stage.platform.decide(release, "reject", "ben")
        more = [moment.what for moment in stage.platform.release(release).moments][len(told) :]
        connection.request("GET", "/api/events", headers={"Last-Event-ID": found[-1][1]})
        stream = connection.getresponse()
        assert [what for what, _ in steps(stream, len(more))] == more
        stream.close()
        connection.close()
