"""The one place that composes: configuration, AWS or the sandbox, the desk, and a worker if one is wanted.

Everything heavy is imported here and when it is needed, so that commands which need no AWS load none of it.
"""

import os
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from generator.config.model import Configuration
from generator.config.read import read_configuration
from generator.directory import ConfiguredDirectory
from generator.engine import Engine, Tools
from generator.errors import UsageError
from generator.facts import facts
from generator.places import person as known_person
from generator.release.desk import Desk
from generator.release.log import Log
from generator.release.model.people import Actor
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import StackRef
from generator.release.ports import Cloud, Clouds
from generator.spec import HOME, home_environment, scope_of

# How many releases one process moves at once: each waits for AWS most of the time.
_AT_ONCE = 16
_SECRET = "sandbox"  # noqa: S105 - the sandbox takes any


class Options(NamedTuple):
    """How a command wants its engine: where, whether it works too, and as whom it speaks (sandbox only)."""

    sandbox: bool = False
    worker: bool = False
    person: str = ""


class Home(NamedTuple):
    """Names in the home account, which everybody can tell from the configuration (``templates.home.names``)."""

    platform: str
    account: str
    region: str
    table: str
    artifacts: str
    audit: str
    key: str

    @property
    def worker(self) -> str:
        """ARN of the worker's role."""
        return f"arn:{partition(self.region)}:iam::{self.account}:role/{self.platform}-worker"


def home_of(config: Configuration) -> Home:
    """Where the release log is."""
    env = home_environment(config)
    prefix = scope_of(config, HOME, HOME, (env.account, env.region)).prefix
    place = f"{env.account}-{env.region}"
    return Home(
        platform=config.platform.name,
        account=env.account,
        region=env.region,
        table=f"{prefix}-releases",
        artifacts=f"{prefix}-artifacts-{place}",
        audit=f"{prefix}-audit-{place}",
        key=f"alias/{prefix}-audit",
    )


def partition(region: str) -> str:
    """``aws``, ``aws-cn`` or ``aws-us-gov`` (AWS General Reference: ARNs)."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def compose(stacks: Path, options: Options) -> Engine:
    """An engine over the configuration in ``stacks``.

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
        return _in_sandbox(config, known, endpoint, options)
    return _in_aws(config, known, options)


def _in_aws(config: Configuration, known: PlatformFacts, options: Options) -> Engine:
    from generator.aws.session import Role, Session

    home = home_of(config)
    session = Session(home.region)
    queue = f"https://sqs.{home.region}.amazonaws.com{'.cn' if home.region.startswith('cn-') else ''}/{home.account}/{home.table}"
    apis = Apis(session, home)
    desk = Desk(known, Log(apis.table, time.time), apis.queue(queue), time.sleep)
    tools = Tools(lambda service, _, region: session.api(service, region=region), apis.publisher)
    if not options.worker:
        return _engine(config, known, apis, desk, clouds=OwnClouds(session, home), tools=tools)
    me = session.api("sts")("get_caller_identity")
    person = ConfiguredDirectory(known).person("cli", str(me["UserId"]))
    is_worker = f":assumed-role/{home.platform}-worker/" in str(me["Arn"])
    role = None if is_worker else Role(home.worker, person or str(me["UserId"]).rpartition(":")[2])
    working = Apis(session, home, role)
    clouds = working.clouds
    work = _worker(known, working, clouds, queue, 1.0)
    return _engine(
        config, known, working, desk, clouds=clouds, work=work, person=person, flags=" --worker", tools=tools
    )


def _in_sandbox(config: Configuration, known: PlatformFacts, endpoint: Any, options: Options) -> Engine:
    """Each person of ``people:`` is an IAM user of the home account, so that SQS attests who speaks."""
    from msgspec.structs import replace

    from generator.aws.session import Keys, Session
    from generator.sandbox.people import users
    from generator.sandbox.process import Control, folder

    home = home_of(config)
    if not known.people:
        raise UsageError("platform.yaml names nobody under people:, so nobody can ask; write `people: { me: {} }`")
    person = known_person(known, options.person or next(iter(known.people)))
    root = Apis(Session(home.region, keys=Keys(home.account, _SECRET), endpoint=endpoint.url), home)
    status = Control(endpoint.port).status()
    kept = folder(Path(str(status["root"]))) / "people.json"
    ids = users(root.api("iam"), tuple(known.people), kept, home.table)
    known = replace(
        known,
        people={name: replace(p, aws=(*p.aws, ids[name].id)) for name, p in known.people.items()},
    )
    queue = f"{endpoint.url}/{home.account}/{home.table}"
    speaks = Apis(Session(home.region, keys=Keys(ids[person].access, ids[person].secret), endpoint=endpoint.url), home)
    pace = float(status["speed"])
    desk = Desk(known, Log(speaks.table, time.time), speaks.queue(queue), time.sleep)
    works = _as_worker(home, endpoint, root)
    work = _worker(known, works, works.clouds, queue, pace)
    looks = RootClouds(home, endpoint.url)
    tools = Tools(
        lambda service, account, region: looks.session(account).api(service, region=region),
        root.publisher,
        Control(endpoint.port),
    )
    return _engine(
        config, known, root, desk, clouds=looks, work=work, person=person, pace=pace, flags=" --sandbox", tools=tools
    )


