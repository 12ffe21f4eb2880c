"""The Web API as slack_sdk sees it: answers in Slack's shapes, refusals with Slack's errors."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import msgspec
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.workspace.api.call import METHODS
from bot.workspace.api.endpoint import Rates
from bot.workspace.seed import default_seed, identifier
from bot.workspace.server import Workspace
from tests.workspace.api_calls import DEPLOYS, GENERAL, PLATFORM, refusal
from tests.workspace.app import HOME, Json, client_of, marked, modal, plain

OLD, PARTNERS = identifier("C", "old-deploys"), identifier("C", "partners")
ANA, BEN, CLEO, GUS, OLGA, PIA = (identifier("U", name) for name in ("ana", "ben", "cleo", "gus", "olga", "pia"))
SECTION: list[Json] = [{"type": "section", "text": marked("hi")}]


# What each refused call answers
REFUSALS: list[tuple[str, str, Json]] = [
    ("channel_not_found", "chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}),
    ("channel_not_found", "chat.postMessage", {"channel": PLATFORM[:-1] + "0", "text": "x"}),
    ("not_in_channel", "chat.postMessage", {"channel": GENERAL, "text": "x"}),
    ("not_in_channel", "chat.postMessage", {"channel": "#general", "text": "x"}),
    ("is_archived", "chat.postMessage", {"channel": OLD, "text": "x"}),
    ("no_text", "chat.postMessage", {"channel": DEPLOYS}),
    ("msg_too_long", "chat.postMessage", {"channel": DEPLOYS, "text": "x" * 40_001}),
    ("invalid_arguments", "chat.postMessage", {"text": "x"}),
    ("invalid_blocks_format", "chat.postMessage", {"channel": DEPLOYS, "blocks": "{not json"}),
    ("invalid_blocks_format", "chat.postMessage", {"channel": DEPLOYS, "blocks": '{"type":"divider"}'}),
    ("invalid_blocks", "chat.postMessage", {"channel": DEPLOYS, "blocks": [{"type": "nope"}]}),
    (
        "msg_blocks_too_long",
        "chat.postMessage",
        {"channel": DEPLOYS, "blocks": [{"type": "section", "text": marked("x" * 2900)} for _ in range(5)]},
    ),
    ("thread_not_found", "chat.postMessage", {"channel": DEPLOYS, "text": "x", "thread_ts": "1.000000"}),
    ("invalid_metadata_format", "chat.postMessage", {"channel": DEPLOYS, "text": "x", "metadata": {"event_type": 1}}),
    ("markdown_text_conflict", "chat.postMessage", {"channel": DEPLOYS, "text": "x", "markdown_text": "y"}),
    ("message_not_found", "chat.update", {"channel": DEPLOYS, "ts": "1.000000", "text": "x"}),
    ("channel_not_found", "chat.update", {"channel": "#deploys", "ts": "1.000000", "text": "x"}),
    ("message_not_found", "chat.delete", {"channel": DEPLOYS, "ts": "1.000000"}),
    ("message_not_found", "chat.getPermalink", {"channel": DEPLOYS, "message_ts": "1.000000"}),
    ("user_not_in_channel", "chat.postEphemeral", {"channel": DEPLOYS, "user": PIA, "text": "x"}),
    ("user_not_found", "chat.postEphemeral", {"channel": DEPLOYS, "user": "U0NOBODY", "text": "x"}),
    ("time_in_past", "chat.scheduleMessage", {"channel": DEPLOYS, "text": "x", "post_at": 1}),
    ("time_too_far", "chat.scheduleMessage", {"channel": DEPLOYS, "text": "x", "post_at": 9_999_999_999}),
    ("user_not_found", "users.info", {"user": "U0NOBODY"}),
    ("users_not_found", "users.lookupByEmail", {"email": "olga@example.example"}),
    ("no_such_subteam", "usergroups.users.list", {"usergroup": "S0NOWHERE"}),
    ("channel_not_found", "conversations.info", {"channel": PLATFORM}),
    ("not_in_channel", "conversations.history", {"channel": GENERAL}),
    ("invalid_cursor", "conversations.list", {"cursor": "nonsense"}),
    ("invalid_types", "conversations.list", {"types": "rooms"}),
    ("thread_not_found", "conversations.replies", {"channel": DEPLOYS, "ts": "1.000000"}),
    ("is_archived", "conversations.join", {"channel": OLD}),
    ("user_disabled", "conversations.open", {"users": OLGA}),
    ("user_not_found", "conversations.open", {"users": "U0NOBODY"}),
    ("invalid_name", "reactions.add", {"channel": DEPLOYS, "timestamp": "1.000000", "name": "no-such-emoji"}),
    ("message_not_found", "reactions.add", {"channel": DEPLOYS, "timestamp": "1.000000", "name": "eyes"}),
    ("file_not_found", "files.info", {"file": "F0NOWHERE"}),
    ("file_not_found", "files.completeUploadExternal", {"files": [{"id": "F0NOWHERE"}]}),
    ("invalid_link", "bookmarks.add", {"channel_id": DEPLOYS, "title": "x", "type": "link", "link": "javascript:1"}),
    ("not_found", "bookmarks.remove", {"channel_id": DEPLOYS, "bookmark_id": "Bk0"}),
    ("message_not_found", "pins.add", {"channel": DEPLOYS, "timestamp": "1.000000"}),
    ("not_found", "views.update", {"view_id": "V0NOWHERE", "view": modal()}),
    ("invalid_arguments", "views.open", {"view": modal()}),
    ("invalid_arguments", "views.open", {"trigger_id": "1.2.3", "view": {"type": "home", "blocks": []}}),
    ("invalid_arguments", "views.publish", {"user_id": "U0NOBODY", "view": HOME}),
    ("not_allowed_token_type", "apps.connections.open", {}),
    ("unknown_method", "chat.shout", {}),
]


@pytest.mark.parametrize(("error", "method", "args"), REFUSALS, ids=[f"{e}-{m}" for e, m, _ in REFUSALS])
def test_what_slack_refuses(api: WebClient, error: str, method: str, args: Json) -> None:
    """Each mistake gets Slack's own error code, whether the arguments come as JSON or as a form."""
    assert refusal(lambda: api.api_call(method, json=args))["error"] == error
    as_form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in args.items()}
    assert refusal(lambda: api.api_call(method, data=as_form))["error"] == error


