"""What a change gets by a name whose content may change after the approval: such an input is not bound.

Only what the change set creates or changes is looked at: nothing else is resolved or fetched again by it. Transforms
are looked at wherever they are, because they rewrite the whole template. Sources: CloudFormation User Guide, "Get
values stored in other services using dynamic references"; Template Reference of each resource type.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.preview.change_context import ChangeContext
from generator.release.model.preview import Gain, MutableInput

Json = Any
_REFERENCE = re.compile(r"\{\{\s*resolve\s*:(?P<rest>[^}]*)(?P<end>\}\}|\}|$)")
# SERVICE:ID[:SecretString[:KEY[:STAGE[:VERSION]]]]; an id may be an ARN, whose own colons do not separate.
_SECRET = re.compile(
    r"secretsmanager:(?P<id>arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+|[^:]+)"
    r"(?::SecretString(?::(?P<key>[^:]*)(?::(?P<stage>[^:]*)(?::(?P<version>[^:]*))?)?)?)?$"
)
_PARAMETER = re.compile(r"(?P<service>ssm|ssm-secure):(?P<name>[^:]+):(?P<version>\d+)$")
_VERSION_ID = re.compile(r"[A-Za-z0-9-]{32,64}$")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_DEEPEST = 64
# Where a type names an object of S3: the property that holds it, its key field, and the field with the version.
_OBJECTS = {
    "AWS::Lambda::Function": ("Code", "S3Key", "S3ObjectVersion"),
    "AWS::Lambda::LayerVersion": ("Content", "S3Key", "S3ObjectVersion"),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location", "Key", "Version"),
    "AWS::ApiGateway::RestApi": ("BodyS3Location", "Key", "Version"),
    "AWS::ApiGatewayV2::Api": ("BodyS3Location", "Key", "Version"),
}
_NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::CloudFormation::StackSet": "TemplateURL"}


def mutable_inputs(context: ChangeContext) -> tuple[MutableInput, ...]:
    """Everything of that kind, each once, in the order of the template."""
    found: dict[MutableInput, None] = {}
    for row in (*_transforms(context.after.body), *_parameters(context), *_resources(context)):
        found.setdefault(row)
    return tuple(found)


def _transforms(body: Mapping[str, Json]) -> Iterator[MutableInput]:
    declared = body.get("Transform")
    names = declared if isinstance(declared, list) else [declared] if declared else []
    for name in [*names, *_included(body)]:
        text = str(name.get("Name", name)) if isinstance(name, Mapping) else str(name)
        yield MutableInput(
            kind="transform", name=text, sentence=f"the template is rewritten by the transform {text}",
            fix="write out what it would generate, or allow it by name in `releases.allow`",
        )  # fmt: skip


def _included(body: Mapping[str, Json]) -> Iterator[str]:
    """Names of ``Fn::Transform`` anywhere in the template."""
    for node in _nodes(body.get("Resources")):
        inner = node.get("Fn::Transform") if isinstance(node, Mapping) else None
        if inner is not None:
            yield str(inner.get("Name", "")) if isinstance(inner, Mapping) else str(inner)


def _nodes(root: Json) -> Iterator[Json]:
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node
        if depth < _DEEPEST:
            inner = node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ()
            waiting.extend((part, depth + 1) for part in inner)


def _parameters(context: ChangeContext) -> Iterator[MutableInput]:
    """A parameter's value may be a dynamic reference as well."""
    for name, value in sorted(context.change_set.parameters.items()):
        yield from _references("", f"parameter {name}", value, set())


def _resources(context: ChangeContext) -> Iterator[MutableInput]:
    own = set(context.after.resources)
    for name in sorted(context.changes):
        properties = context.new(name)
        if properties is None:
            continue
        kind = context.type_of(name)
        yield from _type(name, kind)
        yield from _fetched(name, kind, properties)
        yield from _images(name, kind, properties)
        secret = kind == "AWS::SecretsManager::Secret"
        for part in _nodes(properties):
            if isinstance(part, str):
                # A secret may be composed of another secret of the same template: both are the stack's own.
                yield from _references(name, name, part, own if secret else set())


def _type(name: str, kind: str) -> Iterator[MutableInput]:
    if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
        yield MutableInput(
            kind="custom resource", name=kind, logical_id=name, fix="allow it by its type in `releases.allow`",
            sentence=f"{name} is a custom resource ({kind}): what it does is decided by code outside the template",
        )  # fmt: skip
    elif not kind.startswith(("AWS::", "Alexa::")) or kind.endswith("::MODULE") or kind == "AWS::CloudFormation::Macro":
        yield MutableInput(
            kind="custom resource", name=kind, logical_id=name, fix="allow it by its type in `releases.allow`",
            sentence=f"{name} has the type {kind}, which is not AWS's own",
        )  # fmt: skip


