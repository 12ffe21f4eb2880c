"""A worker, and the bot's parts, over AWS as one identity may use it. Large libraries are imported when needed."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from generator.config.model import Configuration
from generator.release.log import Log
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.model.settings import Slack
from generator.release.person_directory import Directory
from generator.release.ports import Clouds, Queue
from generator.wiring.adapters import Adapters

# How many releases one process moves at once: each waits for AWS most of the time.
_AT_ONCE = 16


class Access(NamedTuple):
    """The configuration, and AWS as one identity may use it.

    ``pace`` is how many of our seconds one second of AWS takes; ``fronts`` are SQS sender ids that may speak for people
    of Slack, ``openers`` those that may open releases and nothing else. ``wakes`` is the queue of wake-ups, for a
    worker.
    """

    config: Configuration
    facts: PlatformFacts
    adapters: Any
    queue: Queue
    pace: float = 1.0
    fronts: tuple[str, ...] = ()
    wakes: Queue | None = None
    openers: tuple[str, ...] = ()

    @property
    def slack(self) -> Slack | None:
        """The section ``slack:`` of platform.yaml."""
        return self.config.platform.slack


class WorkerOptions(NamedTuple):
    """What a worker gets besides AWS: its name in leases, and the callbacks for transitions and failures."""

    name: str
    observers: Sequence[Callable[[Release], None]] = ()
    failed: Callable[[str], None] = lambda _: None


def worker_name() -> str:
    """The name of this process in leases and claims."""
    from secrets import token_hex
    from socket import gethostname

    return f"{gethostname()}-{os.getpid()}-{token_hex(3)}"


def worker(found: Access, directory: Directory, options: WorkerOptions) -> Any:
    """A :class:`generator.release.worker.Worker` over AWS; ``directory`` knows the people."""
    from concurrent.futures import ThreadPoolExecutor

    from generator.aws.http_probe import HttpProbe
    from generator.release.carried import CarriedClouds
    from generator.release.context import Context
    from generator.release.origins import Origins
    from generator.release.reception import Senders
    from generator.release.service import ReleaseService
    from generator.release.takeover import GRACE
    from generator.release.worker import BESIDE, Worker

    adapters = found.adapters
    context = Context(
        facts=found.facts,
        log=Log(adapters.table, time.time),
        clouds=adapters.clouds,
        versions=adapters.versions,
        images=adapters.images,
        reader=reader(found.facts, adapters, CarriedClouds(adapters.clouds)),
        seal=adapters.seal,
        probe=HttpProbe(),
        directory=directory,
        clock=time.time,
        pace=found.pace,
        skew=adapters.skew,
    )
    pool = ThreadPoolExecutor(_AT_ONCE + BESIDE, thread_name_prefix="release")
    service = ReleaseService(context, worker=options.name, observers=options.observers)
    senders = Senders(found.fronts, found.openers, Origins(found.slack, context.log))
    return Worker(
        service, found.queue, directory, senders, wakes=found.wakes, pool=pool, threads=_AT_ONCE, grace=GRACE,
        failed=options.failed,
    )  # fmt: skip


def reader(known: PlatformFacts, adapters: Adapters, clouds: Clouds) -> Any:
    """Reads change sets for people. What can't be looked up is shown as unknown."""
    from generator.preview.reader import ChangeReader, Surroundings

    log = Log(adapters.table, time.time)
    return ChangeReader(Surroundings(known, clouds, log, adapters.versions, adapters.images, time.time))