def _as_worker(home: Home, endpoint: Any, root: "Apis") -> "Apis":
    """The worker's role, as a task of ECS gets it; before home is there, the account's root."""
    from generator.aws.calls import Said
    from generator.aws.session import Keys, Session
    from generator.sandbox.process import Control

    try:
        root.api("iam")("get_role", RoleName=home.worker.rpartition("/")[2])
    except Said:
        return root
    given = Control(endpoint.port).session(home.worker, name="worker")
    keys = Keys(given["AccessKeyId"], given["SecretAccessKey"], given.get("SessionToken"))
    return Apis(Session(home.region, keys=keys, endpoint=endpoint.url), home)


def _engine(
    config: Configuration, known: PlatformFacts, apis: "Apis", desk: Desk, clouds: Clouds, **more: Any
) -> Engine:
    return Engine(
        config=config,
        facts=known,
        desk=desk,
        versions=apis.versions,
        images=apis.images,
        reader=reader(clouds),
        clouds=clouds,
        seal=apis.seal,
        clock=time.time,
        sleep=time.sleep,
        **more,
    )


def reader(clouds: Clouds) -> Any:
    """Reads change sets for people; what can't be looked up is said to be unknown."""
    from generator.reading import ChangeReader

    return ChangeReader(clouds)


def _worker(known: PlatformFacts, apis: "Apis", clouds: Clouds, queue: str, pace: float) -> Callable[[float], int]:
    from concurrent.futures import ThreadPoolExecutor
    from secrets import token_hex
    from socket import gethostname

    from generator.aws.probe import HttpProbe
    from generator.release.service import ReleaseService
    from generator.release.worker import Worker
    from generator.release.world import World

    directory = ConfiguredDirectory(known)
    world = World(
        facts=known,
        log=Log(apis.table, time.time),
        clouds=clouds,
        versions=apis.versions,
        images=apis.images,
        reader=reader(clouds),
        seal=apis.seal,
        probe=HttpProbe(),
        directory=directory,
        clock=time.time,
        pace=pace,
    )
    service = ReleaseService(world, worker=f"{gethostname()}-{os.getpid()}-{token_hex(3)}")
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="release")
    return Worker(service, apis.queue(queue), directory, pool=pool).turn


class Apis:
    """Adapters over one identity in the home account, each made when it is first asked for."""

    def __init__(self, session: Any, home: Home, role: Any = None) -> None:
        self._session = session
        self._home = home
        self._role = role

    def api(self, service: str) -> Any:
        """A client of the home account."""
        return self._session.api(service, role=self._role)

    @cached_property
    def table(self) -> Any:
        """The release table."""
        from generator.aws.table import DynamoTable

        return DynamoTable(self.api("dynamodb"), self._home.table)

    def queue(self, url: str) -> Any:
        """The release queue."""
        from generator.aws.queue import SqsQueue

        return SqsQueue(self.api("sqs"), url)

    @cached_property
    def artifacts(self) -> Any:
        """The artifact bucket."""
        from generator.aws.objects import Objects

        return Objects(self.api("s3"), self._home.artifacts)

    @property
    def publisher(self) -> Any:
        """Who writes what CI publishes."""
        from generator.aws.publish import Publisher

        return Publisher(self.artifacts)

    @cached_property
    def versions(self) -> Any:
        """What CI published."""
        from generator.aws.versions import S3Versions

        return S3Versions(self.artifacts)

    @cached_property
    def images(self) -> Any:
        """The registry."""
        from generator.aws.images import EcrImages

        return EcrImages(self.api("ecr"))

    @cached_property
    def seal(self) -> Any:
        """The signer and keeper of audit heads."""
        from generator.aws.objects import Objects
        from generator.aws.seal import KmsSeal

        return KmsSeal(self.api("kms"), self._home.key, Objects(self.api("s3"), self._home.audit))

    @cached_property
    def clouds(self) -> Any:
        """Every account, through its release role."""
        from generator.aws.clouds import AwsClouds

        return AwsClouds(self._session, self._home.platform, partition(self._home.region))


class OwnClouds:
    """A ``ports.Clouds`` with the caller's own credentials, for commands that only look or plan."""

    def __init__(self, session: Any, home: Home) -> None:
        self._session = session
        self._home = home

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        """The Region of a stack, in the account that the credentials are of."""
        del actor
        return _cloud(lambda service: self._session.api(service, region=stack.region))

    def execution_role(self, stack: StackRef) -> str:
        """The role that CloudFormation works with there."""
        return f"arn:{partition(stack.region)}:iam::{stack.account}:role/{self._home.platform}-execution"


class RootClouds(OwnClouds):
    """The same in the sandbox, where an access key of 12 digits is that account's root."""

    def __init__(self, home: Home, url: str) -> None:
        super().__init__(None, home)
        self._url = url
        self._sessions: dict[str, Any] = {}

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        """The account and Region of a stack."""
        del actor
        session = self.session(stack.account)
        return _cloud(lambda service: session.api(service, region=stack.region))

    def session(self, account: str) -> Any:
        """An account's root."""
        from generator.aws.session import Keys, Session

        if account not in self._sessions:
            self._sessions[account] = Session(self._home.region, keys=Keys(account, _SECRET), endpoint=self._url)
        return self._sessions[account]


def _cloud(apis: Callable[[str], Any]) -> Cloud:
    from generator.aws.services import EcsServices
    from generator.aws.stacks import CloudFormationStacks

    return Cloud(CloudFormationStacks(apis("cloudformation")), EcsServices(apis))
