"""The page as a browser asks for it: what it shows, what it streams, and whom it turns away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.workspace.api.endpoint import UNLIMITED
from bot.workspace.page.layout import Extension
from bot.workspace.server import Workspace
from tests.workspace.app import Json, client_of, modal
from tests.workspace.conftest import seed_for_tests
from tests.workspace.page_client import WRITE, ask, cloud, do, place

EVIL = '<script>alert(1)</script> "><img src=x onerror=alert(1)> <!channel> <https://evil.example|click>'


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    pages = (Extension(path="cloud", title="Cloud", icon="☁", application=cloud, scripts=("/cloud/x.js",)),)
    with Workspace(seed_for_tests(), rates=UNLIMITED, pages=pages, retry_seconds=()) as workspace:
        yield workspace


def test_the_first_page(workspace: Workspace) -> None:
    """Opening the address leads to somebody's first channel, with channels, people and a composer."""
    assert ask(workspace, "/").headers["Location"] == f"/client/ana/{place(workspace, 'deploys')}"
    page = ask(workspace, f"/client/ana/{place(workspace, 'deploys')}")
    assert page.status == 200
    for part in (
        "deploys",
        "general",
        "Ana Duarte",
        "Cleo Lindqvist",
        "Message #deploys",
        'data-command="/deploy"',
        "Cloud",
    ):
        assert part in page.text
    assert "Olga" not in page.text
    assert "platform" not in page.text
    assert "platform" in ask(workspace, f"/client/ben/{place(workspace, 'deploys')}").text


@pytest.mark.parametrize(
    "path", ["/", "/client/ana/home", "/static/page.css", "/api/api.test", "/nowhere", "/cloud/ana"]
)
def test_headers_of_every_response(workspace: Workspace, path: str) -> None:
    """Nothing inline runs, nothing is framed, and no other origin reads an answer."""
    headers = ask(workspace, path).headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert not [name for name in headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1:1", "127.0.0.1.evil.example", ""])
@pytest.mark.parametrize("path", ["/", "/client/ana/home", "/api/auth.test", "/static/page.css"])
def test_another_host_is_turned_away(workspace: Workspace, host: str, path: str) -> None:
    """A name that someone points at this machine reaches nothing."""
    assert ask(workspace, path, Host=host).status == 421


def test_localhost_is_fine(workspace: Workspace) -> None:
    """The page opens as localhost too."""
    assert ask(workspace, "/client/ana/home", Host=f"localhost:{workspace.port}").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec_Fetch_Site": "same-origin"},
        {"X_Workspace": "1", "Sec_Fetch_Site": "cross-site"},
        {"X_Workspace": "1", "Sec_Fetch_Site": "same-site"},
        {"X_Workspace": "1", "Sec_Fetch_Site": "none"},
    ],
)
@pytest.mark.parametrize("path", ["/client/ana/do/say", "/cloud/change", "/client/ana/home"])
def test_writes_from_elsewhere_are_refused(workspace: Workspace, path: str, headers: dict[str, str]) -> None:
    """Another site can't make somebody's browser type, click or change anything."""
    wish = {"channel": place(workspace, "deploys"), "text": "forged"}
    assert ask(workspace, path, "POST", wish, **headers).status == 403
    assert "forged" not in [m["text"] for m in workspace.person("ana").messages("#deploys")]


def test_an_extension_lives_in_the_frame(workspace: Workspace) -> None:
    """A further page is drawn inside the frame, linked from the sidebar, and guarded like the rest."""
    page = ask(workspace, "/cloud/ana").text
    assert "stacks &lt;here&gt;" in page
    assert 'src="/cloud/x.js"' in page
    assert 'class="entry is-active" href="/cloud/ana"' in page
    assert ask(workspace, "/cloud/change", "POST", {}, **WRITE).text == "changed"


def test_typing(workspace: Workspace) -> None:
    """A message typed in the page is stored as Slack stores it, and hostile text shows as text."""
    channel = place(workspace, "deploys")
    said = do(workspace, "ana", "say", channel=channel, text=EVIL)
    page = ask(workspace, f"/client/ben/{channel}").text
    assert said["ts"] in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    reply = do(workspace, "ben", "say", channel=channel, text="reply", thread=said["ts"])
    thread = ask(workspace, f"/client/ana/{channel}/thread/{said['ts']}").text
    assert thread.index(said["ts"]) < thread.index(reply["ts"])
    assert "1 reply" in ask(workspace, f"/client/ana/{channel}").text


