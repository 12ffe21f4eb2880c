"""Pictures in blocks that are files of the workspace: who may post them, who sees them, and how they are served."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.workspace import image_files
from bot.workspace.seed import identifier
from bot.workspace.server import Workspace
from bot.workspace.state import StoredFile
from generator.preview.rollout_image import png
from generator.release.model.preview import Expected
from tests.workspace.app import client_of
from tests.workspace.page_client import ask, place

Json = dict[str, Any]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
DEPLOYS = identifier("C", "deploys")


@pytest.fixture
def workspace(quiet: Workspace) -> Workspace:
    """A workspace without an app of its own."""
    return quiet


def upload(api: WebClient, content: bytes = PNG, name: str = "x.png") -> Json:
    """A private file of the app."""
    file: Json = api.files_upload_v2(content=content, filename=name, title="X", alt_txt="a dot")["file"]
    return file


def image(**file: str) -> Json:
    """An image block of a file."""
    return {"type": "image", "slack_file": file, "alt_text": "a dot", "title": {"type": "plain_text", "text": "Dot"}}


def refused(api: WebClient, *blocks: Json) -> tuple[str, list[str]]:
    """What Slack says of a message with these blocks."""
    with pytest.raises(SlackApiError) as caught:
        api.chat_postMessage(channel=DEPLOYS, text="t", blocks=list(blocks))
    answer = caught.value.response
    return answer["error"], answer.get("errors", [])


def test_a_private_file_shows_in_a_message(workspace: Workspace) -> None:
    """Nobody else may see the file, but anyone who sees the message sees the picture; once it is gone, nobody does."""
    api = client_of(workspace)
    file = upload(api)
    assert (file["channels"], file["is_public"], file["mimetype"]) == ([], False, "image/png")
    address = f"/client/ana/files/{file['id']}"
    assert ask(workspace, address).status == 404
    posted = api.chat_postMessage(channel=DEPLOYS, text="t", blocks=[image(id=file["id"])])
    page = ask(workspace, f"/client/ana/{place(workspace, 'deploys')}").text
    assert f'src="{address}" alt="a dot" class="bk-picture" width="1" height="1"' in page
    answer = ask(workspace, address)
    assert (answer.status, answer.body) == (200, PNG)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert ask(workspace, f"/client/pia/files/{file['id']}").status == 404
    api.chat_update(channel=DEPLOYS, ts=posted["ts"], text="t", blocks=[{"type": "divider"}])
    assert ask(workspace, address).status == 404


BROKEN = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (png(Expected(seconds=1, source="x"), width=960, height=320), (360, 120)),
        (png(Expected(seconds=1, source="x"), width=100, height=640), (50, 320)),
        (PNG, (1, 1)), (GIF, None), (b"text", None), (BROKEN, None), (BROKEN + bytes(16), None),
        (BROKEN + bytes(8) + b"\xff\xff\xff\xff\0\0\0\1", (360, 1)),
    ],
)  # fmt: skip
def test_room_is_kept_for_a_picture(content: bytes, size: tuple[int, int] | None) -> None:
    """What stands below a picture does not jump when it has come."""
    assert image_files.size(content) == size


@pytest.mark.parametrize("key", ["url_private", "permalink"])
def test_a_file_by_its_address(workspace: Workspace, key: str) -> None:
    """Slack takes the addresses of a file as well as its id."""
    api = client_of(workspace)
    file = upload(api, GIF, "dot.gif")
    api.chat_postMessage(channel=DEPLOYS, text="t", blocks=[image(url=file[key])])
    assert f"/client/ana/files/{file['id']}" in ask(workspace, f"/client/ana/{place(workspace, 'deploys')}").text
    assert ask(workspace, f"/client/ana/files/{file['id']}").headers["Content-Type"] == "image/gif"


def test_pictures_elsewhere(workspace: Workspace) -> None:
    """Beside a section, among small print and on a card a file shows as well."""
    api = client_of(workspace)
    file = {"id": upload(api)["id"]}
    small = {"type": "image", "slack_file": file, "alt_text": "a dot"}
    marked = {"type": "mrkdwn", "text": "x"}
    blocks: list[Json] = [
        {"type": "section", "text": marked, "accessory": small},
        {"type": "context", "elements": [small]},
        {"type": "card", "hero_image": small, "icon": small, "title": marked},
    ]
    api.chat_postMessage(channel=DEPLOYS, text="t", blocks=blocks)
    page = ask(workspace, f"/client/ana/{place(workspace, 'deploys')}").text
    assert page.count(f'src="/client/ana/files/{file["id"]}"') == 4


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "name"), [(SVG, "x.svg"), (SVG, "x.png"), (b"GIF is a format", "x.gif"), (b"\0", "x.png")]
)
def test_what_is_no_picture(workspace: Workspace, content: bytes, name: str) -> None:
    """Slack shows png, jpg and gif alone, whatever a file calls itself; nothing that runs is ever served as a picture."""
    api = client_of(workspace)
    file = upload(api, content, name)
    assert refused(api, image(id=file["id"])) == (
        "invalid_blocks",
        ["invalid slack file [json-pointer:/blocks/0/slack_file]"],
    )
    api.files_completeUploadExternal(files=[{"id": file["id"]}], channel_id=DEPLOYS)
    kind = ask(workspace, f"/client/ana/files/{file['id']}").headers["Content-Type"]
    assert kind in {"text/plain; charset=utf-8", "application/octet-stream"}


def test_files_that_may_not_be_posted(workspace: Workspace) -> None:
    """Unknown ids, files that are still being uploaded, and other people's are refused in Slack's words."""
    api = client_of(workspace)
    wrong = ("invalid_blocks", ["invalid slack file [json-pointer:/blocks/1/slack_file]"])
    divider = {"type": "divider"}
    assert refused(api, divider, image(id="F0123456789")) == wrong
    asked = api.files_getUploadURLExternal(filename="x.png", length=len(PNG))
    assert refused(api, divider, image(id=asked["file_id"])) == wrong
    somebody = StoredFile(
        id="F0000000BEN", name="x.png", length=len(PNG), ticket="t", content=PNG, complete=True,
        user=workspace.person("ben").id,
    )  # fmt: skip
    workspace.state.files[somebody.id] = somebody
    assert refused(api, divider, image(id=somebody.id)) == wrong
    somebody.shared.append(DEPLOYS)
    assert api.chat_postMessage(channel=DEPLOYS, text="t", blocks=[image(id=somebody.id)])["ok"]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ({"id": "https://x.example/F01"}, "input must match regex pattern: ^[F][A-Z0-9]{8,}$ [json-pointer:/blocks/0/slack_file/id]"),
        ({"id": "F0123456789", "url": "https://x.example"}, "must define only one of: id, url [json-pointer:/blocks/0/slack_file]"),
        ({}, "must define one of: id, url [json-pointer:/blocks/0/slack_file]"),
    ],
)  # fmt: skip
def test_the_form_of_a_file(workspace: Workspace, file: dict[str, str], said: str) -> None:
    """An id has Slack's form, and a file is named once."""
    assert refused(client_of(workspace), image(**file)) == ("invalid_blocks", [said])


def test_views_and_whispers(workspace: Workspace) -> None:
    """App Home and what one person sees show files to that person alone; an unknown one is refused there too."""
    api = client_of(workspace)
    ana, ben = workspace.person("ana"), workspace.person("ben")
    home, whisper = upload(api)["id"], upload(api)["id"]
    api.views_publish(user_id=ana.id, view={"type": "home", "blocks": [image(id=home)]})
    api.chat_postEphemeral(channel=DEPLOYS, user=ben.id, text="t", blocks=[image(id=whisper)])
    seen = [ask(workspace, f"/client/{who}/files/{file}").status for who in ("ana", "ben") for file in (home, whisper)]
    assert seen == [200, 404, 404, 200]
    with pytest.raises(SlackApiError, match="invalid slack file"):
        api.views_publish(user_id=ana.id, view={"type": "home", "blocks": [image(id="F0123456789")]})
