"""The web application: what it stands on, its routes, and what every request goes through."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import Counter, Gauge
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from board.controllers import ROUTERS
from board.controllers.parts import Parts
from board.logs import REQUEST
from board.models.base import Problem
from board.requests import Requests
from board.stores.errors import ConflictError, DatabaseOffError, FullError
from generator.release.errors import ReleaseError

_LOG = logging.getLogger("board")
_CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'"
LISTENERS = Gauge("board_listeners", "Streams of events that are open.")
RELEASES = Gauge("board_releases", "Releases in memory.")
LOOKED = Gauge("board_looked_at_seconds", "When the log was looked at last, epoch seconds.")
FAILED_LOOKS = Counter("board_failed_looks", "Looks at the log that failed.")


def create(parts: Parts) -> FastAPI:
    """The application over these parts; its life keeps the read model up to date."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(_follow(parts)) if parts.read_model is not None else None
        try:
            yield
        finally:
            parts.events.close()
            if task is not None:
                task.cancel()

    app = FastAPI(
        title="Slipway release board",
        version="1",
        description="What runs where, what waits for whom, and how delivery goes: a view of the release log.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
        responses={code: {"model": Problem} for code in (400, 401, 403, 404, 409, 422, 503)},
    )
    app.state.parts = parts
    app.add_middleware(Requests)
    LISTENERS.set_function(lambda: parts.events.listeners)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _validation_problem)
    app.add_exception_handler(ReleaseError, _log_problem)
    app.add_exception_handler(DatabaseOffError, _database_problem)
    app.add_exception_handler(ConflictError, _conflict)
    app.add_exception_handler(FullError, _full)
    for router in ROUTERS:
        app.include_router(router)
    if parts.settings.page is not None:
        app.mount("/", _Page(directory=parts.settings.page, html=True))
    return app


class _Page(StaticFiles):
    """The built page, for a machine without nginx: an address that is not a file is one of the page's own."""

    async def get_response(self, path: str, scope: Any) -> Response:
        """A file, or the page; an address of the API that is not there stays an error."""
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or path.startswith("api/"):
                raise
            response = await super().get_response("index.html", scope)
        response.headers["Content-Security-Policy"] = _CSP
        return response


async def _follow(parts: Parts) -> None:
    """Look at the log again and again, and tell what happened."""
    assert parts.read_model is not None  # noqa: S101 - who starts this looked
    while True:
        await look(parts)
        await asyncio.sleep(parts.settings.refresh)


async def look(parts: Parts) -> None:
    """One look at the log. A failure is logged and counted, and shown as a part that is off."""
    model = parts.read_model
    if model is None:
        return
    try:
        happened = await asyncio.to_thread(model.refresh)
    except ReleaseError as error:
        parts.log_failure = str(error)
        FAILED_LOOKS.inc()
        _LOG.warning("the log can't be read: %s", error)
        return
    except Exception:  # noqa: BLE001 - one item that nobody can read must not end the looking
        parts.log_failure = "an item of the log can't be read; the board's own log says which"
        FAILED_LOOKS.inc()
        _LOG.exception("a look at the log failed")
        return
    parts.log_failure = ""
    parts.events.publish(happened)
    RELEASES.set(len(model.now.lines))
    LOOKED.set(model.now.at)


def _problem(status: int, error: str, headers: Any = None) -> JSONResponse:
    found = Problem(error=error, request_id=REQUEST.get())
    return JSONResponse(found.model_dump(), status_code=status, headers=headers)


async def _http_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    text = str(error.detail)
    if error.status_code == 404 and text == "Not Found":
        text = "there is nothing at this address; see /api/openapi.json for what there is"
    return _problem(error.status_code, text, error.headers)


async def _validation_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    found = error.errors()[0]
    where = ".".join(str(part) for part in found["loc"][1:]) or "the body"
    return _problem(422, f"{where}: {str(found['msg'])[:300]}; correct it and try again")


async def _database_problem(_: Request, error: Exception) -> Response:
    return _problem(503, f"the database is off: {error}")


async def _conflict(_: Request, __: Exception) -> Response:
    return _problem(409, "somebody changed this since you read it; load it again and repeat your change")


async def _full(_: Request, __: Exception) -> Response:
    return _problem(409, "there are as many of these as the board keeps; take one away and try again")


async def _log_problem(_: Request, error: Exception) -> Response:
    return _problem(503, f"the release log can't be read now: {error}")
