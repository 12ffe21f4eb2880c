"""One property at a time is changed over all of our templates: the effect follows the schema, and none is falsely safe."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from generator.build.json_encoder import to_plain
from generator.catalog.stacks import stacks
from generator.config.read import read_configuration
from generator.preview.meaning import meaning
from generator.preview.risk.custom_names import CUSTOM_NAMES
from generator.preview.risk.stateful import STATEFUL
from generator.release.model.change import ChangeSet, Detail, ResourceChange
from generator.release.model.preview import ResourceEffect

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parents[3]
_SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas"
# The one type whose replacement is every release (docs/previews.md), and those that only watch or start later.
QUIET = {
    "AWS::ECS::TaskDefinition",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::MetricFilter",
    "AWS::Budgets::Budget",
    "AWS::EC2::FlowLog",
    "AWS::FIS::ExperimentTemplate",
    "AWS::CertificateManager::Certificate",
    "AWS::EC2::LaunchTemplate",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
}


@cache
def raw(kind: str) -> dict[str, Any]:
    """A schema as cfn-lint has it: an oracle that shares nothing with the table of previews."""
    index = json.loads((_SCHEMAS / "providers" / "us-east-1.json").read_text())
    found: dict[str, Any] = json.loads((_SCHEMAS / "resources" / f"{index[kind]}.json").read_text())
    return found


def recreation(kind: str, name: str) -> str:
    """What a change of a whole top-level property requires."""
    for key, answer in (("createOnlyProperties", "Always"), ("conditionalCreateOnlyProperties", "Conditionally")):
        if any(pointer.split("/")[2] == name for pointer in raw(kind).get(key, [])):
            return answer
    handlers = raw(kind).get("handlers")
    return "Never" if not handlers or "update" in handlers else "Always"


def templates() -> Iterator[tuple[str, dict[str, Any]]]:
    for folder in ("stacks", "tests/stacks/full"):
        for spec in stacks(read_configuration(ROOT / folder)):
            yield f"{folder}:{spec.key}", to_plain(spec.template())


def mutated(value: Any) -> Any:
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value}x"
        case list():
            return value[:-1]
        case dict():
            return (
                {**value, "Mutated": "x"}
                if "Ref" not in value and not any(k.startswith("Fn::") for k in value)
                else "mutated"
            )
    return "mutated"


def one(kind: str, name: str, *, replacement: str, policy: str) -> ChangeSet:
    recreate: Any = {"True": "Always", "Conditional": "Conditionally"}.get(replacement, "Never")
    detail = Detail(attribute="Properties", name=name, path=f"/Properties/{name}", requires_recreation=recreate)
    change = ResourceChange(
        logical_id="It",
        type=kind,
        action="Modify",
        replacement=replacement,
        policy_action=policy,
        details=(detail,),  # type: ignore[arg-type]
    )
    return ChangeSet(
        arn="arn:cs",
        name="cs",
        stack_id="arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1",
        stack_name="app",
        kind="UPDATE",
        changes=(change,),
    )


def effect(
    kind: str, name: str, properties: dict[str, Any], *, replacement: str, policy: str = ""
) -> tuple[ResourceEffect, str]:
    """The row of one mutation, and the level of the whole."""
    before = {"Resources": {"It": {"Type": kind, "Properties": properties}}}
    after = {"Resources": {"It": {"Type": kind, "Properties": {**properties, name: mutated(properties[name])}}}}
    found = meaning(one(kind, name, replacement=replacement, policy=policy), before, after, region="eu-west-1")
    return found.effects[0], found.level


@cache
def mutations() -> tuple[tuple[str, str, str], ...]:
    """``(type, property, its resource's properties as JSON)``: each type and property of all templates, once a shape."""
    found: dict[tuple[str, str, str], None] = {}
    for _, template in templates():
        for row in template["Resources"].values():
            properties = row.get("Properties", {})
            for name in properties:
                tags = "Tags" in raw(row["Type"]).get("properties", {}) and name == "Tags"
                if not tags:
                    found[row["Type"], name, json.dumps(properties, sort_keys=True)] = None
    return tuple(found)


def test_the_mutation_set_is_large() -> None:
    """Every property of every resource of two whole platforms."""
    assert len(mutations()) > 2500


def test_effects_match_the_create_only_lists() -> None:
    """What the schema calls create-only is told as replaced, what it does not is not, for every property we use."""
    wrong = []
    for kind, name, text in mutations():
        recreate = recreation(kind, name)
        replacement = {"Always": "True", "Conditionally": "Conditional"}.get(recreate, "False")
        row, _ = effect(kind, name, json.loads(text), replacement=replacement)
        expected = {"Always": {"Replace"}, "Never": {"Modify"}}.get(recreate, {"Replace", "Modify"})
        if row.action not in expected:
            wrong.append((kind, name, row.action))
    assert wrong == []


def test_nothing_is_falsely_safe() -> None:
    """No replacement is "none" but where that is meant to be; stateful ones lose data, unless their name is in the way."""
    false_safe = []
    for kind, name, text in mutations():
        if recreation(kind, name) != "Always":
            continue
        row, level = effect(kind, name, json.loads(text), replacement="True", policy="ReplaceAndDelete")
        lost = row.effect in ("data-loss", "irreversible") and level == "critical"
        lost = lost or (row.effect == "refused" and kind in CUSTOM_NAMES and level == "high")
        if (STATEFUL.get(kind) and not lost) or (row.effect == "none" and kind not in QUIET):
            false_safe.append((kind, name, row.effect))
    assert false_safe == []


def test_a_change_set_that_says_too_little_is_not_believed() -> None:
    """If AWS's answer misses that a property is create-only, the schema says it all the same."""
    believed = []
    for kind, name, text in mutations():
        if recreation(kind, name) == "Always":
            row, _ = effect(kind, name, json.loads(text), replacement="False", policy="ReplaceAndDelete")
            if row.action != "Replace":
                believed.append((kind, name))
    assert believed == []


@pytest.mark.parametrize("kind", ["AWS::Unheard::Of", "Custom::Thing"])
def test_types_that_nobody_knows_are_unknown(kind: str) -> None:
    """A type without a schema is never called safe."""
    row, level = effect(kind, "Name", {"Name": "a"}, replacement="False")
    assert (row.effect, level) == ("unknown", "medium")
