"""Asks the page as a browser does."""

from __future__ import annotations

import http.client
import json
from typing import Any

from aiohttp import web

from bot.workspace.render.markup import tag
from bot.workspace.server import Workspace
from tests.workspace.app import Json

WRITE = {"X-Workspace": "1", "Sec-Fetch-Site": "same-origin"}


def cloud(frame: Any) -> web.Application:
    """A further page, as a module of its own would bring it."""
    application = web.Application()

    async def show(request: web.Request) -> web.Response:
        drawn: web.Response = frame(request.match_info["handle"], "Cloud", tag("p", None, "stacks <here>"))
        return drawn

    async def change(_request: web.Request) -> web.Response:
        return web.Response(text="changed")

    application.add_routes([web.get("/{handle}", show), web.post("/change", change)])
    return application


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        self.text = self.body.decode(errors="replace")


def ask(workspace: Workspace, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", workspace.port, timeout=60)
    sent = None if body is None else json.dumps(body)
    connection.request(method, path, sent, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def do(workspace: Workspace, handle: str, verb: str, **wish: Any) -> Json:
    answer = ask(workspace, f"/client/{handle}/do/{verb}", "POST", wish, **WRITE)
    result: Json = json.loads(answer.text)
    return {**result, "status": answer.status}


def place(workspace: Workspace, name: str) -> str:
    channel = workspace.team.channel_named(name)
    assert channel
    return channel.id
