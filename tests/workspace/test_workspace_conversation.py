"""A real Bolt app over signed HTTP and over Socket Mode: commands, clicks, modals, events, App Home."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bot.workspace.server import Workspace
from tests.workspace.app import Recorder

DEPLOYS = "#deploys"
Both = tuple[Workspace, Recorder]


def card(workspace: Workspace) -> dict[str, Any]:
    """A new card in the channel."""
    ana = workspace.person("ana")
    before = len(ana.messages(DEPLOYS))
    assert ana.command(DEPLOYS, "/deploy card").ok
    message: dict[str, Any] = ana.wait(lambda p: p.messages(DEPLOYS)[before:])[-1]
    return message


def test_a_command_arrives_in_slacks_form(both: Both) -> None:
    """An app gets every documented field of a slash command, with mentions resolved and entities escaped."""
    workspace, recorder = both
    ana, ben = workspace.person("ana"), workspace.person("ben")
    channel = workspace.team.channel_named("deploys")
    assert channel
    assert ana.command(DEPLOYS, "/deploy app @ben #deploys a<b&c https://x.example/y").ok
    (body,) = recorder.bodies("command")
    seed = workspace.seed
    secret = {name: body.pop(name) for name in ("token", "response_url", "trigger_id")}
    assert body == {
        "team_id": seed.team_id,
        "team_domain": "harbour",
        "channel_id": channel.id,
        "channel_name": "deploys",
        "user_id": ana.id,
        "user_name": "ana",
        "command": "/deploy",
        "text": f"app <@{ben.id}|ben> <#{channel.id}|deploys> a&lt;b&amp;c <https://x.example/y>",
        "api_app_id": seed.app.id,
        "is_enterprise_install": "false",
    }
    assert secret["response_url"].startswith(f"{workspace.url}/commands/{seed.team_id}/")
    assert len(secret["trigger_id"].split(".")) == 3
    assert ana.ephemerals(DEPLOYS)[-1]["text"].startswith("got app")
    assert workspace.person("ben").ephemerals(DEPLOYS) == []


def test_where_an_answer_shows(both: Both) -> None:
    """An answer is private unless it says `in_channel`; response_url works after the acknowledgement."""
    workspace, _ = both
    ana = workspace.person("ana")
    assert ana.command(DEPLOYS, "/deploy loud").ok
    assert ana.messages(DEPLOYS)[-1]["text"] == "for all"
    assert ana.command(DEPLOYS, "/deploy later").ok
    assert ana.wait(lambda p: p.ephemerals(DEPLOYS))[-1]["text"] == "later"


def test_a_crash_is_shown_to_whoever_typed(over_http: Both) -> None:
    """A command whose listener fails before the acknowledgement fails for the person with Slack's error."""
    workspace, _ = over_http
    result = workspace.person("ana").command(DEPLOYS, "/deploy crash")
    assert result.error == "dispatch_failed"
    assert result.text == '/deploy failed with the error "dispatch_failed"'


def test_unknown_commands_and_threads(both: Both) -> None:
    """A command that no app has, or one typed in a thread, is answered by Slack itself."""
    workspace, recorder = both
    ana = workspace.person("ana")
    assert ana.command(DEPLOYS, "/nope").error == "invalid_command"
    channel = workspace.team.channel_named("deploys")
    assert channel
    root = ana.say(DEPLOYS, "root")
    in_thread = workspace.run(workspace.interactions.command(ana.id, channel.id, "/deploy x", root["ts"]))
    assert in_thread.text == "/deploy is not supported in threads. Sorry!"
    assert recorder.bodies("command") == []


