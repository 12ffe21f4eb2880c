"""Code, images and machines that a resource fetches by a name that another content may get. Pure.

Sources: Template Reference of each resource type; Amazon ECS Developer Guide, "Specifying a custom configuration file for
Firelens" (read from S3 when a task starts); Amazon EC2 User Guide, "Modify a launch template" ($Latest, $Default).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.release.model.preview import MutableInput

Json = Any
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_DEEPEST = 64
# Where a type names an object of S3: the property that holds it, its key field, and the field with the version.
_OBJECTS = {
    "AWS::Lambda::Function": ("Code", "S3Key", "S3ObjectVersion"),
    "AWS::Lambda::LayerVersion": ("Content", "S3Key", "S3ObjectVersion"),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location", "Key", "Version"),
    "AWS::ApiGateway::RestApi": ("BodyS3Location", "Key", "Version"),
    "AWS::ApiGatewayV2::Api": ("BodyS3Location", "Key", "Version"),
    "AWS::Synthetics::Canary": ("Code", "S3Key", "S3ObjectVersion"),
    "AWS::GameLift::Script": ("StorageLocation", "Key", "ObjectVersion"),
    "AWS::GameLift::Build": ("StorageLocation", "Key", "ObjectVersion"),
}
_NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::CloudFormation::StackSet": "TemplateURL"}
# They run code of a repository, a bucket or a product, for which the type takes no digest and no version.
_CODE_ELSEWHERE = {
    "AWS::Amplify::App", "AWS::CodeBuild::Project", "AWS::CodePipeline::Pipeline", "AWS::EMR::Cluster", "AWS::EMR::Step",
    "AWS::ElasticBeanstalk::ApplicationVersion", "AWS::Glue::Job", "AWS::KinesisAnalyticsV2::Application",
    "AWS::MWAA::Environment", "AWS::SSM::Association", "AWS::SageMaker::Model",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
}  # fmt: skip
# Properties that hold the address of a container's image, in any type.
_IMAGE_KEYS = ("Image", "ImageUri", "ImageIdentifier", "ImageUrl")


def fetched_inputs(name: str, kind: str, properties: Mapping[str, Json]) -> Iterator[MutableInput]:
    """What a resource of a type fetches by such a name; ``name`` is its logical id."""
    yield from _elsewhere(name, kind, properties)
    yield from _objects(name, kind, properties)
    yield from _machines(name, kind, properties)
    yield from _images(name, kind, properties)


def _elsewhere(name: str, kind: str, properties: Mapping[str, Json]) -> Iterator[MutableInput]:
    if kind in _NESTED and properties.get(_NESTED[kind]):
        yield MutableInput(
            kind="nested template", name=kind, logical_id=name, fix="write its resources into this template",
            sentence=f"{name} takes its template from {properties[_NESTED[kind]]}, which may change",
        )  # fmt: skip
    if kind in _CODE_ELSEWHERE:
        yield MutableInput(
            kind="custom resource", name=kind, logical_id=name, fix="allow it by its type in `releases.allow`",
            sentence=f"{name} ({kind}) runs code that it fetches by a name: what it does is decided outside the template",
        )  # fmt: skip


def _objects(name: str, kind: str, properties: Mapping[str, Json]) -> Iterator[MutableInput]:
    place, key, version = _OBJECTS.get(kind, ("", "", ""))
    found = properties.get(place)
    if isinstance(found, Mapping) and found.get(key) and not found.get(version):
        yield MutableInput(
            kind="object", name=kind, logical_id=name, fix=f"name the object's version in {place}.{version}",
            sentence=f"{name} takes {found[key]} from S3 without a version",
        )  # fmt: skip
    if kind != "AWS::ECS::TaskDefinition":
        return
    for container in _rows(properties.get("ContainerDefinitions")):
        for row in _rows(container.get("EnvironmentFiles")):
            yield MutableInput(
                kind="object", name=kind, logical_id=name, fix="write the values under Environment or Secrets",
                sentence=f"{name} reads {row.get('Value', '')} when a task starts, and an environment file has no version",
            )  # fmt: skip
        options = _mapping(_mapping(container.get("FirelensConfiguration")).get("Options"))
        if str(options.get("config-file-type", "file")).lower() != "file":
            yield MutableInput(
                kind="object", name=kind, logical_id=name, fix="put the file into the image, and write config-file-type: file",
                sentence=f"{name} reads {options.get('config-file-value', 'a configuration')} when a task starts, and the "
                "configuration of a log router has no version",
            )  # fmt: skip


def _machines(name: str, kind: str, properties: Mapping[str, Json]) -> Iterator[MutableInput]:
    image = properties.get("LaunchTemplateData", properties)
    ami = image.get("ImageId") if isinstance(image, Mapping) else None
    if isinstance(ami, str) and ami.startswith("resolve:ssm:") and not re.search(r":\d+$", ami):
        yield MutableInput(
            kind="image", name=kind, logical_id=name, fix="write the id of the AMI, or a version: resolve:ssm:NAME:VERSION",
            sentence=f"{name} starts from the newest AMI that {ami.removeprefix('resolve:ssm:')} names",
        )  # fmt: skip
    for node in _mappings(properties):
        named = node.get("LaunchTemplateId") or node.get("LaunchTemplateName")
        version = node.get("Version", "$Default")
        if named and kind != "AWS::EC2::LaunchTemplate" and version in {"$Latest", "$Default"}:
            yield MutableInput(
                kind="object", name=kind, logical_id=name,
                fix="name the version, for example with Fn::GetAtt: [TEMPLATE, LatestVersionNumber]",
                sentence=f"{name} starts machines from the launch template {named} in its version {version}, which may change",
            )  # fmt: skip


def _images(name: str, kind: str, properties: Mapping[str, Json]) -> Iterator[MutableInput]:
    for node in _mappings(properties):
        for key in _IMAGE_KEYS:
            image = node.get(key)
            if not image or isinstance(image, Mapping | list) or _DIGEST.search(str(image)):
                continue
            of = kind == "AWS::ECS::TaskDefinition" and "Name" in node
            who = f"container {node['Name']} of {name}" if of else name
            yield MutableInput(
                kind="image", name=str(image), logical_id=name, fix="write the image with its digest: IMAGE@sha256:…",
                sentence=f"{who} runs {image}, which is not a digest: the tag may name another image tomorrow",
            )  # fmt: skip


def _mappings(root: Json) -> Iterator[Mapping[str, Json]]:
    """Every object inside a value, the value itself too; objects as deep as what is read at all."""
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, Mapping):
            yield node
        if depth < _DEEPEST:
            inner = node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ()
            waiting.extend((part, depth + 1) for part in inner)


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _rows(value: Json) -> list[Mapping[str, Json]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
