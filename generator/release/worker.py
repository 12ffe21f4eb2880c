"""A worker: takes messages from the queue, moves what is due. Any number may run, anywhere, without configuration."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from threading import Event as Flag
from typing import NamedTuple

from generator.release.client import opened
from generator.release.errors import ReleaseError, Unavailable
from generator.release.model.people import Actor
from generator.release.model.requests import Wake
from generator.release.ports import Directory, Message, Queue
from generator.release.service import ReleaseService

# How long one turn waits for a message at most, in seconds. SQS: 20 at most, and one call whatever comes.
WAIT = 2.0


class Senders(NamedTuple):
    """Who speaks for others: ``fronts`` are the sender ids of the bot, ``builders`` those of CI (prefixes)."""

    fronts: tuple[str, ...] = ()
    builders: tuple[str, ...] = ()


class Worker:
    """Receives, handles and advances. ``failed`` hears of what went wrong, in a sentence."""

    def __init__(  # noqa: PLR0913 - what a worker is made of
        self,
        service: ReleaseService,
        queue: Queue,
        directory: Directory,
        senders: Senders = Senders(),  # noqa: B008 - immutable
        *,
        pool: Executor | None = None,
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.service = service
        self.queue = queue
        self.directory = directory
        self.senders = senders
        self.pool = pool
        self.failed = failed

    def turn(self, wait: float = WAIT) -> int:
        """One round: messages, then what is due. How many of both there were."""
        due = self.service.context.log.due()
        messages = self._receive(0.0 if due else wait)
        done = sum(self._take(message) for message in messages)
        # What messages set going is due as well, and so is what became due while we waited.
        return done + self.sweep(due if due and not messages else None)

    def run(self, stop: Flag, wait: float = WAIT) -> None:
        """Turn after turn until ``stop`` is set."""
        while not stop.is_set():
            try:
                self.turn(wait)
            except ReleaseError as error:
                self.failed(str(error))
                stop.wait(1.0)

    def close(self) -> None:
        """End: the steps that are being made come to their end, and nothing is held any longer."""
        if self.pool is not None:
            self.pool.shutdown()
        try:
            self.service.close()
        except ReleaseError as error:
            self.failed(str(error))

    def sweep(self, due: Sequence[str] | None = None) -> int:
        """Advance everything that is due, and go on with what moved at once, until nothing does."""
        if due is None:
            due = self.service.context.log.due()
        if self.pool is None:
            return sum(self._advance(release_id) for release_id in due)
        return sum(self.pool.map(self._advance, due))

    def _advance(self, release_id: str) -> int:
        moved = 0
        try:
            while True:
                came = self.service.advance(release_id)
                if not came.moved:
                    return moved
                moved += 1
                if came.due is None or came.due > self.service.context.clock():
                    return moved
        except ReleaseError as error:
            self.failed(f"{release_id}: {error}")
            return moved
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one release, the others go on
            self.failed(f"{release_id}: {type(error).__name__}: {error}; it will be tried again later")
            return moved

    def _receive(self, wait: float) -> list[Message]:
        try:
            return self.queue.receive(wait)
        except Unavailable as error:
            self.failed(str(error))
            return []

    def _take(self, message: Message) -> int:
        envelope = opened(message.body)
        if envelope is None:
            # Neither a request nor a wake-up: nobody waits for it, and reading it again changes nothing.
            self.failed(f"message {message.id} is not a request and was dropped")
            self.queue.done(message.receipt)
            return 1
        if envelope.actor and self._is_for_others(message.sender):
            # It becomes visible again, and a worker that knows the bot takes it.
            self.failed(
                f"message {message.id} is sent for another person, and this worker does not know who may "
                "do that; another worker handles it"
            )
            return 0
        try:
            actor = self.actor(message.sender, envelope.actor)
            groups = () if isinstance(envelope.request, Wake) else self.directory.groups(actor.person)
            self.service.handle(envelope, actor, groups)
        except Unavailable as error:
            # It becomes visible again and is taken anew.
            self.failed(str(error))
            return 0
        except Exception as error:  # noqa: BLE001 - one message that breaks us must not keep the others waiting
            self.failed(
                f"message {message.id}: {type(error).__name__}: {error}; it is tried at most five times in total"
            )
            return 0
        self.queue.done(message.receipt)
        return 1

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
