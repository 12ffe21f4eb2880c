"""Templates are evaluated as far as parameters allow; the rest stays text that can be compared."""

from typing import Any

import pytest

from generator.preview.meaning import meaning
from generator.preview.template_resolution import Template, is_symbolic, references, scalars_as_text
from generator.release.model.change import ChangeSet, Detail, ResourceChange

BODY: dict[str, Any] = {
    "Parameters": {
        "Env": {"Type": "String"},
        "Nets": {"Type": "List<AWS::EC2::Subnet::Id>"},
        "Secret": {"Type": "String", "NoEcho": True},
    },
    "Mappings": {"Sizes": {"prod": {"cpu": "1024"}}},
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
        "IsDev": {"Fn::Not": [{"Condition": "IsProd"}]},
        "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "Unsure"}]},
        "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "Unsure"}]},
        "Neither": {"Fn::And": [{"Condition": "IsDev"}, {"Condition": "Unsure"}]},
        "Unsure": {"Fn::Equals": [{"Ref": "Secret"}, "x"]},
        "Circle": {"Condition": "Circle"},
    },
    "Resources": {
        "Only": {"Type": "A::B::C", "Condition": "IsDev"},
        "Perhaps": {"Type": "A::B::C", "Condition": "Unsure"},
    },
}


def template() -> Template:
    return Template(
        BODY, {"Env": "prod", "Nets": "a, b", "Secret": "****"}, region="eu-west-1", account="111122223333", stack="app"
    )


VALUES: list[tuple[Any, Any]] = [
    ({"Ref": "Env"}, "prod"),
    ({"Ref": "Nets"}, ["a", "b"]),
    ({"Ref": "Secret"}, "${Secret}"),
    ({"Ref": "Bucket"}, "${Bucket}"),
    ({"Ref": "AWS::Region"}, "eu-west-1"),
    ({"Fn::GetAtt": ["Bucket", "Arn"]}, "${Bucket.Arn}"),
    ({"Fn::GetAtt": "Bucket.Arn"}, "${Bucket.Arn}"),
    ({"Fn::Sub": "arn:${AWS::Partition}:s3:::${Env}-${Bucket}/${!aws:username}"}, "arn:aws:s3:::prod-${Bucket}/${aws:username}"),
    ({"Fn::Sub": ["${A}-${Env}", {"A": {"Ref": "AWS::AccountId"}}]}, "111122223333-prod"),
    ({"Fn::Join": [":", ["a", {"Ref": "Bucket"}, 1]]}, "a:${Bucket}:1"),
    ({"Fn::Join": [",", {"Ref": "Nets"}]}, "a,b"),
    ({"Fn::Select": ["1", {"Ref": "Nets"}]}, "b"),
    ({"Fn::Select": [0, {"Fn::Split": ["-", "x-y"]}]}, "x"),
    ({"Fn::FindInMap": ["Sizes", {"Ref": "Env"}, "cpu"]}, "1024"),
    ({"Fn::If": ["IsProd", 1, 2]}, 1),
    ({"Fn::If": ["Unsure", 1, 1]}, 1),
    ([{"Fn::If": ["IsDev", 1, {"Ref": "AWS::NoValue"}]}, 2], [2]),
    ({"a": {"Ref": "AWS::NoValue"}, "b": True}, {"b": True}),
]  # fmt: skip


@pytest.mark.parametrize(("node", "expected"), VALUES, ids=range(len(VALUES)))
def test_functions(node: Any, expected: Any) -> None:
    """Each intrinsic function gives its value, or text that stands for it."""
    assert template().value(node) == expected


@pytest.mark.parametrize(
    "node",
    [
        {"Fn::ImportValue": "x"},
        {"Fn::If": ["Unsure", 1, 2]},
        {"Fn::Select": [5, {"Ref": "Nets"}]},
        {"Fn::GetStackOutput": {"A": 1}},
    ],
)
def test_what_only_aws_knows_stays_comparable(node: Any) -> None:
    """It is symbolic, and equal only to the same text."""
    assert is_symbolic(template().value(node))
    assert template().value(node) == template().value(node)


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("IsProd", True),
        ("IsDev", False),
        ("Both", None),
        ("Either", True),
        ("Neither", False),
        ("Unsure", None),
        ("Circle", None),
        ("Missing", None),
    ],
)
def test_conditions(name: str, holds: bool | None) -> None:
    """A condition is true, false, or not known."""
    assert template().condition(name) is holds


def test_what_is_there() -> None:
    """Resources whose condition is false are not there; where it is not known they may be."""
    assert template().of("A::B::C") == ["Perhaps"]
    assert template().there("Only") is False
    assert template().there("Perhaps") is None
    assert references({"a": ["${X.Arn}", {"b": "${Y}"}]}) == {"X.Arn", "Y"}
    assert scalars_as_text({"a": [True, 1, None]}) == {"a": ["true", "1", ""]}


def test_without_templates_the_described_values_count() -> None:
    """What a transform made is in the change set alone; its values are read from there."""
    context = '{"Properties":{"SecurityGroupIngress":[{"IpProtocol":"tcp","FromPort":"22","ToPort":"22","CidrIp":"0.0.0.0/0"}]}}'
    change = ResourceChange(
        logical_id="Made", type="AWS::EC2::SecurityGroup", action="Modify", replacement="False",
        details=(Detail(attribute="Properties", name="SecurityGroupIngress", path="/Properties/SecurityGroupIngress"),),
        before='{"Properties":{}}', after=context,
    )  # fmt: skip
    found = ChangeSet(
        arn="a",
        name="n",
        stack_id="arn:aws:cloudformation:eu-west-1:1:stack/a/1",
        stack_name="a",
        kind="UPDATE",
        changes=(change,),
    )
    exposed = meaning(found, None, {"Resources": {}}, region="eu-west-1").exposures
    assert [row.public for row in exposed] == [True]


def test_a_new_stack_has_no_before() -> None:
    """Everything is new: nothing is interrupted, and what it opens and gives is told."""
    body = {
        "Resources": {
            "Q": {"Type": "AWS::SQS::Queue"},
            "R": {"Type": "AWS::EC2::Route", "Properties": {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}},
        }
    }
    rows = tuple(
        ResourceChange(logical_id=name, type=row["Type"], action="Add") for name, row in body["Resources"].items()
    )
    found = ChangeSet(
        arn="a",
        name="n",
        stack_id="arn:aws:cloudformation:eu-west-1:1:stack/a/1",
        stack_name="a",
        kind="CREATE",
        changes=rows,
    )
    read = meaning(found, None, body, region="eu-west-1")
    assert read.worst == "none"
    assert len(read.exposures) == 1


@pytest.mark.parametrize("action", ["Dynamic", "SyncWithActual", "Import"])
def test_rare_actions(action: Any) -> None:
    """What is decided only while it is made is unknown; what is taken in as it is, is not touched."""
    row = ResourceChange(logical_id="It", type="AWS::SQS::Queue", action=action)
    found = ChangeSet(
        arn="a",
        name="n",
        stack_id="arn:aws:cloudformation:eu-west-1:1:stack/a/1",
        stack_name="a",
        kind="UPDATE",
        changes=(row,),
    )
    effect = meaning(found, None, {"Resources": {}}, region="eu-west-1").effects[0].effect
    assert effect == ("none" if action == "Import" else "unknown")
