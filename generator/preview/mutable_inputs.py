"""What a change gets by a name whose content may change after the approval: such an input is not bound.

Only what the change set creates or changes is looked at: nothing else is resolved or fetched again by it. Outputs and
conditions are evaluated again by every update. Transforms are looked at wherever they are, because they rewrite the
whole template. Sources: CloudFormation User Guide, "Get values stored in other services using dynamic references",
"AWS::Include transform" (in any section) and "Fn::ImportValue".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.preview.change_context import ChangeContext
from generator.preview.fetched_inputs import fetched_inputs
from generator.release.model.preview import Gain, MutableInput

Json = Any
_REFERENCE = re.compile(r"\{\s*+resolve\s*+:(?P<rest>[^}]*)(?P<end>\}\}|\}|$)")
# A text that another one may complete to a reference: it ends where one begins, or a value that only AWS knows follows.
# Possessive, so that a text of blanks is read once.
_BEGINS = re.compile(r"\{\s*+(?P<word>[a-z]*+)\s*+(?:$|\$\{)")
# SERVICE:ID[:SecretString[:KEY[:STAGE[:VERSION]]]]; an id may be an ARN, whose own colons do not separate.
_SECRET = re.compile(
    r"secretsmanager:(?P<id>arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+|[^:]+)"
    r"(?::SecretString(?::(?P<key>[^:]*)(?::(?P<stage>[^:]*)(?::(?P<version>[^:]*))?)?)?)?$"
)
_PARAMETER = re.compile(r"(?P<service>ssm|ssm-secure):(?P<name>[^:]+):(?P<version>\d+)$")
_VERSION_ID = re.compile(r"[A-Za-z0-9-]{32,64}$")
_DEEPEST = 64


def mutable_inputs(context: ChangeContext) -> tuple[MutableInput, ...]:
    """Everything of that kind, each once, in the order of the template."""
    found: dict[MutableInput, None] = {}
    for row in (
        *_transforms(context.after.body), *_parameters(context), *_resources(context), *_sections(context),
    ):  # fmt: skip
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
    """Names of ``Fn::Transform`` anywhere in the template, in any section and outside of them."""
    for node in _nodes(body):
        inner = node.get("Fn::Transform") if isinstance(node, Mapping) else None
        for one in inner if isinstance(inner, list) else [] if inner is None else [inner]:
            yield str(one.get("Name", "")) if isinstance(one, Mapping) else str(one)


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
        yield from fetched_inputs(name, kind, properties)
        # A secret may be composed of another secret of the same template: both are the stack's own.
        composed = own if kind == "AWS::SecretsManager::Secret" else set[str]()
        row = context.after.resources.get(name, {})
        for part in (*_nodes(properties), *_nodes(context.after.value(row.get("Metadata")))):
            if isinstance(part, str):
                yield from _references(name, name, part, composed)
        yield from _imports(name, name, row)


def _sections(context: ChangeContext) -> Iterator[MutableInput]:
    """Outputs and conditions, which every update evaluates again."""
    for section in ("Outputs", "Conditions"):
        written = context.after.body.get(section)
        for part in _nodes(context.after.value(written)):
            if isinstance(part, str):
                yield from _references("", f"the section {section}", part, set())
        yield from _imports("", f"the section {section}", written)


def _imports(logical_id: str, where: str, written: Json) -> Iterator[MutableInput]:
    """Values of other stacks that only CloudFormation reads, when it executes the change."""
    for node in _nodes(written):
        if isinstance(node, Mapping) and "Fn::ImportValue" in node:
            what = node["Fn::ImportValue"]
            name = what if isinstance(what, str) else "a name that AWS evaluates"
            yield MutableInput(
                kind="import", name=name, logical_id=logical_id,
                fix="declare a parameter for it, whose value is part of what is approved",
                sentence=f"{where} imports {name} from another stack, whose value is read when the change is executed",
            )  # fmt: skip


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


def _references(logical_id: str, where: str, text: str, own: set[str]) -> Iterator[MutableInput]:
    """Dynamic references of a text that name no version.

    ``own`` are logical ids of the stack's own secrets, which are allowed.
    """
    begins = next((m for m in _BEGINS.finditer(text) if _may_be_reference(m)), None)
    if begins is not None:
        yield MutableInput(
            kind="reference", name=text[begins.start() :][:40], logical_id=logical_id,
            fix="write the whole reference as one text, with its VERSION",
            sentence=f"{where} has the beginning of a dynamic reference, whose rest only AWS knows",
        )  # fmt: skip
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


def _may_be_reference(begins: re.Match[str]) -> bool:
    """Whether ``{`` and what follows may become ``{{resolve:``: a second brace stands before it, or the word has begun."""
    text, at, word = begins.string, begins.start(), begins["word"]
    return "resolve".startswith(word) and (bool(word) or (text[at - 1 : at] == "{" and at > 0))


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
