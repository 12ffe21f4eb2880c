"""Requests to a service as its users make them: GET, 10 seconds, 64 KiB, never to another host."""

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import IO, Any

from generator.release.errors import Invalid, Unavailable

LIMIT = 65_536
_SECONDS = 10.0
_REDIRECTS = 3


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirects on the host that was asked, from http to https too, and answers any other as it came."""

    max_redirections = _REDIRECTS

    def redirect_request(  # noqa: PLR0913, PLR0917 - urllib's signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        there, here = urllib.parse.urlsplit(newurl), urllib.parse.urlsplit(req.full_url)
        same = there.hostname == here.hostname and there.scheme in {"https", here.scheme}
        made: Any = super().redirect_request(req, fp, code, msg, headers, newurl) if same else None
        return made if isinstance(made, urllib.request.Request) else None


class HttpProbe:
    """A ``ports.Probe``. Proxies of the environment are not used, because users don't use them."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _SameHost())

    def get(self, url: str) -> tuple[int, str]:
        """Status and the first 64 KiB of the body.

        Raises:
            Invalid: No address of http or https.
            Unavailable: Nothing answers in time.
        """
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise Invalid(f"{url!r} can't be probed; write an address such as https://app.example.com/health")
        request = urllib.request.Request(url, headers={"User-Agent": "slipway"})  # noqa: S310 - checked above
        end = time.monotonic() + self._seconds
        try:
            try:
                answer: Any = self._opener.open(request, timeout=self._seconds)
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                return int(answer.status), _body(answer, end).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(f"{url} does not answer ({error}); check the service's targets and logs") from error


def _body(answer: Any, end: float) -> bytes:
    """The first 64 KiB at most. A server that sends slowly does not block the worker for long."""
    found = b""
    while len(found) < LIMIT:
        if time.monotonic() > end:
            raise TimeoutError("the answer takes too long")
        more = answer.read1(LIMIT - len(found))
        if not more:
            break
        found += more
    return found
