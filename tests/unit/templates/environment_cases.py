"""An environment to build stacks for, and ways to look into their templates."""

import json
from typing import Any

from troposphere import Template

from templates.params.base import Scope
from tests.unit.templates import built

Json = dict[str, Any]


def scope(stack: str, *, protected: bool = False) -> Scope:
    """Where a stack of production stands; ``protected`` as production is, or not as development is."""
    return Scope(
        platform="slipway",
        environment="prod",
        account="111122223333",
        region="eu-west-1",
        owner="team",
        cost_center="platform",
        stack=stack,
        protected=protected,
    )


def plain(template: Template) -> Json:
    """The template as CloudFormation gets it."""
    body: Json = json.loads(template.to_json())
    return body


def properties(body: Json, resource: str) -> Json:
    """Properties of one resource."""
    found: Json = body["Resources"][resource]["Properties"]
    return found


def ids(body: Json, kind: str) -> list[str]:
    """Logical ids of a type such as ``EC2::Subnet``, in order."""
    return sorted(name for name, each in body["Resources"].items() if each["Type"] == f"AWS::{kind}")


def statements(document: Json) -> dict[str, Json]:
    """Statements of a policy by Sid."""
    return {each["Sid"]: each for each in document["Statement"]}


def findings(*bodies: Json) -> list[str]:
    """What cfn-lint says with everything switched on."""
    return built.findings(bodies)
