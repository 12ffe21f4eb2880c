"""An engine on the embedded AWS: one account, one ECS service, two versions of it, and the log beside it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from generator.aws.api_client import OnCall
from generator.aws.cloudformation import CloudFormationStacks
from generator.aws.ecs_services import EcsServices
from generator.aws.session import Keys, Limits, Session
from generator.aws.versions import body_key
from generator.catalog.directory import ConfiguredDirectory
from generator.release.client import Client
from generator.release.context import Context
from generator.release.digests import canonical, template_digest
from generator.release.log import Log
from generator.release.model.people import Actor
from generator.release.model.platform import EnvironmentRules, PlatformFacts, StackFacts
from generator.release.model.release import StackRef
from generator.release.model.settings import Person, Releases
from generator.release.model.version import Body, Commit, Image, Version
from generator.release.ports import Cloud
from generator.release.reception import Senders
from generator.release.service import ReleaseService
from generator.release.worker import Worker
from generator.wiring.adapters import Adapters, Home
from tests.fakes.small_ports import FakeProbe
from tests.release.plain_reader import PlainReader
from tests.release_table import release_table

ACCOUNT, REGION = "333333333333", "eu-west-1"
HOME = Home(
    "slipway",
    ACCOUNT,
    REGION,
    "slipway-releases",
    "slipway-artifacts",
    "slipway-audit",
    "alias/slipway-audit",
    version_key="alias/slipway-versions",
)
KEY = "prod/service-app"
NAME = "slipway-prod-service-app"
# ana asks, the others decide; the bot's front speaks for all of them.
PEOPLE = {"ana": Person(slack="U0000ANA")} | {f"p{i}": Person(slack=f"U00000{i:02}") for i in range(20)}
TEMPLATE: dict[str, Any] = {
    "Parameters": {name: {"Type": "String"} for name in ("ImageUri", "Release", "Subnet")},
    "Resources": {
        "TaskDefinition": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Family": "app",
                "NetworkMode": "awsvpc",
                "Cpu": "256",
                "Memory": "512",
                "RequiresCompatibilities": ["FARGATE"],
                "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/slipway-execution-prod",
                "ContainerDefinitions": [
                    {
                        "Name": "app",
                        "Image": {"Ref": "ImageUri"},
                        "Environment": [{"Name": "RELEASE", "Value": {"Ref": "Release"}}],
                    }
                ],
            },
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
        },
        "Service": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "Cluster": "slipway-prod",
                "ServiceName": "app",
                "DesiredCount": 1,
                "LaunchType": "FARGATE",
                "TaskDefinition": {"Ref": "TaskDefinition"},
                "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [{"Ref": "Subnet"}]}},
            },
        },
    },
}


class EngineLocation(NamedTuple):
    """What a process must know to work there: where AWS is, and the subnet that the service runs in."""

    url: str
    subnet: str
    images: tuple[str, ...]
    apps: tuple[str, ...] = ("app",)

    @property
    def queue(self) -> str:
        """URL of the release queue."""
        return f"{self.url}/{ACCOUNT}/{HOME.table}"


def session(url: str, on_call: OnCall | None = None) -> Session:
    """As root of the account."""
    return Session(
        REGION, keys=Keys(ACCOUNT, "sandbox"), endpoint=url, on_call=on_call, limits=Limits(attempts=3, read=10.0)
    )


def commit(number: int) -> str:
    """Commit id of a version."""
    return f"{number:x}" * 40


def facts(apps: tuple[str, ...] = ("app",)) -> PlatformFacts:
    """One protected environment that asks one other person, with nothing to wait for."""
    stacks = {}
    for app in apps:
        key = f"prod/service-{app}"
        ref = StackRef(key=key, name=f"slipway-prod-service-{app}", account=ACCOUNT, region=REGION, service=app)
        stacks[key] = StackFacts(ref=ref)
    rules = EnvironmentRules(name="prod", protected=True, releases=Releases(bake_minutes=0))
    return PlatformFacts(
        name="slipway", default_branch="main", repository="acme/slipway", environments={"prod": rules},
        stacks=stacks, people=PEOPLE,
    )  # fmt: skip


class OneAccount:
    """A ``ports.Clouds`` of one account, over one session."""

    def __init__(self, over: Session) -> None:
        self._cloud = Cloud(CloudFormationStacks(over.api("cloudformation")), EcsServices(over.api))

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        del stack, actor
        return self._cloud

    def execution_role(self, stack: StackRef) -> str:
        return f"arn:aws:iam::{stack.account}:role/slipway-execution-prod"


def warmed(over: Session) -> Session:
    """The same session with every client made, and none connected."""
    for service in ("cloudformation", "ecs", "elbv2", "cloudwatch", "logs", "dynamodb", "sqs", "s3", "kms", "ecr"):
        over.api(service)
    return over


def worker(
    place: EngineLocation,
    over: Session,
    name: str,
    clock: Callable[[], float] = time.time,
    pace: float = 0.0,
    **more: Any,
) -> Worker:
    """A worker over one session. With no ``pace`` nothing waits for real time, 1 is that of AWS."""
    known, adapters = facts(place.apps), Adapters(over, HOME)
    context = Context(
        facts=known, log=Log(adapters.table, clock), clouds=OneAccount(over), versions=adapters.versions, images=adapters.images,
        reader=PlainReader(), seal=adapters.seal, probe=FakeProbe(), directory=ConfiguredDirectory(known), clock=clock,
        pace=pace,
    )  # fmt: skip
    service = ReleaseService(context, worker=name)
    return Worker(service, adapters.queue(place.queue), context.directory, Senders(fronts=(ACCOUNT,)), **more)


def client(place: EngineLocation, over: Session, clock: Callable[[], float] = time.time) -> Client:
    """Where people ask, as the bot's front."""
    adapters = Adapters(over, HOME)
    return Client(facts(), Log(adapters.table, clock), adapters.queue(place.queue), time.sleep)


