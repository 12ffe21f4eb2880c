"""Whatever a published template has in the place of a rule, a database or an output, its release gets an answer."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.release.exports import exports_something, in_use
from generator.release.model.observed import StackNow
from generator.release.steps.database_versions import older_version
from generator.release.steps.listener_conflicts import refused_rule
from tests.release.fake_platform import FakePlatform
from tests.release.test_listener_tables import RULE, body, database, rule, target
from tests.release.values import change_set

KEYS = [
    "ListenerArn", "Priority", "Actions", "ForwardConfig", "TargetGroups", "TargetGroupArn", "Weight", "Ref", "Fn::If", "EngineVersion",
    "Fn::ForEach::Loop", "Value", "Export", "Name", "Properties", "Rule", "Db", "Out",
]  # fmt: skip
scalars: Any = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(["", "x", "arn:x", "Listener"]))
values: Any = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)),
    max_leaves=10,
)
PLATFORM = FakePlatform()
STACK = StackNow(id="1", name="s", status="UPDATE_COMPLETE", exports={"Out": "out"})


@settings(max_examples=150)
@given(values, values, values)
def test_any_value_in_any_place_is_answered(part: Any, other: Any, whole: Any) -> None:
    """Refused or not: no release is looked at again and again because a worker can't read its template."""
    stacks = PLATFORM.aws("prod")[0]
    changes = change_set(rule(), rule("Loop1", "Add"), database(), parameters={"Listener": "arn:x"})
    for template in (
        {"Resources": {"Rule": part, "Db": other}, "Outputs": {"Out": whole}},
        {"Resources": {"Rule": {"Type": RULE, "Properties": {"ListenerArn": "arn:x", "Actions": part, "Priority": other}}}},
        {"Resources": part, "Outputs": other},
        {"Resources": {"Rule": {"Properties": {"ListenerArn": "arn:x", "Actions": [{"ForwardConfig": {"TargetGroups": part}}, whole]}}}},
    ):  # fmt: skip
        refused_rule(target(PLATFORM), changes, template)
        older_version(target(PLATFORM), changes, template)
        exports_something(template)
        in_use(stacks, STACK, template, {"Outputs": {"Out": other}}, changes)


def test_a_rule_whose_actions_depend_on_a_condition_is_released() -> None:
    """``Fn::If`` in the place of a list is valid CloudFormation: people are asked for it as for any other change."""
    platform = FakePlatform()
    platform.created()
    template = body()
    rule_ = template["Resources"]["Rule"]["Properties"]
    rule_["Actions"] = {"Fn::If": ["Yes", rule_["Actions"], []]}
    platform.publish(2, app=template)
    assert platform.state(platform.deploy()) == "waiting for approval"
