"""The view: what rules get to see of a template."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from generator.lint.rules.problem import Problem
from generator.lint.rules.runner import check
from generator.lint.rules.scenarios import LIMIT
from generator.lint.rules.template_view import TemplateView, views, walk
from generator.lint.rules.values import Unknown, fields, items, known, number, scalar, truth

PARAMETERS = {
    "Stage": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]},
    "Certificate": {"Type": "String", "Default": ""},
    "Password": {"Type": "String", "Default": "change-me", "NoEcho": True},
    "Zones": {"Type": "CommaDelimitedList", "Default": "a,b"},
    "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/image"},
    "Port": {"Type": "Number", "Default": 8080},
}
CONDITIONS = {
    "Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
    "Dev": {"Fn::Not": [{"Condition": "Prod"}]},
    "Tls": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Certificate"}, ""]}]},
    "Both": {"Fn::And": [{"Condition": "Prod"}, {"Condition": "Tls"}]},
    "Either": {"Fn::Or": [{"Condition": "Prod"}, {"Condition": "Tls"}]},
}


def seen(value: Any, **more: Any) -> list[Any]:
    """What property V of the one resource is worth, per scenario."""
    template = {
        "Parameters": PARAMETERS,
        "Conditions": CONDITIONS,
        "Mappings": {"Sizes": {"prod": {"cpu": 1024}}},
        "Resources": {"R": {"Type": "T", "Properties": {"V": value}}, **more},
    }
    return [resource.get("V") for view in views(template) for resource in view.of("T")]


def only(value: Any) -> Any:
    """What property V is worth in a template with one scenario."""
    (result,) = seen(value)
    return result


def test_parameters_stand_for_their_defaults() -> None:
    """A size given through a parameter is checked as if it were written in place."""
    assert only({"Ref": "Port"}) == 8080
    assert only({"Ref": "Zones"}) == ["a", "b"]
    assert only({"Fn::Sub": "port-${Port}"}) == "port-8080"


def test_what_the_template_cannot_tell_stays_unknown() -> None:
    """Secrets, values kept in Parameter Store and pseudo parameters are not judged by their placeholder."""
    for name in ("Password", "Image", "AWS::Region", "Elsewhere"):
        assert only({"Ref": name}) == Unknown({"Ref": name}, name, None, f"${{{name}}}")
    assert not known(only({"a": [{"Fn::ImportValue": "x"}]}))
    assert only({"Fn::ImportValue": "x"}).target is None


def test_functions_over_known_parts_are_evaluated() -> None:
    """A name that is put together from parts is checked as a whole."""
    assert only({"Fn::Join": ["-", ["a", {"Ref": "Port"}, True]]}) == "a-8080-true"
    assert only({"Fn::Sub": ["${x}/${!y}", {"x": {"Ref": "Port"}}]}) == "8080/${y}"
    assert only({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b"]}]}) == "b"
    assert only({"Fn::FindInMap": ["Sizes", "prod", "cpu"]}) == 1024
    assert only({"Fn::ToJsonString": {"a": 1}}) == '{"a": 1}'


def test_text_around_an_unknown_part_is_kept() -> None:
    """A rule can read the literal part of a name although the rest is known only to AWS."""
    text = only({"Fn::Sub": "service/${Cluster}/${Service.Name}"})
    assert (text.text, text.target) == ("service/${Cluster}/${Service.Name}", None)
    assert only({"Fn::Join": ["/", ["a", {"Fn::GetAtt": ["X", "Y.Z"]}]]}).text == "a/${X.Y.Z}"
    assert only({"Fn::Sub": "${X.Arn}"}) == Unknown({"Fn::Sub": "${X.Arn}"}, "X", "Arn", "${X.Arn}")


def test_malformed_functions_are_unknown() -> None:
    """A half-written template gets no findings about what is not there yet."""
    broken: list[Any] = [
        {"Fn::If": ["Prod"]},
        {"Fn::If": ["Nowhere", 1, 2]},
        {"Fn::Join": "x"},
        {"Fn::Join": ["", [{}]]},
        {"Fn::Sub": [1]},
        {"Fn::Select": [9, ["a"]]},
        {"Fn::Split": ["", "a"]},
        {"Fn::FindInMap": ["Sizes", "dev", "cpu"]},
        {"Fn::FindInMap": []},
        {"Fn::GetAtt": "NoDot"},
        {"Ref": []},
        {"Fn::Transform": {}, "b": 1},
    ]
    for value in broken:
        assert all(isinstance(found, Unknown) for found in seen(value)), value


def test_scenarios_never_contradict_each_other() -> None:
    """Two conditions on one parameter are judged together, so that no impossible combination raises an alarm."""
    both = seen([{"Fn::If": ["Prod", "prod", "not prod"]}, {"Fn::If": ["Dev", "dev", "not dev"]}])
    assert both == [["not prod", "dev"], ["prod", "not dev"]]


def test_a_parameter_is_worth_what_its_scenario_implies() -> None:
    """Where a certificate is given, its empty default is not mistaken for the value."""
    empty, given_ = seen({"Fn::If": ["Tls", {"c": {"Ref": "Certificate"}}, {"d": {"Ref": "Certificate"}}]})
    assert empty == {"d": ""}
    assert isinstance(given_["c"], Unknown)
    assert seen({"Fn::If": ["Prod", {"Ref": "Stage"}, {"Ref": "Stage"}]}) == ["dev", "prod"]


def test_and_or_and_no_value() -> None:
    """Properties that CloudFormation leaves out are left out before rules look."""
    values = seen(
        [{"Fn::If": ["Both", "b", {"Ref": "AWS::NoValue"}]}, {"Fn::If": ["Either", "e", {"Ref": "AWS::NoValue"}]}]
    )
    assert sorted(map(len, values)) == [0, 1, 2]


def test_resources_follow_their_condition() -> None:
    """A resource is absent where its condition is false, and found by reference where it is true."""
    template = {
        "Conditions": {"On": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}},
        "Resources": {
            "A": {"Type": "T", "Condition": "On", "DependsOn": "B", "DeletionPolicy": "Retain"},
            "B": {"Type": "U", "Properties": {"a": {"Ref": "A"}, "z": "A"}},
        },
    }
    on, off = views(template)
    (a,), (b,) = on.of("T"), on.of("U")
    assert (a.attributes["DependsOn"], a.attributes["DeletionPolicy"], a.props) == (["B"], "Retain", {})
    assert on.resource(b.get("a")) is a is on.named("A")
    assert on.resource(b.get("z")) is None
    assert off.of("T", "U") == off.resources == (b,)
    assert off.resource(b.get("a")) is None


def test_paths_lead_through_if_to_the_line_that_is_wrong() -> None:
    """A finding points at the branch that a person must edit, also when an earlier element is left out."""
    written = [{"Fn::If": ["Prod", 1, {"Ref": "AWS::NoValue"}]}, {"Fn::If": ["Dev", {"k": 2}, {"k": 3}]}]
    template = {
        "Parameters": PARAMETERS,
        "Conditions": CONDITIONS,
        "Resources": {"R": {"Type": "T", "Properties": {"V": written}}},
    }
    dev, prod = ((view, *view.of("T")) for view in views(template))
    start = ("Resources", "R", "Properties", "V", 1, "Fn::If")
    assert dev[1].problem("V", 0, "k", message="m") == Problem((*start, 1, "k"), "m")
    assert prod[1].problem("V", 1, "k", message="m") == Problem((*start, 2, "k"), "m")
    assert prod[1].problem("V", 7, message="m").path == start[:4]
    assert prod[1].problem("W", "x", message="m").path == start[:3]
    assert prod[1].problem("x", under="Metadata", message="m").path == start[:2]


def test_get_stops_at_what_is_unknown() -> None:
    """A key below an imported value is unknown, not missing."""
    assert isinstance(walk({"a": Unknown("x")}, "a", "b", default=0), Unknown)
    assert walk({"a": [1]}, "a", 0) == 1
    assert walk({"a": [1]}, "a", 1, default=0) == 0
    assert walk({"a": 1}, "a", "b") is None


def test_many_conditions_stay_bounded() -> None:
    """A template with twenty switches is linted in bounded time, with every switch seen in both positions."""
    names = [f"C{index}" for index in range(20)]
    template = {
        "Parameters": {name: {"Type": "String", "Default": "off"} for name in names},
        "Conditions": {name: {"Fn::Equals": [{"Ref": name}, "on"]} for name in names},
        "Resources": {"R": {"Type": "T", "Properties": {name: {"Fn::If": [name, 1, 0]} for name in names}}},
    }
    totals = [sum(view.of("T")[0].props.values()) for view in views(template)]
    assert len(totals) == LIMIT
    assert {0, 20} <= set(totals)


def test_resources_that_no_condition_touches_are_shared() -> None:
    """A big template with a few switches costs little more than one without."""
    template = {
        "Parameters": PARAMETERS,
        "Conditions": CONDITIONS,
        "Resources": {
            "A": {"Type": "A", "Properties": {"x": {"Fn::If": ["Tls", 1, 2]}}},
            "B": {"Type": "B", "Properties": {"p": {"Ref": "Port"}}},
        },
    }
    one, two = views(template)
    assert one.of("B")[0] is two.of("B")[0]
    assert one.of("A")[0] is not two.of("A")[0]
    assert one.parameters is PARAMETERS
    assert TemplateView({}, {}, []).parameters == {}


def test_scalars_are_read_however_they_are_written() -> None:
    """Numbers and booleans count the same as text, as CloudFormation takes both."""
    assert [number(value) for value in (3, "3", "3.5", "x", True, None)] == [3, 3.0, 3.5, None, None, None]
    assert [truth(value) for value in (True, "False", "x", 1)] == [True, False, None, None]
    assert [scalar(value) for value in (True, False, 1, "a", [])] == ["true", "false", "1", "a", None]
    assert (items([1]), items("a"), fields({"a": 1}), fields([])) == ([1], [], {"a": 1}, {})


KEYS = st.sampled_from(
    [
        "Resources",
        "Type",
        "Properties",
        "Conditions",
        "Parameters",
        "Condition",
        "Fn::If",
        "Fn::Equals",
        "Fn::Not",
        "Ref",
        "Fn::Sub",
        "Fn::Join",
        "Fn::GetAtt",
        "Fn::Transform",
        "Default",
        "A",
        "B",
        "ContainerDefinitions",
        "DependsOn",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | KEYS
JUNK = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=30
)


@given(
    st.fixed_dictionaries(
        {"Resources": st.dictionaries(KEYS, JUNK, max_size=3), "Conditions": JUNK, "Parameters": JUNK}
    )
)
def test_junk_never_crashes(template: dict[str, Any]) -> None:
    """Any JSON at all is linted without a traceback."""
    assert isinstance(check(template), list)


@given(JUNK)
def test_junk_at_the_top_never_crashes(template: Any) -> None:
    """A file that is no template at all gives no findings of ours, and no traceback."""
    assert isinstance(check(template), list)
