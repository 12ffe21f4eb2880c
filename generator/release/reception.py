"""What a worker does with messages: requests are dealt with one by one, events of many messages once for each stack."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from generator.release.chain_seals import ChainSeals
from generator.release.client import Envelope, opened
from generator.release.errors import Unavailable, WrongClock
from generator.release.events import concerns
from generator.release.model.people import Actor
from generator.release.model.requests import Done, Lock, Opened, RollBack, Unlock, Wake
from generator.release.ports import Directory, Message, Queue
from generator.release.schedule import Schedule
from generator.release.service import ReleaseService

# An event that only says that something goes on is noted once in so many seconds.
_HEARD_AGAIN = 10.0


class Senders(NamedTuple):
    """Who speaks for others: ``fronts`` are the sender ids of the bot, ``builders`` those of CI (prefixes)."""

    fronts: tuple[str, ...] = ()
    builders: tuple[str, ...] = ()


class Reception:
    """Takes messages; ``failed`` hears of what could not be dealt with. What is worth a look goes to ``schedule``."""

    def __init__(  # noqa: PLR0913, PLR0917 - what messages are dealt with by
        self,
        service: ReleaseService,
        queue: Queue,
        directory: Directory,
        senders: Senders,
        failed: Callable[[str], None],
        schedule: Schedule,
    ) -> None:
        self.service = service
        self.queue = queue
        self.directory = directory
        self.senders = senders
        self.failed = failed
        self.schedule = schedule
        self.seals = ChainSeals(service.context, failed)
        self._heard: dict[str, float] = {}

    def take(self, messages: Sequence[Message]) -> int:
        """Deal with messages, and take those out that need not come again; how many."""
        try:
            self.service.context.check_clock()
        except WrongClock as error:
            self.failed(str(error))
            return 0
        wakes: list[tuple[Message, Wake]] = []
        receipts: list[str] = []
        for message in messages:
            envelope = opened(message.body)
            if envelope is None:
                # Neither a request nor a wake-up: nobody waits for it, and reading it again changes nothing.
                self.failed(f"message {message.id} is not a request and was dropped")
                receipts.append(message.receipt)
            elif isinstance(envelope.request, Wake):
                wakes.append((message, envelope.request))
            elif self._request(message, envelope):
                receipts.append(message.receipt)
        receipts += self._wakes(wakes)
        if receipts:
            self.queue.done(*receipts)
        return len(receipts)

    def _request(self, message: Message, envelope: Envelope) -> bool:
        if envelope.actor and self._is_for_others(message.sender):
            # It becomes visible again, and a worker that knows the bot takes it.
            self.failed(
                f"message {message.id} is sent for another person, and this worker does not know who may "
                "do that; another worker handles it"
            )
            return False
        try:
            actor = self.actor(message.sender, envelope.actor)
            answer = self.service.handle(envelope, actor, self.directory.groups(actor.person))
        except Unavailable as error:
            # It becomes visible again and is taken anew.
            self.failed(str(error))
            return False
        except Exception as error:  # noqa: BLE001 - one message that breaks us must not keep the others waiting
            self.failed(
                f"message {message.id}: {type(error).__name__}: {error}; it is tried at most five times in total"
            )
            return False
        if isinstance(envelope.request, Lock | Unlock) and isinstance(answer, Done):
            self.seals.seal(envelope.request.scope.partition("/")[0])
        if isinstance(answer, Opened):
            now = self.service.context.clock()
            self.schedule.add(answer.release, now, urgent=isinstance(envelope.request, RollBack))
        return True

    def _wakes(self, wakes: Sequence[tuple[Message, Wake]]) -> list[str]:
        """Note each stack's events once, however many messages tell of it; receipts of those that were noted."""
        about: dict[str, tuple[str, bool]] = {}
        keys: dict[str, set[str]] = {}
        for message, wake in wakes:
            keys[message.receipt] = set()
            for key, settles in concerns(self.service.context.facts, wake):
                known, settled = about.get(key, ("", False))
                about[key] = known if settled and not settles else wake.name, settled or settles
                keys[message.receipt].add(key)
        now, left = self.service.context.clock(), set()
        for key, (what, settles) in about.items():
            if not settles and now < self._heard.get(key, 0.0) + _HEARD_AGAIN:
                continue
            try:
                woken = self.service.hear(key, what, settles=settles)
            except Exception as error:  # noqa: BLE001 - it comes again; the other stacks' events count
                self.failed(f"an event about {key} could not be noted: {type(error).__name__}: {error}")
                left.add(key)
                continue
            self._heard[key] = now
            if woken:
                self.schedule.add(woken, now)
        return [receipt for receipt, those in keys.items() if not those & left]

    def _is_for_others(self, sender: str) -> bool:
        """Whether somebody unknown speaks for another, and this worker was not told which senders may."""
        return not self.senders.fronts and not self.directory.person("cli", sender)

    def actor(self, sender: str, claimed: str) -> Actor:
        """Who sent a message: what SQS attests, and only for the bot's front whom it speaks for."""
        if claimed and _among(sender, self.senders.fronts):
            return Actor(channel="slack", id=claimed, person=self.directory.person("slack", claimed))
        if _among(sender, self.senders.builders):
            return Actor(channel="ci", id=sender, person=self.directory.person("ci", sender))
        return Actor(channel="cli", id=sender, person=self.directory.person("cli", sender))


def _among(sender: str, known: tuple[str, ...]) -> bool:
    """A role's sender id is ``AROA…:SESSION``; its sessions differ."""
    return any(sender == k or sender.startswith(f"{k}:") for k in known)
