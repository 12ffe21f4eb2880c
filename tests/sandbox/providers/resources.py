"""Every resource that `build` emits, by type and by which properties it has, made through its provider in a test."""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from generator.build.artifact import build_artifact
from generator.catalog.stacks import stacks
from generator.config.read import read_configuration
from generator.sandbox.cloudformation.intrinsic_functions import Environment, Known, StackLocation
from generator.sandbox.providers.provider import Created, Provider
from generator.sandbox.providers.registry import provider_for
from generator.sandbox.server.clock import CLOCK
from tests.sandbox.conftest import ACCOUNT, REGION, Aws

ROOT = Path(__file__).parents[3]
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/shop/9a2b1c00-0000-11ee-8000-0a58a9feac02"
STACK_TAGS = {"aws:cloudformation:stack-name": "shop", "aws:cloudformation:stack-id": STACK_ID, "release-unit": "shop"}


@functools.cache
def templates() -> dict[str, dict[str, Any]]:
    """Each template of the shipped and of the full configuration, by `configuration/environment/stack`."""
    found = {}
    for name, folder in {"shipped": ROOT / "stacks", "full": ROOT / "tests" / "stacks" / "full"}.items():
        for spec in stacks(read_configuration(folder)):
            _, body = build_artifact(spec, "")
            found[f"{name}/{spec.key}"] = json.loads(body)
    return found


def emitted(*prefixes: str) -> list[str]:
    """The types of these services that some template has."""
    types = {resource["Type"] for template in templates().values() for resource in template["Resources"].values()}
    return sorted(name for name in types if name.startswith(prefixes))


class Case(NamedTuple):
    """A resource of a template."""

    template: str
    logical_id: str

    @property
    def definition(self) -> dict[str, Any]:
        """As the template has it."""
        found: dict[str, Any] = templates()[self.template]["Resources"][self.logical_id]
        return found


def cases(*types: str) -> Iterator[Case]:
    """One resource for each type and set of properties (also the nested ones) that the templates have."""
    seen = set()
    for key, template in templates().items():
        for logical_id, definition in template["Resources"].items():
            properties = definition.get("Properties", {})
            outline = (definition["Type"], json.dumps(_outline(properties), sort_keys=True))
            if definition["Type"] in types and outline not in seen:
                seen.add(outline)
                yield Case(key, logical_id)


def _outline(node: Any) -> Any:
    match node:
        case dict() if any(key == "Ref" or key.startswith("Fn::") for key in node):
            return "value"
        case dict():
            return {key: _outline(value) for key, value in node.items() if "Statement" not in node}
        case list():
            return _outline(node[0]) if node else []
        case bool() | int():
            return node
        case _:
            return "value"


class At:
    """A provider's context: the stack `shop` in the tests' account."""

    account, region, stack_id, stack_name = ACCOUNT, REGION, STACK_ID, "shop"
    clock = CLOCK

    def __init__(self, aws: Aws, logical_id: str, tags: Mapping[str, str] | None = None) -> None:
        self._aws = aws
        self.logical_id = logical_id
        self.tags = STACK_TAGS if tags is None else tags
        self.said: list[str] = []

    @property
    def cancelled(self) -> Callable[[], bool]:
        """Nobody cancels."""
        return lambda: False

    def initiated(self, physical_id: str) -> None:
        """Written down for the test."""
        self.said.append(physical_id)

    def client(self, service: str) -> Any:
        """The tests' own client."""
        return self._aws(service)

    def now(self) -> datetime:
        """The present."""
        return CLOCK.now()


class Made(NamedTuple):
    """A resource that was made for a test."""

    provider: Provider
    ctx: At
    props: dict[str, Any]
    created: Created


