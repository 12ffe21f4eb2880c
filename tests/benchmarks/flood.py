"""10,000 messages of junk in the queue of wake-ups of the embedded AWS: by how much it delays a person's request."""

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from generator.release.client import Client, request_id
from generator.release.model.requests import Lock, Unlock
from generator.release.takeover import GRACE
from generator.release.worker import BESIDE
from generator.wiring.adapters import Adapters
from tests.benchmarks.harness import verdict
from tests.benchmarks.sandbox import started
from tests.integration import engine_setup as place

JUNK, ASKED, LONGEST = 10_000, 20, 2.0


def measure(work: Path) -> list[bool]:
    """Lock and unlock an environment while one worker clears the queue; each answer is read from the release log."""
    (work / "flood").mkdir()
    with started(work / "flood", idle=0.0) as (endpoint, _):
        where = place.prepare(endpoint.url, visibility=60)
        over = place.warmed(place.session(endpoint.url))
        sqs = over.api("sqs")
        url = sqs("create_queue", QueueName="wakes")["QueueUrl"]
        stop, wakes = threading.Event(), Adapters(over, place.HOME).queue(url)
        pool = ThreadPoolExecutor(16 + BESIDE)
        worker = place.worker(where, over, "w1", pace=1.0, wakes=wakes, pool=pool, threads=16, grace=GRACE)
        runs = threading.Thread(target=worker.run, args=(stop,), daemon=True)
        runs.start()
        client = place.client(where, place.session(endpoint.url))
        alone = [waited(client, number) for number in range(ASKED)]
        for first in range(0, JUNK, 10):
            rows = [{"Id": str(n), "MessageBody": f"junk {first + n}"} for n in range(10)]
            sqs("send_message_batch", QueueUrl=url, Entries=rows)
        took = [waited(client, number) for number in range(ASKED)]
        attributes = sqs("get_queue_attributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
        left = int(attributes["ApproximateNumberOfMessages"])
        stop.set()
        runs.join(60.0)
        worker.close()
    print(f"\n{ASKED} requests of people beside {JUNK:,} messages of junk, of which {left:,} are left at the end")
    for what, seconds in (("without it", alone), ("beside it", took)):
        print(f"  {what}: {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s")
    return [
        verdict(
            "seconds that it delays a request, longest", max(took) - statistics.median(alone), LONGEST, at_least=False
        ),
        verdict("messages of junk left when the last one was answered", left, 1, at_least=True),
    ]


def waited(client: Client, number: int) -> float:
    """Seconds from sending a request to reading its answer."""
    asked = Unlock(id=request_id(), scope="prod/*") if number % 2 else Lock(id=request_id(), scope="prod/*", reason="x")
    began = time.perf_counter()
    client.send(asked, "U0000ANA")
    while client.log.answered(asked.id) is None:
        if time.perf_counter() > began + 120.0:
            raise SystemExit(f"nobody answered {asked}")
        time.sleep(0.02)
    return time.perf_counter() - began
