"""The whole bot on a stage: a local Slack with a real protocol, the engine on fakes of AWS, the bot between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from bot.card_updates import CardUpdater
from bot.front import FrontParts
from bot.lock_notices import LockNotices
from bot.messenger import Messenger
from bot.settings import Settings
from bot.slack_directory import SlackDirectory, SlackLookup
from bot.transport import Http
from bot.web import BotFront, client
from bot.workspace.seed import Seed, default_seed
from bot.workspace.server import Workspace
from generator.release.client import Client
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.model.requests import Request
from generator.release.model.settings import Person, Releases, Slack, Team
from generator.release.model.states import name
from generator.release.origins import Origins
from generator.release.reception import Senders
from generator.release.service import ReleaseService
from generator.release.worker import Worker
from tests.fakes.clock import FakeClock
from tests.release.fake_platform import FakePlatform

FRONT = "AROAFRONTFRONTFRONT1"
RULES = {"prod": Releases(bake_minutes=0)}


class FastClock(FakeClock):
    """The fakes' clock, running: so many seconds for each of ours, and further at once when a test says so."""

    began: float
    speed: float

    def __call__(self) -> float:
        return self.now + (time.monotonic() - self.began) * self.speed


def run(clock: FakeClock, speed: float) -> FastClock:
    """Let a clock that stands run from now on, for everybody who holds it."""
    clock.__class__ = FastClock
    assert isinstance(clock, FastClock)
    clock.began, clock.speed = time.monotonic(), speed
    return clock


def slack_of(seed: Seed, **more: Any) -> Slack:
    """The section of platform.yaml that fits a workspace."""
    deploys = next(c.id for c in seed.channels if c.name == "deploys")
    return Slack(team_id=seed.team_id, app_id=seed.app.id, default=(deploys,), **more)


def facts_of(facts: PlatformFacts, seed: Seed) -> PlatformFacts:
    """The platform with the workspace's people; approvers are a Slack user group."""
    ids = {p.handle: p.id for p in seed.people}
    people = {who: Person(slack=ids[who]) for who in ("ana", "ben", "cleo")}
    people["ana"] = Person(aws=("AIDAANAANAANAANAANA1",), slack=ids["ana"])
    group = next(g.id for g in seed.groups if g.handle == "approvers")
    teams = {"releasers": Team(people=("ana", "ben", "cleo")), "approvers": Team(slack_group=group)}
    return msgspec.structs.replace(facts, people=people, teams=teams)


