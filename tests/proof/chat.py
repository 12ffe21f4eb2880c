"""A release that people make in Slack, while the bot and the worker are killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from bot.workspace.seed import default_seed
from bot.workspace.server import Workspace
from generator.release.model.states import Waiting
from tests.sandbox.configurations import ROOT

if TYPE_CHECKING:
    from tests.proof.bed import Bed

_CHANNEL = "#deploys"


class Bot:
    """The bot's front and its worker, each a process of its own, with a local Slack."""

    def __init__(self, bed: Bed, workspace: Workspace) -> None:
        self._environment = {
            **os.environ,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_APP_TOKEN": workspace.app_token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "SLACK_API_URL": f"{workspace.url}/api/",
            "SLACK_HOST": "127.0.0.1",
            "SLIPWAY_STACKS": str(bed.folder / "stacks"),
        }
        self._log = bed.folder / "bot.log"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, part: str) -> None:
        """Start `web` or `worker`."""
        with self._log.open("ab") as log:
            self._running[part] = subprocess.Popen(
                [sys.executable, "-m", "bot", part, "--sandbox"], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**self._environment, "HEALTH_PORT": "0"},
            )  # fmt: skip

    def kill(self, part: str) -> None:
        """SIGKILL."""
        if process := self._running.pop(part, None):
            process.kill()
            process.wait()


def bot_and_worker_killed(bed: Bed, strategy: str) -> None:
    """Ana asks in Slack; the bot is killed; Ben approves once it is back; the worker is killed while both versions run."""
    engine = bed.engine
    engine.kill_worker()
    with ExitStack() as parts:
        workspace = Workspace(default_seed(), port=0)
        workspace.start()
        parts.callback(workspace.stop)
        bot = Bot(bed, workspace)
        parts.callback(engine.start_worker)
        for part in ("web", "worker"):
            parts.callback(bot.kill, part)
            bot.start(part)
        ana, ben = workspace.person("ana"), workspace.person("ben")
        line = f"/deploy {strategy} dev {engine.commit('better')[:12]}"
        # Until the bot has connected, Slack answers that it did not.
        engine.wait(lambda: ana.command(_CHANNEL, line).ok, "the bot")
        opened = engine.opened(strategy)
        engine.wait(lambda: isinstance(engine.now(opened).state, Waiting), f"{opened} to wait")
        engine.wait(lambda: bool(_card(ana, opened)), f"the card of {opened}")
        bot.kill("web")
        bot.start("web")
        engine.wait(lambda: ben.click(_card(ana, opened), "approve").ok, "the bot, which was killed")
        engine.wait(lambda: bed.both_run(strategy), "both versions to run")
        bot.kill("worker")
        bot.start("worker")
        engine.ends(opened, "succeeded")


def _card(person: Any, release: str) -> dict[str, Any]:
    """The card of a release that can be approved; {} while there is none."""
    for message in person.messages(_CHANNEL):
        found = (message.get("metadata") or {}).get("event_payload", {}).get("release")
        if found == release and "'action_id': 'approve'" in str(message):
            return dict(message)
    return {}
