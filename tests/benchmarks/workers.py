"""Many workers: how much faster, at how many calls, and what late answers, deaths and idleness cost.

Figures of virtual time do not depend on this machine; those on the embedded AWS count calls, and its CPU sets the pace.
"""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from generator.release.client import request_id
from generator.release.log import Log
from generator.release.model.requests import Decide, Propose
from generator.release.model.states import Closed, Waiting
from generator.release.takeover import GRACE
from generator.release.worker import BESIDE
from generator.sandbox.process import Control, Endpoint
from tests.benchmarks.harness import verdict
from tests.benchmarks.sandbox import started
from tests.integration import engine_setup as place
from tests.simulation.__main__ import small
from tests.simulation.bot_world import BotWorld
from tests.simulation.world import Plan, World

RELEASES, CALLS = 40, 75
FEW = 2  # threads of a worker: then forty releases are more than one of them moves at once


def measure(work: Path) -> list[bool]:
    """All of it; prints what it measures and says whether what is promised holds."""
    held = [*in_virtual_time(), *late(), *people(), *idle(), *takeover(), *schedules()]
    (work / "workers").mkdir()
    with started(work / "workers", idle=0.0) as (endpoint, _):
        held += on_aws(endpoint)
    return held


def played(services: int, **more: Any) -> tuple[World, float]:
    """A world in which so many releases were asked for within a second, and how long they took."""
    plan = Plan(**{"services": services, "threads": 16, "latency": 0.2, "within": 1.0, **more})
    world = World(1, plan)
    return world, world.play()


def per_release(world: World) -> float:
    """Calls to AWS for each release, listing and receiving included."""
    return sum(world.calls.values()) / world.plan.services


def in_virtual_time() -> list[bool]:
    """Forty, two hundred and four hundred releases on 1, 4 and 10 workers; each call takes 0.2 s on average.

    One worker of sixteen threads is done with forty about as soon as a single release is: ten are faster with more.
    """
    held = []
    for services in (RELEASES, 200, 400):
        print(f"\n{services} releases, 0.2 s a call: workers, seconds, calls a release, saves lost")
        figures = {}
        for workers in (1, 4, 10):
            world, took = played(services, workers=workers)
            figures[workers] = (took, per_release(world))
            print(f"  {workers:>3} {took:>8.1f} {per_release(world):>8.1f} {world.lost:>4}")
            held.append(verdict("saves lost", world.lost, 0, at_least=False))
        held.append(verdict("calls on ten workers / alone", figures[10][1] / figures[1][1], 1.1, at_least=False))
        if services == RELEASES:
            held.append(verdict("calls a release, alone", figures[1][1], CALLS, at_least=False))
        else:
            faster = figures[1][0] / figures[10][0]
            held.append(verdict(f"speed of ten workers / of one, {services} releases", faster, 4, at_least=True))
    few = {workers: played(RELEASES, workers=workers, threads=FEW)[1] for workers in (1, 10)}
    print(f"\n{RELEASES} releases, workers of {FEW} threads: {few[1]:.1f} s on one, {few[10]:.1f} s on ten")
    held.append(
        verdict(f"speed of ten workers of {FEW} threads / of one, 40 releases", few[1] / few[10], 4, at_least=True)
    )
    return held


def late() -> list[bool]:
    """Answers that come 12, 18 and 60 s late, on one call or on all of CloudFormation's reads and writes."""
    held = []
    on_time, usual = played(8, workers=2, threads=8)
    print(f"\nLate answers, 2 workers, 8 releases: on time {usual:.0f} s, {per_release(on_time):.1f} calls a release")
    for calls in ("stacks.execute", "stacks.describe", "stacks.create"):
        for seconds in (12.0, 18.0, 60.0):
            world, took = played(8, workers=2, threads=8, late=seconds, late_calls=calls)
            idle_calls = 2 * (took - usual) * (1 / 2 + 1 / 15)
            more = (sum(world.calls.values()) - sum(on_time.calls.values()) - idle_calls) / 8
            renewals = world.calls[calls] / 8 * (seconds / 3 + 1)
            print(f"  {calls} {seconds:.0f} s late: {took:.0f} s, {more:+.1f} calls a release, {renewals:.1f} renewals")
            held.append(verdict("more calls / renewals", max(0.0, more) / renewals, 1.25, at_least=False))
            held.append(verdict("saves lost", world.lost, 0, at_least=False))
    return held


def people() -> list[bool]:
    """How long a click waits for its answer while fifty releases move."""
    world, _ = played(50, workers=2, latency=0.05, within=60.0)
    clicks = sorted(world.clicks)
    print(f"\n{len(clicks)} clicks while 50 releases move, 0.05 s a call")
    return [verdict("seconds from a click to its answer, slowest", clicks[-1], 1, at_least=False)]