@pytest.mark.parametrize(
    ("handle", "verb", "wish", "error"),
    [
        ("ana", "say", {"channel": "general", "text": " "}, "Type a message"),
        ("ana", "say", {"channel": "old-deploys", "text": "x"}, "archived"),
        ("gus", "say", {"channel": "partners", "text": "x"}, "not in this conversation"),
        ("ana", "say", {"channel": "platform", "text": "x"}, "not in this conversation"),
        ("ana", "act", {"channel": "deploys", "container": "1.000000"}, "This message was deleted"),
        ("ana", "submit", {"container": "V0"}, "not in this conversation"),
        ("ana", "react", {"channel": "deploys", "ts": "1.0", "name": "eyes"}, "was deleted"),
        ("ana", "say", {"channel": "deploys", "nonsense": 1}, "an unexpected request"),
        ("ana", "say", {"channel": 5}, "an unexpected request"),
    ],
)
def test_what_the_page_does_not_let_one_do(
    workspace: Workspace, handle: str, verb: str, wish: Json, error: str
) -> None:
    """Each refusal says why, as a sentence for the person."""
    if isinstance(wish.get("channel"), str):
        wish = {**wish, "channel": place(workspace, wish["channel"])}
    result = do(workspace, handle, verb, **wish)
    assert result["status"] == 400
    assert error in result["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/client/nobody/home",
        "/client/olga/home",
        "/client/ana/C0NOWHERE",
        "/client/ana/platform",
        "/client/ana/files/F0",
        "/static/../server.py",
        "/static/server.py",
        "/static/nope.js",
        "/archives/C0/p1",
        "/files-pri/T-F0/x",
    ],
)
def test_what_is_not_there(workspace: Workspace, path: str) -> None:
    """Unknown people, hidden channels and files outside the folder are not served."""
    assert ask(workspace, path).status in {403, 404}


def test_one_person_does_not_see_anothers_modal(workspace: Workspace) -> None:
    """A modal belongs to who opened it."""
    ana = workspace.person("ana")
    trigger = workspace.ask(lambda: workspace.team.triggers.issue(ana.id))
    view = client_of(workspace).views_open(trigger_id=trigger, view=modal())["view"]
    assert view["id"] in ask(workspace, "/client/ana/modal").text
    assert ask(workspace, "/client/ben/modal").text == ""
    assert do(workspace, "ben", "submit", container=view["id"])["status"] == 400
    result = do(workspace, "ana", "submit", container=view["id"], values={"why": {"reason": "x"}})
    assert result["errors"] == {"why": "Must be at least 3 characters"}
    do(workspace, "ana", "close", container=view["id"])
    assert ask(workspace, "/client/ana/modal").text == ""


def test_the_scripts_are_plain(workspace: Workspace) -> None:
    """Scripts and styles are small, load nothing from elsewhere, and never make code of text."""
    folder = Path(__file__).parents[2] / "bot" / "workspace" / "static"
    sources = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(sources) == {
        "blocks.css",
        "client.js",
        "compose.js",
        "forms.js",
        "modal.js",
        "net.js",
        "page.css",
        "theme.js",
    }
    assert sum(map(len, sources.values())) < 64_000
    for name, source in sources.items():
        assert not re.search(r"https?://|eval\(|new Function|document\.write|insertAdjacentHTML|\.outerHTML", source), (
            name
        )
        assert source.count("innerHTML") == (name == "net.js")
        assert ask(workspace, f"/static/{name}").text == source


def test_a_permalink_opens_the_page(workspace: Workspace) -> None:
    """chat.getPermalink leads to somebody who sees the message, at the message."""
    channel, api = place(workspace, "deploys"), client_of(workspace)
    ts = api.chat_postMessage(channel=channel, text="here")["ts"]
    link = api.chat_getPermalink(channel=channel, message_ts=ts)["permalink"]
    answer = ask(workspace, link.removeprefix(workspace.url))
    assert answer.headers["Location"] == f"/client/ana/{channel}#m{ts.replace('.', '')}"


def test_files_are_never_run(workspace: Workspace) -> None:
    """A file opens as plain text or is saved, whatever it is called."""
    api = client_of(workspace)
    page = "<script>alert(1)</script>"
    file = api.files_upload_v2(channel=place(workspace, "deploys"), content=page, filename="x.html")["file"]
    answer = ask(workspace, f"/client/ana/files/{file['id']}")
    assert (answer.text, answer.headers["Content-Type"]) == (page, "text/plain; charset=utf-8")
    assert ask(workspace, f"/client/pia/files/{file['id']}").status == 404
    assert "<script>alert" not in ask(workspace, f"/client/ana/{place(workspace, 'deploys')}").text
