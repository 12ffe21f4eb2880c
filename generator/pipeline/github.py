"""GitHub's REST API (docs.github.com/rest, version 2022-11-28), as far as the workflows need it. Follows no redirects."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from generator.errors import BuildError, UsageError

# GitHub lists at most 100 rows a page; what is older than so many pages is of no interest here.
_PAGE, _PAGES = 100, 10
_TIMEOUT, _TRIES, _LONGEST_WAIT = 20.0, 4, 60.0
_MOST_BYTES = 20 * 1024 * 1024
# GitHub's own account, in whose name a workflow's token speaks (GitHub Docs: Automatic token authentication).
ACTIONS = "github-actions[bot]"


class GitHubError(BuildError):
    """GitHub did not carry out a request. ``status`` is its HTTP status, 0 if no answer came."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class Comment(NamedTuple):
    """A comment on an issue or a pull request."""

    id: int
    body: str
    login: str


class Issue(NamedTuple):
    """An open issue."""

    number: int
    title: str
    body: str
    login: str


class _Stay(HTTPRedirectHandler):
    """A token is for the host that it was created for, so a redirect is an error."""

    def redirect_request(self, *_: object) -> None:
        """Make no other request."""
        return


class GitHub:
    """One repository (``owner/name``), with the permissions of a token.

    Raises:
        UsageError: the address is not valid, or the repository is not named as GitHub names it.
    """

    def __init__(self, api: str, repository: str, token: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        parts = urlsplit(api)
        local = parts.hostname in {"127.0.0.1", "localhost"}
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise UsageError(f"GITHUB_API_URL must begin with https://, and is {api!r}")
        owner, _, name = repository.partition("/")
        if not owner or not name or "/" in name:
            raise UsageError(f"GITHUB_REPOSITORY must be OWNER/NAME, and is {repository!r}")
        self._base = f"{api.rstrip('/')}/repos/{quote(owner)}/{quote(name)}"
        self._token = token
        self._sleep = sleep
        self._opener = build_opener(_Stay)

    def comments(self, number: int) -> Iterator[Comment]:
        """The comments on an issue or pull request, the oldest first."""
        for row in self._rows(f"/issues/{number}/comments"):
            yield Comment(row["id"], row.get("body") or "", (row.get("user") or {}).get("login", ""))

    def add_comment(self, number: int, body: str) -> None:
        """Comment on an issue or pull request."""
        self._call("POST", f"/issues/{number}/comments", {"body": body})

    def edit_comment(self, comment: int, body: str) -> None:
        """Change the text of a comment."""
        self._call("PATCH", f"/issues/comments/{comment}", {"body": body})

    def open_issues(self, label: str) -> Iterator[Issue]:
        """The open issues with a label; GitHub lists pull requests among them, which are left out."""
        for row in self._rows("/issues", state="open", labels=label):
            if "pull_request" not in row:
                login = (row.get("user") or {}).get("login", "")
                yield Issue(row["number"], row["title"], row.get("body") or "", login)

    def open_issue(self, title: str, body: str, label: str) -> int:
        """Open an issue. Returns its number."""
        found: int = self._call("POST", "/issues", {"title": title, "body": body, "labels": [label]})["number"]
        return found

    def edit_issue(self, number: int, **fields: str) -> None:
        """Change ``body``, or close it with ``state="closed"``."""
        self._call("PATCH", f"/issues/{number}", fields)

    def deployments(self, task: str) -> Iterator[Mapping[str, Any]]:
        """The deployments of a task, the newest first: ``id``, ``sha``, ``environment``, ``payload`` ..."""
        return self._rows("/deployments", task=task)

    def open_deployment(self, fields: Mapping[str, Any]) -> int:
        """Create a deployment as described. Returns its id.

        ``auto_merge`` and ``required_contexts`` are off: by default GitHub merges the default branch into what is
        deployed, and refuses a commit whose checks are not done. People have agreed to exactly this commit.
        """
        found: int = self._call("POST", "/deployments", {**fields, "auto_merge": False, "required_contexts": []})["id"]
        return found

    def statuses(self, deployment: int) -> Iterator[Mapping[str, Any]]:
        """The statuses of a deployment, the newest first: ``state``, ``description`` ..."""
        return self._rows(f"/deployments/{deployment}/statuses")

    def set_status(self, deployment: int, fields: Mapping[str, Any]) -> None:
        """Add a status to a deployment."""
        self._call("POST", f"/deployments/{deployment}/statuses", fields)

    def _rows(self, path: str, **query: str) -> Iterator[Any]:
        for page in range(1, _PAGES + 1):
            rows = self._call("GET", f"{path}?{urlencode({**query, 'per_page': _PAGE, 'page': page})}")
            yield from rows
            if len(rows) < _PAGE:
                return

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "User-Agent": "slipway",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        for attempt in range(1, _TRIES + 1):
            # The scheme was checked when this was created.
            request = Request(self._base + path, data, headers, method=method)  # noqa: S310
            try:
                with self._opener.open(request, timeout=_TIMEOUT) as answer:
                    text = answer.read(_MOST_BYTES + 1)
                if len(text) > _MOST_BYTES:
                    raise GitHubError(f"GitHub's answer to {method} {path} is longer than 20 MiB")
                return json.loads(text) if text else {}
            except HTTPError as error:
                wait = _pause(error, attempt)
                # A POST whose answer is a 5xx may have been carried out: it is looked for by the next run.
                if wait is None or attempt == _TRIES or (method == "POST" and error.code >= 500):
                    raise GitHubError(_refusal(method, path, error), error.code) from None
                self._sleep(wait)
            except (URLError, TimeoutError, HTTPException, OSError) as error:
                if attempt == _TRIES or method == "POST":
                    why = getattr(error, "reason", None) or error
                    raise GitHubError(f"GitHub did not answer {method} {path}: {why}; run the job again") from None
                self._sleep(2.0**attempt)
            except ValueError:
                raise GitHubError(f"GitHub's answer to {method} {path} is not JSON; check GITHUB_API_URL") from None
        raise AssertionError


def _pause(error: HTTPError, attempt: int) -> float | None:
    """Seconds to wait before the same call may succeed. None if it can't.

    Rate limits are 403 or 429 with ``Retry-After`` or ``X-RateLimit-Remaining: 0`` (GitHub Docs: Rate limits for the
    REST API).
    """
    asked = error.headers.get("Retry-After", "")
    if asked.isdecimal():
        return min(float(asked), _LONGEST_WAIT) if error.code in {403, 429, 503} else None
    limited = error.code == 429 or (error.code == 403 and error.headers.get("X-RateLimit-Remaining") == "0")
    if limited:
        return _LONGEST_WAIT
    return 2.0**attempt if error.code >= 500 else None


def _refusal(method: str, path: str, error: HTTPError) -> str:
    try:
        said = json.loads(error.read(4096)).get("message", "")
    except (ValueError, OSError, AttributeError):
        said = ""
    fix = {
        401: "the token is wrong or has expired",
        403: "give the job the permission that docs/pipeline.md names",
        404: "the repository, or the permission to see it, is missing",
    }.get(error.code, "see docs/pipeline.md")
    return f"GitHub refused {method} {path.partition('?')[0]}: {error.code} {said or error.reason}; {fix}"
