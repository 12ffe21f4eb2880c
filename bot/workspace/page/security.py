"""What keeps other pages of the browser out: Host check, no cross-site writes, a strict content security policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.workspace.team import Team

# The page's script sends it with each write; a form or image of another site can't.
WRITE_HEADER = "X-Workspace"
# Addresses that apps call; each asks for a token or a secret of its own.
APP_PATHS = ("/api/", "/link/", "/commands/", "/actions/", "/app/", "/upload/", "/files-pri/")
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
# slack_sdk's WebSocket client leaves the port out. A name that someone else's DNS answers is none of these.
NAMES = ("127.0.0.1", "localhost")
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on every response, streams included. There is no CORS header on any."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


class PageSecurity:
    """Refuses requests that the page would not send.

    A name that resolves to 127.0.0.1 is how another site would reach this server with our cookies or without: 421.
    Writes need a header that only a script of this origin can set, and must not say that they come from elsewhere: 403.
    """

    def __init__(self, team: Team) -> None:
        self._team = team

    def refusal(self, request: web.Request) -> web.Response | None:
        """The answer to a request that is refused, else None."""
        port = self._team.url.rpartition(":")[2]
        if request.headers.get("Host", "") not in {f"{name}{end}" for name in NAMES for end in (f":{port}", "")}:
            return web.Response(
                status=421, text=f"Open {self._team.url} instead: this server answers to no other name.\n"
            )
        if request.path.startswith(APP_PATHS):
            return None
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if request.method in {"GET", "HEAD"}:
            return None
        if request.headers.get(WRITE_HEADER) != "1" or site != "same-origin":
            return web.Response(
                status=403, text="Only the page of this workspace may do that. Open it and try again.\n"
            )
        return None

    @property
    def middleware(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        """The guard as aiohttp wants it."""

        @web.middleware
        async def guard(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            return self.refusal(request) or await handler(request)

        return guard
