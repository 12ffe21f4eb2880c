"""The release engine: what it adds to the time that AWS takes, its calls, many releases at once, memory and status."""

import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from generator.aws.api_client import Api
from generator.aws.session import Session
from generator.release.client import Client, request_id
from generator.release.model.log_records import Slot
from generator.release.model.release import Release
from generator.release.model.requests import Decide, Opened, Propose, RollBack
from generator.release.model.settings import Releases
from generator.release.model.states import Closed, Executing, Waiting, name
from generator.release.model.version import Running
from generator.release.ports import Item, Put
from generator.sandbox.process import Endpoint
from tests.benchmarks.disk_table import DiskTable
from tests.benchmarks.harness import timed, verdict
from tests.benchmarks.open_releases import measure as open_releases
from tests.benchmarks.resident import resident
from tests.benchmarks.sandbox import started
from tests.integration import engine_setup as place
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import service

AT_ONCE = 200
IN_LOG = 10_000
STATUS = 150  # three environments of fifty services


def measure(work: Path) -> list[bool]:
    """All of it; prints what it measures and says whether what is promised holds."""
    held = [*many_at_once(), *looks(), *memory(work), *open_releases(work)]
    (work / "release").mkdir()
    with started(work / "release", idle=0.0) as (endpoint, _):
        held += [*on_aws(endpoint), *status(endpoint)]
    return held


def many_at_once() -> list[bool]:
    """200 services of prod released at once by one worker, without AWS: each is approved, rolled out and verified."""
    apps = [f"app-{i:03}" for i in range(AT_ONCE)]
    platform = FakePlatform(ticks=2, apps=apps, settings={"prod": Releases(bake_minutes=1)})
    platform.publish(1)
    platform.apply()
    platform.later(30)
    for version in (1, 2):
        if version > 1:
            platform.publish(version)
        with timed(platform) as took:
            before = time.process_time()
            for app in apps:
                platform.client.queue.as_("AROAFRONTFRONTFRONT1:f").send(  # type: ignore[attr-defined]
                    msgspec.json.encode({
                        "request": Propose(id=request_id(), stack=f"prod/service-{app}"), "actor": "U0000ANA",
                    }).decode()
                )  # fmt: skip
            platform.later(60)
            for release in list(platform.client.waiting()):
                platform.client.queue.as_("AROAFRONTFRONTFRONT1:f").send(  # type: ignore[attr-defined]
                    msgspec.json.encode({
                        "request": Decide(
                            id=request_id(), release=release.id, verdict="approve", binding=release.binding
                        ),
                        "actor": "U0000BEN",
                    }).decode()
                )  # fmt: skip
            platform.later(180)
            cpu = time.process_time() - before
    ends = Counter(platform.log.slot(f"prod/service-{app}")[0].outcome for app in apps)
    running = Counter(
        slot.running.commit for app in apps if (slot := platform.log.slot(f"prod/service-{app}")[0]).running
    )
    median = statistics.median(took)
    print(f"\nThe release engine without AWS: {AT_ONCE} approved releases at once, one worker")
    print(f"  CPU seconds, all of them                {cpu:.1f}")
    print(f"  transitions a release                   {len(took) / AT_ONCE:.1f}")
    print(f"  advance, median and slowest             {median:.2f} ms, {max(took):.1f} ms")
    return [
        verdict("milliseconds of advance without AWS, median", median, 5, at_least=False),
        verdict(f"succeeded of {AT_ONCE} at once", min(ends["succeeded"], running["2" * 40]), AT_ONCE, at_least=True),
    ]


