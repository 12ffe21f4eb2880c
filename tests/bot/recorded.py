"""What the local Slack sends for each kind of thing that people do, recorded as it arrives over HTTP, and mutations of it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

from slack_sdk import WebClient

from bot.blocks import button_values, modals
from bot.blocks.message import button
from bot.workspace.server import Workspace

BINDING = "ab" * 10
OTHERS: tuple[Any, ...] = (None, 0, True, "", "x", [], [None], [[]], {}, {"a": {"b": 1}})


class _Recorder(BaseHTTPRequestHandler):
    """An app that acknowledges everything and remembers it."""

    found: list[tuple[str, str]]

    def do_POST(self) -> None:
        """Take one request."""
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.found.append((self.headers["content-type"], body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def record(slack: Workspace) -> dict[str, tuple[str, str]]:
    """By name, content type and body: a command, a click, a submitted modal, a mention, a direct message, App Home."""
    found: dict[str, tuple[str, str]] = {}
    recorder = type("Recorder", (_Recorder,), {"found": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def keep(name: str, do: Callable[[], object]) -> str:
        before = len(recorder.found)
        do()
        while len(recorder.found) <= before:
            time.sleep(0.01)
        found[name] = recorder.found[before]
        return found[name][1]

    try:
        slack.deliver_over_http(f"http://127.0.0.1:{server.server_port}/slack/events")
        ana = slack.person("ana")
        api = WebClient(token=slack.bot_token, base_url=f"{slack.url}/api/")
        channel = next(c.id for c in slack.seed.channels if c.name == "deploys")
        sent = keep("command", lambda: ana.command("#deploys", "/deploy app prod"))
        trigger = parse_qs(sent)["trigger_id"][0]
        private = modals.metadata(channel=channel, release=button_values.value("prod-app-1", BINDING))
        api.views_open(trigger_id=trigger, view=modals.rejection("prod-app-1", private))
        keep("modal", lambda: ana.submit(ana.wait(lambda p: p.views())[-1], {"reason": "x"}))
        approve = button("Approve", "approve", button_values.value("prod-app-1", BINDING)).to_dict()
        card = api.chat_postMessage(channel=channel, text="card", blocks=[{"type": "actions", "elements": [approve]}])
        keep("click", lambda: ana.click({"ts": card["ts"], "channel": channel}, "approve"))
        keep("mention", lambda: ana.mention("#deploys", "status"))
        keep("direct message", lambda: ana.say("@slipway", "status"))
        keep("App Home", ana.open_home)
    finally:
        server.shutdown()
        server.server_close()
    return found


def payload(kind: str, body: str) -> Any:
    """What a body holds."""
    if kind.startswith("application/json"):
        return json.loads(body)
    form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
    return json.loads(form["payload"]) if "payload" in form else form


def mutations(kind: str, body: str) -> dict[str, str]:
    """Bodies with one value put in another's place, or left out; each with what was done. None is like another."""
    return {text: what for what, text in _mutations(kind, body) if text != body}


def _mutations(kind: str, body: str) -> Iterator[tuple[str, str]]:
    whole = payload(kind, body)
    form = not kind.startswith("application/json")
    if form and "payload" not in parse_qs(body):
        for name in whole:
            yield f"{name} left out", urlencode({n: v for n, v in whole.items() if n != name})
            yield f"{name} empty", urlencode(whole | {name: ""})
            yield f"{name} twice", urlencode([*whole.items(), (name, "x")])
        return
    for path in _paths(whole):
        for other in (*OTHERS, ...):
            text = json.dumps(_with(whole, path, other))
            yield f"{'.'.join(map(str, path))} = {other!r}", urlencode({"payload": text}) if form else text
    for other in OTHERS:
        yield f"= {other!r}", urlencode({"payload": json.dumps(other)}) if form else json.dumps(other)


def _paths(value: Any, before: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*before, name)
        if before[:1] != ("message",):  # the card itself is read by nobody
            yield from _paths(inner, (*before, name))


def _with(value: Any, path: tuple[str | int, ...], other: Any) -> Any:
    """A copy with another value at a path; ``...`` leaves it out."""
    copy = dict(value) if isinstance(value, dict) else list(value)
    name, rest = path[0], path[1:]
    if rest:
        copy[name] = _with(copy[name], rest, other)
    elif other is ...:
        del copy[name]
    else:
        copy[name] = other
    return copy
