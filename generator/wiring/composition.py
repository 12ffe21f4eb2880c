"""The one place that composes: configuration, AWS or the sandbox, the desk, and a worker if one is wanted.

Everything heavy is imported here and when it is needed, so that commands which need no AWS load none of it.
"""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from generator.catalog.directory import ConfiguredDirectory
from generator.catalog.release_facts import facts
from generator.catalog.stack_names import person as known_person
from generator.config.model import Configuration
from generator.config.read import read_configuration
from generator.errors import UsageError
from generator.release.client import Client
from generator.release.log import Log
from generator.release.model.platform import PlatformFacts
from generator.release.ports import Clouds
from generator.wiring.adapters import Adapters, Home, Lazy, OwnClouds, RootClouds, home_of
from generator.wiring.application import Application, Tools

# How many releases one process moves at once: each waits for AWS most of the time.
_AT_ONCE = 16
_SECRET = "sandbox"  # noqa: S105 - the sandbox takes any


Say = Callable[[str], None]


class Options(NamedTuple):
    """How a command wants its engine: where, whether it works too, and as whom it speaks (sandbox only)."""

    sandbox: bool = False
    worker: bool = False
    person: str = ""


class WorkerOptions(NamedTuple):
    """How a worker works: its pace, who hears what it could not do, and role ids that may speak for people of Slack."""

    pace: float
    say: Say
    fronts: tuple[str, ...] = ()


def compose(stacks: Path, options: Options, say: Say = lambda _: None) -> Application:
    """An engine over the configuration in ``stacks``; ``say`` hears what a worker could not do, in a sentence.

    Raises:
        ConfigurationError: the configuration is wrong.
        UsageError: nobody is called so, or the sandbox does not run.
        Denied: there are no credentials for what was asked.
    """
    config = read_configuration(stacks)
    known = facts(config)
    if options.sandbox:
        from generator.sandbox.process import find, root_of

        endpoint = find(root_of(str(stacks)))
        if endpoint is None:
            raise UsageError("no sandbox of this checkout runs; start one with: slipway sandbox")
        return _in_sandbox(config, known, endpoint, options, say)
    return _in_aws(config, known, options, say)


def _in_aws(config: Configuration, known: PlatformFacts, options: Options, say: Say) -> Application:
    from generator.aws.session import Session

    home = home_of(config)
    session = Session(home.region)
    queue = f"https://sqs.{home.region}.amazonaws.com{'.cn' if home.region.startswith('cn-') else ''}/{home.account}/{home.table}"
    adapters = Adapters(session, home)
    client = Client(known, Log(adapters.table, time.time), adapters.queue(queue), time.sleep)
    tools = Tools(lambda service, _, region: session.api(service, region=region), Lazy(lambda: adapters.publisher))
    if not options.worker:
        return _engine(config, known, adapters, client, clouds=OwnClouds(session, home), tools=tools)
    me = session.api("sts")("get_caller_identity")
    person = ConfiguredDirectory(known).person("cli", str(me["UserId"]))
    is_worker = f":assumed-role/{home.platform}-worker/" in str(me["Arn"])
    name = person or str(me["UserId"]).rpartition(":")[2]
    # The release roles trust the worker's role alone, so all of this process works as that.
    working = Adapters(session if is_worker else session.assumed(home.worker, name), home)
    clouds = Lazy(lambda: working.clouds)
    worker = Lazy(lambda: _worker(known, working, clouds, queue, WorkerOptions(1.0, say, fronts(os.environ))))
    return _engine(
        config,
        known,
        working,
        client,
        clouds=clouds,
        work=lambda wait: int(worker.turn(wait)),
        close=lambda: worker.close() if worker.is_made else None,
        person=person,
        flags=" --worker",
        tools=tools,
    )


