"""Secrets that the template, or anyone who may describe a resource, shows to everyone."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from generator.lint.rules.problem import Problem
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, items, scalar, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.template_view import Resource, TemplateView

Step = str | int

# Names of variables and parameters that hold a secret, unless they end in what makes them a pointer or a setting.
_NAME = re.compile(
    r"pass(?:word|wd|phrase)|secret|api_?key|access_?key|private_?key|credential|(?:^|_|[a-z])token(?:$|_)|conn(?:ection)?_?string",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"(?:arn|name|id|path|file|url|uri|endpoint|host|port|param(?:eter)?|prefix|alias|type|length|size|ttl|expir\w*|timeout|"
    r"seconds|minutes|hours|days|count|limit|policy|rotation|version|mode|enabled|disabled|required|issuer|audience|header|field|store|ref|key_?alias)s?$",
    re.IGNORECASE,
)
_NAMES_ONE = re.compile(r"^(?!.*(?:pass|token|key|client)).*secret", re.IGNORECASE)
_HARMLESS = re.compile(
    r"|true|false|none|null|-?\d{1,5}|arn:.*|/[\w./-]+|https?://[^@]*|\{\{resolve:.*", re.IGNORECASE | re.DOTALL
)
_URL_WITH_PASSWORD = re.compile(r"\w+://[^/\s:@${}]+:[^/\s@${}]+@")
# Prefixes that the issuers document so that scanners find the credential (2026-10).
_CREDENTIAL = re.compile(
    r"\bA(?:KIA|SIA)(?!\w*EXAMPLE\b)[A-Z2-7]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{50,}|\bglpat-[\w-]{20,}"
    r"|\bxox[abprs]-\d[\w-]{15,}|\bxapp-\d-[\w-]{15,}|\bsk_live_[A-Za-z0-9]{16,}|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
)
_STARTS = (
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "xapp-",
    "sk_live_",
    "PRIVATE KEY",
)
_RESOLVED = re.compile(r"\{\{resolve:(?:secretsmanager|ssm-secure):")


@lru_cache(maxsize=1024)
def _secret_name(name: str) -> bool:
    return bool(_NAME.search(name)) and not _POINTER.search(name)


def _secret_value(name: str, text: str) -> bool:
    """Whether the text is likely to be a secret; under a name such as DB_SECRET it may be the name of one."""
    if not _secret_name(name) or _HARMLESS.fullmatch(text):
        return False
    return not (_NAMES_ONE.search(name) and ("/" in text or "secret" in text.lower()))


def _variables(view: TemplateView) -> Iterator[tuple[Resource, tuple[Step, ...], str, Any]]:
    """Every environment variable: resource, path of its value, name, value."""
    for each in view.of("AWS::ECS::TaskDefinition"):
        for index in range(len(items(each.get("ContainerDefinitions")))):
            yield from _pairs(each, "ContainerDefinitions", index, "Environment")
    for each in view.of("AWS::Batch::JobDefinition"):
        yield from _pairs(each, "ContainerProperties", "Environment")
    for each in view.of("AWS::CodeBuild::Project"):
        yield from _pairs(each, "Environment", "EnvironmentVariables")
    for each in view.of("AWS::Lambda::Function"):
        for name, value in fields(each.get("Environment", "Variables")).items():
            yield each, ("Environment", "Variables", name), str(name), value


def _pairs(resource: Resource, *path: Step) -> Iterator[tuple[Resource, tuple[Step, ...], str, Any]]:
    for index, pair in enumerate(items(resource.get(*path))):
        plain = isinstance(pair, dict) and pair.get("Type", "PLAINTEXT") == "PLAINTEXT"
        if plain and isinstance(pair.get("Name"), str):
            yield resource, (*path, index, "Value"), pair["Name"], pair.get("Value")


@rule(
    "W9673",
    severity="warning",
    title="A secret in a plain environment variable",
    why="The value stands in the template, in every task definition or function configuration, and in each log of either.",
    source="Amazon ECS Developer Guide: Pass sensitive data to a container, "
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
    fix="Keep it in Secrets Manager; use Secrets with ValueFrom in ECS, or read it at start in Lambda.",
)
def plain_variable(view: TemplateView) -> Iterator[Problem]:
    """A literal value under a name that says secret, or a URL with a password in it."""
    for each, path, name, value in _variables(view):
        text = scalar(value)
        if text is None:
            continue
        if _URL_WITH_PASSWORD.search(text):
            yield each.problem(*path, message=f"The URL in {name} holds a password")
        elif _secret_value(name, text):
            yield each.problem(*path, message=f"{name} holds its value in plain text")


@rule(
    "W9674",
    severity="warning",
    title="A secret that ends up readable in an environment variable",
    why="CloudFormation fills in the value, so anyone who may describe the task definition or the function reads it.",
    source="AWS CloudFormation User Guide: Using dynamic references, considerations, "
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html",
    fix="Pass the ARN of the secret: Secrets with ValueFrom in ECS, or read it at start in Lambda.",
)
def resolved_variable(view: TemplateView) -> Iterator[Problem]:
    """A NoEcho parameter or a dynamic reference to a secret as the value of a variable."""
    hidden = {name for name, item in view.parameters.items() if truth(fields(item).get("NoEcho"))}
    for each, path, name, value in _variables(view):
        text = value.text if isinstance(value, Unknown) else scalar(value) or ""
        if isinstance(value, Unknown) and value.target in hidden:
            yield each.problem(*path, message=f"{name} shows the parameter {value.target}, which is hidden elsewhere")
        elif _RESOLVED.search(text):
            yield each.problem(*path, message=f"{name} shows the secret that the dynamic reference names")


@rule(
    "W9675",
    severity="warning",
    title="A hidden parameter with a default",
    why="NoEcho hides a value in the console, but a default stands in the template for everyone to read, and gets used.",
    source="AWS CloudFormation User Guide: Parameters, NoEcho, "
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html",
    fix="Remove the Default, or let Secrets Manager create the secret.",
)
def hidden_default(view: TemplateView) -> Iterator[Problem]:
    """NoEcho and a Default that is not empty."""
    for name, item in view.parameters.items():
        default = scalar(fields(item).get("Default"))
        if truth(fields(item).get("NoEcho")) and default and not _HARMLESS.fullmatch(default):
            yield Problem(("Parameters", name, "Default"), f"The default of the secret parameter {name} is readable")


@rule(
    "W9676",
    severity="warning",
    title="A secret parameter that is not hidden",
    why="Without NoEcho the console and DescribeStacks show the value, and its default stands in the template.",
    source="AWS CloudFormation User Guide: Parameters, NoEcho, "
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html",
    fix="Set NoEcho: true and remove the Default, or pass the name of a secret.",
)
def open_parameter(view: TemplateView) -> Iterator[Problem]:
    """A String parameter with the name of a secret and a literal default, without NoEcho."""
    for name, item in view.parameters.items():
        default = scalar(fields(item).get("Default"))
        plain = fields(item).get("Type") == "String" and not truth(fields(item).get("NoEcho"))
        choice = "AllowedValues" in fields(item)
        if plain and not choice and default and _secret_value(name, default):
            yield Problem(("Parameters", name, "Default"), f"The parameter {name} shows its value and its default")


@rule(
    "E9677",
    severity="error",
    title="A credential in the template",
    why="The text has the form in which the issuer writes real keys; who reads the template, or its history, can use it.",
    source="IAM User Guide: Security best practices, remove unused credentials, "
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    fix="Revoke it now, then keep its successor in Secrets Manager.",
)
def credential(view: TemplateView) -> Iterator[Problem]:
    """Known formats of access keys, tokens and private keys in any property."""
    for each in view.resources:
        if _suspect(each):
            for path, text in _texts(each.props, ()):
                found = _CREDENTIAL.search(text)
                if found:
                    yield each.problem(*path, message=f'"{found[0][:8]}..." looks like a real credential')


@lru_cache(maxsize=512)
def _suspect(resource: Resource) -> bool:
    """Whether the resource mentions the start of a credential; remembered, and much faster than the pattern."""
    text = repr(resource.raw)
    return any(start in text for start in _STARTS)


def _texts(node: Any, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict):
        for key, item in node.items():
            yield from _texts(item, (*path, key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _texts(item, (*path, index))
    elif isinstance(node, Unknown):
        yield path, node.text