class Maker:
    """Makes resources of templates with those they refer to; types of other providers get ids of AWS's shape."""

    def __init__(self, aws: Aws, real: tuple[str, ...]) -> None:
        self._aws = aws
        self._real = real
        self._known: dict[tuple[str, str], Made | Known] = {}
        self._parameters: dict[str, Any] = {}

    def make(self, case: Case) -> Made:
        """Make one, and first what it refers to."""
        key = (case.template, case.logical_id)
        found = self._known.get(key)
        if isinstance(found, Made):
            return found
        definition = case.definition
        provider = provider_for(definition["Type"])
        assert provider is not None, definition["Type"]
        props = self.resolve(case)
        ctx = At(self._aws, case.logical_id)
        made = Made(provider, ctx, props, provider.create(ctx, props))
        self._known[key] = made
        return made

    def resolve(self, case: Case) -> dict[str, Any]:
        """The properties of one with all functions evaluated."""
        from generator.sandbox.cloudformation.properties import coerce
        from generator.sandbox.cloudformation.resource_schemas import schema

        template = templates()[case.template]
        resources: dict[str, Known] = {}
        for name in references(case.definition.get("Properties", {}), template["Resources"]):
            resources[name] = self._reference(Case(case.template, name))
        environment = Environment(
            template,
            {name: self.parameter(name, said) for name, said in template.get("Parameters", {}).items()},
            StackLocation(ACCOUNT, REGION, "shop", STACK_ID),
            resources=resources,
            exports=lambda _: None,
            outputs=lambda _: None,
        )
        value = environment.value(case.definition.get("Properties", {}))
        spec = schema(case.definition["Type"])
        assert spec is not None
        props: dict[str, Any] = coerce(spec, spec.raw, value)
        return props

    def parameter(self, name: str, said: dict[str, Any]) -> Any:
        """A value for a parameter: what must exist is made."""
        if name not in self._parameters:
            self._parameters[name] = self._sample(name, said)
        return self._parameters[name]

    def _sample(self, name: str, said: dict[str, Any]) -> Any:  # noqa: C901, PLR0911, PLR0912 - one line for each kind
        if said["Type"].startswith("List<"):
            return self._subnets()
        if name == "KeyArn":
            return self._aws("kms").create_key()["KeyMetadata"]["Arn"]
        if name == "CodeBucket":
            self._aws("s3").create_bucket(
                Bucket="code-of-functions", CreateBucketConfiguration={"LocationConstraint": REGION}
            )
            self._aws("s3").put_bucket_versioning(
                Bucket="code-of-functions", VersioningConfiguration={"Status": "Enabled"}
            )
            put = self._aws("s3").put_object(Bucket="code-of-functions", Key=_code_key(), Body=_archive())
            self._code_version = put["VersionId"]
            return "code-of-functions"
        if name == "CodeVersion":
            self.parameter("CodeBucket", {"Type": "String"})
            return self._code_version
        if name == "AmiId":
            return f"ami-{'0' * 17}"
        if name == "SitePath":
            return f"/docs/{'0' * 64}"
        if name == "CodeKey":
            return _code_key()
        if name == "TrailLogGroup":
            self._aws("logs").create_log_group(logGroupName="trail-group")
            return "trail-group"
        if name == "AlertsTopicArn":
            return f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
        if name.endswith("Alarms"):
            names = [f"{name}-{each}" for each in ("one", "two")]
            for each in names:
                self._aws("cloudwatch").put_metric_alarm(
                    AlarmName=each, Namespace="n", MetricName="m", Period=60, EvaluationPeriods=1, Threshold=1,
                    Statistic="Sum", ComparisonOperator="LessThanThreshold",
                )  # fmt: skip
            return ",".join(names)
        if name.endswith("QueueArn"):
            return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name.lower()}"
        if name.endswith("Arn"):
            return f"arn:aws:x:{REGION}:{ACCOUNT}:x/{name.lower()}/1"
        return said.get("Default") or f"{name.lower()}-1"

    def _subnets(self) -> list[str]:
        ec2 = self._aws("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        return [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
                "SubnetId"
            ]
            for index, zone in enumerate("ab")
        ]

    def _reference(self, case: Case) -> Known:
        kind = case.definition["Type"]
        if kind in self._real:
            made = self.make(case)
            return Known(made.created.physical_id, made.props | made.created.attributes)
        name = case.logical_id.lower()
        arn = (
            f"arn:aws:iam::{ACCOUNT}:role/{name}"
            if kind == "AWS::IAM::Role"
            else f"arn:aws:x:{REGION}:{ACCOUNT}:{name}"
        )
        if kind == "AWS::ECS::Service":
            return Known(f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/cluster/{name}", _Any({}, name))
        return Known(name, _Any({"Arn": arn}, name))


class _Any(dict[str, Any]):
    """Attributes of a resource that is not made: an ARN, and text for any other."""

    def __init__(self, values: dict[str, Any], name: str) -> None:
        super().__init__(values)
        self._name = name

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return f"{self._name}/{key}"

    def get(self, key: str, default: Any = None) -> Any:
        """Never the default."""
        del default
        return self[key]


def references(node: Any, resources: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and value in resources:
                found.add(value)
            elif key == "Fn::GetAtt":
                found.add(value[0] if isinstance(value, list) else value.partition(".")[0])
            elif key == "Fn::Sub":
                text = value if isinstance(value, str) else value[0]
                found |= {name for name in resources if f"${{{name}}}" in text or f"${{{name}." in text}
            found |= references(value, resources)
    elif isinstance(node, list):
        for item in node:
            found |= references(item, resources)
    return found


def _code_key() -> str:
    return "functions/intake/" + "0" * 64 + ".zip"


def _archive() -> bytes:
    import io
    import zipfile

    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("index.mjs", "export const handler = async () => ({});\n")
    return held.getvalue()
