"""Tells a channel that its environment was locked, frozen or unlocked, and tells a person whose lock another one removed.

The entries of the environment's audit chain are posted one after the other. A record in the log says up to which, so that
of two workers one speaks, and a worker that ends meanwhile delays a notice but loses none.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence

import msgspec

from bot.blocks.mentions import person
from bot.blocks.message import Message, simple
from bot.blocks.text import code, safe, when
from bot.messenger import Messenger, RateLimited, SlackRefused
from generator.release.audit import Entry
from generator.release.errors import ReleaseError
from generator.release.log import Log
from generator.release.log_items import item, read
from generator.release.model.base import Value
from generator.release.model.platform import PlatformFacts
from generator.release.model.settings import Slack
from generator.release.ports import Put
from generator.release.scope_names import call_scope

_LOG = logging.getLogger("bot.locks")
_KINDS = {"locked", "frozen", "unlocked"}
_RECENT = 900.0  # seconds: what is older is not posted any more by the first worker that can speak
_MOST = 20  # entries that are posted at once
_CLAIM = 30.0  # seconds that one worker has for a notice
_AGAIN = 10.0  # seconds, where Slack or AWS does not answer


class LockNotice(Value):
    """Up to which entry an environment's chain was told.

    ``posting`` is the entry that a worker is telling, 0 for none; it has that alone until ``until`` (epoch seconds).
    """

    environment: str
    number: int = 0
    posting: int = 0
    until: float = 0.0


def notice(entry: Entry, facts: PlatformFacts) -> Message:
    """``prod/app locked by ana until 18:00: the database is being moved``."""
    detail = entry.detail
    until = float(detail.get("until") or 0)
    end = f" until {when(until)}" if until else ""
    who = person(facts, entry.actor.person) if entry.actor.person else safe(entry.actor.name, 60)
    reason = f": {safe(detail.get('reason', ''), 500)}" if detail.get("reason") else ""
    holder = detail.get("holder", "")
    held = f". It was held by {person(facts, holder)}: {safe(detail.get('held-for', ''), 300)}" if holder else ""
    effect = (
        ""
        if entry.what == "unlocked"
        else ". Releases wait until then."
        if until
        else ". Releases wait until it is removed."
    )
    text = f"{code(call_scope(detail.get('scope', '')))} was *{entry.what}* by {who}{end}{reason}{held}{effect}"
    return simple(text)


class LockNotices:
    """One worker's share. ``changed`` may be called from any thread; ``start`` speaks in a thread of its own."""

    def __init__(
        self, facts: PlatformFacts, slack: Slack, log: Log, messenger: Messenger, clock: Callable[[], float]
    ) -> None:
        self._facts, self._slack, self._log, self._messenger, self._clock = facts, slack, log, messenger, clock
        self._changed: set[str] = set()
        self._heads: dict[str, int] = {}  # the newest entry of each environment, as it was last seen
        self._round: list[str] = list(facts.environments)
        self._lock, self._wake, self._stop = threading.Lock(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def changed(self, environment: str) -> None:
        """Plan the notices of an environment. Never waits and never fails."""
        with self._lock:
            self._changed.add(environment)
        self._wake.set()

    def chore(self) -> bool:
        """Look whether another worker, such as one without Slack, changed a lock: one environment each time, with one read."""
        if not self._round:
            return True
        environment = self._round.pop(0)
        self._round.append(environment)
        try:
            newest = next(iter(self._log.table.query(f"audit#env/{environment}", newest=True, limit=1)), None)
        except ReleaseError as error:
            _LOG.warning("%s", error)
            return False
        entry = read(newest, Entry) if newest is not None else None
        if entry is not None and entry.number != self._heads.get(environment):
            if entry.at >= self._clock() - _RECENT:
                self.changed(environment)
            else:
                self._heads[environment] = entry.number  # too old to be posted
        return True

    def turn(self) -> int:
        """Tell everything that is planned. Returns how many notices were posted."""
        with self._lock:
            planned, self._changed = self._changed, set()
        told = 0
        for environment in sorted(planned):
            try:
                told += sum(self._tell(environment))
            except (ReleaseError, RateLimited, OSError) as error:
                _LOG.warning("the notice of a lock of %s could not be posted: %s", environment, error)
                self.changed(environment)
        return told

    def _tell(self, environment: str) -> Iterator[int]:
        channel = next(iter(self._slack.allowed(environment)), "")
        pk = f"lock-notices#{environment}"
        found = self._log.table.get(pk, "told")
        record, rev = (
            (read(found, LockNotice), found.rev) if found is not None else (LockNotice(environment=environment), 0)
        )
        newest = [
            read(row, Entry) for row in self._log.table.query(f"audit#env/{environment}", newest=True, limit=_MOST)
        ]
        for entry in self._untold(newest, record, is_new=found is None):
            mark = f"lock-{environment}-{entry.number}"
            died = record.posting == entry.number
            record = msgspec.structs.replace(record, posting=entry.number, until=self._clock() + _CLAIM)
            if not self._log.table.write(Put(item(pk, "told", rev + 1, record))):
                return  # another worker tells it
            rev += 1
            yield self._post(channel, mark, entry, died=died)
            record = msgspec.structs.replace(record, number=entry.number, posting=0)
            if not self._log.table.write(Put(item(pk, "told", rev + 1, record))):
                return
            rev += 1
        self._heads[environment] = newest[0].number if newest else 0

    def _untold(self, newest: Sequence[Entry], record: LockNotice, *, is_new: bool) -> list[Entry]:
        since = self._clock() - _RECENT if is_new else 0.0
        return [e for e in reversed(newest) if e.number > record.number and e.at >= since and e.what in _KINDS]

    def _post(self, channel: str, mark: str, entry: Entry, *, died: bool) -> int:
        """Post one notice to the channel, and to the person whose lock it was. A refusal of Slack is not tried again."""
        message, posted = notice(entry, self._facts), 0
        holder = self._facts.people.get(entry.detail.get("holder", ""))
        try:
            if channel and not (died and self._messenger.find(channel, mark)):
                self._messenger.post(channel, message, release=mark)
                posted += 1
            if holder is not None and holder.slack:
                self._messenger.direct(holder.slack, message)
                posted += 1
        except SlackRefused as error:
            _LOG.warning("%s", error)
        return posted

    def start(self) -> None:
        """Tell in a thread of its own until ``close``."""

        def run() -> None:
            while not self._stop.is_set():
                self._wake.wait()
                self._wake.clear()
                try:
                    self.turn()
                except Exception:  # noqa: BLE001 - whatever Slack does, locks hold, and the notice follows
                    _LOG.exception("notices of locks could not be posted; they are tried again")
                if self._changed:
                    self._stop.wait(_AGAIN)
                    self._wake.set()

        self._thread = threading.Thread(target=run, name="locks", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop. The next worker posts what is left."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
