"""Messages over the Web API: their shape, edits, threads, reactions, files and schedules."""

from __future__ import annotations

import urllib.request

import pytest
from slack_sdk import WebClient

from bot.workspace.server import Workspace
from tests.workspace.api_calls import DEPLOYS, post, refusal
from tests.workspace.app import CARD, Json, client_of, marked

SECTION: list[Json] = [{"type": "section", "text": marked("hi")}]


def test_a_message_in_slacks_shape(api: WebClient, quiet: Workspace) -> None:
    """A posted message comes back with the fields that Slack documents, its blocks with ids and flags."""
    body = post(api, blocks=SECTION, metadata={"event_type": "release", "event_payload": {"id": "r1"}})
    app = quiet.seed.app
    message = body["message"]
    assert (body["channel"], body["ts"]) == (DEPLOYS, message["ts"])
    assert {k: message[k] for k in ("user", "type", "bot_id", "app_id", "text", "team")} == {
        "user": app.user_id,
        "type": "message",
        "bot_id": app.bot_id,
        "app_id": app.id,
        "text": "hello",
        "team": quiet.seed.team_id,
    }
    assert set(message["bot_profile"]) == {"id", "deleted", "name", "updated", "app_id", "user_id", "icons", "team_id"}
    (block,) = message["blocks"]
    assert block["text"] == {"type": "mrkdwn", "text": "hi", "verbatim": False}
    assert block["block_id"]
    whole, digits = body["ts"].split(".")
    assert (len(whole), len(digits)) == (10, 6)
    plain_history = api.conversations_history(channel=DEPLOYS, limit=1)["messages"]
    assert "metadata" not in plain_history[0]
    messages = api.conversations_history(channel=DEPLOYS, limit=1, include_all_metadata=True)["messages"]
    assert messages[0]["metadata"] == {"event_type": "release", "event_payload": {"id": "r1"}}


def test_editing_and_deleting(api: WebClient, quiet: Workspace) -> None:
    """Blocks update without an "(edited)" mark; text alone drops the blocks; only own messages can be touched."""
    ts = post(api, blocks=SECTION)["ts"]
    updated: Json = api.chat_update(channel=DEPLOYS, ts=ts, text="t", blocks=CARD).data
    assert "edited" not in updated["message"]
    assert (updated["ts"], updated["text"]) == (ts, "t")
    updated = api.chat_update(channel=DEPLOYS, ts=ts, text="only text").data
    assert "blocks" not in updated["message"]
    assert updated["message"]["edited"]["user"] == quiet.seed.app.user_id
    theirs = quiet.person("ana").say("#deploys", "mine")["ts"]
    assert refusal(lambda: api.chat_update(channel=DEPLOYS, ts=theirs, text="x"))["error"] == "cant_update_message"
    assert refusal(lambda: api.chat_delete(channel=DEPLOYS, ts=theirs))["error"] == "cant_delete_message"
    assert api.chat_delete(channel=DEPLOYS, ts=ts)["ts"] == ts
    assert refusal(lambda: api.chat_delete(channel=DEPLOYS, ts=ts))["error"] == "message_not_found"


def test_threads(api: WebClient) -> None:
    """Replies stay out of the history unless broadcast, and count on their root."""
    root = post(api, "root")["ts"]
    post(api, "quiet", thread_ts=root)
    post(api, "loud", thread_ts=root, reply_broadcast=True)
    replies = api.conversations_replies(channel=DEPLOYS, ts=root)["messages"]
    assert [m["text"] for m in replies] == ["root", "quiet", "loud"]
    assert (replies[0]["reply_count"], replies[0]["reply_users_count"]) == (2, 1)
    assert replies[1]["parent_user_id"] == replies[0]["user"]
    history = [m["text"] for m in api.conversations_history(channel=DEPLOYS, limit=2)["messages"]]
    assert history == ["loud", "root"]
    link = api.chat_getPermalink(channel=DEPLOYS, message_ts=replies[1]["ts"])["permalink"]
    assert link.endswith(f"?thread_ts={root}&cid={DEPLOYS}")


