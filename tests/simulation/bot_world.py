"""Whole workers of the bot in virtual time: releases, wake-ups, requests and cards."""

from __future__ import annotations

from bot.card_updates import CardUpdater
from bot.lock_notices import LockNotices
from bot.messenger import Messenger
from bot.slack_directory import SlackDirectory, SlackLookup
from generator.release.chores import in_turn
from generator.release.daily_post import DailyPost
from generator.release.daily_verification import DailyVerification
from generator.release.drift_watch import DriftWatch
from generator.release.open_index import FULL
from generator.release.worker import Worker
from tests.bot.card_stage import SLACK, Voice
from tests.fakes.small_ports import FakeWitness
from tests.simulation.surroundings import Plan, Process
from tests.simulation.world import World


class BotWorld(World):
    """Workers of the bot: each keeps cards and posts daily heads too, in two places.

    ``verified`` holds what was found wrong with the chains: people of the simulation act without Slack's evidence.
    ``moments`` says when something was asked of AWS, and what; time begins at ``began`` (epoch seconds). The platform has
    so many ``services`` in three environments; one of them is released.
    """

    def __init__(self, workers: int, services: int = 1, full: int = FULL, *, began: float = 0.0) -> None:
        self.moments: list[tuple[float, str]] = []
        self.verified: list[str] = []
        super().__init__(1, Plan(workers=workers, services=services, full=full))
        self.apps = self.apps[:1]
        self.time.now = began or self.time.now
        self.witnesses = {name: FakeWitness(self.faults) for name in ("channel", "alerts topic")}

    def _call(self, name: str, when: str) -> None:  # type: ignore[override]
        if when == "before" and not name.startswith("directory."):  # the configuration, not AWS
            self.moments.append((self.time.now, name))
        super()._call(name, when)  # type: ignore[arg-type]

    def equip(self, worker: Worker, process: Process) -> None:
        voice: Voice = Voice()
        directory = SlackDirectory(self.platform.facts, SlackLookup(voice, self.time), SLACK.team_id)  # type: ignore[arg-type]
        cards = CardUpdater(
            self.platform.facts, SLACK, worker.service.context.log, Messenger(voice, SLACK.team_id), directory,  # type: ignore[arg-type]
            worker=process.name, clock=self.time, threads=0,
        )  # fmt: skip
        worker.service.observers = (cards.release_changed,)
        worker.seen = cards.seen
        locks = LockNotices(
            self.platform.facts,
            SLACK,
            worker.service.context.log,
            Messenger(voice, SLACK.team_id),
            self.time,  # type: ignore[arg-type]
        )
        worker.lock_changed = locks.changed
        first, *others = cards.chores()
        worker.chores.add(in_turn(first, locks.chore), *others)
        context, said = worker.service.context, self.said.append
        worker.chores.add(
            DailyPost(context, process.name, self.witnesses, said).chore,
            DailyVerification(context, process.name, self.verified.append).chore,
            DriftWatch(context, process.name, None, said).chore,
        )

        def draw() -> None:
            while True:
                cards.turn()
                locks.turn()
                self.time.sleep(cards.pause())

        self.time.start(draw, process)

    def settled(self) -> BotWorld:
        """Each service was released, its card is finished, the head of the day before is posted, and time has passed."""
        self.play()
        for _ in range(self.plan.workers):
            self.join()
        self.rest(1500.0)
        self.moments.clear()
        return self
