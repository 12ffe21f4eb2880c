"""Composes the two parts of the bot from the configuration and AWS, or the sandbox: the bot's side of bootstrap."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from socket import gethostname
from typing import Any, NamedTuple

from bot.front import FrontParts
from generator.catalog.release_facts import facts
from generator.config.model import Configuration
from generator.config.read import read_configuration
from generator.errors import UsageError
from generator.release.context import Context
from generator.release.log import Log
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.model.settings import Slack
from generator.release.ports import Directory, Queue
from generator.release.service import ReleaseService
from generator.release.worker import Senders, Worker

SEND_WITHIN = 1.0  # seconds that the front waits for the queue
AT_ONCE = 16  # releases that one worker moves at once: each waits for AWS most of the time


class Grounds(NamedTuple):
    """What both parts stand on. ``fronts`` are SQS sender ids that may speak for people of Slack."""

    config: Configuration
    facts: PlatformFacts
    slack: Slack | None
    adapters: Any
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
    from generator.aws.session import Limits, Session
    from generator.wiring.adapters import Adapters, home_of
    from generator.wiring.composition import fronts

    home = home_of(config)
    told = {"table": "RELEASE_TABLE", "artifacts": "ARTIFACT_BUCKET", "audit": "AUDIT_BUCKET", "key": "AUDIT_KEY_ARN"}
    home = home._replace(**{field: environ[name] for field, name in told.items() if environ.get(name)})
    adapters = Adapters(Session(home.region), home)
    # The front has one second for a request; what did not arrive then is asked again by the person.
    limits = Limits(attempts=1, connect=0.3, read=SEND_WITHIN - 0.3, poll=0.0)
    sends = Adapters(Session(home.region, limits=limits), home) if part == "web" else adapters
    url = environ.get("RELEASE_QUEUE_URL") or f"https://sqs.{home.region}.amazonaws.com/{home.account}/{home.table}"
    return Grounds(config, known, config.platform.slack, adapters, sends.queue(url), fronts=fronts(environ))


def _in_sandbox(config: Configuration, known: PlatformFacts, stacks: Path, part: str) -> Grounds:
    """The roles of the bot, as tasks of ECS get them; people are the same as for the command line."""
    from msgspec.structs import replace

    from generator.aws.api_client import ApiError
    from generator.aws.session import Keys, Session
    from generator.sandbox.iam.people import users
    from generator.sandbox.process import Control, find, folder, root_of
    from generator.wiring.adapters import Adapters, home_of

    endpoint = find(root_of(str(stacks)))
    if endpoint is None:
        raise UsageError("no sandbox of this checkout runs; start one with: slipway sandbox")
    home, control = home_of(config), Control(endpoint.port)
    root = Adapters(Session(home.region, keys=Keys(home.account, "sandbox"), endpoint=endpoint.url), home)
    try:
        front = root.api("iam")("get_role", RoleName=f"{home.platform}-bot")["Role"]
    except ApiError as error:
        raise UsageError(
            f"the sandbox has no home yet ({error.code}); make it with: slipway apply home --sandbox"
        ) from error
    status = control.status()
    ids = users(root.api("iam"), tuple(known.people), folder(Path(str(status["root"]))) / "people.json", home.table)
    people = {name: replace(p, aws=(*p.aws, ids[name].id)) for name, p in known.people.items()}
    given = control.session(str(front["Arn"]) if part == "web" else home.worker, name=part)
    keys = Keys(given["AccessKeyId"], given["SecretAccessKey"], given.get("SessionToken"))
    adapters = Adapters(Session(home.region, keys=keys, endpoint=endpoint.url), home)
    url = f"{endpoint.url}/{home.account}/{home.table}"
    known, slack = replace(known, people=people), config.platform.slack
    return Grounds(config, known, slack, adapters, adapters.queue(url), float(status["speed"]), (str(front["RoleId"]),))


def reading(found: Grounds, slack: Slack) -> FrontParts:
    """What the front reads and sends."""
    log = Log(found.adapters.table, time.time)
    return FrontParts(found.facts, slack, log, found.queue, found.adapters.versions, time.time)


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
    from generator.aws.http_probe import HttpProbe
    from generator.wiring.composition import reader

    adapters = found.adapters
    context = Context(
        facts=found.facts,
        log=Log(adapters.table, time.time),
        clouds=adapters.clouds,
        versions=adapters.versions,
        images=adapters.images,
        reader=reader(found.facts, adapters, adapters.clouds),
        seal=adapters.seal,
        probe=HttpProbe(),
        directory=directory,
        clock=time.time,
        pace=found.pace,
    )
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="release")
    service = ReleaseService(context, worker=name, told=told)
    return Worker(service, found.queue, directory, Senders(fronts=found.fronts), pool=pool, failed=failed)
