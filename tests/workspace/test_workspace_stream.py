"""Live updates of the page: what an open page is sent, what it is not, and after a lost connection."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator

import pytest

from bot.workspace.api.endpoint import UNLIMITED
from bot.workspace.page.layout import Extension
from bot.workspace.server import Workspace
from tests.workspace.app import CARD, HOME, Json, client_of
from tests.workspace.conftest import seed_for_tests
from tests.workspace.page_client import cloud, place


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    pages = (Extension(path="cloud", title="Cloud", icon="☁", application=cloud, scripts=("/cloud/x.js",)),)
    with Workspace(seed_for_tests(), rates=UNLIMITED, pages=pages, retry_seconds=()) as workspace:
        yield workspace


class Stream:
    """Reads server-sent events of one person."""

    def __init__(self, workspace: Workspace, handle: str, since: int | None = None, **headers: str) -> None:
        number = workspace.team.feed.number if since is None else since
        self.connection = http.client.HTTPConnection("127.0.0.1", workspace.port, timeout=60)
        self.connection.request("GET", f"/client/{handle}/stream?since={number}", headers=headers)
        self.response = self.connection.getresponse()

    def next(self) -> Json:
        event: Json = {}
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if line.startswith("id: "):
                event["id"] = int(line[4:])
            elif line.startswith("data: "):
                event |= json.loads(line[6:])
            elif not line and event:
                return event

    def close(self) -> None:
        self.response.close()
        self.connection.close()


def test_live_updates(workspace: Workspace) -> None:
    """A new message, its edit and its deletion come one by one, each for the one message by its ts."""
    channel, api = place(workspace, "deploys"), client_of(workspace)
    stream = Stream(workspace, "ana")
    assert stream.response.headers["Content-Type"] == "text/event-stream"
    assert stream.response.headers["X-Frame-Options"] == "DENY"
    ts = api.chat_postMessage(channel=channel, text="one", blocks=CARD)["ts"]
    posted = stream.next()
    assert (posted["kind"], posted["ts"], posted["root"]) == ("message", ts, ts)
    assert 'data-action="approve"' in posted["html"]
    api.chat_update(channel=channel, ts=ts, text="two")
    assert ">two" in stream.next()["html"]
    api.chat_postMessage(channel=channel, text="reply", thread_ts=ts)
    events = [stream.next(), stream.next()]
    assert {t["ts"] for t in events} != {ts}
    reply = next(t for t in events if t["ts"] != ts)
    assert (reply["html"], reply["root"]) == ("", ts)
    api.chat_delete(channel=channel, ts=ts)
    assert stream.next()["kind"] == "removed"
    stream.close()


def test_a_stream_shows_no_other_persons_secrets(workspace: Workspace) -> None:
    """Ephemeral messages, homes and private channels reach only those they are for."""
    channel, api = place(workspace, "deploys"), client_of(workspace)
    ana, ben = workspace.person("ana"), workspace.person("ben")
    stream = Stream(workspace, "ana")
    api.chat_postEphemeral(channel=channel, user=ben.id, text="for ben")
    api.views_publish(user_id=ben.id, view=HOME)
    ben.say("#platform", "private")
    api.chat_postEphemeral(channel=channel, user=ana.id, text="for ana")
    assert "for ana" in stream.next()["reply"]
    api.views_publish(user_id=ana.id, view=HOME)
    assert stream.next()["kind"] == "home"
    stream.close()


def test_a_broken_stream_catches_up(workspace: Workspace) -> None:
    """A page that was away gets what it missed, or is told to load anew if that is too much."""
    channel, api = place(workspace, "deploys"), client_of(workspace)
    before = workspace.team.feed.number
    api.chat_postMessage(channel=channel, text="missed")
    stream = Stream(workspace, "ana", before)
    assert ">missed" in stream.next()["html"]
    stream.close()
    again = Stream(workspace, "ana", 0, **{"Last-Event-ID": str(10**9)})
    assert again.next()["kind"] == "reload"
    again.close()
