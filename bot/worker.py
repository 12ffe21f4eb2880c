"""The worker as a process: ``python -m bot worker``. Moves releases and updates their cards."""

import logging
import re
import threading
import time
from typing import TYPE_CHECKING

from bot.audit_channel import daily_post
from bot.card_updates import CardUpdater
from bot.drift_card import DriftCard
from bot.lock_notices import LockNotices
from bot.messenger import Messenger
from bot.settings import Settings
from bot.slack_directory import SlackDirectory, SlackLookup
from bot.web import client
from generator.catalog.directory import ConfiguredDirectory
from generator.release.chores import in_turn
from generator.release.daily_verification import DailyVerification
from generator.release.drift_watch import DriftWatch
from generator.release.log import Log
from generator.release.model.settings import Slack
from generator.wiring.worker import Access, WorkerOptions, worker, worker_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.release.model.release import Release
    from generator.release.person_directory import Directory

_LOG = logging.getLogger("bot.worker")
_ABOUT = re.compile(r"([a-z0-9-]+-[0-9]+): ")


def _failed(text: str) -> None:
    """Messages of the engine about a release begin with its id."""
    found = _ABOUT.match(text)
    _LOG.warning("%s", text, extra={"release": found[1] if found else ""})


class BotWorker:
    """A worker with its cards. Without Slack it moves releases all the same; then nobody in Slack can decide."""

    def __init__(self, settings: Settings, found: Access) -> None:
        self._stop = threading.Event()
        self._name = worker_name()
        self.cards: CardUpdater | None = None
        self._messenger: Messenger | None = None
        self.locks: LockNotices | None = None
        slack = found.slack
        directory: Directory = ConfiguredDirectory(found.facts)
        observers: list[Callable[[Release], None]] = []
        if slack is not None and settings.bot_token:
            self.cards, self.locks, directory = self._with_slack(settings, found, slack)
            observers.append(self.cards.release_changed)
        senders = found if self.cards is not None else found._replace(fronts=())
        self.worker = worker(senders, directory, WorkerOptions(self._name, observers, _failed))
        if self.cards is not None:
            self.worker.seen = self.cards.seen
        if self.cards is not None and self.locks is not None:
            first, *others = self.cards.chores()
            self.worker.lock_changed = self.locks.changed
            self.worker.chores.add(in_turn(first, self.locks.chore), *others)
        post = daily_post(self.worker.service.context, found, self._messenger, _failed, worker=self._name)
        context = self.worker.service.context
        card = self._drift_card(slack)
        self.worker.chores.add(
            post.chore,
            DailyVerification(context, self._name, _failed).chore,
            DriftWatch(context, self._name, card, _failed).chore,
        )
        self._thread = threading.Thread(target=self.worker.run, args=(self._stop,), name="worker", daemon=True)

    def _drift_card(self, slack: Slack | None) -> DriftCard | None:
        return DriftCard(self._messenger, slack) if self._messenger is not None and slack is not None else None

    def _with_slack(
        self, settings: Settings, found: Access, slack: Slack
    ) -> tuple[CardUpdater, LockNotices, SlackDirectory]:
        # Cards are edited at their own pace: a limit is waited for there, not inside a call. A request whose sender can't
        # be looked up just now comes again from the queue.
        speaks = client(settings, retries=0)
        directory = SlackDirectory(found.facts, SlackLookup(client(settings, retries=0), time.time), slack.team_id)
        log = Log(found.adapters.table, time.time)
        self._messenger = Messenger(speaks, slack.team_id)
        locks = LockNotices(found.facts, slack, log, self._messenger, time.time)
        cards = CardUpdater(found.facts, slack, log, self._messenger, directory, worker=self._name, clock=time.time)
        return cards, locks, directory

    def start(self) -> None:
        """Start the worker."""
        if self.cards is not None:
            self.cards.start()
        if self.locks is not None:
            self.locks.start()
        self._thread.start()
        _LOG.info("the worker is ready")

    def close(self) -> None:
        """Stop after the current step. Another worker continues the open releases from the log."""
        self._stop.set()
        self._thread.join(timeout=50)
        if not self._thread.is_alive():
            self.worker.close()
        if self.cards is not None:
            self.cards.close()
        if self.locks is not None:
            self.locks.close()

    def missing(self) -> dict[str, str]:
        """What is not ready: names, each with the reason."""
        return {} if self._thread.is_alive() else {"worker": "not running"}

    def warnings(self) -> dict[str, str]:
        """Faults of a process that is ready: none."""
        return {}
