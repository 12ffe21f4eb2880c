"""Intrinsic functions and conditions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.cloudformation.intrinsic_functions import Environment, Known, StackLocation
from generator.sandbox.cloudformation.template_values import KNOWN_AFTER_APPLY
from generator.sandbox.server.errors import AwsError

PLACE = StackLocation("111122223333", "eu-west-1", "app", "arn:aws:cloudformation:stack/app/1", ("arn:topic",))
TEMPLATE: dict[str, Any] = {
    "Mappings": {"Zones": {"eu-west-1": {"Zone": "z1"}}},
    "Conditions": {
        "Prod": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
        "NotProd": {"Fn::Not": [{"Condition": "Prod"}]},
        "Both": {"Fn::And": [{"Condition": "Prod"}, {"Condition": "NotProd"}]},
        "Either": {"Fn::Or": [{"Condition": "Prod"}, {"Condition": "NotProd"}]},
        "Wrong": {"Fn::Join": ["", []]},
        "Odd": "yes",
    },
    "Resources": {"There": {"Type": "x"}, "Off": {"Type": "x", "Condition": "NotProd"}},
}
RESOURCES = {"There": Known("id-1", {"Arn": "arn:1", "Endpoint.Address": "db.local", "Nested": {"Port": 5432}})}


def _environment(**parameters: Any) -> Environment:
    outputs = {"other": "out"}
    return Environment(
        TEMPLATE,
        {"Env": "prod", "List": ["a", "b"], "Count": "2", **parameters},
        PLACE,
        resources=RESOURCES,
        exports={"name": "exported"}.get,
        outputs=lambda query: outputs.get(query["StackName"]),
    )


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Env"}, "prod"),
        ({"Ref": "There"}, "id-1"),
        ({"Ref": "Missing"}, KNOWN_AFTER_APPLY),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::AccountId"}, "111122223333"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "AWS::StackName"}, "app"),
        ({"Ref": "AWS::StackId"}, PLACE.stack_id),
        ({"Ref": "AWS::NotificationARNs"}, ["arn:topic"]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
        ({"Fn::GetAtt": ["There", "Arn"]}, "arn:1"),
        ({"Fn::GetAtt": "There.Endpoint.Address"}, "db.local"),
        ({"Fn::GetAtt": ["There", "Nested.Port"]}, 5432),
        ({"Fn::GetAtt": ["Missing", "Arn"]}, KNOWN_AFTER_APPLY),
        ({"Fn::If": ["Prod", "yes", {"Ref": "AWS::NoValue"}]}, "yes"),
        ({"Fn::Sub": "${Env}-${There.Arn}-${!Env}-${Count}"}, "prod-arn:1-${Env}-2"),
        ({"Fn::Sub": ["${X}", {"X": {"Fn::Select": [1, {"Ref": "List"}]}}]}, "b"),
        ({"Fn::Sub": "a-${Missing}"}, KNOWN_AFTER_APPLY),
        ({"Fn::Join": [",", {"Ref": "List"}]}, "a,b"),
        ({"Fn::Join": ["-", ["a", 1, True]]}, "a-1-true"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Missing"}]]}, KNOWN_AFTER_APPLY),
        ({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b"]}]}, "b"),
        ({"Fn::Select": [0, {"Fn::Split": ["/", {"Ref": "Missing"}]}]}, KNOWN_AFTER_APPLY),
        ({"Fn::FindInMap": ["Zones", {"Ref": "AWS::Region"}, "Zone"]}, "z1"),
        ({"Fn::FindInMap": ["Zones", "us", "Zone", {"DefaultValue": "z"}]}, "z"),
        ({"Fn::ImportValue": "name"}, "exported"),
        ({"Fn::ImportValue": {"Ref": "Missing"}}, KNOWN_AFTER_APPLY),
        ({"Fn::GetStackOutput": {"StackName": "other", "OutputName": "x"}}, "out"),
        ({"Fn::Base64": "hi"}, "aGk="),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"Fn::Cidr": ["10.0.0.0/16", 3, 8]}, ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
        ({"Fn::Cidr": ["10.0.0.0/24", 4]}, ["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26", "10.0.0.192/26"]),
        ({"Fn::Cidr": [{"Ref": "Missing"}, 3, 8]}, KNOWN_AFTER_APPLY),
        ({"Fn::ToJsonString": {"a": {"Ref": "Env"}}}, '{"a":"prod"}'),
        ({"Fn::Length": {"Ref": "List"}}, 2),
        ({"Fn::Equals": ["1", 1]}, True),
    ],
)
def test_values(node: Any, value: Any) -> None:
    """Each function as its page in the User Guide says; what is not known yet stays so through every function."""
    assert _environment().value(node) == value


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"Fn::GetAtt": ["There", "Color"]}, "does not support attribute type Color"),
        ({"Fn::Select": [7, ["a"]]}, "nonexistent value at index 7"),
        ({"Fn::FindInMap": ["Zones", "us", "Zone"]}, "Unable to get mapping for Zones::us::Zone"),
        ({"Fn::ImportValue": "none"}, "No export named none found"),
        ({"Fn::GetStackOutput": {"StackName": "none", "OutputName": "x"}}, "has no output named x"),
        ({"Fn::Transform": {}}, "The sandbox does not support Fn::Transform"),
        ({"Fn::Upper": "a"}, "is not a function"),
        ({"Fn::If": ["Nope", 1, 2]}, "Unresolved condition dependency Nope"),
        ({"Fn::If": ["Wrong", 1, 2]}, "is not a condition function"),
        ({"Fn::If": ["Odd", 1, 2]}, "must be a condition function"),
    ],
)
def test_what_can_not_be_evaluated(node: Any, said: str) -> None:
    """AWS's words for each."""
    with pytest.raises(AwsError) as caught:
        _environment().value(node)
    assert said in caught.value.message


def test_conditions_decide_what_exists() -> None:
    """Conditions combine (User Guide, "Condition functions")."""
    environment = _environment()
    assert [environment.condition(name) for name in ("Prod", "NotProd", "Both", "Either")] == [True, False, False, True]
    assert environment.active() == ["There"]
    assert _environment(Env="dev").active() == ["There", "Off"]
    assert not environment.exists("None")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.text().filter(lambda key: not key.startswith(("Fn::", "Ref"))), inner)
        ),
    )
)
def test_values_without_functions_stay_as_they_are(value: Any) -> None:
    """Whatever JSON a template holds comes through untouched."""
    assert _environment().value(json.loads(json.dumps(value))) == json.loads(json.dumps(value))