def test_tokens(quiet: Workspace) -> None:
    """No token and a wrong one are told apart, and the app-level token is for Socket Mode alone."""
    base = f"{quiet.url}/api/"
    assert refusal(lambda: WebClient("", base_url=base).api_call("auth.test"))["error"] == "not_authed"
    assert refusal(lambda: WebClient("xoxb-1", base_url=base).auth_test())["error"] == "invalid_auth"
    assert refusal(lambda: WebClient(quiet.app_token, base_url=base).auth_test())["error"] == "not_allowed_token_type"
    assert (
        WebClient(base_url=base).apps_connections_open(app_token=quiet.app_token)["url"].startswith("ws://127.0.0.1:")
    )


def test_scopes() -> None:
    """A missing scope is named, with what the token has; the headers say both on every call."""
    seed = default_seed()
    narrow = msgspec.structs.replace(
        seed, app=msgspec.structs.replace(seed.app, scopes=("chat:write", "channels:read"))
    )
    with Workspace(narrow) as workspace:
        api = client_of(workspace)
        body = refusal(lambda: api.users_info(user=ANA))
        assert body == {
            "ok": False,
            "error": "missing_scope",
            "needed": "users:read",
            "provided": "chat:write,channels:read",
        }
        assert refusal(lambda: api.conversations_list(types="private_channel"))["needed"] == "groups:read"
        answer = api.conversations_info(channel=DEPLOYS)
        assert answer.headers["x-oauth-scopes"] == "chat:write,channels:read"
        assert answer.headers["x-accepted-oauth-scopes"] == "channels:read,groups:read,im:read,mpim:read"
        assert len(answer.headers["x-slack-req-id"]) == 32