def idle() -> list[bool]:
    """Calls of the bot's worker, all its parts, while nothing is open: on average, and in the busiest minute."""
    held = []
    for services in (34, 334, 1667):
        world = BotWorld(1, services).settled()
        world.rest(600.0)
        at = [moment for moment, _ in world.moments]
        busiest = max(sum(began <= moment < began + 60.0 for moment in at) for began in at)
        parts = dict(Counter(name for _, name in world.moments))
        print(
            f"\nAn idle worker of the bot for ten minutes, {len(world.platform.facts.stacks)} stacks, by operation: {parts}"
        )
        held += [
            verdict("calls a minute of an idle worker", len(at) / 10, 10, at_least=False),
            verdict("calls in its busiest minute", busiest, 10, at_least=False),
        ]
    return held


def takeover() -> list[bool]:
    """How soon somebody goes on with what a dead or paused worker held."""
    taken: list[float] = []
    for seed in range(20):
        world = World(seed, Plan(workers=10, services=20, latency=0.2, deaths=0.3, pauses=0.3, within=60.0, work=8))
        world.play()
        taken += world.takeovers if world.always_somebody else []
    print(f"\n{len(taken)} takeovers from dead and paused workers")
    return [verdict("seconds until a takeover, longest", max(taken), 15, at_least=False)]


def schedules() -> list[bool]:
    """How many small schedules this machine runs in a minute."""
    began = time.process_time()  # the machine may have other things to do
    failed = small(0, 100)
    rate = 100 / (time.process_time() - began) * 60
    return [
        verdict("schedules that failed", failed, 0, at_least=False),
        verdict("schedules a minute on one core", rate, 1000, at_least=True),
    ]


def on_aws(endpoint: Endpoint) -> list[bool]:
    """Forty releases on the embedded AWS by 1, 4 and 10 workers in this process."""
    held, figures = [], {}
    print(f"\n{RELEASES} releases on the embedded AWS: workers, seconds, calls a release")
    for workers in (1, 4, 10):
        Control(endpoint.port).reset()
        apps = tuple(f"app{i:02}" for i in range(RELEASES))
        where = place.prepare(endpoint.url, visibility=60, apps=apps)
        calls: Counter[str] = Counter()
        with ExitStack() as stack:
            stop = running(where, workers, calls, stack)
            took = [released(where, version, apps, calls) for version in (1, 2)]
            stop.set()
        figures[workers] = took[1]
        print(f"  {workers:>3} {took[1][0]:>8.1f} {took[1][1]:>8.1f}")
        for operation, times in calls.most_common(8):
            print(f"      {times / RELEASES:>6.1f}  {operation}")
    return [
        *held,
        verdict("calls a release, alone", figures[1][1], CALLS, at_least=False),
        verdict("calls on ten workers / alone", figures[10][1] / figures[1][1], 1.1, at_least=False),
    ]


def running(where: place.EngineLocation, workers: int, calls: Counter[str], stack: ExitStack) -> threading.Event:
    """So many workers, until the stack of contexts ends."""
    stop = threading.Event()
    for number in range(workers):
        session = place.session(where.url, lambda service, operation: calls.update([f"{service}:{operation}"]))
        pool = ThreadPoolExecutor(16 + BESIDE)
        one = place.worker(where, place.warmed(session), f"w{number}", pace=1.0, pool=pool, threads=16, grace=GRACE)
        thread = threading.Thread(target=one.run, args=(stop,), daemon=True)
        thread.start()
        stack.callback(one.close)
        stack.callback(thread.join, 30.0)
    stack.callback(stop.set)
    return stop


def released(
    where: place.EngineLocation, version: int, apps: tuple[str, ...], calls: Counter[str]
) -> tuple[float, float]:
    """Ask for a version everywhere, agree to each release, and wait until all are sealed; seconds, calls a release."""
    session = place.session(where.url)
    client = place.client(where, session)
    log = Log(client.log.table, time.time)
    calls.clear()
    began = time.perf_counter()
    for app in apps:
        client.send(Propose(id=request_id(), stack=f"prod/service-{app}", version=place.commit(version)), "U0000ANA")
    agreed: set[str] = set()
    open_ = {f"prod-{app}-{version}" for app in apps}
    while open_ and time.perf_counter() < began + 300:
        found = log.table.many([(f"release#{one}", "state") for one in sorted(open_)])
        for release_id in sorted(open_):
            if (f"release#{release_id}", "state") not in found:
                continue
            release = log.release(release_id)
            if release is None:
                continue
            if isinstance(release.state, Closed) and release.sealed == release.chain:
                if release.state.outcome != "succeeded":
                    raise SystemExit(f"{release_id}: {release.cause}")
                open_.discard(release_id)
            elif isinstance(release.state, Waiting) and release_id not in agreed:
                agreed.add(release_id)
                seen = release.binding
                client.send(Decide(id=request_id(), release=release_id, verdict="approve", binding=seen), "U0000001")
        time.sleep(0.2)
    if open_:
        raise SystemExit(f"{len(open_)} releases never ended")
    return time.perf_counter() - began, sum(calls.values()) / len(apps)
