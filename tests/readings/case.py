"""A case: a template, what is edited in it, and what that should mean to people."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, NamedTuple

TEMPLATES = Path(__file__).with_name("templates")
GONE = object()  # an edit that removes


class Case(NamedTuple):
    """An edit of a base template, and its reading.

    Attributes:
        name: unique, a file-name part.
        base: the template's file in ``templates``, without ``.json``.
        edits: JSON pointer to the new value, or `GONE`.
        because: the AWS page that the expectation derives from.
        effects: every resource whose effect is not "none".
        gains: sentences, all of them.
        exposures: sentences, all of them.
        weakens: resources that lose a protection.
        level: of the whole.
        parameters: that differ from the base's.
        assumed: AWS's documentation does not settle it; people see "unknown" or an uncertain gain.
    """

    name: str
    base: str
    edits: dict[str, Any]
    because: str
    effects: dict[str, str] = {}
    gains: tuple[str, ...] = ()
    exposures: tuple[str, ...] = ()
    weakens: tuple[str, ...] = ()
    level: str = "none"
    parameters: dict[str, str] = {}
    assumed: bool = False


def base(name: str) -> dict[str, Any]:
    """A base template."""
    found: dict[str, Any] = json.loads((TEMPLATES / f"{name}.json").read_text())
    return found


def after(case: Case) -> dict[str, Any]:
    """The template that a case's edits make."""
    return edited(base(case.base), case.edits)


def edited(template: dict[str, Any], edits: dict[str, Any]) -> dict[str, Any]:
    """A copy of a template with values put at JSON pointers below ``Resources`` (``/Database/Properties/DBName``)."""
    found = copy.deepcopy(template)
    for pointer, value in edits.items():
        *parents, last = pointer.strip("/").split("/")
        node: Any = found if parents[:1] in (["Conditions"], ["Parameters"], ["Mappings"]) else found["Resources"]
        for key in parents:
            node = node[int(key)] if isinstance(node, list) else node.setdefault(key, {})
        if value is GONE:
            del node[int(last) if isinstance(node, list) else last]
        elif isinstance(node, list):
            node.append(value) if last == "-" else node.__setitem__(int(last), value)
        else:
            node[last] = value
    return found


_BY_NAME = {
    "ImageUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/api@sha256:" + "0" * 64,
    "Release": "a" * 40,
    "VpcId": "vpc-0123456789abcdef0",
    "PrivateSubnets": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "KeyArn": "arn:aws:kms:eu-west-1:111122223333:key/0a0b0c0d-0000-0000-0000-000000000000",
    "BoundaryArn": "arn:aws:iam::111122223333:policy/workload-boundary",
    "ClusterName": "harbor-main",
    "DatabaseSecretArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf",
    "ListenerArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/harbor/1/2",
    "NamespaceArn": "arn:aws:servicediscovery:eu-west-1:111122223333:namespace/ns-1",
}


def parameters(template: dict[str, Any], own: dict[str, str] | None = None) -> dict[str, str]:
    """A value for every parameter: its default, one that its name suggests, or one that its type allows."""
    found: dict[str, str] = {}
    for name, row in template.get("Parameters", {}).items():
        if "Default" in row:
            found[name] = str(row["Default"])
        elif name in _BY_NAME:
            found[name] = _BY_NAME[name]
        elif name.endswith("Arn"):
            found[name] = f"arn:aws:service:eu-west-1:111122223333:{name.removesuffix('Arn').lower()}"
        elif "SecurityGroup" in name:
            found[name] = "sg-0123456789abcdef0"
        else:
            found[name] = name.lower()
    return {**found, **(own or {})}
