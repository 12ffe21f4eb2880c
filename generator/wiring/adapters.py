"""Adapters to AWS, each created at its first use: over one identity, or over each account's own."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

from generator.catalog.stack_spec import HOME, home_environment, scope_of, sites_bucket
from generator.config.model import Configuration
from generator.release.model.people import Actor
from generator.release.model.release import StackRef
from generator.release.ports import Cloud


class Home(NamedTuple):
    """Names in the home account, which follow from the configuration (``templates.home.names``)."""

    platform: str
    account: str
    region: str
    table: str
    artifacts: str
    audit: str
    key: str
    wakes: str = ""
    version_key: str = ""
    alerts: str = ""
    sites: str = ""
    repositories: tuple[str, ...] = ()

    @property
    def alerts_topic(self) -> str:
        """ARN of the topic that gets each day's audit head: that of the bot's environment, in home's account."""
        return f"arn:{partition(self.region)}:sns:{self.region}:{self.account}:{self.alerts}"

    @property
    def worker(self) -> str:
        """ARN of the worker's role."""
        return f"arn:{partition(self.region)}:iam::{self.account}:role/{self.platform}-worker"

    @property
    def publish(self) -> str:
        """ARN of the role that publishes versions."""
        return f"{self.worker.removesuffix('worker')}publish"

    def wake_url(self, endpoint: str = "") -> str:
        """URL of the queue of wake-ups. See :meth:`queue_url`."""
        return f"{self.queue_url(endpoint).rpartition('/')[0]}/{self.wakes}"

    def queue_url(self, endpoint: str = "") -> str:
        """URL of the release queue: at SQS's own endpoint, or at another one such as ``http://127.0.0.1:4566``.

        Source: AWS General Reference, Amazon SQS endpoints and quotas; in China the domain is ``amazonaws.com.cn``
        (Amazon Web Services in China: Endpoints and ARNs).
        """
        domain = "amazonaws.com.cn" if partition(self.region) == "aws-cn" else "amazonaws.com"
        return f"{endpoint or f'https://sqs.{self.region}.{domain}'}/{self.account}/{self.table}"


def home_of(config: Configuration) -> Home:
    """The account and Region of the release log."""
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
        wakes=f"{prefix}-wakes",
        version_key=f"alias/{prefix}-versions",
        alerts=f"{config.platform.name}-{config.platform.bot.environment}-alerts",
        sites=sites_bucket(config),
        repositories=tuple(sorted(config.platform.repositories)),
    )


def partition(region: str) -> str:
    """``aws``, ``aws-cn`` or ``aws-us-gov`` (AWS General Reference: ARNs)."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


class Lazy:
    """A placeholder for an adapter until its first use: clients and libraries load slower than most commands run."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None

    @property
    def is_created(self) -> bool:
        """Whether it has been used."""
        return self._made is not None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            self._made = self._make()
        return getattr(self._made, name)


class Adapters:
    """Adapters over one identity in the home account, each created at its first use."""

    def __init__(self, session: Any, home: Home) -> None:
        self._session = session
        self._home = home

    def api(self, service: str) -> Any:
        """A client of the home account."""
        return self._session.api(service)

    @cached_property
    def table(self) -> Any:
        """The release table."""
        from generator.aws.release_table import DynamoTable

        return DynamoTable(self.api("dynamodb"), self._home.table)

    def queue(self, url: str) -> Any:
        """The release queue, or that of wake-ups."""
        from generator.aws.queue import SqsQueue

        return SqsQueue(self.api("sqs"), url)

    @cached_property
    def artifacts(self) -> Any:
        """The artifact bucket."""
        from generator.aws.objects import Objects

        return Objects(self.api("s3"), self._home.artifacts)

    @property
    def skew(self) -> Callable[[], float]:
        """The seconds that this machine's clock is ahead of AWS."""
        found: Callable[[], float] = self._session.skew
        return found

    @cached_property
    def version_key(self) -> Any:
        """The key that signs what CI publishes."""
        from generator.aws.signing_key import SigningKey

        return SigningKey(self.api("kms"), self._home.version_key)

    @property
    def publisher(self) -> Any:
        """The publisher of versions, for CI."""
        from generator.aws.objects import Objects
        from generator.aws.version_publisher import Publisher

        return Publisher(self.artifacts, self.version_key, Objects(self.api("s3"), self._home.sites))

    @cached_property
    def versions(self) -> Any:
        """The published versions."""
        from generator.aws.signing_key import SigningKey
        from generator.aws.versions import S3Versions

        keys = {
            service: SigningKey(self.api("kms"), f"{self._home.version_key}-{service}")
            for service in self._home.repositories
        }
        return S3Versions(self.artifacts, self.version_key, keys)

    @cached_property
    def images(self) -> Any:
        """The image registry."""
        from generator.aws.image_registry import EcrImages
        from generator.aws.ttl_cache import CachedImages

        return CachedImages(EcrImages(self.api("ecr")))

    @cached_property
    def seal(self) -> Any:
        """The signing and storage of audit heads."""
        from generator.aws.audit_seal import KmsSeal
        from generator.aws.objects import Objects
        from generator.aws.signing_key import SigningKey

        return KmsSeal(SigningKey(self.api("kms"), self._home.key), Objects(self.api("s3"), self._home.audit))

    @cached_property
    def alerts(self) -> Any:
        """The alerts topic, which gets the daily heads of the audit log."""
        from generator.aws.alerts_topic import AlertsTopic

        return AlertsTopic(self.api("sns"), self._home.alerts_topic)

    @cached_property
    def clouds(self) -> Any:
        """Every account, through its release role."""
        from generator.aws.accounts import AwsClouds

        return AwsClouds(self._session, self._home.platform, partition(self._home.region))


class OwnClouds:
    """A ``ports.Clouds`` with the caller's own credentials, for commands that only read or plan."""

    def __init__(self, session: Any, home: Home) -> None:
        self._session = session
        self._home = home

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        """The Region of a stack, in the account of the credentials."""
        del actor
        return cloud(lambda service: self._session.api(service, region=stack.region))

    def execution_role(self, stack: StackRef) -> str:
        """The role that CloudFormation assumes there, for change sets that are never executed."""
        name = f"{self._home.platform}-execution-{stack.environment}"
        return f"arn:{partition(stack.region)}:iam::{stack.account}:role/{name}"


def cloud(adapters: Callable[[str], Any]) -> Cloud:
    """One Region of one account, over its clients."""
    from generator.aws.cloudformation import CloudFormationStacks
    from generator.aws.ecs_services import EcsServices

    return Cloud(CloudFormationStacks(adapters("cloudformation")), EcsServices(adapters))
