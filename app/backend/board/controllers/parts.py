"""What the controllers stand on, and what each request is checked for."""

import time
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Query, Request

from board.models.base import Off
from board.services.events import Events
from board.services.read_model import ReadModel, Snapshot
from board.services.release_search import Filters
from board.services.visibility import Door, NobodyError, Visibility, Visitor
from board.settings import Settings
from board.stores.release_log import ReleaseLog
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import StackRef


class Parts:
    """Everything composed, by :mod:`board.composition` or by a test from fakes.

    ``log`` and ``read_model`` are None where there is no log, ``database`` where there is no PostgreSQL;
    ``log_failure`` says why the last look failed.
    """

    def __init__(  # noqa: PLR0913 - what it is composed of
        self,
        settings: Settings,
        facts: PlatformFacts,
        door: Door,
        *,
        log: ReleaseLog | None = None,
        read_model: ReadModel | None = None,
        database: Any = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings, self.facts, self.door = settings, facts, door
        self.log, self.read_model, self.database, self.clock = log, read_model, database, clock
        self.visibility = Visibility(facts, settings.visible)
        self.events = Events(settings.streams)
        self.refs: dict[str, StackRef] = {key: stack.ref for key, stack in facts.stacks.items()}
        self.log_failure = ""
        self.is_draining = False

    @property
    def now(self) -> Snapshot:
        """The log as it was looked at last."""
        return self.read_model.now if self.read_model is not None else Snapshot()

    def label(self, key: str) -> str:
        """A stack as people call it."""
        ref = self.refs.get(key)
        return ref.label if ref is not None else key.partition("/")[2]

    def off(self) -> list[Off]:
        """What the board can't tell now."""
        found = []
        if self.log is None:
            found.append(Off(what="release log", why="this environment gives the board no release log (RELEASE_TABLE)"))
        elif self.log_failure:
            found.append(Off(what="release log", why=f"what is shown may be old: {self.log_failure}"))
        if self.database is None:
            found.append(
                Off(
                    what="database", why="there is no PostgreSQL (DATABASE_HOST): notes, post-mortems and views are off"
                )
            )
        elif self.database.failure:
            found.append(Off(what="database", why=f"notes, post-mortems and views are off: {self.database.failure}"))
        return found


def parts(request: Request) -> Parts:
    """What this application stands on."""
    found: Parts = request.app.state.parts
    return found


def visitor(request: Request, found: Annotated[Parts, Depends(parts)]) -> Visitor:
    """Who asks; nobody gets further without."""
    try:
        return found.door.visitor(request.headers.get)
    except NobodyError as error:
        raise HTTPException(401, str(error)) from error


TheParts = Annotated[Parts, Depends(parts)]
TheVisitor = Annotated[Visitor, Depends(visitor)]
Names = Annotated[list[Annotated[str, Query(max_length=80)]], Query(max_length=50)]


def asked(found: TheParts, who: TheVisitor, env: Names = [], service: Names = []) -> Filters:  # noqa: B006
    """The environments and services that are asked for, of those that the visitor sees."""
    seen = found.visibility.environments(who)
    return Filters(environments=frozenset(name for name in seen if not env or name in env), services=frozenset(service))


Asked = Annotated[Filters, Depends(asked)]
