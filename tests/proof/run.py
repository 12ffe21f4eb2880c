"""One run of the proof: a service under load, one event, and what it cost."""

from __future__ import annotations

import itertools
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.proof.load import Load, Sent, generators
from tests.proof.streams import Streams

if TYPE_CHECKING:
    from tests.proof.bed import Bed
    from tests.proof.events import Event

LEAD, TAIL = 2.0, 3.0
# Pages that listen all the time.
STREAMS = 8


class Row(NamedTuple):
    """What a run came to. Times are seconds; `failed` counts what the load programs did not get, `problems` says what."""

    strategy: str
    event: str
    order: str
    requests: int
    failed: int
    p50: float | None
    p99: float | None
    gap: float
    back: float | None
    holds: bool
    problems: str = ""


class Course(NamedTuple):
    """What happened when, for a picture: Unix times. Requests are (label, failed, count) by half seconds."""

    buckets: list[tuple[float, list[tuple[str, bool, int]]]]
    marks: list[tuple[float, str]]


def play(bed: Bed, strategy: str, event: Event, order: str, size: tuple[int, float]) -> tuple[Row, Course]:
    """Let an event happen under load.

    Args:
        bed: Where.
        strategy: Which service.
        event: What happens.
        order: `drained` or `early`: when SIGTERM comes.
        size: Seconds of load at least, and the share of the whole rate.
    """
    bed.control.post("death", {"order": order})
    began = time.time()
    marks: list[tuple[float, str]] = []
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(bed, strategy, marks, over), daemon=True)
    with tempfile.TemporaryDirectory() as folder:
        load = Load(generators(bed.address(), bed.host(strategy), size[0], Path(folder), size[1]), Path(folder))
        streams = Streams(bed.address(), bed.host(strategy), STREAMS)
        watch.start()
        try:
            time.sleep(LEAD)
            back, problems = _happen(bed, strategy, event)
            time.sleep(max(TAIL, size[0] - (time.time() - began)))
            sent = [*load.stop(), streams.stop()]
        finally:
            load.kill()
            streams.stop()
            over.set()
            watch.join()
    time.sleep(0.5)
    buckets = [
        (at, [(label, failed, count) for label, failed, count in rows])
        for at, rows in bed.control.post("traffic", {"since": began})["requests"]
    ]
    if event.points:
        back = failing(buckets)
        most = event.points * 60 * bed.speed + 15
        problems += f"requests failed for {back:.0f} s, and {most:.0f} s are allowed" if back > most else ""
    return _row(strategy, event, order, sent, buckets, back, problems), Course(buckets, marks)


def _happen(bed: Bed, strategy: str, event: Event) -> tuple[float | None, str]:
    """Let the event happen: the seconds that it took to go back, and what went wrong."""
    try:
        return event.act(bed, strategy), ""
    except Exception as error:  # noqa: BLE001 - a row says what went wrong, and the others go on
        return None, f"{type(error).__name__}: {error}"


def _row(  # noqa: PLR0917 - what a row is made of
    strategy: str, event: Event, order: str, sent: list[Sent],
    buckets: list[tuple[float, list[tuple[str, bool, int]]]], back: float | None, problems: str,
) -> Row:  # fmt: skip
    requests, failed = sum(s.requests for s in sent), sum(s.failed for s in sent)
    steady = [s for s in sent if s.name == "keep-alive"]
    texts = [problems, *(f"{s.name}: {s.problems}" for s in sent if s.problems)]
    holds = not problems and (event.bar is None or failed <= event.bar)
    return Row(
        strategy, event.name, order, requests, failed, steady[0].p50, steady[0].p99, longest_gap(buckets), back, holds,
        " | ".join(text for text in texts if text),
    )  # fmt: skip


def longest_gap(buckets: list[tuple[float, list[tuple[str, bool, int]]]]) -> float:
    """The longest time, in seconds, between two half seconds in which a request went well; 0 where each had one."""
    good = [at for at, rows in buckets if any(not failed for _, failed, _ in rows)]
    return max((later - at - 0.5 for at, later in itertools.pairwise(good)), default=0.0)


def failing(buckets: list[tuple[float, list[tuple[str, bool, int]]]]) -> float:
    """The time, in seconds, from the first half second in which a request failed to the end of the last one; 0 without any."""
    bad = [at for at, rows in buckets if any(failed for _, failed, _ in rows)]
    return bad[-1] - bad[0] + 0.5 if bad else 0.0


def _watch(bed: Bed, strategy: str, marks: list[tuple[float, str]], over: threading.Event) -> None:
    """Note when a deployment enters a stage."""
    last = ""
    while not over.wait(0.25):
        found = bed.deployment(strategy)
        stage = str(found.get("lifecycleStage") or found["status"])
        if found["status"] not in {"IN_PROGRESS", "PENDING"}:
            stage = str(found["status"])
        if stage != last:
            if last:
                marks.append((time.time(), stage))
            last = stage
