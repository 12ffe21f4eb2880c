"""The short way to construct troposphere's objects gives what troposphere's own way gives."""

from collections.abc import Callable, Iterator

import pytest
from troposphere import GetAtt, Ref, Sub, Tags, cloudwatch, ec2, ecs, iam, sqs

from generator.build.json_encoder import to_bytes
from generator.catalog.stacks import stacks
from generator.config.read import read_configuration
from templates import troposphere_speedups
from tests.golden import CONFIGURATIONS


@pytest.fixture
def stock() -> Iterator[None]:
    """Troposphere as it comes."""
    troposphere_speedups.remove()
    yield
    troposphere_speedups.install()


def every_template() -> dict[str, bytes]:
    return {
        f"{name}:{spec.key}": to_bytes(spec.template())
        for name, folder in CONFIGURATIONS.items()
        for spec in stacks(read_configuration(folder))
    }


QUICK = every_template()


@pytest.mark.usefixtures("stock")
def test_every_template_is_the_same_without_it() -> None:
    """Byte for byte."""
    assert every_template() == QUICK


CASES: dict[str, Callable[[], object]] = {
    "right": lambda: ec2.VPC("V", CidrBlock="10.0.0.0/16", EnableDnsSupport="true", Tags=Tags(a="b")),
    "functions": lambda: ecs.Service("S", TaskDefinition=Ref("T"), DesiredCount=Ref("N"), Cluster=Sub("${C}")),
    "items": lambda: ecs.TaskDefinition("T", ContainerDefinitions=[ecs.ContainerDefinition(Name="a", Image=Ref("I"))]),
    "item of a function": lambda: ecs.NetworkConfiguration(
        AwsvpcConfiguration=ecs.AwsvpcConfiguration(Subnets=[Ref("A")])
    ),
    "list from a function": lambda: ecs.AwsvpcConfiguration(Subnets=Ref("Subnets")),
    "checked value": lambda: sqs.Queue("Q", VisibilityTimeout="30"),
    "attribute": lambda: sqs.Queue("Q", DeletionPolicy="Retain", DependsOn=["A"], Metadata={"a": 1}),
    "class default": lambda: cloudwatch.Alarm("A", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1),
    "unknown property": lambda: ec2.VPC("V", CidrBlok="10.0.0.0/16"),
    "wrong type": lambda: ec2.VPC("V", CidrBlock=10),
    "wrong item": lambda: ecs.TaskDefinition("T", ContainerDefinitions=["a"]),
    "no list": lambda: ecs.TaskDefinition("T", ContainerDefinitions="a"),
    "refused by its check": lambda: sqs.Queue("Q", VisibilityTimeout="soon"),
    "bad title": lambda: ec2.VPC("not-a-title"),
    "missing property": lambda: iam.Role("R").to_dict(),
    "tags of the wrong kind": lambda: ec2.VPC("V", CidrBlock="10.0.0.0/16", Tags={"a": "b"}),
    "attribute by its name": lambda: GetAtt(ec2.VPC("V", CidrBlock="10.0.0.0/16"), "CidrBlock"),
}


def outcome(make: Callable[[], object]) -> tuple[str, str]:
    try:
        made = make()
        return "made", str(getattr(made, "to_dict", lambda: made)())
    except (ValueError, TypeError, AttributeError) as error:
        return type(error).__name__, str(error)


OUTCOMES = {name: outcome(make) for name, make in CASES.items()}


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize("name", CASES)
def test_right_and_wrong_values_alike(name: str) -> None:
    """The same object, or the same error in the same words."""
    assert outcome(CASES[name]) == OUTCOMES[name]


def test_the_cases_hold_both_kinds() -> None:
    """Otherwise the comparison would say little."""
    assert {kind for kind, _ in OUTCOMES.values()} == {"made", "AttributeError", "TypeError", "ValueError"}


def test_another_troposphere_runs_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade the short way stays away until somebody has compared again."""
    troposphere_speedups.remove()
    monkeypatch.setattr(troposphere_speedups, "WRITTEN_FOR", "0.0.0")
    troposphere_speedups.install()
    assert troposphere_speedups.BaseAWSObject.__init__ is not troposphere_speedups._init
    monkeypatch.undo()
    troposphere_speedups.install()
    assert troposphere_speedups.BaseAWSObject.__init__ is troposphere_speedups._init