class Stage:
    """Everything, running. Workers turn in a thread; AWS ticks with them."""

    def __init__(
        self, workspace: Workspace, *, transport: str = "http", rules: Any = None, speed: float = 20.0,
        apps: Sequence[str] = ("app", "web"), **slack: Any,
    ) -> None:  # fmt: skip
        self.workspace = workspace
        self.platform = FakePlatform(settings=rules or RULES, ticks=2, apps=apps)
        self.platform.created()
        self.platform.publish(2)
        # What was deployed so far is too old for a card.
        self.platform.clock.sleep(7200)
        self.clock = run(self.platform.clock, speed)
        self.platform.facts = facts_of(self.platform.facts, workspace.seed)
        self.ticking = True
        self.slack = slack_of(workspace.seed, **slack)
        self.settings = Settings(
            bot_token=workspace.bot_token,
            app_token=workspace.app_token,
            signing_secret=workspace.signing_secret,
            transport="http" if transport == "http" else "socket",
            host="127.0.0.1",
            port=0,
            api_url=f"{workspace.url}/api/",
        )
        self.web: BotFront | None = None
        self.workers: list[Working] = []

    # --- parts

    def open(self) -> BotFront:
        """Start a front."""
        queue = self.platform.queue.as_(f"{FRONT}:front")
        reading = FrontParts(
            self.platform.facts, self.slack, self.platform.log, queue, self.platform.versions, self.clock
        )
        self.web = BotFront(self.settings, reading)
        self.web.start()
        if isinstance(self.web.transport, Http) and not self.settings.port:
            # A front that comes back listens where Slack knows it.
            self.workspace.deliver_over_http(self.web.transport.url)
            port = int(self.web.transport.url.rpartition(":")[2].partition("/")[0])
            self.settings = self.settings._replace(port=port)
        return self.web

    def work(self, name_: str = "w1") -> Working:
        """Start a worker."""
        made = Working(self, name_)
        self.workers.append(made)
        return made

    def close(self) -> None:
        """End everything."""
        for worker in self.workers:
            worker.close()
        if self.web is not None:
            self.web.close()

    def deploy(self, who: str = "ana", text: str = "app prod") -> str:
        """Ask for a release of prod's app, and wait until people are asked; its id."""
        before = self.platform.log.slot("prod/service-app")[0].count
        result = self.workspace.person(who).command("#deploys", f"/deploy {text}")
        assert not result.error, result
        release = f"prod-app-{before + 1}"
        self.state(release, "waiting for approval")
        return release

    def click(self, who: str, release: str, action: str) -> None:
        """Press a button of the card, as it is once it has that button."""
        self.workspace.person(who).click(self.shows(release, f"'{action}'"), action)

    def by_cli(self, request: Request) -> None:
        """Send a request as ana at a terminal."""
        queue = self.platform.queue.as_("AIDAANAANAANAANAANA1")
        Client(self.platform.facts, self.platform.log, queue, self.clock.sleep).send(request)

    # --- looking

    def card(self, release: str) -> dict[str, Any]:
        """The root message of a release, once there is one."""
        return self.until(lambda: self._card(release))

    def _card(self, release: str) -> dict[str, Any] | None:
        found = self.workspace.person("ana").messages("#deploys")
        return next(
            (m for m in found if (m.get("metadata") or {}).get("event_payload", {}).get("release") == release), None
        )

    def shows(self, release: str, text: str) -> dict[str, Any]:
        """The card, once it says this."""
        return self.until(lambda: (c := self._card(release)) and text in str(c) and c)

    def whispers(self, who: str, text: str) -> str:
        """What only somebody sees, once it says this."""
        person = self.workspace.person(who)
        return self.until(lambda: next((str(m) for m in person.ephemerals() if text in str(m)), ""))

    def state(self, release: str, *states: str) -> Release:
        """The release, once it is in one of these states."""

        def look() -> Release | None:
            found = self.platform.log.release(release)
            return found if found is not None and name(found.state) in states else None

        return self.until(look)

    def until(self, look: Callable[[], Any], seconds: float = 120.0) -> Any:
        """What there is to see, once there is."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = look()
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError(
            f"not within {seconds} s: {[m.get('text') for m in self.workspace.person('ana').messages('#deploys')]}"
        )


class Working:
    """A worker and its cards, as ``bot.worker`` starts them, over the fakes."""

    def __init__(self, stage: Stage, who: str) -> None:
        platform = stage.platform
        slack = client(stage.settings, retries=0)
        self.directory = SlackDirectory(platform.facts, SlackLookup(slack, stage.clock), stage.slack.team_id)
        self.cards = CardUpdater(
            platform.facts, stage.slack, platform.log, Messenger(slack, stage.slack.team_id), self.directory,
            worker=who, clock=stage.clock, threads=0,
        )  # fmt: skip
        platform.directory = self.directory  # type: ignore[assignment]
        service = ReleaseService(platform.context(), worker=who, observers=[self.cards.release_changed])
        senders = Senders(fronts=(FRONT,), origins=Origins(stage.slack, platform.log))
        self.worker = Worker(service, platform.queue, self.directory, senders)
        self.locks = LockNotices(
            platform.facts, stage.slack, platform.log, Messenger(slack, stage.slack.team_id), stage.clock
        )
        self.worker.lock_changed = self.locks.changed
        self._stage = stage
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=who, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.worker.turn(0.0)
            if self._stage.ticking:
                self._stage.platform.clouds.tick()
            self.cards.turn()
            self.locks.turn()
            self._stop.wait(0.02)

    def close(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(timeout=60)


@contextmanager
def workspace() -> Iterator[Workspace]:
    """A local Slack."""
    with Workspace(default_seed()) as made:
        yield made