def test_pages_of_a_list(api: WebClient) -> None:
    """A cursor leads through a list without a gap or a repetition."""
    everyone = [u["id"] for page in api.users_list(limit=2) for u in page["members"]]
    assert len(everyone) == len(set(everyone)) == 7
    names = {c["name"] for c in api.conversations_list(types="public_channel,private_channel")["channels"]}
    assert {"deploys", "general", "old-deploys", "partners"} <= names
    open_ones = api.conversations_list(exclude_archived=True)["channels"]
    assert "old-deploys" not in {c["name"] for c in open_ones}


def test_reactions_pins_bookmarks(api: WebClient) -> None:
    """Each can be added once, listed, and taken away once."""
    ts = post(api)["ts"]
    api.reactions_add(channel=DEPLOYS, timestamp=ts, name="eyes")
    assert refusal(lambda: api.reactions_add(channel=DEPLOYS, timestamp=ts, name="eyes"))["error"] == "already_reacted"
    reactions = api.reactions_get(channel=DEPLOYS, timestamp=ts)["message"]["reactions"]
    assert [(r["name"], r["count"]) for r in reactions] == [("eyes", 1)]
    api.reactions_remove(channel=DEPLOYS, timestamp=ts, name="eyes")
    gone = refusal(lambda: api.reactions_remove(channel=DEPLOYS, timestamp=ts, name="eyes"))
    assert gone["error"] == "no_reaction"
    api.pins_add(channel=DEPLOYS, timestamp=ts)
    assert refusal(lambda: api.pins_add(channel=DEPLOYS, timestamp=ts))["error"] == "already_pinned"
    assert [i["message"]["ts"] for i in api.pins_list(channel=DEPLOYS)["items"]] == [ts]
    api.pins_remove(channel=DEPLOYS, timestamp=ts)
    assert refusal(lambda: api.pins_remove(channel=DEPLOYS, timestamp=ts))["error"] == "no_pin"
    added = api.bookmarks_add(channel_id=DEPLOYS, title="Runbook", type="link", link="https://x.example")["bookmark"]
    api.bookmarks_edit(channel_id=DEPLOYS, bookmark_id=added["id"], title="Book")
    assert [b["title"] for b in api.bookmarks_list(channel_id=DEPLOYS)["bookmarks"]] == ["Book"]
    api.bookmarks_remove(channel_id=DEPLOYS, bookmark_id=added["id"])


def test_files(api: WebClient, quiet: Workspace) -> None:
    """slack_sdk's files_upload_v2 works, into a thread too; the bytes come back with the token and not without."""
    root = post(api)["ts"]
    file: Json = api.files_upload_v2(
        channel=DEPLOYS, content="a\nb", filename="events.log", title="Events", initial_comment="all", thread_ts=root
    )["file"]
    assert (file["name"], file["title"], file["size"], file["channels"]) == ("events.log", "Events", 3, [DEPLOYS])
    message = api.conversations_replies(channel=DEPLOYS, ts=root)["messages"][-1]
    assert (message["text"], message["files"][0]["id"], message["upload"]) == ("all", file["id"], True)
    request = urllib.request.Request(file["url_private"], headers={"Authorization": f"Bearer {quiet.bot_token}"})  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert answer.read() == b"a\nb"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(file["url_private"])  # noqa: S310
    assert [f["id"] for f in api.files_list()["files"]] == [file["id"]]
    api.files_delete(file=file["id"])
    assert refusal(lambda: api.files_info(file=file["id"]))["error"] == "file_not_found"


def test_scheduled_messages() -> None:
    """A message is posted when its time comes, and can be taken back before."""
    now = [1_800_000_000.0]
    with Workspace(clock=lambda: now[0]) as workspace:
        api, ana = client_of(workspace), workspace.person("ana")
        kept = api.chat_scheduleMessage(channel=DEPLOYS, text="soon", post_at=int(now[0]) + 60)
        gone = api.chat_scheduleMessage(channel=DEPLOYS, text="never", post_at=int(now[0]) + 60)
        assert len(api.chat_scheduledMessages_list()["scheduled_messages"]) == 2
        api.chat_deleteScheduledMessage(channel=DEPLOYS, scheduled_message_id=gone["scheduled_message_id"])
        assert kept["post_at"] == int(now[0]) + 60
        now[0] += 61
        assert [m["text"] for m in ana.wait(lambda p: p.messages("#deploys"))] == ["soon"]
