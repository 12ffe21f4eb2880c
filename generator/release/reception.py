"""How a worker handles messages: requests one by one, events of many messages once for each stack."""

from collections.abc import Callable, Sequence
from threading import Event as Flag
from threading import Lock as Mutex
from typing import NamedTuple

import msgspec

from generator.release.acts import contradicts
from generator.release.chain_seals import ChainSeals
from generator.release.chores import Chores
from generator.release.client import Envelope, opened
from generator.release.errors import NobodyIdentified, ReleaseError, Unavailable, WrongClock
from generator.release.events import concerns
from generator.release.model.evidence import Evidence
from generator.release.model.people import Actor
from generator.release.model.requests import Done, Lock, Opened, Refusal, RollBack, Unlock, Wake
from generator.release.origins import Origins
from generator.release.person_directory import Directory
from generator.release.ports import Message, Queue
from generator.release.rotations import restarts_for, rotated_secrets
from generator.release.schedule import Bell, Schedule
from generator.release.service import ReleaseService

# An event that only says that something continues is noted once in so many seconds.
_HEARD_AGAIN = 10.0
# So many answered requests are remembered, for messages that arrive again.
_REMEMBERED = 1000
# So long it waits where no wake-up came, also while nothing is open, and until it says again what was dropped (s).
_PAUSE, _IDLE_PAUSE, _COMPLAIN_AGAIN = 0.5, 40.0, 60.0


class Senders(NamedTuple):
    """Roles that are not people. ``fronts`` speak for people in Slack, ``openers`` may only open releases.

    Both are the ids of roles, which SQS puts before the name of the session. ``origins`` compares what fronts send with
    what was posted.
    """

    fronts: tuple[str, ...] = ()
    openers: tuple[str, ...] = ()
    origins: Origins | None = None


