"""Every rule of the pack: what it tells, what it finds, and what it leaves alone."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from generator.lint.rules.rule import EXAMPLES, REGISTRY, Example, Rule, examples, rule
from generator.lint.rules.runner import check, rules

if TYPE_CHECKING:
    from generator.lint.rules.template_view import TemplateView

ALL = list(rules().values())
GROUPS = {group: examples(group) for group in {each.group for each in ALL}}
JUNK: tuple[Any, ...] = (
    None,
    "",
    "x",
    0,
    -1,
    1.5,
    True,
    [],
    {},
    [None],
    ["x"],
    [{}],
    {"x": []},
    {"Ref": "X"},
    {"Fn::If": 1},
)


def example(each: Rule) -> Example:
    """The two templates that show a rule."""
    return GROUPS[each.group][each.id]


def by_id(each: Rule) -> str:
    """The name of a test case."""
    return each.id


@pytest.mark.parametrize("each", ALL, ids=by_id)
def test_rule_finds_its_mistake_and_nothing_else(each: Rule) -> None:
    """The failing example of a rule shows that rule alone, so that a person learns the one thing to change."""
    assert {finding.rule.id for finding in check(example(each).fails)} == {each.id}


@pytest.mark.parametrize("each", ALL, ids=by_id)
def test_correct_template_is_left_alone(each: Rule) -> None:
    """The same feature done right gives no finding of any rule."""
    assert [finding.text for finding in check(example(each).passes)] == []


@pytest.mark.parametrize("each", ALL, ids=by_id)
def test_rule_explains_itself(each: Rule) -> None:
    """A finding can be looked up: a title, a reason, the page of AWS that says so, and what to do."""
    assert each.title
    assert not each.title.endswith(".")
    assert each.why.endswith(".")
    assert each.fix.endswith(".")
    assert "https://" in each.source
    assert {"E": "error", "W": "warning"}[each.id[0]] == each.severity
    assert 9500 <= int(each.id[1:]) < 9700


@pytest.mark.parametrize("each", ALL, ids=by_id)
def test_finding_points_into_the_template(each: Rule) -> None:
    """Each finding names a place that exists in the template, so that an editor can jump there."""
    template = example(each).fails
    for finding in check(template):
        node: Any = template
        for step in finding.problem.path:
            node = node[step]
        assert finding.problem.path[0] in {"Resources", "Parameters", "Outputs"}
        assert finding.text.endswith(each.fix)


@pytest.mark.parametrize("each", ALL, ids=by_id)
def test_half_written_templates_do_not_crash(each: Rule) -> None:
    """While somebody still types, with any value missing or of the wrong kind, linting goes on."""
    chance = random.Random(each.id)  # noqa: S311 - nothing secret, only the same choice in each run
    places = [(kind, path) for kind in ("fails", "passes") for path in _paths(getattr(example(each), kind))]
    for kind, path in chance.sample(places, min(40, len(places))):
        template = deepcopy(getattr(example(each), kind))
        node: Any = template
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = chance.choice(JUNK)
        assert isinstance(check(template), list)


def _paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    return [found for key, item in pairs for found in [(*path, key), *_paths(item, (*path, key))]]


def test_there_are_enough_rules_and_every_example_has_one() -> None:
    """The pack covers what it promises, and no example outlives its rule."""
    assert len(ALL) >= 60
    files = {file.stem for file in EXAMPLES.glob("*.yaml")}
    assert files == set(GROUPS)
    assert {key for group in GROUPS.values() for key in group} == set(REGISTRY)


def test_a_rule_cannot_take_a_foreign_id() -> None:
    """Two rules never share an id, and an id always tells the severity."""
    taken = ALL[0]

    def other(_view: TemplateView) -> Any:
        """Another check."""
        return iter(())

    with pytest.raises(ValueError, match="choose a free id"):
        rule(taken.id, severity=taken.severity, why="w", source="s", fix="f")(other)
    with pytest.raises(ValueError, match="use W9500 to W9699"):
        rule("E9501", severity="warning", why="w", source="s", fix="f")
    with pytest.raises(ValueError, match="does not fit"):
        rule("E3001", severity="error", why="w", source="s", fix="f")


def test_findings_of_several_scenarios_are_merged() -> None:
    """A mistake that shows whether or not a condition holds is reported once."""
    template = {
        "Conditions": {"On": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}},
        "Resources": {
            "Alarm": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "MetricName": "m",
                    "Statistic": {"Fn::If": ["On", "Sum", "Average"]},
                    "DatapointsToAlarm": 3,
                    "EvaluationPeriods": 2,
                },
            }
        },
    }
    assert [finding.rule.id for finding in check(template)] == ["E9580"]


def test_findings_inside_a_condition_point_at_the_branch() -> None:
    """Only the branch that is wrong is marked."""
    template = {
        "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
        "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": {
            "Scale": {
                "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
                "Properties": {"MinCapacity": {"Fn::If": ["Prod", 20, 2]}, "MaxCapacity": 10},
            }
        },
    }
    (finding,) = check(template)
    assert finding.problem.path == ("Resources", "Scale", "Properties", "MinCapacity", "Fn::If", 1)
