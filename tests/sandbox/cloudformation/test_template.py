"""Templates as text, and what CloudFormation refuses in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.sandbox.cloudformation import template, validation
from generator.sandbox.providers import registry
from generator.sandbox.server.errors import AwsError
from tests.sandbox.cloudformation.calls import Cfn
from tests.sandbox.cloudformation.fake_providers import Toy, World, queue

SHORT = """
AWSTemplateFormatVersion: 2010-09-09
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${AWS::StackName}-q"
      Tags: [{Key: arn, Value: !GetAtt Other.Arn}, {Key: on, Value: !If [A, !Ref X, !Select [0, [a, b]]]}]
"""


def test_yaml_with_short_forms_reads_like_json() -> None:
    """Tags become the long forms, and dates stay text (User Guide, "Intrinsic function reference")."""
    read = template.parse(SHORT)
    assert read["AWSTemplateFormatVersion"] == "2010-09-09"
    props = read["Resources"]["Queue"]["Properties"]
    assert props["QueueName"] == {"Fn::Sub": "${AWS::StackName}-q"}
    assert props["Tags"][0]["Value"] == {"Fn::GetAtt": ["Other", "Arn"]}
    assert props["Tags"][1]["Value"] == {"Fn::If": ["A", {"Ref": "X"}, {"Fn::Select": [0, ["a", "b"]]}]}
    assert template.parse(json.dumps(read)) == read


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "JSON not well-formed. (line 1, column 2)"),
        ("a: [", "YAML not well-formed. (line 2, column 1)"),
        ("- a", "unsupported structure."),
        ("Foo: 1", "Invalid template property or properties [Foo]"),
        ("Resources: {}", "At least one Resources member must be defined."),
        ("Resources: []", "unsupported structure in Resources."),
        ("Resources: {A-b: {Type: x}}", "Resource name A-b is non alphanumeric."),
        ("Resources: {A: {}}", "Every Resources object must contain a Type member."),
        ("Resources: {A: {Type: x, Props: {}}}", "Invalid template resource property 'Props'"),
        ("Resources: {A: {Type: x, Properties: }}", "null"),
        ("Resources: {A: {Type: x}}\nOutputs: {B: {}}", "Output B is malformed"),
        (
            "Resources: {" + ", ".join(f"A{n}: {{Type: x}}" for n in range(501)) + "}",
            "greater than maximum allowed, 500",
        ),
    ],
)
def test_text_that_is_no_template(body: str, said: str) -> None:
    """User Guide, "Troubleshooting": template validation errors."""
    with pytest.raises(AwsError) as caught:
        template.parse(body)
    assert said in caught.value.message
    assert caught.value.code == "ValidationError"


@pytest.fixture
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_providers", {"AWS::SQS::Queue": Toy(World())})
    monkeypatch.setattr(registry, "load", lambda: None)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"Resources": {"A": {"Type": "AWS::SQS::Queues"}}}, "Unrecognized resource types: [AWS::SQS::Queues]"),
    (
        {"Resources": {"A": {"Type": "AWS::Kinesis::Stream"}}},
        "The sandbox does not support resources of type AWS::Kinesis::Stream",
    ),
    (
        {"Resources": {"A": queue(QueueName={"Ref": "B"})}},
        "Unresolved resource dependencies [B] in the Resources block",
    ),
    ({"Resources": {"A": queue(QueueName={"Fn::Sub": "${B}"})}}, "Unresolved resource dependencies [B]"),
    (
        {"Resources": {"A": queue()}, "Outputs": {"O": {"Value": {"Ref": "B"}}}},
        "Unresolved resource dependencies [B] in the Outputs block",
    ),
    ({"Resources": {"A": queue(QueueName={"Fn::GetAtt": ["B", "Arn"]})}}, "Fn::GetAtt references undefined resource B"),
    (
        {"Resources": {"A": queue(), "B": queue(QueueName={"Fn::GetAtt": ["A", "Color"]})}},
        "resource A does not support attribute type Color in Fn::GetAtt",
    ),
    ({"Resources": {"A": {**queue(), "DependsOn": "B"}}}, "Unresolved resource dependencies [B]"),
    ({"Resources": {"A": {**queue(), "DependsOn": "A"}}}, "Circular dependency between resources: [A]"),
    (
        {"Resources": {"A": {**queue(), "DependsOn": "B"}, "B": queue(QueueName={"Ref": "A"}), "C": queue()}},
        "Circular dependency between resources: [A, B]",
    ),
    ({"Resources": {"A": {**queue(), "Condition": "No"}}}, "Unresolved condition dependencies [No]"),
    ({"Resources": {"A": queue(QueueName={"Fn::If": ["No", "a", "b"]})}}, "Unresolved condition dependencies [No]"),
    ({"Resources": {"A": {**queue(), "DeletionPolicy": "Keep"}}}, "Unrecognized DeletionPolicy Keep"),
    (
        {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"A": queue()}},
        "The sandbox does not support transforms",
    ),
]


@pytest.mark.usefixtures("_toys")
@pytest.mark.parametrize(("body", "said"), REFUSED)
def test_templates_that_are_refused(body: dict[str, Any], said: str) -> None:
    """Unknown types, bad references and circles never become a change set (User Guide, "Troubleshooting")."""
    with pytest.raises(AwsError) as caught:
        validation.check(body)
    assert said in caught.value.message


@pytest.mark.usefixtures("_toys")
def test_a_good_template_passes() -> None:
    """Pseudo parameters, literals of Fn::Sub and local variables are no references to resources."""
    good = queue(QueueName={"Fn::Sub": ["${!Literal}-${AWS::Region}-${Here}", {"Here": {"Ref": "P"}}]})
    validation.check({"Parameters": {"P": {"Type": "String"}}, "Resources": {"A": good, "B": queue()}})


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ([{"ParameterKey": "Size", "ParameterValue": "x"}], "Parameters: [Name] must have values"),
        ([{"ParameterKey": "No", "ParameterValue": "x"}], "Parameters: [No] do not exist in the template"),
        ([{"ParameterKey": "Name", "UsePreviousValue": "true"}], "Cannot specify usePreviousValue as true"),
        ([{"ParameterKey": "Name", "ParameterValue": "a", "UsePreviousValue": "true"}], "along with a value"),
        ([{"ParameterKey": "Name", "ParameterValue": "a"}] * 2, "more than once"),
        ([{"ParameterKey": "Name", "ParameterValue": "A"}], "Parameter 'Name' must match pattern [a-z]+"),
        ([{"ParameterKey": "Name", "ParameterValue": "abcdef"}], "must contain at most 5 characters"),
        ([{"ParameterKey": "Name", "ParameterValue": "a"}], "must contain at least 2 characters"),
        (
            [{"ParameterKey": "Name", "ParameterValue": "ab"}, {"ParameterKey": "Size", "ParameterValue": "9"}],
            "failed to satisfy constraint: one or two",
        ),
        (
            [{"ParameterKey": "Name", "ParameterValue": "ab"}, {"ParameterKey": "Count", "ParameterValue": "x"}],
            "'Count' must be a number.",
        ),
        (
            [{"ParameterKey": "Name", "ParameterValue": "ab"}, {"ParameterKey": "Count", "ParameterValue": "0"}],
            "not less than 1",
        ),
        (
            [{"ParameterKey": "Name", "ParameterValue": "ab"}, {"ParameterKey": "Count", "ParameterValue": "11"}],
            "not greater than 10",
        ),
        (
            [{"ParameterKey": "Name", "ParameterValue": "ab"}, {"ParameterKey": "Image", "ParameterValue": "/no"}],
            "Unable to fetch parameters [/no]",
        ),
        (
            [{"ParameterKey": "Name", "ParameterValue": "ab"}, {"ParameterKey": "Zone", "ParameterValue": "c"}],
            "must be one of AllowedValues",
        ),
    ],
)
def test_parameters_that_are_refused(cfn: Cfn, params: list[dict[str, str]], said: str) -> None:
    """Unknown, missing and disallowed parameters (User Guide, "Parameters")."""
    body = {
        "Parameters": {
            "Name": {"Type": "String", "AllowedPattern": "[a-z]+", "MinLength": 2, "MaxLength": 5},
            "Size": {"Type": "String", "Default": "1", "AllowedValues": [1, 2], "ConstraintDescription": "one or two"},
            "Count": {"Type": "Number", "Default": 1, "MinValue": 1, "MaxValue": 10},
            "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/ami"},
            "Zone": {"Type": "String", "Default": "a", "AllowedValues": ["a", "b"]},
        },
        "Resources": {"A": queue()},
    }
    params_of = {"StackName": "app", "ChangeSetName": "cs", "ChangeSetType": "CREATE"}
    assert said in cfn.refuses("CreateChangeSet", TemplateBody=json.dumps(body), Parameters=params, **params_of)


def test_parameter_store_values_are_resolved(cfn: Cfn) -> None:
    """User Guide, "SSM parameter types": the resolved value is shown and used."""
    body = {
        "Parameters": {"Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/ami"}},
        "Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Image"}}}},
    }
    stack = cfn.create(body)
    assert stack["Parameters"] == [{"ParameterKey": "Image", "ParameterValue": "/ami", "ResolvedValue": "ami-1"}]
    assert list(cfn.world.resources.values()) == [{"DisplayName": "ami-1"}]
