"""What every request goes through: an id, a line in the log, its figures, and an answer whatever happens."""

import logging
import re
import time
from secrets import token_hex

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from board.logs import REQUEST
from board.models.base import Problem

_LOG = logging.getLogger("board")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_CHECKS = ("/health", "/ready")
_FAILED = "the board failed at this; try again, or ask an operator with the request id"
REQUESTS = Counter("board_requests", "Requests by route, method and status.", ["route", "method", "status"])
SECONDS = Histogram(
    "board_request_seconds", "Time until the answer begins.", ["route"], buckets=(0.01, 0.05, 0.1, 0.2, 0.5, 1, 5)
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class Requests:
    """Wraps the application. An ``X-Request-Id`` that came along is kept if it is harmless."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else token_hex(8)
        token = REQUEST.set(request_id)
        began, status, taken = time.perf_counter(), 0, 0.0

        async def answer(message: Message) -> None:
            nonlocal status, taken
            if message["type"] == "http.response.start":
                status, taken = message["status"], time.perf_counter() - began
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            # The sentence says nothing of what failed inside: that is in the log, under this id.
            _LOG.exception("a request failed")
            if status:
                raise
            problem = Problem(error=_FAILED, request_id=request_id)
            await JSONResponse(problem.model_dump(), status_code=500)(scope, receive, answer)
        finally:
            _record(scope, status, taken)
            REQUEST.reset(token)


def _record(scope: Scope, status: int, taken: float) -> None:
    """Figures by route, and a line. Health checks would drown the rest; what nobody serves is one route."""
    route = getattr(scope.get("route"), "path", "none")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    REQUESTS.labels(route, method, str(status)).inc()
    SECONDS.labels(route).observe(taken)
    if route not in _CHECKS:
        fields = {"method": method, "route": route, "status": status, "ms": round(taken * 1000, 1)}
        _LOG.info("request", extra={"fields": fields})