def test_a_click_arrives_in_slacks_form(both: Both) -> None:
    """An app gets who clicked what where, the message, the state of its elements, and a way to answer."""
    workspace, recorder = both
    ben = workspace.person("ben")
    message = card(workspace)
    assert ben.click(message, "approve", values={"decide": {"version": "v2"}}).ok
    (body,) = recorder.bodies("action")
    assert body["type"] == "block_actions"
    assert body["user"] == {"id": ben.id, "username": "ben", "name": "ben", "team_id": workspace.seed.team_id}
    assert body["team"] == {"id": workspace.seed.team_id, "domain": "harbour"}
    assert body["container"] == {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": message["channel"],
        "is_ephemeral": False,
    }
    assert body["channel"] == {"id": message["channel"], "name": "deploys"}
    assert body["message"]["blocks"][0]["block_id"] == "what"
    assert body["api_app_id"] == workspace.seed.app.id
    assert body["enterprise"] is None
    assert body["is_enterprise_install"] is False
    assert body["response_url"].startswith(f"{workspace.url}/actions/")
    option = {"text": {"type": "plain_text", "text": "v2", "emoji": True}, "value": "v2"}
    assert body["state"]["values"] == {
        "decide": {
            "version": {"type": "static_select", "selected_option": option},
            "commit": {"type": "external_select", "selected_option": None},
        }
    }
    (action,) = body["actions"]
    action_ts = action.pop("action_ts")
    assert float(action_ts) > 0
    assert action == {
        "type": "button",
        "action_id": "approve",
        "block_id": "decide",
        "text": {"type": "plain_text", "text": "Approve", "emoji": True},
        "value": "r1",
        "style": "primary",
    }
    assert ben.wait(lambda p: [m for m in p.messages(DEPLOYS) if m["ts"] == message["ts"] and m["text"] == "approved"])


def test_selects_and_their_options(both: Both) -> None:
    """A choice carries the whole option; an external select asks the app and takes only what it offered."""
    workspace, recorder = both
    ben, message = workspace.person("ben"), card(workspace)
    assert ben.click(message, "version", "v1").ok
    assert recorder.bodies("action")[-1]["actions"][0]["selected_option"]["value"] == "v1"
    assert [o["value"] for o in ben.suggestions(message, "commit", "a1")] == ["a1b2c3d"]
    asked = recorder.bodies("options")[-1]
    assert (asked["type"], asked["value"], asked["action_id"]) == ("block_suggestion", "a1", "commit")
    assert ben.click(message, "commit", "a1b2c3d").ok
    assert recorder.bodies("action")[-1]["actions"][0]["selected_option"]["text"]["text"] == "a1b2c3d Fix"
    with pytest.raises(ValueError, match="does not offer"):
        ben.click(message, "version", "v9")


def test_ephemeral_messages_are_replaced_through_response_url(both: Both) -> None:
    """A click in a message that only one person sees carries no message, and response_url replaces it."""
    workspace, recorder = both
    ana = workspace.person("ana")
    ana.command(DEPLOYS, "/deploy whisper")
    whispered = ana.ephemerals(DEPLOYS)[-1]
    assert ana.click(whispered, "approve").ok
    body = recorder.wait("action")[-1]
    assert body["container"]["is_ephemeral"] is True
    assert "message" not in body
    assert ana.wait(lambda p: p.ephemerals(DEPLOYS)[-1]["text"] == "replaced")


def opened(workspace: Workspace) -> dict[str, Any]:
    ana = workspace.person("ana")
    assert ana.command(DEPLOYS, "/deploy").ok
    view: dict[str, Any] = ana.wait(lambda p: p.views())[-1]
    return view


def test_a_modal_is_submitted(both: Both) -> None:
    """Inputs are checked before the app hears of them; then it gets the view with its state, and the modal closes."""
    workspace, recorder = both
    ana, view = workspace.person("ana"), opened(workspace)
    assert ana.submit(view).errors == {"why": "Please complete this required field."}
    assert ana.submit(view, {"reason": "x"}).errors == {"why": "Must be at least 3 characters"}
    assert recorder.bodies("view") == []
    assert ana.submit(view, {"reason": "because"}).ok
    (body,) = recorder.bodies("view")
    assert body["type"] == "view_submission"
    assert body["view"]["state"] == {"values": {"why": {"reason": {"type": "plain_text_input", "value": "because"}}}}
    assert body["view"]["root_view_id"] == view["id"]
    assert (body["view"]["callback_id"], body["view"]["private_metadata"]) == ("deploy", "m")
    assert body["response_urls"] == []
    assert ana.views() == []


@pytest.mark.parametrize(
    ("reason", "titles", "errors"),
    [
        ("wrong", ["Deploy"], {"why": "Say more"}),
        ("update", ["Updated"], {}),
        ("push", ["Deploy", "Pushed"], {}),
        ("clear", [], {}),
        ("broken", ["Deploy"], {}),
    ],
)
def test_what_an_app_answers_to_a_modal(both: Both, reason: str, titles: list[str], errors: dict[str, str]) -> None:
    """Each response_action does what Slack does; a view that Slack refuses leaves the modal with its trouble."""
    workspace, _ = both
    ana, view = workspace.person("ana"), opened(workspace)
    result = ana.submit(view, {"reason": reason})
    assert [v["title"]["text"] for v in ana.views()] == titles
    assert result.errors == errors
    assert bool(result.text) == (reason == "broken")


