"""Cards drawn in one process: a Slack that only remembers, and releases on fakes."""

from typing import Any

import msgspec
from slack_sdk.errors import SlackApiError

from bot.card_updates import CardUpdater
from bot.cards import Card, pk, read
from bot.messenger import Messenger
from bot.slack_directory import SlackDirectory, SlackLookup
from generator.release.model.settings import Person, Releases, Slack
from tests.release.fake_platform import FakePlatform

PROD, SECOND = "C0000000001", "C0000000002"


SLACK = Slack(team_id="T0000000001", app_id="A0000000001", default=(PROD,), notify={"prod": SECOND})


class Voice:
    """Slack's Web API as far as cards use it. ``fail`` maps a method to the errors of its next calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.messages: dict[tuple[str, str], dict[str, Any]] = {}
        self.files: list[dict[str, Any]] = []
        self.fail: dict[str, list[Any]] = {}
        self.gone: set[str] = set()  # messages that somebody deleted
        self._count = 0

    def _call(self, method: str, **args: Any) -> None:
        self.calls.append((method, args))
        errors = self.fail.get(method) or []
        if errors:
            error = errors.pop(0)
            if isinstance(error, BaseException):
                raise error
            if error:
                raise SlackApiError("no", _Answer({"ok": False, "error": error}))

    def chat_postMessage(self, **args: Any) -> dict[str, Any]:  # noqa: N802 - Slack's name
        self._call("chat.postMessage", **args)
        self._count += 1
        ts = f"{self._count}.0"
        self.messages[args["channel"], ts] = args
        return {"ts": ts}

    def chat_update(self, **args: Any) -> dict[str, Any]:
        if args["ts"] in self.gone:
            raise SlackApiError("no", _Answer({"ok": False, "error": "message_not_found"}))
        self._call("chat.update", **args)
        self.messages[args["channel"], args["ts"]] |= args
        return {"ts": args["ts"]}

    def chat_getPermalink(self, **args: Any) -> dict[str, Any]:  # noqa: N802 - Slack's name
        return {"permalink": f"https://x.slack.com/archives/{args['channel']}/p1"}

    def conversations_open(self, users: str) -> dict[str, Any]:
        self._call("conversations.open", users=users)
        return {"channel": {"id": f"D{users}"}}

    def conversations_history(self, **args: Any) -> dict[str, Any]:
        self._call("conversations.history", **args)
        return {
            "messages": [{"ts": ts, **m} for (channel, ts), m in self.messages.items() if channel == args["channel"]]
        }

    def files_upload_v2(self, **args: Any) -> dict[str, Any]:
        self._call("files.upload", **args)
        self.files.append(args)
        return {"ok": True, "file": {"id": f"F{len(self.files):010}"}}

    def conversations_replies(self, **args: Any) -> dict[str, Any]:
        self._call("conversations.replies", **args)
        own = [f for f in self.files if f.get("thread_ts") == args["ts"]]
        return {"messages": [{"ts": "9.9", "files": [{"name": f["filename"]}]} for f in own]}

    def roots(self) -> list[dict[str, Any]]:
        """Messages of prod's channel that are no replies."""
        return [m for (channel, _), m in self.messages.items() if channel == PROD and "thread_ts" not in m]

    def edits(self) -> int:
        """How often a root message was edited."""
        roots = {ts for (channel, ts), m in self.messages.items() if channel == PROD and "thread_ts" not in m}
        return sum(1 for method, args in self.calls if method == "chat.update" and args["ts"] in roots)


class _Answer(dict[str, Any]):
    status_code = 200
    headers: dict[str, str] = {"Retry-After": "30"}


class Drawn:
    """A platform whose releases have cards."""

    def __init__(self, **settings: Releases) -> None:
        self.platform = FakePlatform(settings=settings, ticks=2)
        self.platform.created()
        self.platform.publish(2)
        self.platform.clock.sleep(7200)
        people = {**self.platform.facts.people, "ben": Person(slack="U0000BEN", aws=("AIDABENBENBENBENBEN1",))}
        self.platform.facts = msgspec.structs.replace(self.platform.facts, people=people)
        self.voice = Voice()
        self.cards = self.worker("w1")

    def worker(self, name: str) -> CardUpdater:
        """Somebody who draws."""
        voice: Any = self.voice
        directory = SlackDirectory(self.platform.facts, SlackLookup(voice, self.platform.clock), SLACK.team_id)
        return CardUpdater(
            self.platform.facts, SLACK, self.platform.log, Messenger(voice, SLACK.team_id), directory,
            worker=name, clock=self.platform.clock, threads=0,
        )  # fmt: skip

    def card(self, release: str) -> Card:
        """What is known of a card."""
        found = self.platform.table.get(pk(release), "card")
        assert found is not None
        return read(found)

    def later(self, seconds: float, step: float = 1.0) -> None:
        """Time passes; the engine and the cards work."""
        for _ in range(int(seconds / step)):
            self.platform.later(step, every=step)
            self.cards.turn()