class Reception:
    """Receives messages. ``failed`` is called with what could not be handled; due releases go to ``schedule``.

    Wake-ups have a queue of their own, ``wakes``: anyone who may wake can't ask for anything, and a flood of
    them delays no request.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what messages are dealt with by
        self,
        service: ReleaseService,
        queue: Queue,
        directory: Directory,
        senders: Senders,
        failed: Callable[[str], None],
        schedule: Schedule,
        wakes: Queue | None = None,
        bell: Bell | None = None,
    ) -> None:
        self.service = service
        self.queue = queue
        self.directory = directory
        self.senders = senders
        self.failed = failed
        self.schedule = schedule
        self.seals = ChainSeals(service.context, failed)
        self.chores = Chores(service.context.clock)
        self.chores.add(*self.seals.chores(), self._look_further)
        self.wakes = wakes
        self.quiet = bell or Bell()  # rings when it may be that something is open again
        self.is_idle = False  # whether nothing was open at the last look
        self.lock_changed: Callable[[str], None] = lambda _: None  # called with the environment
        self._dropped = 0.0
        self._answered: dict[str, None] = {}
        self._answers = Mutex()
        self._heard: dict[str, float] = {}

    def take(self, messages: Sequence[Message]) -> int:
        """Handle messages, and delete those that need not come again. Returns how many."""
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
            elif self._is_answered(str(envelope.request.id)) or self._request(message, envelope):
                receipts.append(message.receipt)
        receipts += self._wakes(wakes)
        if receipts:
            self.queue.done(*receipts)
        return len(receipts)

    def receive_wakes(self, stop: Flag, poll: float) -> None:
        """Receive wake-ups until ``stop`` is set, in a thread of its own."""
        while self.wakes is not None and not stop.is_set():
            taken = 0
            try:
                taken = self.take_wakes(poll)
            except Exception as error:  # noqa: BLE001 - what was not taken out is delivered again
                self.failed(f"wake-ups could not be taken: {type(error).__name__}: {error}")
            if not taken:
                self.quiet.wait(_IDLE_PAUSE if self.is_idle else _PAUSE)

    def take_wakes(self, wait: float) -> int:
        """Receive up to ten wake-ups and handle them. Returns how many. Other messages in their queue are dropped."""
        if self.wakes is None:
            return 0
        try:
            self.service.context.check_clock()
            messages = self.wakes.receive(wait, 10)
        except ReleaseError as error:
            self.failed(str(error))
            return 0
        wakes = [(m, e.request) for m in messages if (e := opened(m.body)) is not None and isinstance(e.request, Wake)]
        known = {message.receipt for message, _ in wakes}
        junk = [message for message in messages if message.receipt not in known]
        if junk and self.service.context.clock() >= self._dropped + _COMPLAIN_AGAIN:
            self._dropped = self.service.context.clock()
            self.failed(
                f"message {junk[0].id} from {junk[0].sender} in the queue of wake-ups is not a wake-up and was dropped"
            )
        receipts = [message.receipt for message in junk] + self._wakes(wakes)
        if receipts:
            self.wakes.done(*receipts)
        return len(receipts)

    def note_open(self, many: int) -> None:
        """Set how many releases are known to be open. While there are none, wake-ups are received seldom."""
        was_idle, self.is_idle = self.is_idle, not many
        if was_idle and many:
            self.quiet.ring()

    def _look_further(self) -> bool:
        try:
            self.service.context.log.index.look_further()
        except ReleaseError as error:
            self.failed(str(error))
            return False
        return True

    def _request(self, message: Message, envelope: Envelope) -> bool:
        if envelope.actor and self._is_for_others(message.sender):
            # It becomes visible again, and a worker that knows the bot takes it.
            self.failed(
                f"message {message.id} is sent for another person, and this worker does not know who may "
                "do that; another worker handles it"
            )
            return False
        try:
            try:
                actor = self.actor(message.sender, envelope.actor)
                groups = self.directory.groups(actor.person)
            except NobodyIdentified as error:
                self.failed(str(error))
                self.service.context.log.answer(envelope.request.id, Refusal(rule="identity", why=str(error)))
                return True
            evidence = self._evidence(message, envelope, actor)
            if actor.channel == "slack" and evidence.slack and contradicts(evidence, actor.channel, actor.id):
                self.failed(
                    f"message {message.id} names {actor.id}, and what Slack sent names somebody else; it was dropped"
                )
                return True
            origins = self.senders.origins if actor.channel == "slack" else None
            refused = origins.refuse(envelope.request, actor, evidence) if origins is not None else ""
            if refused:
                self.failed(f"message {message.id} of {message.sender} for {actor.name}: {refused}")
            answer = self.service.handle(envelope, actor, groups, evidence, refused)
            if answer is not None:
                self._note_answered(str(envelope.request.id))
        except Unavailable as error:
            # It becomes visible again and is taken again.
            self.failed(str(error))
            return False
        except Exception as error:  # noqa: BLE001 - one message that breaks us must not keep the others waiting
            self.failed(
                f"message {message.id}: {type(error).__name__}: {error}; it is tried at most five times in total"
            )
            return False
        if isinstance(envelope.request, Lock | Unlock) and isinstance(answer, Done):
            environment = envelope.request.scope.partition("/")[0]
            self.seals.seal(environment)
            self.lock_changed(environment)
        if isinstance(answer, Opened):
            now = self.service.context.clock()
            self.schedule.add(answer.release, now, urgent=isinstance(envelope.request, RollBack))
            self.note_open(1)
        return True

    def _is_answered(self, request: str) -> bool:
        """Whether this worker has answered it: an answer stands, and a message that is delivered again changes nothing."""
        with self._answers:
            return request in self._answered

    def _note_answered(self, request: str) -> None:
        with self._answers:
            self._answered[request] = None
            while len(self._answered) > _REMEMBERED:
                del self._answered[next(iter(self._answered))]

    def _evidence(self, message: Message, envelope: Envelope, actor: Actor) -> Evidence:
        """Evidence that this person made the request: SQS's attestation, and what Slack sent to the front."""
        request = msgspec.json.encode(envelope.request).decode()
        act = envelope.act if actor.channel == "slack" else None
        return Evidence(sender=message.sender, message=message.id, request=request, slack=act)

    def _wakes(self, wakes: Sequence[tuple[Message, Wake]]) -> list[str]:
        """Note each stack's events once, however many messages report them.

        Returns the receipts of those that were noted.
        """
        about: dict[str, tuple[str, bool]] = {}
        keys: dict[str, set[str]] = {}
        about_secrets = {message.receipt: tuple(rotated_secrets(wake)) for message, wake in wakes}
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
                woken = self.service.note_event(key, what, settles=settles)
            except Exception as error:  # noqa: BLE001 - it comes again; the other stacks' events count
                self.failed(f"an event about {key} could not be noted: {type(error).__name__}: {error}")
                left.add(key)
                continue
            self._heard[key] = now
            if woken:
                self.schedule.add(woken, now)
        return [
            receipt for receipt, those in keys.items() if not those & left and self._rotations(about_secrets[receipt])
        ]

    def _rotations(self, secrets: Sequence[str]) -> bool:
        """Open the restarts that rotated secrets need. False if not all could be handled: the message comes again."""
        for secret in secrets:
            try:
                opened, refused = restarts_for(self.service.context, secret)
            except Exception as error:  # noqa: BLE001 - it comes again; other events count
                self.failed(f"the rotation of {secret} could not be looked at: {type(error).__name__}: {error}")
                return False
            for why in refused:
                self.failed(why)
            for release in opened:
                self.schedule.add(release, self.service.context.clock())
                self.note_open(1)
        return True

    def _is_for_others(self, sender: str) -> bool:
        """Whether an unknown sender speaks for another person, and this worker was not told which senders may do that."""
        return not self.senders.fronts and not self.directory.person("cli", sender)

    def actor(self, sender: str, claimed: str) -> Actor:
        """Who sent a message: what SQS attests. Only the bot's front may name the person for whom it speaks."""
        if claimed and _among(sender, self.senders.fronts):
            return Actor(channel="slack", id=claimed, person=self.directory.person("slack", claimed))
        if _among(sender, self.senders.openers):
            return Actor(channel="ci", id=sender)
        return Actor(channel="cli", id=sender, person=self.directory.person("cli", sender))


def is_wake(message: Message) -> bool:
    """Whether a message is a wake-up."""
    envelope = opened(message.body)
    return envelope is not None and isinstance(envelope.request, Wake)


def _among(sender: str, known: tuple[str, ...]) -> bool:
    """The role in a sender id. It reads ``AROA…:SESSION``, and the sessions differ."""
    return any(sender == k or sender.startswith(f"{k}:") for k in known)
