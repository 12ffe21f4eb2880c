"""The first message of the demo: the progress of the setup, and then what to try, for a new user."""

import time
from collections.abc import Callable, Sequence

from bot.blocks.message import Message, context, header, section
from bot.blocks.text import code
from bot.demo.environments import EnvironmentProgress
from bot.demo.folder import CHANNEL, ENVIRONMENT, SERVICE
from bot.demo.system import Demo
from bot.demo.versions import STORY
from bot.slack_client import web_client
from bot.workspace.server import Workspace

EVERY = 2.0  # seconds between two edits: Slack allows about 50 a minute (chat.update, tier 3)


class Welcome:
    """The message, posted once in the lifetime of a workspace. The message of an earlier demo stays."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._post: _Post | None = None
        self._edited = 0.0

    def opened(self, workspace: Workspace) -> None:
        """The page answers. Say that the rest is being set up, if there is no message yet."""
        if not any(m.get("bot_id") for m in workspace.person("ana").messages(f"#{CHANNEL}")):
            self._post = _Post(workspace, setting_up([]))
            self._edited = self._clock()

    def show(self, places: Sequence[EnvironmentProgress]) -> None:
        """Report the progress, but not at every call."""
        if self._post is not None and self._clock() - self._edited >= EVERY:
            self._post.edit(setting_up(places))
            self._edited = self._clock()

    def ready(self, demo: Demo) -> None:
        """Say what to try, and pin the message."""
        if self._post is not None:
            self._post.edit(first(demo))
            self._post.pin()


class _Post:
    """A message of the bot in the demo's channel."""

    def __init__(self, workspace: Workspace, message: Message) -> None:
        self._client = web_client(f"{workspace.url}/api/", workspace.bot_token)
        self._channel = next(c.id for c in workspace.seed.channels if c.name == CHANNEL)
        posted = self._client.chat_postMessage(
            channel=self._channel, text=message.text, blocks=message.rendered(), unfurl_links=False
        )
        self._ts = str(posted["ts"])

    def edit(self, message: Message) -> None:
        self._client.chat_update(channel=self._channel, ts=self._ts, text=message.text, blocks=message.rendered())

    def pin(self) -> None:
        self._client.pins_add(channel=self._channel, timestamp=self._ts)


def setting_up(places: Sequence[EnvironmentProgress]) -> Message:
    """The progress of each environment."""
    rows = "\n".join(place.row for place in places) or "starting"
    return Message(
        "The demo is being set up",
        [
            header("The demo is being set up"),
            section(
                "The AWS behind this Slack is empty. Three environments with all their stacks are created in it now, by releases of their own. This takes about a minute, and is done once."
            ),
            section(f"```{rows}```"),
            context("The bot answers commands as soon as this message says what to try."),
        ],
    )


def first(demo: Demo) -> Message:
    """Four things to try, and the published versions."""
    deploy, back = f"/deploy {SERVICE} {ENVIRONMENT}", f"/rollback {SERVICE} {ENVIRONMENT}"
    crashes, widens = (code(f"{deploy} {demo.short(name)}", 90) for name in ("crashes", "widens"))
    steps = [
        f"*1.* Type {code(deploy)} below and press Enter. Then choose *Ben* under “Act as”, press *Approve* on the card, and watch.",
        (
            f"*2.* Type {crashes} and let Ben approve. That version crashes; it is rolled back automatically, with the "
            "reason."
        ),
        f"*3.* Type {code(back)} to roll back a good version. One person is enough.",
        f"*4.* Type {widens}, which adds permissions: two approvals are needed. Gus is a guest and can't release.",
    ]
    published = [f"{code(demo.short(one.name))} {one.about}" for one in reversed(STORY)]
    return Message(
        "Welcome. Type /deploy app prod",
        [
            header("Welcome. Here you release to production"),
            section(
                "This Slack, its people and the AWS behind it live on your machine. Nothing that you do here "
                "leaves your machine. *The cloud*, at the left, shows what AWS does."
            ),
            section("\n".join(steps)),
            section("*Versions of app, newest first*\n" + "\n".join(published)),
            context(f"{code('/deploy help')} lists everything else."),
        ],
    )
