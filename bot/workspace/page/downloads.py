"""Bytes in and out: static files, avatars, uploads and downloads."""

from __future__ import annotations

import re
import secrets
from importlib import resources
from typing import TYPE_CHECKING

from aiohttp import web

from bot.workspace import image_files
from bot.workspace.objects import COLORS
from bot.workspace.render.icons import shape
from bot.workspace.render.markup import text

if TYPE_CHECKING:
    from bot.workspace.state import StoredFile
    from bot.workspace.team import Team

_KINDS = {"css": "text/css", "js": "text/javascript"}
_NAME = re.compile(r"[a-z]+\.(?:css|js)")


async def static(request: web.Request) -> web.Response:
    """A script or style sheet from beside this package."""
    name = request.match_info["name"]
    if not _NAME.fullmatch(name):
        raise web.HTTPNotFound
    source = resources.files("bot.workspace") / "static" / name
    if not source.is_file():
        raise web.HTTPNotFound
    kind = _KINDS[name.rpartition(".")[2]]
    headers = {"Cache-Control": "no-cache"}
    return web.Response(body=source.read_bytes(), content_type=kind, charset="utf-8", headers=headers)


class Files:
    """Avatars, uploads, downloads."""

    def __init__(self, team: Team) -> None:
        self._team = team

    async def avatar(self, request: web.Request) -> web.Response:
        """Initials on a colour; a ship for the app."""
        key = request.match_info["user"]
        name = self._team.user_name(key) or self._team.seed.name
        app = key == self._team.seed.app.user_id
        place = next((i for i, p in enumerate(self._team.seed.people) if p.id == key), 0)
        color = "1d6f8a" if app else COLORS[place % len(COLORS)]
        letters = "".join(word[0] for word in name.split()[:2]).upper()
        drawn = (
            shape("ship", 28, "#fff")
            if app
            else (
                '<text x="24" y="25" font-family="system-ui,sans-serif" font-weight="600" fill="#fff" '
                f'font-size="18" text-anchor="middle" dominant-baseline="central">{text(letters)}</text>'
            )
        )
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">'
            f'<rect width="48" height="48" fill="#{color}"/>{drawn}</svg>'
        )
        headers = {"Cache-Control": "max-age=3600"}
        return web.Response(text=svg, content_type="image/svg+xml", headers=headers)

    async def upload(self, request: web.Request) -> web.Response:
        """Take the bytes of a file, raw or as a form, at the address that `files.getUploadURLExternal` gave."""
        ticket = request.match_info["ticket"]
        file = next((f for f in self._team.state.files.values() if secrets.compare_digest(f.ticket, ticket)), None)
        if file is None or file.uploaded:
            raise web.HTTPNotFound(text="There is no upload at this address.")
        content = await self._bytes(request)
        if len(content) != file.length:
            raise web.HTTPBadRequest(text=f"{file.length} bytes were announced and {len(content)} were received.")
        file.content, file.uploaded = content, True
        return web.Response(text=f"OK - {len(content)}")

    @staticmethod
    async def _bytes(request: web.Request) -> bytes:
        if request.content_type != "multipart/form-data":
            return await request.read()
        for value in (await request.post()).values():
            if isinstance(value, web.FileField):
                return value.file.read()
        return b""

    async def private(self, request: web.Request) -> web.Response:
        """A file for the app: `url_private` with its bot token."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), self._team.seed.bot_token.encode()):
            raise web.HTTPForbidden(text="Send the bot token in the Authorization header.")
        return self.download(request.match_info["file"].rpartition("-")[2])

    def download(self, key: str) -> web.Response:
        """A file as a picture, as plain text or as bytes to save: nothing that a browser would run."""
        file = self._team.state.files.get(key)
        if file is None or not file.complete:
            raise web.HTTPNotFound(text="There is no file at this address.")
        kind, charset, way = image_files.kind(file.content), None, "inline"
        if not kind and _readable(file):
            kind, charset = "text/plain", "utf-8"
        elif not kind:
            kind, way = "application/octet-stream", "attachment"
        name = re.sub(r"[^A-Za-z0-9._-]", "_", file.name)
        headers = {"Content-Disposition": f'{way}; filename="{name}"', "Cache-Control": "no-store"}
        return web.Response(body=file.content, content_type=kind, charset=charset, headers=headers)


def _readable(file: StoredFile) -> bool:
    try:
        file.content.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in file.content