def _fetched(name: str, kind: str, properties: Mapping[str, Json]) -> Iterator[MutableInput]:
    if kind in _NESTED and properties.get(_NESTED[kind]):
        yield MutableInput(
            kind="nested template", name=kind, logical_id=name, fix="write its resources into this template",
            sentence=f"{name} takes its template from {properties[_NESTED[kind]]}, which may change",
        )  # fmt: skip
    place, key, version = _OBJECTS.get(kind, ("", "", ""))
    found = properties.get(place)
    if isinstance(found, Mapping) and found.get(key) and not found.get(version):
        yield MutableInput(
            kind="object", name=kind, logical_id=name, fix=f"name the object's version in {place}.{version}",
            sentence=f"{name} takes {found[key]} from S3 without a version",
        )  # fmt: skip
    for environment in _environment_files(kind, properties):
        yield MutableInput(
            kind="object", name=kind, logical_id=name, fix="write the values under Environment or Secrets",
            sentence=f"{name} reads {environment} when a task starts, and an environment file has no version",
        )  # fmt: skip
    image = properties.get("LaunchTemplateData", properties)
    ami = image.get("ImageId") if isinstance(image, Mapping) else None
    if isinstance(ami, str) and ami.startswith("resolve:ssm:") and not re.search(r":\d+$", ami):
        yield MutableInput(
            kind="image", name=kind, logical_id=name, fix="write the id of the AMI, or a version: resolve:ssm:NAME:VERSION",
            sentence=f"{name} starts from the newest AMI that {ami.removeprefix('resolve:ssm:')} names",
        )  # fmt: skip


def _environment_files(kind: str, properties: Mapping[str, Json]) -> Iterator[str]:
    if kind == "AWS::ECS::TaskDefinition":
        for container in _rows(properties.get("ContainerDefinitions")):
            yield from (str(row.get("Value", "")) for row in _rows(container.get("EnvironmentFiles")))


def _images(name: str, kind: str, properties: Mapping[str, Json]) -> Iterator[MutableInput]:
    rows: list[tuple[str, Json]] = []
    if kind == "AWS::ECS::TaskDefinition":
        containers = _rows(properties.get("ContainerDefinitions"))
        rows = [(f"container {row.get('Name', '')} of {name}", row.get("Image")) for row in containers]
    elif kind == "AWS::Lambda::Function" and isinstance(properties.get("Code"), Mapping):
        rows = [(name, properties["Code"].get("ImageUri"))]
    for who, image in rows:
        if image and not _DIGEST.search(str(image)):
            yield MutableInput(
                kind="image", name=str(image), logical_id=name, fix="write the image with its digest: IMAGE@sha256:…",
                sentence=f"{who} runs {image}, which is not a digest: the tag may name another image tomorrow",
            )  # fmt: skip


def _rows(value: Json) -> list[Mapping[str, Json]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _references(logical_id: str, where: str, text: str, own: set[str]) -> Iterator[MutableInput]:
    """Dynamic references of a text that name no version.

    ``own`` are logical ids of the stack's own secrets, which are allowed.
    """
    if "resolve" not in text:
        return
    for match in _REFERENCE.finditer(text):
        rest = match["rest"].strip()
        secret, parameter = _SECRET.match(rest), _PARAMETER.match(rest)
        if match["end"] == "}}" and "${" not in rest and (parameter or (secret and _is_pinned(secret))):
            continue
        if secret and own & set(re.findall(r"\$\{(\w+)", secret["id"])):
            continue
        form = "{{resolve:ssm:NAME:VERSION}}"
        if rest.startswith("secretsmanager"):
            form = "{{resolve:secretsmanager:ARN:SecretString:KEY::VERSION-ID}}"
        yield MutableInput(
            kind="reference", name=rest, logical_id=logical_id, fix=f"name its version: {form}",
            sentence=f"{where} takes {{{{resolve:{rest}}}}}, whose value is read when the change is executed",
        )  # fmt: skip


def _is_pinned(secret: re.Match[str]) -> bool:
    return not secret["stage"] and bool(secret["version"] and _VERSION_ID.match(secret["version"]))


def secret_gains(context: ChangeContext) -> tuple[Gain, ...]:
    """Resources that get the value of a secret, with its version, that they did not get before."""
    found = []
    for name in sorted(context.changes):
        new, old = _secrets(context.new(name)), _secrets(context.old(name))
        for secret in sorted(new - old):
            sentence = f"{name} is given the value of the secret {secret}"
            found.append(
                Gain(
                    who=name, logical_id=name, sentence=sentence, actions=("secretsmanager:GetSecretValue",),
                    resources=(secret,),
                )
            )  # fmt: skip
    return tuple(found)


def _secrets(properties: Mapping[str, Json] | None) -> set[str]:
    texts = [node for node in _nodes(properties) if isinstance(node, str) and "resolve" in node]
    rests = [match["rest"].strip() for text in texts for match in _REFERENCE.finditer(text)]
    return {match["id"] for rest in rests if (match := _SECRET.match(rest))} | {
        match["name"] for rest in rests if (match := _PARAMETER.match(rest)) and match["service"] == "ssm-secure"
    }
