"""A GitHub of this machine: the calls that the workflows make, over HTTP, with the shapes of docs.github.com/rest."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

TOKEN = "github-token-of-a-test"  # noqa: S105 - nobody else takes it
REPOSITORY = "acme/shop"
ACTIONS = "github-actions[bot]"
MAX_COMMENT = 65_536
MAX_DESCRIPTION = 140


class Refusal(NamedTuple):
    """An answer that the next calls get instead of their own."""

    status: int
    headers: dict[str, str] = {}
    body: dict[str, Any] = {}


class FakeGitHub:
    """What one repository holds. ``commits`` are known to it; ``refusals`` are given first, in order."""

    def __init__(self) -> None:
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.issues: list[dict[str, Any]] = []
        self.deployments: list[dict[str, Any]] = []
        self.statuses: dict[int, list[dict[str, Any]]] = {}
        self.commits: set[str] = set()
        self.refusals: list[Refusal] = []
        self.calls: list[str] = []
        self._last = 100

    def comment(self, number: int, body: str, login: str = ACTIONS) -> dict[str, Any]:
        """Somebody comments."""
        found = {"id": self._id(), "body": body, "user": {"login": login}}
        self.comments.setdefault(number, []).append(found)
        return found

    def issue(self, title: str, body: str, labels: list[str], login: str = ACTIONS) -> dict[str, Any]:
        """Somebody opens an issue."""
        found = {"number": self._id(), "title": title, "body": body, "state": "open", "user": {"login": login}}
        self.issues.append({**found, "labels": [{"name": name} for name in labels]})
        return self.issues[-1]

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Status and body of one call."""
        for pattern, verb, do in (
            (r"/issues/(\d+)/comments", "GET", lambda n: (200, _page(self.comments.get(int(n), []), query))),
            (r"/issues/(\d+)/comments", "POST", lambda n: self._commented(int(n), body)),
            (r"/issues/comments/(\d+)", "PATCH", lambda n: self._edited(int(n), body)),
            (r"/issues", "GET", lambda: (200, _page(self._listed(query), query))),
            (r"/issues", "POST", lambda: (201, self.issue(body["title"], body["body"], body["labels"]))),
            (r"/issues/(\d+)", "PATCH", lambda n: self._changed(int(n), body)),
            (r"/deployments", "GET", lambda: (200, _page(self._tasks(query["task"]), query))),
            (r"/deployments", "POST", lambda: self._deployed(body)),
            (r"/deployments/(\d+)/statuses", "GET", lambda n: (200, _page(self.statuses[int(n)][::-1], query))),
            (r"/deployments/(\d+)/statuses", "POST", lambda n: self._told(int(n), body)),
        ):
            found = re.fullmatch(f"/repos/{REPOSITORY}{pattern}", path)
            if found and verb == method:
                return do(*found.groups())
        return 404, {"message": "Not Found"}

    def _commented(self, number: int, body: Any) -> tuple[int, Any]:
        if len(body["body"]) > MAX_COMMENT:
            return 422, {"message": "Validation Failed"}
        return 201, self.comment(number, body["body"])

    def _edited(self, comment: int, body: Any) -> tuple[int, Any]:
        [found] = [row for rows in self.comments.values() for row in rows if row["id"] == comment]
        found["body"] = body["body"]
        return 200, found

    def _listed(self, query: dict[str, str]) -> list[Any]:
        return [
            row for row in self.issues
            if row["state"] == query["state"] and query["labels"] in {label["name"] for label in row["labels"]}
        ]  # fmt: skip

    def _changed(self, number: int, body: Any) -> tuple[int, Any]:
        [found] = [row for row in self.issues if row["number"] == number]
        found.update(body)
        return 200, found

    def _tasks(self, task: str) -> list[Any]:
        return [row for row in self.deployments[::-1] if row["task"] == task]

    def _deployed(self, body: Any) -> tuple[int, Any]:
        if body["ref"] not in self.commits:
            return 422, {"message": f"No ref found for: {body['ref']}"}
        found = {**body, "id": self._id(), "sha": body["ref"]}
        self.deployments.append(found)
        self.statuses[found["id"]] = []
        return 201, found

    def _told(self, deployment: int, body: Any) -> tuple[int, Any]:
        if len(body["description"]) > MAX_DESCRIPTION:
            return 422, {"message": "Validation Failed"}
        self.statuses[deployment].append(body)
        return 201, body

    def _id(self) -> int:
        self._last += 1
        return self._last


def _page(rows: list[Any], query: dict[str, str]) -> list[Any]:
    size, page = int(query.get("per_page", "30")), int(query.get("page", "1"))
    return rows[(page - 1) * size : page * size]


@contextmanager
def served(github: FakeGitHub) -> Iterator[str]:
    """The address of the API while it is up."""

    class Answers(BaseHTTPRequestHandler):
        def _any(self) -> None:
            parts = urlsplit(self.path)
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            github.calls.append(f"{self.command} {parts.path}")
            headers: dict[str, str] = {}
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, body = 401, {"message": "Bad credentials"}
            elif github.refusals:
                status, headers, body = github.refusals.pop(0)
            else:
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                status, body = github.answer(self.command, parts.path, query, json.loads(text) if text else None)
            answer = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815 - the names are http.server's

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
