"""Updates the cards of releases, after each step of the engine and by regular checks of the log.

Releases opened by the command line or by CI, and cards decided elsewhere, are found by looking at the log: the worker
lists what is open, and checks the stacks in turn. Nothing here decides anything about a release.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from bot.blocks.mentions import people
from bot.card_notes import ANSWERED, CardNotes, released_with_cards
from bot.cards import CLAIM, CLOCK, Card, CardContext, CardStep, after, due, read, settled
from bot.logs import RELEASE
from bot.messenger import MessageGone, Messenger, RateLimited, SlackRefused
from bot.slack_directory import SlackDirectory
from bot.superseded_cards import supersede
from bot.unfinished_cards import UnfinishedCards
from generator.release.chores import Chore
from generator.release.errors import ReleaseError
from generator.release.log import Log
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.model.settings import Slack
from generator.release.model.states import Closed, Waiting, name
from generator.release.ports import Item

_LOG = logging.getLogger("bot.cards")
LOOK = 1.0  # seconds between two looks at the log
QUIET = 5.0  # the same while every card shows how things stand
IDLE = 600.0  # and while nothing is open, which asks nothing
_AGAIN = 60.0  # after Slack refused
_NO_FILES = 600.0  # without pictures after an upload failed: files go to another host than words


class CardUpdater:
    """One worker's part in updating cards. ``worker`` names it in claims; ``clock`` gives epoch seconds."""

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        facts: PlatformFacts,
        slack: Slack,
        log: Log,
        messenger: Messenger,
        directory: SlackDirectory,
        *,
        worker: str,
        clock: Callable[[], float],
        threads: int = 4,
    ) -> None:
        self._facts, self._slack, self._log, self._speaker = facts, slack, log, messenger
        self._directory, self._worker, self._clock = directory, worker, clock
        self._open: set[str] = set()  # releases whose cards are not final yet
        self._hold: dict[str, float] = {}  # until when a release is left alone: Slack refused
        self._quiet = 0.0  # until when Slack asked us to wait
        self._no_files = 0.0  # until when pictures are left out
        self._unfinished = UnfinishedCards(log)
        self._has_begun = self._is_shown = False  # all stacks were looked at once; a worker shows what is open
        self._urls: dict[str, str] = {}
        self._settled: dict[str, tuple[int, int, int]] = {}  # nothing was to do at these revisions, in this stretch
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="cards") if threads else None
        self._thread: threading.Thread | None = None

    def release_changed(self, release: Release) -> None:
        """Plan the update of a release's card. Never waits and never fails: the engine continues whatever Slack does."""
        if release.moments:
            _LOG.info("%s", release.moments[-1].what, extra={"release": release.id})
        with self._lock:
            self._open.add(release.id)
        self._wake.set()

    def seen(self, releases: Sequence[str]) -> None:
        """Plan the cards of open releases for which no step was reported."""
        self._is_shown = True
        with self._lock:
            new = set(releases) - self._open
            self._open.update(new)
        if new:
            self._wake.set()

    def chores(self) -> Iterator[Chore]:
        """Checks that the worker runs in turn, for releases that its list does not show."""
        return self._unfinished.chores(list(self._facts.stacks), self._clock, self.seen)

    def pause(self) -> float:
        """Seconds in which nothing has to be checked, unless a step is reported."""
        with self._lock:
            if not self._open and self._has_begun:
                return IDLE
            return LOOK if self._open - self._settled.keys() else QUIET

    def start(self) -> None:
        """Update cards in a thread of its own until ``close``."""

        def run() -> None:
            while not self._stop.is_set():
                try:
                    self.turn()
                except ReleaseError as error:
                    _LOG.warning("%s", error)
                except Exception:  # noqa: BLE001 - whatever Slack does, releases continue and cards are tried again
                    _LOG.exception("cards could not be updated; trying again")
                self._wake.wait(self.pause())
                self._wake.clear()

        self._thread = threading.Thread(target=run, name="cards", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop updating. The next worker continues."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    # --- one round

    def turn(self) -> int:
        """Check everything that is open once. Returns how many messages were posted or edited."""
        now = self._clock()
        if now < self._quiet:
            return 0
        found = set(() if self._is_shown and self._has_begun else self._log.open_ids())
        if not self._has_begun:
            found.update(self._unfinished.begun(), self._unfinished.of(list(self._facts.stacks), now))
        with self._lock:
            self._open |= found
            self._has_begun = True
            due = [r for r in sorted(self._open) if self._hold.get(r, 0.0) <= now]
        releases, cards = released_with_cards(self._log.table, due)
        running = sum(1 for r, _ in releases.values() if not isinstance(r.state, Closed | Waiting))
        work = [(r, rev, cards.get(r.id), max(1, running)) for r, rev in releases.values()]
        if self._pool is None:
            return sum(self._draw(*one) for one in work)
        return sum(self._pool.map(lambda one: self._draw(*one), work))

    def _draw(  # noqa: PLR0911 - one for each reason to leave it
        self, release: Release, revision: int, found: Item | None, running: int
    ) -> int:
        RELEASE.set(release.id)
        seen = revision, found.rev if found is not None else 0, int(self._clock() // CLOCK)
        if self._settled.get(release.id) == seen:
            return 0
        card = read(found) if found is not None else Card(release=release.id)
        if card.final:
            self._forget(release.id)
            return 0
        channel = card.channel or next(iter(self._slack.allowed(release.stack.environment)), "")
        if not channel:
            self._later(release, f"there is no channel for {release.stack.environment}; name one in slack.channels")
            return 0
        view = self._view(release, card, running)
        steps = due(card, release, view)
        if card.lease_owner and card.lease_owner != self._worker and card.until > view.now:
            return 0
        if not steps:
            if settled(card, release, view):
                self._settled[release.id] = seen
            return 0
        claimed = msgspec.structs.replace(card, channel=channel, lease_owner=self._worker, until=view.now + CLAIM)
        note = CardNotes(self._log.table, seen[1], died=bool(card.lease_owner))
        if not note.write(claimed):
            return 0  # another worker is at it
        done, count = self._carry_out(release, claimed, steps, view, note)
        if not note.write(free := msgspec.structs.replace(done, lease_owner="", until=0.0)):
            _LOG.warning("another worker updated the card at the same time")
        if free.final:
            self._forget(release.id)
        return count

    def _view(self, release: Release, card: Card, running: int) -> CardContext:
        waits = isinstance(release.state, Waiting)
        asked = people(release, self._facts, self._directory.members) if waits else ()
        now, url = self._clock(), self._url(card) if card.ts else ""
        passes = release.break_glass and "glass" not in card.posted
        locks = self._log.locks(release.stack.environment) if passes else ()
        return CardContext(self._facts, self._slack, now, running, asked, url, now >= self._no_files, locks)

    def _url(self, card: Card) -> str:
        if card.ts not in self._urls:
            if len(self._urls) > 1000:
                self._urls.clear()
            try:
                self._urls[card.ts] = self._speaker.address(card.channel, card.ts)
            except RateLimited:
                return ""
        return self._urls[card.ts]

    def _carry_out(
        self, release: Release, card: Card, steps: list[CardStep], view: CardContext, note: CardNotes
    ) -> tuple[Card, int]:
        """Do the steps in order. The returned card records what was done, even if a later step failed."""
        count = 0
        for step in steps:
            try:
                channel, ts = self._do(release, card, step, died=note.died)
            except RateLimited as error:
                self._quiet = self._clock() + error.seconds
                _LOG.warning("%s", error)
                break
            except MessageGone:
                if step.kind in {"gate-edit", "gate-passed"}:
                    # Somebody deleted it: while the gate waits it is posted again, the card is still there.
                    card = msgspec.structs.replace(card, gate="", gate_ts="")
                    continue
                _LOG.warning("the message was deleted; it is posted again")
                card = msgspec.structs.replace(card, ts="", log_ts="", logged="", drawn="")
                break
            except SlackRefused as error:
                if step.kind not in {"root", "edit"}:
                    _LOG.warning("%s: %s", step.kind, error)
                    card = after(card, step, "", "", view, name(release.state))
                    continue
                self._later(release, str(error))
                break
            except Exception as error:  # noqa: BLE001 - Slack is away; the claim runs out or is given back, and all is tried again
                if step.kind == "picture":
                    self._no_files = self._clock() + _NO_FILES
                    _LOG.warning("no picture: %s; check that workers reach files.slack.com", type(error).__name__)
                    card = after(card, step, "", "", view, name(release.state))
                    continue
                self._later(release, f"Slack does not answer: {type(error).__name__}", 5.0)
                break
            card = after(card, step, channel, ts, view, name(release.state))
            count += 1
            if step.kind in ANSWERED and step is not steps[-1]:
                note.write(card)
        return card, count

    def _do(self, release: Release, card: Card, step: CardStep, *, died: bool) -> tuple[str, str]:  # noqa: C901, PLR0911, PLR0912 - one for each kind
        speak, message = self._speaker, step.message
        if step.kind == "superseded":
            supersede(self._log.table, speak, self._facts, release, step.key)
        if message is None:
            return card.channel, ""
        match step.kind:
            case "root":
                ts = speak.find(card.channel, release.id) if died else ""
                if ts:
                    speak.edit(card.channel, ts, message, release=release.id)
                return card.channel, ts or speak.post(card.channel, message, release=release.id)
            case "edit":
                whole = speak.edit(card.channel, card.ts, message, release=release.id)
                return card.channel, card.ts if whole else ""
            case "picture":
                called = f"{release.id}-rollout.png"
                return card.channel, speak.picture(called, message.text, step.key, step.picture)
            case "log" if card.log_ts:
                speak.edit(card.channel, card.log_ts, message)
                return card.channel, card.log_ts
            case "gate-edit" | "gate-passed":
                speak.edit(card.channel, card.gate_ts, message)
                return card.channel, ""
            case "direct":
                return speak.direct(self._facts.people[step.key].slack or "", message)
            case "direct-closed" | "direct-ended":
                found = next(d for d in card.direct if d.person == step.key)
                speak.edit(found.channel, found.ts, message)
                return found.channel, found.ts
            case "file":
                self._upload(release, card, step, died=died)
                return card.channel, ""
            case "notify":
                second = self._slack.notify[release.stack.environment]
                return second, speak.post(second, message)
            case _:
                return card.channel, speak.post(card.channel, message, thread=card.ts)

    def _upload(self, release: Release, card: Card, step: CardStep, *, died: bool) -> None:
        """A worker that ended without notice may have uploaded the file and not recorded it."""
        called = f"{release.id}-evidence.txt"
        if step.message is not None and not (died and self._speaker.has_file(card.channel, card.ts, called)):
            self._speaker.upload(card.channel, card.ts, called, step.message.text, step.contents)

    def _later(self, release: Release, why: str, seconds: float = _AGAIN) -> None:
        _LOG.warning("%s", why)
        with self._lock:
            self._hold[release.id] = self._clock() + seconds

    def _forget(self, release: str) -> None:
        with self._lock:
            self._open.discard(release)
            self._settled.pop(release, None)
            self._hold.pop(release, None)
