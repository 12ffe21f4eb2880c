"""Composes the two parts of the bot from the configuration and AWS, or the sandbox: the bot's side of bootstrap."""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from socket import gethostname
from typing import Any, NamedTuple

from bot.front import Reading
from generator.config.model import Configuration
from generator.config.read import read_configuration
from generator.errors import UsageError
from generator.facts import facts
from generator.release.log import Log
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.model.settings import Slack
from generator.release.ports import Directory, Queue
from generator.release.service import ReleaseService
from generator.release.worker import Senders, Worker
from generator.release.world import World

AT_ONCE = 16  # releases that one worker moves at once: each waits for AWS most of the time


class Grounds(NamedTuple):
    """What both parts stand on. ``fronts`` are SQS sender ids that may speak for people of Slack."""

    config: Configuration
    facts: PlatformFacts
    slack: Slack | None
    apis: Any
    queue: Queue
    pace: float = 1.0
    fronts: tuple[str, ...] = ()


def grounds(stacks: Path, environ: Mapping[str, str], part: str, *, sandbox: bool = False) -> Grounds:
    """The configuration, and AWS as this part may see it: ``web`` or ``worker``.

    Raises:
        ConfigurationError: the configuration is wrong.
        UsageError: the sandbox does not run.
    """
    config = read_configuration(stacks)
    known = facts(config)
    if sandbox:
        return _in_sandbox(config, known, stacks, part)
    from generator.adapters import Apis, home_of
    from generator.aws.session import Limits, Session

    home = home_of(config)
    home = home._replace(
        table=environ.get("RELEASE_TABLE") or home.table,
        artifacts=environ.get("ARTIFACT_BUCKET") or home.artifacts,
        audit=environ.get("AUDIT_BUCKET") or home.audit,
        key=environ.get("AUDIT_KEY_ARN") or home.key,
    )
    # The front has one second for a request; what did not arrive then is asked again by the person.
    limits = Limits(attempts=2, connect=0.5, read=0.8) if part == "web" else Limits()
    apis = Apis(Session(home.region, limits=limits), home)
    url = environ.get("RELEASE_QUEUE_URL") or f"https://sqs.{home.region}.amazonaws.com/{home.account}/{home.table}"
    fronts = tuple(sender.strip() for sender in environ.get("FRONT_SENDERS", "").split(",") if sender.strip())
    return Grounds(config, known, config.platform.slack, apis, apis.queue(url), fronts=fronts)


def _in_sandbox(config: Configuration, known: PlatformFacts, stacks: Path, part: str) -> Grounds:
    """The roles of the bot, as tasks of ECS get them."""
    from generator.adapters import Apis, home_of
    from generator.aws.session import Keys, Session
    from generator.sandbox.process import Control, find, root_of

    endpoint = find(root_of(str(stacks)))
    if endpoint is None:
        raise UsageError("no sandbox of this checkout runs; start one with: slipway sandbox")
    home, control = home_of(config), Control(endpoint.port)
    root = Apis(Session(home.region, keys=Keys(home.account, "sandbox"), endpoint=endpoint.url), home)
    front = root.api("iam")("get_role", RoleName=f"{home.platform}-bot")["Role"]
    role = str(front["Arn"]) if part == "web" else home.worker
    given = control.session(role, name=part)
    keys = Keys(given["AccessKeyId"], given["SecretAccessKey"], given.get("SessionToken"))
    apis = Apis(Session(home.region, keys=keys, endpoint=endpoint.url), home)
    url = f"{endpoint.url}/{home.account}/{home.table}"
    pace = float(control.status()["speed"])
    slack = config.platform.slack
    return Grounds(config, known, slack, apis, apis.queue(url), pace, (str(front["RoleId"]),))


def reading(found: Grounds, slack: Slack) -> Reading:
    """What the front reads and sends."""
    log = Log(found.apis.table, time.time)
    return Reading(found.facts, slack, log, found.queue, found.apis.versions, time.time)


def worker_name() -> str:
    """This process in leases and claims."""
    return f"{gethostname()}-{os.getpid()}-{token_hex(3)}"


def worker(
    found: Grounds,
    directory: Directory,
    name: str,
    told: Sequence[Callable[[Release], None]],
    failed: Callable[[str], None],
) -> Worker:
    """The worker: the engine over AWS, with Slack's word on people."""
    from generator.aws.probe import HttpProbe
    from generator.bootstrap import reader

    apis = found.apis
    world = World(
        facts=found.facts,
        log=Log(apis.table, time.time),
        clouds=apis.clouds,
        versions=apis.versions,
        images=apis.images,
        reader=reader(found.facts, apis, apis.clouds),
        seal=apis.seal,
        probe=HttpProbe(),
        directory=directory,
        clock=time.time,
        pace=found.pace,
    )
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="release")
    service = ReleaseService(world, worker=name, told=told)
    return Worker(service, found.queue, directory, Senders(fronts=found.fronts), pool=pool, failed=failed)


def run(worker_: Worker, stop: threading.Event) -> None:
    """Work until told to stop; the step that is being made is made to its end."""
    worker_.run(stop)