def test_rate_limits() -> None:
    """Past the tier a method answers 429 with Retry-After, by itself: others go on, and time heals it."""
    now = [1_800_000_000.0]
    with Workspace(rates=Rates(per_minute=(1, 2, 3, 4), posts=2), clock=lambda: now[0]) as workspace:
        api = client_of(workspace)
        for _ in range(2):
            api.users_list()
        with pytest.raises(SlackApiError) as error:
            api.users_list()
        response = error.value.response
        assert (response.status_code, response["error"]) == (429, "ratelimited")
        assert response.headers["Retry-After"] == "60"
        api.users_info(user=ANA)
        now[0] += 61
        api.users_list()
        for _ in range(2):
            api.chat_postMessage(channel=DEPLOYS, text="x")
        with pytest.raises(SlackApiError):
            api.chat_postMessage(channel=DEPLOYS, text="x")
        api.chat_postMessage(channel=PARTNERS, text="x")


def test_auth_test(api: WebClient, quiet: Workspace) -> None:
    """An app learns its workspace, its user and its bot id."""
    body: Json = api.auth_test().data
    app = quiet.seed.app
    assert body == {
        "ok": True,
        "url": "https://harbour.slack.com/",
        "team": "Harbour",
        "user": "slipway",
        "team_id": quiet.seed.team_id,
        "user_id": app.user_id,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def test_people_in_slacks_shape(api: WebClient) -> None:
    """Guests, deactivated accounts, strangers and bots are told apart as in Slack."""
    ana = api.users_info(user=ANA)["user"]
    assert ana["profile"]["email"] == "ana@example.example"
    assert {"tz", "tz_offset", "is_admin", "is_restricted", "is_email_confirmed"} <= set(ana)
    assert api.users_info(user=GUS)["user"]["is_restricted"] is True
    olga = api.users_info(user=OLGA)["user"]
    assert (olga["deleted"], "is_restricted" in olga) == (True, False)
    pia = api.users_info(user=PIA)["user"]
    assert (pia["is_stranger"], pia["team_id"] != ana["team_id"], "email" in pia["profile"]) == (True, True, False)
    bot = api.users_info(user=api.auth_test()["user_id"])["user"]
    assert (bot["is_bot"], bot["profile"]["api_app_id"][0]) == (True, "A")
    assert api.users_lookupByEmail(email="ben@example.example")["user"]["id"] == BEN
    groups = {g["handle"]: g for g in api.usergroups_list(include_users=True)["usergroups"]}
    assert groups["approvers"]["users"] == api.usergroups_users_list(usergroup=groups["approvers"]["id"])["users"]
    assert groups["approvers"]["users"] == [BEN, CLEO]


def test_conversations_in_slacks_shape(api: WebClient) -> None:
    """A shared channel says with whom, a direct message with which user, a private one is hidden."""
    shared = api.conversations_info(channel=PARTNERS)["channel"]
    assert (shared["is_ext_shared"], len(shared["shared_team_ids"])) == (True, 2)
    opened = api.conversations_open(users=[BEN], return_im=True)["channel"]
    assert (opened["is_im"], opened["user"], opened["id"][0]) == (True, BEN, "D")
    assert api.conversations_open(users=[BEN])["already_open"] is True
    assert api.chat_postMessage(channel=BEN, text="to you")["channel"] == opened["id"]
    assert BEN in api.conversations_members(channel=DEPLOYS)["members"]
    joined = api.conversations_join(channel=GENERAL)
    assert joined["channel"]["is_member"] is True
    assert api.conversations_join(channel=GENERAL)["warning"] == "already_in_channel"
    mine = {c["id"] for c in api.users_conversations()["channels"]}
    assert GENERAL in mine
    quit_scope = refusal(lambda: api.conversations_leave(channel=GENERAL))
    assert quit_scope["error"] == "missing_scope"


def test_views_and_their_hash(api: WebClient, quiet: Workspace) -> None:
    """A published home has Slack's view fields; an update with a stale hash is refused."""
    view: Json = api.views_publish(user_id=ANA, view=HOME)["view"]
    assert {"id", "team_id", "type", "blocks", "private_metadata", "callback_id", "state", "hash"} <= set(view)
    assert {"root_view_id", "previous_view_id", "app_id", "external_id", "app_installed_team_id", "bot_id"} <= set(view)
    again: Json = api.views_publish(user_id=ANA, view=HOME, hash=view["hash"])["view"]
    assert again["id"] == view["id"]
    stale = refusal(lambda: api.views_publish(user_id=ANA, view=HOME, hash=view["hash"]))
    assert stale["error"] == "hash_conflict"
    trigger = quiet.ask(lambda: quiet.team.triggers.issue(ANA, DEPLOYS))
    opened: Json = api.views_open(trigger_id=trigger, view=modal(external_id="e1"))["view"]
    assert opened["title"] == {"type": "plain_text", "text": "Deploy", "emoji": True}
    assert api.views_update(external_id="e1", view=modal("New"))["view"]["id"] == opened["id"]
    other = quiet.ask(lambda: quiet.team.triggers.issue(BEN, DEPLOYS))
    api.views_update(view_id=opened["id"], view=modal(external_id="e1"))
    duplicate = refusal(lambda: api.views_open(trigger_id=other, view=modal(external_id="e1")))
    assert duplicate["error"] == "duplicate_external_id"


def test_refused_blocks_say_where(api: WebClient) -> None:
    """All problems come at once with their pointers, in `errors` and in `response_metadata`."""
    blocks = [{"type": "section", "text": marked("x" * 3001)}, {"type": "header", "text": plain("")}]
    body = refusal(lambda: api.chat_postMessage(channel=DEPLOYS, text="x", blocks=blocks))
    assert body["errors"] == [
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        "must be more than 0 characters [json-pointer:/blocks/1/text/text]",
    ]
    assert body["response_metadata"]["messages"][0] == f"[ERROR] {body['errors'][0]}"
    body = refusal(lambda: api.views_publish(user_id=ANA, view={"type": "home", "blocks": blocks}))
    assert body["response_metadata"]["messages"][0].endswith("[json-pointer:/view/blocks/0/text/text]")


def test_blocks_validate(api: WebClient) -> None:
    """Blocks, a message or a view are checked alone, with pointers from what was given."""
    assert api.blocks_validate(blocks=SECTION)["ok"]
    assert api.blocks_validate(view=modal())["ok"]
    assert api.blocks_validate(message={"blocks": SECTION})["ok"]
    body = refusal(lambda: api.blocks_validate(blocks=[{"type": "header", "text": plain("x" * 151)}]))
    assert (body["error"], body["errors"][0]["pointer"]) == ("invalid_blocks", "/0/text/text")
    assert set(body["errors"][0]) == {"pointer", "code", "message", "constraint"}
    body = refusal(lambda: api.blocks_validate(message={"blocks": [{"type": "nope"}]}))
    assert (body["error"], body["errors"][0]["pointer"]) == ("invalid_message", "/blocks/0/type")
    assert refusal(lambda: api.blocks_validate(view={"type": "modal"}))["error"] == "invalid_view"
    assert refusal(api.blocks_validate)["error"] == "invalid_arguments"


def test_new_blocks_can_be_refused() -> None:
    """A workspace without the newer blocks lets an app try what it falls back to."""
    seed = default_seed()
    old = msgspec.structs.replace(seed, app=msgspec.structs.replace(seed.app, refused_blocks=("alert",)))
    with Workspace(old) as workspace:
        api = client_of(workspace)
        alert = [{"type": "alert", "text": plain("x")}]
        assert (
            refusal(lambda: api.chat_postMessage(channel=DEPLOYS, text="x", blocks=alert))["error"] == "invalid_blocks"
        )


def test_hostile_bodies(api: WebClient, quiet: Workspace) -> None:
    """Broken, deep and odd bodies get an error in JSON, never a crash."""
    deep = "[" * 5000 + "]" * 5000
    assert refusal(lambda: api.api_call("chat.postMessage", data={"channel": DEPLOYS, "blocks": deep}))["ok"] is False
    nested: Any = "x"
    for _ in range(100):
        nested = [nested]
    args = {"channel": DEPLOYS, "text": "x", "blocks": nested}
    assert refusal(lambda: api.api_call("chat.postMessage", json=args))["error"] == "invalid_blocks_format"
    for body, error in ((b"{", "invalid_json"), (b"[]", "json_not_object")):
        request = urllib.request.Request(  # noqa: S310
            f"{quiet.url}/api/auth.test", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            assert json.load(answer)["error"] == error


def test_every_method_is_documented() -> None:
    """The guide lists each method that the workspace answers."""
    from pathlib import Path

    guide = (Path(__file__).parents[2] / "docs" / "workspace.md").read_text()
    assert [name for name in METHODS if f"`{name}`" not in guide] == []