def _in_sandbox(config: Configuration, known: PlatformFacts, endpoint: Any, options: Options, say: Say) -> Application:
    """Each person of ``people:`` is an IAM user of the home account, so that SQS attests who speaks."""
    from msgspec.structs import replace

    from generator.aws.session import Keys, Session
    from generator.sandbox.iam.people import users
    from generator.sandbox.process import Control, folder

    home = home_of(config)
    if not known.people:
        raise UsageError("platform.yaml names nobody under people:, so nobody can ask; write `people: { me: {} }`")
    person = known_person(known, options.person or next(iter(known.people)))
    root = Adapters(Session(home.region, keys=Keys(home.account, _SECRET), endpoint=endpoint.url), home)
    status = Control(endpoint.port).status()
    kept = folder(Path(str(status["root"]))) / "people.json"
    ids = users(root.api("iam"), tuple(known.people), kept, home.table)
    known = replace(
        known,
        people={name: replace(p, aws=(*p.aws, ids[name].id)) for name, p in known.people.items()},
    )
    queue = f"{endpoint.url}/{home.account}/{home.table}"
    speaks = Adapters(
        Session(home.region, keys=Keys(ids[person].access, ids[person].secret), endpoint=endpoint.url), home
    )
    pace = float(status["speed"])
    client = Client(known, Log(speaks.table, time.time), speaks.queue(queue), time.sleep)

    def begin() -> Any:
        works = _as_worker(home, endpoint, root)
        return _worker(known, works, works.clouds, queue, WorkerOptions(pace, say, _front(home, root)))

    worker = Lazy(begin)
    looks = RootClouds(home, endpoint.url)
    tools = Tools(
        lambda service, account, region: looks.session(account).api(service, region=region),
        Lazy(lambda: root.publisher),
        Control(endpoint.port),
    )
    return _engine(
        config,
        known,
        root,
        client,
        clouds=looks,
        work=lambda wait: int(worker.turn(wait)),
        close=lambda: worker.close() if worker.is_made else None,
        person=person,
        pace=pace,
        flags=" --sandbox",
        tools=tools,
    )


def _as_worker(home: Home, endpoint: Any, root: Adapters) -> Adapters:
    """The worker's role, as a task of ECS gets it; before home is there, the account's root."""
    from generator.aws.api_client import ApiError
    from generator.aws.session import Keys, Session
    from generator.sandbox.process import Control

    try:
        root.api("iam")("get_role", RoleName=home.worker.rpartition("/")[2])
    except ApiError:
        return root
    given = Control(endpoint.port).session(home.worker, name="worker")
    keys = Keys(given["AccessKeyId"], given["SecretAccessKey"], given.get("SessionToken"))
    return Adapters(Session(home.region, keys=keys, endpoint=endpoint.url), home)


def fronts(environ: Mapping[str, str]) -> tuple[str, ...]:
    """``FRONT_SENDERS``: ids of the roles that may speak for people of Slack, with commas between."""
    return tuple(filter(None, map(str.strip, environ.get("FRONT_SENDERS", "").split(","))))


def _front(home: Home, root: Adapters) -> tuple[str, ...]:
    """Id of the role of the bot's front, if there is one: messages of its sessions carry it as their sender."""
    from generator.aws.api_client import ApiError

    try:
        return (str(root.api("iam")("get_role", RoleName=f"{home.platform}-bot")["Role"]["RoleId"]),)
    except ApiError:
        return ()


def _engine(
    config: Configuration, known: PlatformFacts, adapters: Adapters, client: Client, clouds: Clouds, **more: Any
) -> Application:
    return Application(
        config=config,
        facts=known,
        client=client,
        versions=Lazy(lambda: adapters.versions),
        images=Lazy(lambda: adapters.images),
        reader=Lazy(lambda: reader(known, adapters, clouds)),
        clouds=clouds,
        seal=Lazy(lambda: adapters.seal),
        clock=time.time,
        sleep=time.sleep,
        **more,
    )


def reader(known: PlatformFacts, adapters: Adapters, clouds: Clouds) -> Any:
    """Reads change sets for people; what can't be looked up is said to be unknown."""
    from generator.preview.reader import ChangeReader, Surroundings

    log = Log(adapters.table, time.time)
    return ChangeReader(Surroundings(known, clouds, log, adapters.versions, adapters.images, time.time))


def _worker(known: PlatformFacts, adapters: Adapters, clouds: Clouds, queue: str, ways: WorkerOptions) -> Any:
    from concurrent.futures import ThreadPoolExecutor
    from secrets import token_hex
    from socket import gethostname

    from generator.aws.http_probe import HttpProbe
    from generator.release.context import Context
    from generator.release.service import ReleaseService
    from generator.release.worker import Senders, Worker

    directory = ConfiguredDirectory(known)
    context = Context(
        facts=known,
        log=Log(adapters.table, time.time),
        clouds=clouds,
        versions=adapters.versions,
        images=adapters.images,
        reader=reader(known, adapters, clouds),
        seal=adapters.seal,
        probe=HttpProbe(),
        directory=directory,
        clock=time.time,
        pace=ways.pace,
    )
    service = ReleaseService(context, worker=f"{gethostname()}-{os.getpid()}-{token_hex(3)}")
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="release")
    senders = Senders(fronts=ways.fronts)
    return Worker(service, adapters.queue(queue), directory, senders, pool=pool, failed=ways.say)
