"""The YAML that people read says the same as the JSON that is deployed."""

from typing import Any

import cfn_flip
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.build.yaml_writer import to_yaml

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
scalars = (
    texts
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.just("no")
)
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=4) | st.dictionaries(texts.filter(bool), v, max_size=4), max_leaves=20
)


class _Plain(yaml.SafeLoader):
    """YAML 1.1 with CloudFormation's tags put back into their long form."""


def _tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


_Plain.add_multi_constructor("!", _tag)


@given(st.dictionaries(st.sampled_from(["Resources", "Outputs", "Parameters", "Description"]), values, min_size=1))
def test_any_document_reads_back_the_same(document: dict[str, Any]) -> None:
    """Whatever text or number a template holds, YAML readers see it unchanged."""
    assert yaml.load(to_yaml(document), _Plain) == document  # noqa: S506 - _Plain is a SafeLoader


def test_intrinsic_functions_take_their_short_form() -> None:
    """!Ref, !Sub and !GetAtt, as people write them by hand; nested functions stay valid YAML."""
    resource = {
        "A": {"Ref": "X"},
        "B": {"Fn::GetAtt": ["X", "Arn"]},
        "C": {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
        "D": {"Fn::Base64": {"Fn::Sub": "a\nb ${X}\n"}},
        "E": {"Fn::Join": [",", [{"Ref": "X"}, "z"]]},
        "F": "line one\nline two",
        "G": [],
        "H": [[{"k": "v", "l": "w"}]],
    }
    text = to_yaml({"Resources": resource, "AWSTemplateFormatVersion": "2010-09-09"})
    assert text.splitlines()[:4] == [
        'AWSTemplateFormatVersion: "2010-09-09"',
        "Resources:",
        "  A: !Ref X",
        "  B: !GetAtt X.Arn",
    ]
    assert cfn_flip.load_yaml(text)["Resources"] == resource