def test_closing_a_modal_is_reported(both: Both) -> None:
    """An app that asked for it hears that a modal was closed."""
    workspace, recorder = both
    ana, view = workspace.person("ana"), opened(workspace)
    ana.close(view)
    body = recorder.wait("closed")[-1]
    assert (body["type"], body["is_cleared"], body["view"]["id"]) == ("view_closed", False, view["id"])
    assert ana.views() == []


def test_a_mention_and_its_thread(both: Both) -> None:
    """A mention arrives as app_mention and as message, in the documented envelope, and is answered in its thread."""
    workspace, recorder = both
    ana, bot = workspace.person("ana"), workspace.seed.app.user_id
    said = ana.mention(DEPLOYS, "status & more")
    body = recorder.wait("mention")[-1]
    assert body["type"] == "event_callback"
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"][0]["user_id"] == bot
    assert body["is_ext_shared_channel"] is False
    event = body["event"]
    channel = workspace.team.channel_named("deploys")
    assert channel
    assert (event["type"], event["user"], event["channel"]) == ("app_mention", ana.id, channel.id)
    assert event["text"] == f"<@{bot}> status &amp; more"
    assert event["event_ts"] == event["ts"] == said["ts"]
    section = event["blocks"][0]["elements"][0]
    assert section["elements"] == [{"type": "user", "user_id": bot}, {"type": "text", "text": " status & more"}]
    reply = ana.wait(lambda p: p.thread(said)[1:])[-1]
    assert (reply["text"], reply["thread_ts"], reply["parent_user_id"]) == ("on it", said["ts"], ana.id)
    assert ana.thread(said["ts"]) == ana.thread(said)
    root = ana.thread(said)[0]
    assert (root["reply_count"], root["reply_users"], root["latest_reply"]) == (1, [bot], reply["ts"])
    assert recorder.wait("message")[-1]["event"]["channel_type"] == "channel"


def test_direct_messages_and_reactions(both: Both) -> None:
    """A direct message arrives with channel_type im; a reaction says whose message it is on."""
    workspace, recorder = both
    ana = workspace.person("ana")
    said = ana.say("@slipway", "hello")
    event = recorder.wait("message")[-1]["event"]
    assert (event["channel_type"], event["text"]) == ("im", "hello")
    ana.react(said, "eyes")
    event = recorder.wait("reaction")[-1]["event"]
    assert (event["reaction"], event["item_user"], event["item"]["ts"]) == ("eyes", ana.id, said["ts"])


def test_app_home(both: Both) -> None:
    """Looking at the App Home tells the app, which publishes a view; its buttons arrive with that view."""
    workspace, recorder = both
    ana = workspace.person("ana")
    ana.open_home()
    event = recorder.wait("home")[-1]["event"]
    assert (event["type"], event["user"], event["tab"]) == ("app_home_opened", ana.id, "home")
    home = ana.wait(lambda p: p.home())
    assert ana.click(home, "look").ok
    body = recorder.bodies("action")[-1]
    assert body["container"] == {"type": "view", "view_id": home["id"]}
    assert (body["view"]["type"], body["view"]["hash"]) == ("home", home["hash"])
    assert "response_url" not in body
    ana.open_home()
    assert recorder.wait("home", 2)[-1]["event"]["view"]["id"] == home["id"]


def test_a_request_url_is_verified(over_http: Both) -> None:
    """Saving a request URL sends a signed challenge, which Bolt answers by itself."""
    workspace, _ = over_http
    assert workspace.verify_url() == ""


def test_reconnecting(over_socket: Both) -> None:
    """After `disconnect` slack_sdk opens another connection, and commands arrive through it.

    While slack_sdk replaces a connection it may open one more and drop it unread, so the first command may time out.
    """
    workspace, _ = over_socket
    before = workspace.sockets.connections[0]
    workspace.disconnect()
    for _ in range(1200):
        if [c for c in workspace.sockets.connections if c is not before]:
            break
        time.sleep(0.05)
    results = (workspace.person("ana").command(DEPLOYS, "/deploy after").ok for _ in range(3))
    assert any(results)
    assert before not in workspace.sockets.connections