def looks() -> list[bool]:
    """How often the stack of an open release is asked for: a minute in silence, and a minute full of events."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.created()
    platform.publish(2)
    stacks, _ = platform.aws("prod")
    stacks.ticks = 10**6
    platform.decide(platform.deploy(), "approve")
    seen = []
    for events in (False, True):
        platform.later(6, every=1)
        before = platform.faults.count("stacks.describe")
        for _ in range(60):
            if events:
                arn = "arn:aws:cloudformation:eu-west-1:333333333333:stack/slipway-prod-service-app/1"
                platform.queue.send(f'{{"kind":"wake-up","resources":["{arn}"],"name":"UPDATE_IN_PROGRESS"}}')
            platform.later(1, every=1)
        seen.append(platform.faults.count("stacks.describe") - before)
    return [
        verdict("DescribeStacks in a silent minute of an open release", seen[0], 12, at_least=False),
        verdict("DescribeStacks in a minute full of events", seen[1], 0, at_least=False),
    ]


def memory(work: Path) -> list[bool]:
    """What a worker holds with a few hundred releases in the log, and with ten thousand more."""
    table = DiskTable(str(work / "log.db"))
    platform = FakePlatform(table=table, settings={"dev": Releases(bake_minutes=0)})
    for number, size in ((1, "512"), (2, "1024")):
        platform.publish(number, app=service(size))
    platform.apply("dev")
    platform.go()
    numbers = count()

    def releases(many: int) -> float:
        with timed(platform) as took:
            for _ in range(many):
                request = Propose(id=request_id(), stack="dev/service-app", version=str(1 + next(numbers) % 2) * 40)
                answer = platform.ask(request)
                assert isinstance(answer, Opened), answer
                assert platform.end(answer.release) == "succeeded"
                forget(platform)
        return statistics.median(took)

    releases(200)
    few, held = releases(100), resident()
    seed(table, IN_LOG)
    many, then = releases(100), resident()
    print(f"\nWith {IN_LOG:,} more releases in the log")
    print(f"  memory of the worker                    {held:.1f} MiB before, {then:.1f} MiB after")
    print(f"  advance, median                         {few:.2f} ms before, {many:.2f} ms after")
    return [verdict(f"MiB more with {IN_LOG} more releases in the log", then - held, 3, at_least=False)]


def forget(platform: FakePlatform) -> None:
    """Take away what only fakes keep."""
    for stacks, services in platform.clouds._clouds.values():
        for stack in stacks.all:
            stack.events.clear()
            stack.executed.clear()
            stack.tokens.clear()
            stack.change_sets.clear()
        for arn in services.deployments_of:
            del services.deployments_of[arn][:-1]
    platform.seal.stored.clear()
    platform.faults.calls.clear()
    platform.clouds.seen.clear()
    platform.observed.clear()


def seed(table: DiskTable, many: int) -> None:
    """Copies of a closed release with its chain, under numbers of their own."""
    source = "dev-app-5"
    rows = [*table.query(f"release#{source}"), *table.query(f"audit#release/{source}")]
    for number in range(100_000, 100_000 + many):
        new = f"dev-app-{number}"
        copies = [Put(Item(r.pk.replace(source, new), r.sk, 1, r.body)) for r in rows]
        line = next(table.query("stack#dev/service-app", prefix="history#00000005"))
        table.write(*copies, Put(Item(f"stack#old/{number % 9}", f"history#{number:08}", 1, line.body)))
    table.base.commit()


@contextmanager
def in_calls() -> Iterator[list[float]]:
    """Seconds that all calls to AWS take together."""
    took = [0.0]
    asked = Api._asked

    def clocked(self: Api, operation: str, ask: Callable[[], Any]) -> Any:
        before = time.perf_counter()
        try:
            return asked(self, operation, ask)
        finally:
            took[0] += time.perf_counter() - before

    Api._asked = clocked  # type: ignore[method-assign]
    try:
        yield took
    finally:
        Api._asked = asked  # type: ignore[method-assign]


def on_aws(endpoint: Endpoint) -> list[bool]:
    """Releases on the embedded AWS at instant speed: what remains is the engine, its calls and its waiting."""
    where = place.prepare(endpoint.url)
    calls: Counter[str] = Counter()
    over: Session = place.warmed(
        place.session(endpoint.url, lambda service, operation: calls.update([f"{service}:{operation}"]))
    )
    people = place.client(where, place.session(endpoint.url))
    mine = place.worker(where, over, "bench")
    rows: list[tuple[float, float, Counter[str]]] = []
    for number in range(8):
        back = number == 7
        asked: Any = (
            RollBack(id=request_id(), stack=place.KEY)
            if back
            else Propose(id=request_id(), stack=place.KEY, version=place.commit(1 + number % 2))
        )
        calls.clear()
        with in_calls() as took:
            before = time.perf_counter()
            people.send(asked, "U0000ANA")
            release = finish(mine, people, asked.id)
            rows.append((time.perf_counter() - before, took[0], calls.copy()))
        if name(release.state) != "succeeded":
            raise SystemExit(f"{release.id}: {release.cause}")
    deploys = rows[2:7]
    whole = statistics.median(total for total, _, _ in deploys)
    inside = statistics.median(total - aws for total, aws, _ in deploys)
    number = statistics.median(sum(c.values()) for _, _, c in deploys)
    print("\nReleases on the embedded AWS at instant speed, image only, one approval")
    print(f"  seconds from asking to verified         {whole:.2f}, of which in the engine itself {inside:.3f}")
    print(f"  calls to AWS, a deploy                  {number:.0f}")
    print(f"  calls to AWS, a rollback               {sum(rows[7][2].values())}")
    for operation, times in sorted(deploys[-1][2].items(), key=lambda row: (-row[1], row[0])):
        print(f"    {times:>3}  {operation}")
    return [
        verdict("seconds of a release beyond what AWS works, calls included", whole, 1, at_least=False),
        verdict("calls to AWS for a deploy, change of state and log included", number, 90, at_least=False),
    ]


def finish(mine: Any, people: Client, ask: str) -> Release:
    """Turn until a release is closed and sealed; ben agrees when it waits."""
    agreed = False
    for _ in range(2000):
        mine.turn(0.0)
        answer = people.log.answered(ask)
        found = people.release(answer.release) if isinstance(answer, Opened) else None
        if found is None:
            continue
        if isinstance(found.state, Waiting) and not agreed:
            agreed = True
            people.send(Decide(id=request_id(), release=found.id, verdict="approve", binding=found.binding), "U0000001")
        if isinstance(found.state, Closed) and found.sealed == found.chain:
            return found
    raise SystemExit("a release never came to its end")


def status(endpoint: Endpoint) -> list[bool]:
    """What runs where: three environments of fifty services, half of them with an open release."""
    client = place.client(place.EngineLocation(endpoint.url, "", ()), place.session(endpoint.url))
    keys = [f"{env}/service-{i:02}" for env in ("dev", "staging", "prod") for i in range(STATUS // 3)]
    sample = next(r for r in (client.release(f"prod-app-{n}") for n in range(1, 9)) if r is not None)
    for i, key in enumerate(keys):
        running = Running(commit="1" * 40, template="t", body="b")
        slot = Slot(count=1, running=running, good=running, open=f"open-{i}" if i % 2 else "")
        client.log.table.write(client.log.put_slot(key, 0, slot))
        if i % 2:
            open_ = msgspec.structs.replace(sample, id=f"open-{i}", state=Executing(since=1.0, token="t"))  # noqa: S106
            client.log.table.write(Put(Item(f"release#open-{i}", "state", 1, msgspec.json.encode(open_))))
    took = []
    for _ in range(7):
        before = time.perf_counter()
        found = client.status(keys)
        took.append(time.perf_counter() - before)
    if sum(p.open is not None for p in found) != STATUS // 2:
        raise SystemExit("status does not tell every open release")
    return [verdict(f"seconds for the status of {STATUS} services", statistics.median(took), 2, at_least=False)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))
