"""A platform with many workers, people and an AWS that is slow, forgetful and late, all drawn from one seed."""

from __future__ import annotations

import random
import threading
from collections import Counter
from typing import Any

import greenlet
import msgspec

from generator.release.audit import check
from generator.release.client import envelope, request_id
from generator.release.errors import Unavailable
from generator.release.log import Log
from generator.release.model.release import Release
from generator.release.model.requests import Decide, Propose
from generator.release.model.settings import Releases
from generator.release.model.states import Closed, Waiting
from generator.release.ports import Item
from generator.release.reception import Senders
from generator.release.service import ReleaseService
from generator.release.takeover import GRACE
from generator.release.worker import Worker
from tests.fakes.faults import Faults, When
from tests.release.fake_platform import PEOPLE, FakePlatform
from tests.simulation.surroundings import Plan, Process, SimQueue, WatchedTable
from tests.simulation.virtual_time import VirtualBell, VirtualPool, VirtualTime

__all__ = ["Plan", "World"]

FRONT = "AROAFRONTFRONTFRONT1"


class World:
    """One run. ``play`` lets it happen and returns; what has to hold is asserted, with the seed.

    Version 1 runs in ``environments``.
    """

    environments = ("prod",)

    def __init__(self, seed: int, plan: Plan) -> None:
        self.seed, self.plan = seed, plan
        random.seed(seed)  # workers draw from it too
        self.random = random.Random(seed)  # noqa: S311 - a seed is the point
        self.time = VirtualTime()
        self.faults = Faults(self._call)
        self.apps = [f"app-{i}" for i in range(plan.services)]
        self.calls: Counter[str] = Counter()
        self.leases: dict[str, dict[str, Any]] = {}
        self.orphaned: dict[str, float] = {}  # by release: since when its holder is dead or paused
        self.takeovers: list[float] = []
        self.clicks: list[float] = []
        self.said: list[str] = []
        settings = {env: Releases(bake_minutes=0) for env in ("dev", "staging", "prod")}
        self.platform = FakePlatform(
            faults=self.faults,
            table=WatchedTable(self.faults, self.leased, self.answered),
            apps=self.apps,
            ticks=plan.work,
            making=plan.making,
            settings=settings,
        )
        self._rewire()
        self._ready()
        self.processes: list[Process] = []
        self._names = 0
        self._approved: dict[str, float] = {}  # by release: when somebody clicked first
        self._clicked: dict[str, float] = {}  # by release: when somebody clicked last
        self._looked_at, self._over = 0, False  # whether everything was over after so many writes
        self.always_somebody = True  # whether at each moment a worker was there to take over

    @property
    def lost(self) -> int:
        """Steps that were made and could not be saved, because the lease was lost."""
        return sum("lease was lost" in text or "no longer held" in text for text in self.said)

    # --- the world around the workers

    def _rewire(self) -> None:
        platform = self.platform
        platform.clock = self.time  # type: ignore[assignment]
        platform.log.clock = self.time
        platform.clouds.clock = self.time
        platform.clouds._clouds.clear()
        queue, wakes = SimQueue(self.time, faults=self.faults), SimQueue(self.time, faults=self.faults)
        for one in (queue, wakes):
            one.time, one.waiting_for = self.time, []
        platform.queue, platform.wakes = queue, wakes
        platform.client.queue = queue

    def _ready(self) -> None:
        """Version 1 runs everywhere, without anybody having to wait for it."""
        platform = self.platform
        self.quiet = True
        version = platform.publish(1)
        for key, facts in platform.facts.stacks.items():
            environment = key.partition("/")[0]
            if environment not in self.environments:
                continue
            stacks, _ = platform.aws(environment)
            stacks.ticks = 0
            body = version.stacks[key]
            template = msgspec.json.decode(platform.versions.body(body.key))
            image = version.images.get(facts.ref.service)
            values = {"ImageUri": image.uri, "Release": version.id, "VpcId": "vpc-1"} if image else {}
            stacks.put(facts.ref.name, template, values)
            stacks.ticks = self.plan.work
            platform.table.tamper(Item(f"environment#{environment}", "in-use", 1, b"{}"))
        platform.publish(2)
        self.quiet = False

    def _call(self, name: str, when: When) -> None:
        """What every call of a worker goes through: it takes its time, and may fail or be killed."""
        task = self.time.current
        if task is None or task.owner is None:
            return
        process: Process = task.owner
        plan, draw = self.plan, self.random
        if when == "before":
            self.calls[name] += 1
        took = draw.expovariate(2 / plan.latency) if plan.latency else 0.0
        if when == "after" and plan.late and plan.late_calls in {"*", name}:
            took += plan.late
        self.time.sleep(took)
        while process.paused > self.time.now:
            self.time.sleep(process.paused - self.time.now)
        if process.dead:
            raise greenlet.GreenletExit
        if plan.fails and draw.random() < plan.fails / 2:
            raise Unavailable(f"{name} did not answer; try again")

    def leased(self, release_id: str, lease: dict[str, Any]) -> None:
        """A lease was written."""
        before = self.leases.get(release_id)
        since = self.orphaned.get(release_id)
        if since is not None and before is not None and before["owner"] != lease["owner"]:
            self.takeovers.append(self.time.now - since)
            del self.orphaned[release_id]
        elif since is not None and lease["owner"] == (before or {}).get("owner"):
            del self.orphaned[release_id]  # it came back in time
        self.leases[release_id] = lease

    def join(self) -> None:
        """One more worker."""
        self._names += 1
        process = Process(f"w{self._names}")
        self.processes.append(process)
        log = Log(self.platform.table, self.time, self.plan.full)  # a process knows what it has seen itself
        service = ReleaseService(self.platform.context()._replace(log=log), worker=process.name)
        worker = Worker(
            service, self.platform.queue, self.platform.directory, Senders(fronts=(FRONT,)), wakes=self.platform.wakes,
            pool=VirtualPool(self.time, process), threads=self.plan.threads, grace=GRACE, failed=self.said.append,
            bell=lambda: VirtualBell(self.time),
        )  # fmt: skip
        self.equip(worker, process)
        self.time.start(lambda: worker.run(threading.Event()), process, after=self.random.uniform(0, 3))

    def equip(self, worker: Worker, process: Process) -> None:
        """What else runs in a worker's process."""

    def _strike(self) -> None:
        """Every few seconds a worker is paused or dies, and another one comes."""
        plan, draw = self.plan, self.random
        while True:
            self.time.sleep(5.0)
            for process in list(self.processes):
                if draw.random() < plan.deaths / 12:
                    process.dead = True
                    self.processes.remove(process)
                    self._orphan(process.name)
                    self.time.start(self.join, after=draw.uniform(0, 10))
                elif process.paused <= self.time.now and draw.random() < plan.pauses / 12:
                    process.paused = self.time.now + plan.paused
                    self._orphan(process.name)

    def _orphan(self, name: str) -> None:
        if not any(p.paused <= self.time.now for p in self.processes):
            self.always_somebody = False
        for release_id, lease in self.leases.items():
            if lease["owner"] == name and lease["until"] > self.time.now:
                self.orphaned.setdefault(release_id, self.time.now)

    # --- people

    def _people(self) -> None:
        draw = self.random
        for app in draw.sample(self.apps, len(self.apps)):
            self.time.start(lambda app=app: self._propose(app), after=draw.uniform(0, self.plan.within))  # type: ignore[misc]
        while True:
            self.time.sleep(2.0)
            self.platform.clouds.tick()
            self._ask_again()
            for release in self.open():
                if isinstance(release.state, Waiting):
                    self._approve(release)

    def answered(self, release_id: str) -> None:
        """An approval was dealt with."""
        self.clicks.append(self.time.now - self._approved[release_id])

    def _propose(self, app: str) -> None:
        asked = Propose(id=request_id(), stack=f"prod/service-{app}")
        self.platform.queue.as_(f"{FRONT}:front").send(envelope(asked, PEOPLE["ana"].slack or ""))

    def _ask_again(self) -> None:
        """A message that failed five times is a dead letter, and an alarm tells of it: then somebody asks once more."""
        dead = self.platform.queue.dead
        while dead:
            self.platform.queue.as_(f"{FRONT}:front").send(dead.pop().body)

    def _approve(self, release: Release) -> None:
        if self.time.now < self._clicked.get(release.id, -1e9) + 30:
            return
        self._clicked[release.id] = self.time.now
        self._approved.setdefault(release.id, self.time.now)
        agreed = Decide(id=f"approve-{release.id}", release=release.id, verdict="approve", binding=release.binding)
        self.platform.queue.as_(f"{FRONT}:front").send(envelope(agreed, PEOPLE["ben"].slack or ""))

    # --- one run

    def releases(self) -> list[Release]:
        """Every release, read behind the engine's back."""
        items = self.platform.table.items
        return [
            msgspec.json.decode(item.body, type=Release)
            for (pk, sk), item in list(items.items())
            if sk == "state" and pk.startswith("release#")
        ]

    def open(self) -> list[Release]:
        """Those that are not closed."""
        found = []
        for items in self.platform.table._open.values():
            for pk in [pk for pk, _ in items if pk.startswith("release#")]:
                release = msgspec.json.decode(self.platform.table.items[pk, "state"].body, type=Release)
                if not isinstance(release.state, Closed):
                    found.append(release)
        return found

    def is_over(self) -> bool:
        """Whether every service has had its release, and nothing is open any more."""
        table = self.platform.table
        if table.wrote != self._looked_at:
            self._looked_at, self._over = table.wrote, self._is_over_now()
        return self._over

    def _is_over_now(self) -> bool:
        table = self.platform.table
        done = len(table._parts.get(f"stack#prod/service-{self.apps[0]}", ())) > 1
        if not done or any(pk.startswith("release#") for items in table._open.values() for pk, _ in items):
            return False
        return all((f"stack#prod/service-{app}", "slot") in table.items for app in self.apps)

    def play(self, within: float = 7200.0) -> float:
        """Let it happen; the seconds it took. Asserts what must hold."""
        for _ in range(self.plan.workers):
            self.join()
        self.time.start(self._people)
        if self.plan.pauses or self.plan.deaths:
            self.time.start(self._strike)
        began = self.time.now
        over = self.time.run(self.is_over, within)
        self.time.close()
        self._holds(over=over)
        return self.time.now - began

    def rest(self, seconds: float) -> None:
        """Let that much time pass with the workers that are there."""
        end = self.time.now + seconds
        self.time.start(lambda: None, after=seconds)
        self.time.run(lambda: self.time.now >= end, seconds + 1.0)

    def _holds(self, *, over: bool) -> None:
        where = f"seed {self.seed}, {self.plan}"
        assert over, f"it never ends: {where}; open: {[(r.id, r.state) for r in self.open()][:5]}; {self.said[-5:]}"
        stacks, _ = self.platform.aws("prod")
        ran = Counter(name for stack in stacks.all for name in stack.executed)
        assert not [name for name, times in ran.items() if times > 1], f"something ran twice: {where}"
        for release in self.releases():
            assert isinstance(release.state, Closed), f"{release.id} is lost: {where}"
            assert release.sealed == release.chain, f"{release.id} is not sealed: {where}"
            assert release.state.outcome == "succeeded", f"{release.id}: {release.cause}: {where}"
        assert len(ran) == len(self.apps), f"{len(ran)} of {len(self.apps)} ran: {where}"
        self._chains(where)

    def _chains(self, where: str) -> None:
        quiet = self.faults.on_call
        self.faults.on_call = None
        for release in self.releases():
            chain = f"release/{release.id}"
            heads = (
                {h.number: h.hash for h, _ in self.platform.seal.heads() if h.chain == chain}
                if len(self.apps) < 20
                else {}
            )
            assert list(check(chain, self.platform.log.entries(chain), heads)) == [], f"{chain}: {where}"
        self.faults.on_call = quiet
