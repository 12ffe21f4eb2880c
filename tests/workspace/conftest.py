"""One workspace per transport and test process, with a real Bolt app; and one without an app for the API's tests."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.workspace.api.endpoint import UNLIMITED
from bot.workspace.seed import EVENTS, Seed, default_seed
from bot.workspace.server import Workspace
from tests.workspace.app import Front, Recorder, client_of

ALL_EVENTS = (*EVENTS, "message.channels", "message.groups", "reaction_added", "reaction_removed")


def seed_for_tests() -> Seed:
    """The demo's workspace with an app that hears everything."""
    seed = default_seed()
    return msgspec.structs.replace(seed, app=msgspec.structs.replace(seed.app, events=ALL_EVENTS))


@pytest.fixture(scope="session")
def over_http() -> Iterator[tuple[Workspace, Recorder]]:
    with Workspace(seed_for_tests(), rates=UNLIMITED, retry_seconds=(0.0, 0.01, 0.01)) as workspace:
        recorder = Recorder(workspace)
        front = Front(recorder.app)
        workspace.deliver_over_http(front.url)
        yield workspace, recorder
        workspace.settle()
        front.close()


@pytest.fixture(scope="session")
def over_socket() -> Iterator[tuple[Workspace, Recorder]]:
    """Closing slack_sdk's client takes three seconds: once per process."""
    with Workspace(seed_for_tests(), rates=UNLIMITED, retry_seconds=(0.0, 0.01, 0.01)) as workspace:
        recorder = Recorder(workspace)
        handler = SocketModeHandler(recorder.app, workspace.app_token)
        handler.connect()
        yield workspace, recorder
        workspace.settle()
        handler.close()


@pytest.fixture(params=["http", "socket"])
def both(request: pytest.FixtureRequest) -> tuple[Workspace, Recorder]:
    """A workspace and its app over each transport, with nothing recorded and no modal open."""
    workspace, recorder = request.getfixturevalue(f"over_{request.param}")
    workspace.settle()
    recorder.got.clear()
    workspace.ask(workspace.state.stacks.clear)
    workspace.ask(workspace.state.ephemerals.clear)
    return workspace, recorder


@pytest.fixture(scope="module")
def quiet() -> Iterator[Workspace]:
    """A workspace whose app is not running."""
    with Workspace(seed_for_tests(), rates=UNLIMITED, retry_seconds=()) as workspace:
        yield workspace


@pytest.fixture
def api(quiet: Workspace) -> WebClient:
    return client_of(quiet)
