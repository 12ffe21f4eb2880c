"""The board over the engine's own log: releases that workers really moved, on fakes of AWS."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import uvicorn
from starlette.testclient import TestClient

from board.application import create, look
from board.controllers.parts import Parts
from board.services.read_model import ReadModel
from board.services.visibility import Door, Visitor
from board.settings import Settings
from board.stores.doors import OpenDoor
from board.stores.release_log import ReleaseLog
from tests.release.fake_platform import FakePlatform


class Someone:
    """A door through which one visitor comes."""

    def __init__(self, visitor: Visitor) -> None:
        self.now = visitor

    def visitor(self, header: object) -> Visitor:
        del header
        return self.now


ANA = Visitor("idp ana", "ana", "ana", frozenset({"releasers"}))
BEN = Visitor("idp ben", "ben", "ben", frozenset({"releasers"}))
GUEST = Visitor("idp guest", "guest@example.com")


class Stage:
    """A board, somebody in front of it, and the platform behind it. ``look`` lets the board look at the log."""

    def __init__(
        self, platform: FakePlatform | None = None, *, door: Door | None = None, database: Any = None, **settings: Any
    ) -> None:
        self.platform = platform or FakePlatform(ticks=2)
        facts = self.platform.facts
        self.log = ReleaseLog(self.platform.table, self.platform.clock)
        self.model = ReadModel(self.log, list(facts.stacks), list(facts.environments), self.platform.clock, 50_000)
        self.door = Someone(ANA)
        self.parts = Parts(
            Settings(**settings),
            facts,
            door or self.door,
            log=self.log,
            read_model=self.model,
            database=database,
            clock=self.platform.clock,
        )
        self.web = TestClient(create(self.parts), raise_server_exceptions=False)

    def look(self) -> None:
        """One look at the log, as the process makes it every few seconds."""
        asyncio.run(look(self.parts))

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        """What the board answers."""
        answer = self.web.get(path, params=query)
        assert answer.status_code == status, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any = None, status: int = 200, **query: Any) -> Any:
        """What the board answers to a change; None where it answers nothing."""
        answer = self.web.request(method, path, json=body, params=query)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


def without_log() -> Stage:
    """A board of an environment that gives it no release log, on a machine where nobody is asked who they are."""
    stage = Stage(door=OpenDoor())
    stage.parts.log = stage.parts.read_model = None
    return stage


def without_connections(server: uvicorn.Server) -> None:
    """Wait until those who asked have closed their connections.

    One that is closed while the loop ends is left to the garbage collector, whose warning any later test would get.
    """
    end = time.monotonic() + 60.0
    while server.server_state.connections and time.monotonic() < end:
        time.sleep(0.01)
