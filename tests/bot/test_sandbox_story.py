"""One story on the embedded AWS: real table, queue, roles and stacks; front and worker as processes of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.workspace.seed import default_seed
from bot.workspace.server import Workspace
from tests.integration.checkout import ROOT, Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A folder with the shipped stacks, whose people and channels are those of the local workspace."""
    found = Checkout(tmp_path)
    yield found
    found.stop()


def named(text: str, slack: Workspace) -> str:
    """platform.yaml with the ids of this workspace."""
    seed = slack.seed
    for person in seed.people:
        text = text.replace(f"U0EXAMPLE{person.handle.upper()}", person.id)
    channel = next(c.id for c in seed.channels if c.name == "deploys")
    return f"{text}\nslack:\n  team_id: {seed.team_id}\n  app_id: {seed.app.id}\n  default: [{channel}]\n"


class Bot:
    """``python -m bot PART --sandbox``, in processes of their own."""

    def __init__(self, checkout: Checkout, slack: Workspace) -> None:
        self.env = env = {
            "PATH": os.environ["PATH"], "HOME": str(checkout.folder), "PYTHONPATH": str(ROOT), "HEALTH_PORT": "0",
            "SLACK_HOST": "127.0.0.1", "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret, "SLACK_API_URL": f"{slack.url}/api/",
        } | {k: v for k, v in os.environ.items() if k.startswith("COV")}  # fmt: skip
        self.logs: list[Path] = []
        self._processes = []
        for part in ("web", "worker"):
            log = checkout.folder / f"{part}.log"
            self.logs.append(log)
            with log.open("wb") as out:
                command = [sys.executable, "-m", "bot", part, "--sandbox"]
                self._processes.append(subprocess.Popen(command, cwd=checkout.folder, env=env, stdout=out, stderr=out))

    def doctor(self, folder: Path) -> dict[str, str]:
        """What the doctor finds, by name."""
        command = [sys.executable, "-m", "bot", "doctor", "--sandbox", "--json"]
        run = subprocess.run(command, cwd=folder, env=self.env, capture_output=True, text=True, check=False)
        return {row["name"]: f"{row['result']}: {row['text']}" for row in json.loads(run.stdout)}

    def said(self) -> str:
        """Everything that the processes logged."""
        return "\n".join(log.read_text() for log in self.logs)

    def close(self) -> list[int]:
        """End them as ECS does; their exit codes."""
        for process in self._processes:
            process.terminate()
        return [process.wait(120) for process in self._processes]


def until(look: Callable[[], Any], bot: Bot, seconds: float = 300.0) -> Any:
    """What there is to see, once there is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(bot.said()[-4000:])


def test_two_people_release_and_roll_back_on_the_embedded_aws(checkout: Checkout) -> None:
    """Made by the command line, released and rolled back from chat; what chat did is in the same history."""
    with Workspace(default_seed()) as slack:
        platform = checkout.folder / "stacks" / "platform.yaml"
        platform.write_text(named(platform.read_text(), slack))
        checkout.slipway("apply prod --yes")
        checkout.slipway("publish --sample better --service app")
        bot = Bot(checkout, slack)
        try:
            until(lambda: "the front is ready" in bot.said() and "the worker is ready" in bot.said(), bot)
            ana, ben = slack.person("ana"), slack.person("ben")

            def card(release: str, text: str) -> Any:
                found = (m for m in ana.messages("#deploys") if f"'{release}'" in str(m.get("metadata")))
                return next((m for m in found if text in str(m)), None)

            assert not ana.command("#deploys", "/deploy app prod because it is better").error
            ben.click(until(lambda: card("prod-app-2", "'approve'"), bot), "approve")
            done = until(lambda: card("prod-app-2", "'roll-back'"), bot)
            assert "Approved by" in str(done)
            ana.click(done, "roll-back")
            until(lambda: card("prod-app-3", "ucceeded in"), bot)
            checks = bot.doctor(checkout.folder)
        finally:
            codes = bot.close()
        assert codes == [0, 0], bot.said()
        assert [f"{name}: {text}" for name, text in checks.items() if text.startswith("failed")] == []
        assert checks["rights of bot"] == checks["rights of worker"] == "ok: correct"
        assert slack.bot_token not in bot.said()
        history = [line.split()[0] for line in checkout.slipway("history app prod").out.splitlines()[1:]]
        assert history == ["prod-app-3", "prod-app-2", "prod-app-1"]
        assert "no entry was changed" in checkout.slipway("audit verify").out
