"""The one composition root: configuration, AWS or the sandbox, the client, and a worker if one is wanted.

The command line and the bot are both composed here. Everything heavy is imported when it is needed, so that commands
which need no AWS load none of it.
"""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

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
from generator.wiring.adapters import Adapters, Home, Lazy, OwnClouds, home_of
from generator.wiring.application import Application, Tools
from generator.wiring.worker import Access, WorkerOptions, reader, worker, worker_name

# Names of what home holds, which a task of the bot may be given in its environment (``templates/bot``).
_GIVEN = {"table": "RELEASE_TABLE", "artifacts": "ARTIFACT_BUCKET", "audit": "AUDIT_BUCKET", "key": "AUDIT_KEY_ARN"}

Say = Callable[[str], None]
# Who may assume the roles of home, where AWS says no.
_TAKE_ROLE = (
    "an administrator gets that right for the first release, with: slipway bootstrap ACCOUNT; others by operators: in "
    "platform.yaml, or from the bot's worker and CI, which have it"
)


class Options(NamedTuple):
    """How a command wants its engine: where, with or without a worker, and as which person (sandbox only).

    ``pace`` is how many of our seconds one second of AWS takes, outside of the sandbox: in tests less than one.
    """

    sandbox: bool = False
    worker: bool = False
    person: str = ""
    pace: float = 1.0


def compose(stacks: Path, options: Options, say: Say = lambda _: None) -> Application:
    """An engine over the configuration in ``stacks``. ``say`` is called with what a worker could not do, in a sentence.

    Raises:
        ConfigurationError: the configuration is wrong.
        UsageError: nobody is called so, or the sandbox does not run.
        Denied: there are no credentials for what was asked.
    """
    config = read_configuration(stacks)
    known = facts(config)
    return (_in_sandbox if options.sandbox else _in_aws)(stacks, config, known, options, say)


def access(
    stacks: Path,
    environ: Mapping[str, str],
    part: Literal["web", "worker"],
    *,
    sandbox: bool = False,
    sending: Any = None,
) -> Access:
    """AWS as a part of the bot may use it. ``sending`` are :class:`generator.aws.session.Limits` of its queue in AWS.

    Raises:
        ConfigurationError: the configuration is wrong.
        UsageError: the sandbox does not run, or holds no home.
    """
    config = read_configuration(stacks)
    home = home_of(config)
    if sandbox:
        from generator.wiring.sandbox_identities import SandboxIdentities

        here = SandboxIdentities(stacks, home, facts(config))
        front = here.front()
        mine = front if part == "web" else here.worker()
        return here.access(config, mine)
    from generator.aws.budgets import Budgets
    from generator.aws.session import WORKING, Session

    given: dict[str, Any] = {field: environ[name] for field, name in _GIVEN.items() if environ.get(name)}
    home = home._replace(**given)
    working = part == "worker"
    session = Session(home.region, limits=WORKING, budgets=Budgets()) if working else Session(home.region)
    adapters = Adapters(session, home)
    sends = Adapters(Session(home.region, limits=sending), home) if sending is not None else adapters
    queue = sends.queue(environ.get("RELEASE_QUEUE_URL") or home.queue_url())
    return Access(
        config,
        facts(config),
        adapters,
        queue,
        fronts=senders(environ, "FRONT_SENDERS"),
        wakes=_wakes(home, adapters, environ),
        openers=senders(environ, "OPEN_SENDERS"),
    )


def senders(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """``FRONT_SENDERS`` or ``OPEN_SENDERS``: ids of roles that are not people, separated by commas."""
    return tuple(filter(None, map(str.strip, environ.get(name, "").split(","))))


def _wakes(home: Home, adapters: Adapters, environ: Mapping[str, str]) -> Any:
    return adapters.queue(environ.get("WAKE_QUEUE_URL") or home.wake_url())


def _in_aws(stacks: Path, config: Configuration, known: PlatformFacts, options: Options, say: Say) -> Application:
    del stacks
    from generator.aws.budgets import Budgets
    from generator.aws.session import WORKING, Session

    home = home_of(config)
    session = Session(home.region, limits=WORKING, budgets=Budgets()) if options.worker else Session(home.region)
    url = home.queue_url()
    adapters = Adapters(session, home)
    client = Client(known, Log(adapters.table, time.time), adapters.queue(url), time.sleep)
    publisher = Lazy(lambda: Adapters(_publishing(session, home), home).publisher)
    tools = Tools(lambda service, _, region: session.api(service, region=region), publisher, simulates=True)
    if not options.worker:
        clouds = OwnClouds(session, home)
        return _application(config, known, adapters, client, clouds=clouds, tools=tools, pace=options.pace)
    me = session.api("sts")("get_caller_identity")
    person = ConfiguredDirectory(known).person("cli", str(me["UserId"]))
    is_worker = f":assumed-role/{home.platform}-worker/" in str(me["Arn"])
    name = person or str(me["UserId"]).rpartition(":")[2]
    # The release roles trust the worker's role alone, so all of this process works as that.
    working = Adapters(session if is_worker else session.assumed(home.worker, name, _TAKE_ROLE), home)
    wakes = _wakes(home, working, os.environ)
    runs = _own_worker(
        lambda: Access(
            config,
            known,
            working,
            working.queue(url),
            options.pace,
            fronts=senders(os.environ, "FRONT_SENDERS"),
            wakes=wakes,
            openers=senders(os.environ, "OPEN_SENDERS"),
        ),
        say,
    )
    own = Lazy(lambda: working.clouds)
    return _application(
        config,
        known,
        working,
        client,
        clouds=own,
        person=person,
        flags=" --worker",
        tools=tools,
        pace=options.pace,
        **runs,
    )


def _publishing(session: Any, home: Home) -> Any:
    """A session as the publish role, which alone signs versions: this one in CI, elsewhere that role is assumed."""
    me = session.api("sts")("get_caller_identity")
    if f":assumed-role/{home.platform}-publish/" in str(me["Arn"]):
        return session
    return session.assumed(home.publish, str(me["UserId"]).rpartition(":")[2], _TAKE_ROLE)


def _in_sandbox(stacks: Path, config: Configuration, known: PlatformFacts, options: Options, say: Say) -> Application:
    from generator.wiring.sandbox_identities import SandboxIdentities

    if not known.people:
        raise UsageError(
            "platform.yaml names nobody under people:, so nobody can request a release; write `people: { me: {} }`"
        )
    person = known_person(known, options.person or next(iter(known.people)))
    here = SandboxIdentities(stacks, home_of(config), known)
    speaks = here.person(person)
    client = Client(here.facts, Log(speaks.table, time.time), speaks.queue(here.queue_url), time.sleep)

    return _application(
        config,
        here.facts,
        here.root,
        client,
        clouds=here.clouds,
        person=person,
        pace=here.pace,
        flags=" --sandbox",
        may_act_for_others=True,
        tools=here.tools(Lazy(lambda: here.build().publisher)),
        **_own_worker(lambda: here.access(config, here.worker()), say),
    )


def _own_worker(working: Callable[[], Access], say: Say) -> dict[str, Any]:
    """A worker in this process, which starts at its first round."""

    def begin() -> Any:
        found = working()
        return worker(found, ConfiguredDirectory(found.facts), WorkerOptions(worker_name(), failed=say))

    own = Lazy(begin)
    return {"work": lambda wait: int(own.turn(wait)), "close": lambda: own.close() if own.is_created else None}


def _application(
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