def prepare(
    url: str, *, visibility: int = 0, apps: tuple[str, ...] = ("app",), template: dict[str, Any] | None = None
) -> EngineLocation:
    """Everything an administrator and CI make: role, table, queue, buckets, keys, registry, cluster, two versions."""
    over = session(url)
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}]}  # fmt: skip
    over.api("iam")("create_role", RoleName="slipway-execution-prod", AssumeRolePolicyDocument=json.dumps(trust))
    make_table(over)
    over.api("sqs")("create_queue", QueueName=HOME.table, Attributes={"VisibilityTimeout": str(visibility)})
    where = {"LocationConstraint": REGION}
    over.api("s3")("create_bucket", Bucket=HOME.artifacts, CreateBucketConfiguration=where)
    over.api("s3")("create_bucket", Bucket=HOME.audit, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=True)
    kms = over.api("kms")
    for alias in (HOME.key, HOME.version_key):
        key = kms("create_key", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        kms("create_alias", AliasName=alias, TargetKeyId=key)
    over.api("ecs")("create_cluster", clusterName="slipway-prod")
    vpc = over.api("ec2")("create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = over.api("ec2")("create_subnet", VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    images = tuple(_push(over, number) for number in (1, 2))
    _publish(over, subnet, images, apps, template or TEMPLATE)
    return EngineLocation(url, subnet, images, apps)


def make_table(over: Session) -> None:
    """The release table, as the home stack makes it."""
    over.api("dynamodb")("create_table", **release_table(HOME.table))


def _push(over: Session, number: int) -> str:
    ecr = over.api("ecr")
    if number == 1:
        ecr("create_repository", repositoryName="slipway/app")
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": {"digest": f"sha256:{number:064}"}, "layers": []}
    made = ecr(
        "put_image", repositoryName="slipway/app", imageManifest=json.dumps(manifest), imageManifestMediaType=kind,
        imageTag=f"v{number}",
    )  # fmt: skip
    return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/slipway/app@{made['image']['imageId']['imageDigest']}"


def _publish(
    over: Session, subnet: str, images: tuple[str, ...], apps: tuple[str, ...], published: dict[str, Any]
) -> None:
    bodies, stacks = {}, {}
    for app in apps:
        template = json.loads(json.dumps(published))
        # What another stack would give is written in: there is only this one.
        template["Parameters"]["Subnet"]["Default"] = subnet
        template["Resources"]["TaskDefinition"]["Properties"]["Family"] = app
        template["Resources"]["Service"]["Properties"]["ServiceName"] = app
        digest = template_digest(template)
        key = f"prod/service-{app}"
        roles = any(row["Type"] == "AWS::IAM::Role" for row in template["Resources"].values())
        stacks[key] = Body(
            digest=digest, key=body_key(digest), released=("ImageUri", "Release"),
            capabilities=("CAPABILITY_IAM",) if roles else (),
        )  # fmt: skip
        bodies[key] = canonical(template)
    for number, uri in enumerate(images, 1):
        version = Version(
            commit=Commit(id=commit(number), branch="main", subject=f"Change {number}"),
            published=1_800_000_000.0 + number, images={app: Image(uri=uri) for app in apps}, stacks=stacks,
            order=tuple(stacks),
        )  # fmt: skip
        Adapters(over, HOME).publisher.publish(version, bodies)
