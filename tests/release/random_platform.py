"""A platform to which random things happen: how requests reach its workers, and what stands in its log."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from generator.release.client import Client, request_id
from generator.release.errors import Unavailable
from generator.release.model.release import Release
from generator.release.model.requests import Decide, Propose
from generator.release.model.settings import Releases
from tests.release.fake_platform import PEOPLE, FakePlatform
from tests.release.test_crashes import Killed

SETTINGS = {
    "prod": Releases(bake_minutes=1, break_glass=("cleo",), expires_minutes=60),
    "dev": Releases(bake_minutes=0),
}
KEYS = ("prod/service-app", "prod/service-web", "prod/network", "dev/network", "dev/service-app")
WHO = ("ana", "ben", "cleo", "AIDASTRANGERSTRANGER")

keys = st.sampled_from(KEYS)
people = st.sampled_from(WHO)


class RandomPlatform(RuleBasedStateMachine):
    """A platform on fakes, with the memory of what people asked and agreed to."""

    def __init__(self) -> None:
        super().__init__()
        self.platform = FakePlatform(ticks=2, settings=SETTINGS)
        self.numbers = 1
        self.names = 0
        self.asked: set[str] = set()
        self.agreed: dict[str, set[tuple[str, str]]] = {}  # by release: who approved, and what they had seen
        self.authorized: set[str] = set()
        self.verified: dict[str, tuple[int, int]] = {}

    @initialize(
        asks=st.lists(st.tuples(people, st.booleans()), max_size=3), verdict=st.sampled_from(["reject", "undo", ""])
    )
    def prod_is_there(self, asks: list[tuple[str, bool]], verdict: Any) -> None:
        """Version 1 runs in prod, and anybody has tried to let version 2 pass, or to end it."""
        self.platform.created()
        self.platform.publish(2)
        self.numbers = 2
        self.send(Propose(id=request_id(), stack="prod/service-app"), "ana")
        open_ = self.platform.log.slot("prod/service-app")[0].open
        for who, right in asks:
            seen = self.peek(open_).binding if right else "0" * 64
            self.send(Decide(id=request_id(), release=open_, verdict="approve", binding=seen), who)
        if verdict:
            self.send(Decide(id=request_id(), release=open_, verdict=verdict), asks[0][0] if asks else "AIDASTRANGER")

    # --- how requests reach workers

    def send(self, request: Any, who: str) -> None:
        platform = self.platform
        sender = PEOPLE[who].aws[0] if who in PEOPLE and PEOPLE[who].aws else who
        by_slack = who in PEOPLE and not PEOPLE[who].aws
        queue = platform.queue.as_("AROAFRONTFRONTFRONT1:front" if by_slack else sender)
        if isinstance(request, Decide) and request.verdict == "approve" and who in PEOPLE:
            self.agreed.setdefault(request.release, set()).add((who, request.binding))
        try:
            Client(platform.facts, platform.log, queue, platform.clock.sleep).send(
                request, PEOPLE[who].slack or "" if by_slack else ""
            )
        except Unavailable:
            return
        if request.id:
            self.asked.add(request.id)
        self.work()

    def work(self) -> None:
        for _ in range(20):
            try:
                self.platform.go()
            except Unavailable:
                continue
            except Killed:
                self.platform.faults.on_call = None
                self.names += 1
                self.platform.workers[0] = self.platform.worker(f"next-{self.names}")
                continue
            return

    def known(self) -> list[str]:
        return [s.id for key in KEYS for s in self.platform.log.history(key, 5)]

    def releases(self) -> list[Release]:
        return [self.peek(s.id) for key in KEYS for s in self.platform.log.history(key, 500)]

    def peek(self, release_id: str) -> Release:
        found = self.platform.table.items[f"release#{release_id}", "state"]
        return msgspec.json.decode(found.body, type=Release)
