"""Makes change sets on the sandbox's CloudFormation, in this process, with resources that are only remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from generator.sandbox.cloudformation.store import Cloud
from generator.sandbox.providers import registry
from generator.sandbox.providers.provider import Context, Created
from tests.readings.case import Case, after, base, parameters
from tests.sandbox.cloudformation.calls import ACCOUNT, REGION, Cfn
from tests.sandbox.cloudformation.fake_providers import Host, Toy, World

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_ATTRIBUTE = re.compile(
    r'"Fn::GetAtt": \["\w+", "([\w.]+)"\]|\$\{\w+\.([\w.]+)\}|\'Fn::GetAtt\': \[\'\w+\', \'([\w.]+)\'\]'
)


class _Any(Toy):
    """A provider of one type that has every attribute that a template asks for."""

    def __init__(self, world: World, kind: str, attributes: set[str]) -> None:
        super().__init__(world)
        self.kind = kind
        self.attributes = attributes

    def create(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Make it with an id that does not depend on which thread came first."""
        self.world.act(ctx, "create")
        physical = f"{ctx.logical_id}-1"
        self.world.resources[physical] = dict(props)
        return self._made(physical)

    def _made(self, physical: str) -> Created:
        service, short = (part.lower() for part in f"{self.kind}::x".split("::")[1:3])
        if self.kind == "AWS::ECS::Service":  # its Ref is its ARN
            physical = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/main/{physical.rsplit('/', 1)[-1]}"
            self.world.resources[physical] = {}
        region = "" if service in ("iam", "s3") else REGION
        path = {"lambda": f"{short}:{physical}", "sqs": physical, "sns": physical}.get(service, f"{short}/{physical}")
        arn = f"arn:aws:{service}:{region}:{ACCOUNT}:{path}" if service != "s3" else f"arn:aws:s3:::{physical.lower()}"
        return Created(
            physical, {name: arn if name.endswith("Arn") else f"{physical}.{name}" for name in self.attributes}
        )


class _Every(dict[str, Any]):
    """A registry that has a provider for every type."""

    def __init__(self, world: World, attributes: set[str]) -> None:
        super().__init__()
        self.world, self.attributes = world, attributes

    def __contains__(self, kind: object) -> bool:
        return True

    def get(self, kind: str, default: Any = None) -> Any:
        del default
        return self[kind]

    def __missing__(self, kind: str) -> Any:
        self[kind] = _Any(self.world, kind, self.attributes)
        return self[kind]


@contextmanager
def engine() -> Iterator[tuple[Cfn, set[str]]]:
    """CloudFormation without other services, and the attributes that its resources are to have."""
    world, attributes = World(), {"Arn"}
    kept = registry._providers, registry.load
    registry._providers, registry.load = _Every(world, attributes), lambda: None
    host = Host()
    cloud = Cloud(host)
    try:
        yield Cfn(cloud, world, host), attributes
    finally:
        cloud.clear()
        cloud.settle(10)
        registry._providers, registry.load = kept


def _listed(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def record(cases: list[Case]) -> dict[str, dict[str, Any]]:
    """Case name to the described change set, for cases of one base: its stack is made once.

    Raises:
        AssertionError: the stack or a change set can't be made; the text is CloudFormation's reason.
    """
    found: dict[str, dict[str, Any]] = {}
    with engine() as (cfn, attributes):
        template = base(cases[0].base)
        for body in (template, *(after(case) for case in cases)):
            attributes |= {name for groups in _ATTRIBUTE.findall(str(body)) for name in groups if name}
        common = {"Capabilities": _CAPABILITIES, "DisableValidation": True}
        stack = cfn.create(template, Parameters=_listed(parameters(template)), **common)
        assert stack["StackStatus"] == "CREATE_COMPLETE", [event for event in cfn.events() if "FAILED" in event.status]
        for case in cases:
            body = after(case)
            answer = cfn.change_set(
                body, name=case.name, Parameters=_listed(parameters(body, case.parameters)), **common
            )
            assert answer["Status"] == "CREATE_COMPLETE", f"{case.name}: {answer['StatusReason']}"
            found[case.name] = _plain(answer)
    return found


def _plain(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs from run to run."""
    change_set = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/{answer['ChangeSetName']}/0"
    stack = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/app/0"
    kept = ("ChangeSetName", "StackName", "Parameters", "Capabilities", "Changes", "ExecutionStatus")
    return {"ChangeSetId": change_set, "StackId": stack, **{key: _without_nothing(answer[key]) for key in kept}}


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothing(part) for key, part in value.items() if part is not None}
    return [_without_nothing(part) for part in value] if isinstance(value, list) else value
