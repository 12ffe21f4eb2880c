"""A Bolt app that remembers every body it got, and ways to serve it: signed HTTP and Socket Mode."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from slack_bolt import App, BoltRequest
from slack_sdk import WebClient

from bot.workspace.server import Workspace

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


CARD: list[Json] = [
    {"type": "section", "block_id": "what", "text": marked("*app* → prod")},
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [
            {"type": "button", "action_id": "approve", "text": plain("Approve"), "value": "r1", "style": "primary"},
            {
                "type": "static_select",
                "action_id": "version",
                "placeholder": plain("Version"),
                "options": [{"text": plain(v), "value": v} for v in ("v1", "v2")],
            },
            {"type": "external_select", "action_id": "commit", "min_query_length": 0},
        ],
    },
]


def modal(title: str = "Deploy", **more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "reason", "min_length": 3}
    return {
        "type": "modal",
        "callback_id": "deploy",
        "title": plain(title),
        "submit": plain("Go"),
        "notify_on_close": True,
        "private_metadata": "m",
        "blocks": [{"type": "input", "block_id": "why", "label": plain("Why"), "element": element}],
        **more,
    }


HOME: Json = {
    "type": "home",
    "blocks": [
        {
            "type": "actions",
            "block_id": "h",
            "elements": [{"type": "button", "action_id": "look", "text": plain("Look"), "value": "x"}],
        }
    ],
}


def client_of(workspace: Workspace) -> WebClient:
    return WebClient(workspace.bot_token, base_url=f"{workspace.url}/api/")


class Recorder:
    """The app and what reached it. `got` holds (kind, body)."""

    def __init__(self, workspace: Workspace) -> None:
        self.got: list[tuple[str, Json]] = []
        self.app = App(client=client_of(workspace), signing_secret=workspace.signing_secret)
        self._hear_commands()
        self._hear_clicks()
        self._hear_modals()
        self._hear_events()

    def bodies(self, kind: str) -> list[Json]:
        return [body for name, body in self.got if name == kind]

    def wait(self, kind: str, count: int = 1) -> list[Json]:
        """Bodies of a kind, as soon as there are enough."""
        for _ in range(6000):
            if len(self.bodies(kind)) >= count:
                return self.bodies(kind)
            time.sleep(0.01)
        raise TimeoutError(f"{kind} came {len(self.bodies(kind))} times")

    def _hear_commands(self) -> None:
        app = self.app

        @app.command("/deploy")
        def deploy(ack: Any, body: Json, client: WebClient, respond: Any) -> None:
            self.got.append(("command", body))
            match body["text"].split(" ")[0]:
                case "":
                    ack()
                    client.views_open(trigger_id=body["trigger_id"], view=modal())
                case "card":
                    ack()
                    client.chat_postMessage(channel=body["channel_id"], text="app to prod", blocks=CARD)
                case "loud":
                    ack(text="for all", response_type="in_channel")
                case "later":
                    ack()
                    respond("later")
                case "crash":
                    raise RuntimeError("on purpose")
                case "whisper":
                    ack(blocks=CARD, text="only you")
                case _:
                    ack(f"got {body['text']}")

    def _hear_clicks(self) -> None:
        app = self.app

        @app.action("approve")
        def approve(ack: Any, body: Json, client: WebClient, respond: Any) -> None:
            self.got.append(("action", body))
            ack()
            if body["container"].get("is_ephemeral"):
                respond(text="replaced", replace_original=True)
            else:
                client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="approved")

        @app.action("version")
        @app.action("commit")
        @app.action("look")
        def choose(ack: Any, body: Json) -> None:
            self.got.append(("action", body))
            ack()

        @app.options("commit")
        def commits(ack: Any, body: Json) -> None:
            self.got.append(("options", body))
            ack(options=[{"text": plain("a1b2c3d Fix"), "value": "a1b2c3d"}])

    def _hear_modals(self) -> None:
        app = self.app

        @app.view("deploy")
        def submitted(ack: Any, body: Json, view: Json) -> None:
            self.got.append(("view", body))
            match view["state"]["values"]["why"]["reason"]["value"]:
                case "wrong":
                    ack(response_action="errors", errors={"why": "Say more"})
                case "update":
                    ack(response_action="update", view=modal("Updated"))
                case "push":
                    ack(response_action="push", view=modal("Pushed"))
                case "clear":
                    ack(response_action="clear")
                case "broken":
                    ack(response_action="update", view={"type": "modal"})
                case _:
                    ack()

        @app.view_closed("deploy")
        def closed(ack: Any, body: Json) -> None:
            self.got.append(("closed", body))
            ack()

    def _hear_events(self) -> None:
        app = self.app

        @app.event("app_home_opened")
        def home(event: Json, body: Json, client: WebClient) -> None:
            self.got.append(("home", body))
            client.views_publish(user_id=event["user"], view=HOME)

        @app.event("app_mention")
        def mentioned(body: Json, say: Any) -> None:
            self.got.append(("mention", body))
            say(text="on it", thread_ts=body["event"]["ts"])

        @app.event("message")
        def message(body: Json) -> None:
            self.got.append(("message", body))

        @app.event("reaction_added")
        def reaction(body: Json) -> None:
            self.got.append(("reaction", body))

        @app.event("member_joined_channel")
        def joined(body: Json) -> None:
            self.got.append(("joined", body))


class Front:
    """The app behind HTTP, as any web framework would put it there."""

    def __init__(self, app: App) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {name: [value] for name, value in self.headers.items()}
                answer = app.dispatch(BoltRequest(body=body, headers=headers))
                self.send_response(answer.status)
                sent = answer.body.encode()
                for name, values in answer.headers.items():
                    for value in values:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/slack/events"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
