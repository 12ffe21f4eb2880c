"""A fault that two engines find is shown once."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from generator.lint.engines.merge import merge
from generator.lint.findings import Finding

CIDR = ("Resources", "Vpc", "Properties", "CidrBlock")
ONE = Finding(id="E3002", severity="error", message="first", engines=("cfn-lint",), line=4, path=CIDR, why="because")
TWO = Finding(
    id="E3002", severity="error", message="second", engines=("cloudformation-validate",), line=4, path=CIDR, fix="do"
)


def second(**changes: Any) -> Finding:
    """The second engine's finding with changes."""
    return replace(TWO, **changes)


@pytest.mark.parametrize(
    "other",
    [
        TWO,
        second(id="F3002"),
        second(path=CIDR[:3], line=3),
        second(path=(*CIDR, "Fn::Sub"), line=5),
        second(path=("Resources", "Vpc", "Metadata")),
        second(id="E9999", message="first"),
    ],
    ids=["same", "fatal twin", "enclosing", "inside", "same line", "same words"],
)
def test_the_same_fault_names_both_engines(other: Finding) -> None:
    """One fault is one finding: the words of the first engine, the fix of the second, and both names."""
    assert merge([ONE], [other]) == [replace(ONE, engines=("cfn-lint", "cloudformation-validate"), fix="do")]


@pytest.mark.parametrize(
    "other",
    [
        second(id="E3003"),
        second(path=("Resources", "Other", "Properties", "CidrBlock")),
        second(path=("Resources", "Vpc", "Properties", "CidrBlockX"), line=9),
        second(path=("Resources", "Vpc", "Properties", "Tags"), line=9),
    ],
    ids=["rule", "resource", "longer name", "property"],
)
def test_different_faults_stay_apart(other: Finding) -> None:
    """Another rule, resource or property is another fault, however close."""
    assert merge([ONE], [other]) == [ONE, other]


def test_known_twins_with_other_numbers() -> None:
    """Engines number some rules differently; a table says which are the same, our own rules among them."""
    ours = replace(ONE, id="W9669", engines=("slipway",))
    assert merge([ours], [second(id="W2508")])[0].engines == ("slipway", "cloudformation-validate")


def test_a_parse_error_is_one_error() -> None:
    """Each engine stumbles over another line of broken syntax; a person sees one error."""
    broken = replace(ONE, id="E0000", path=(), line=7)
    assert len(merge([broken], [second(id="F1101", path=(), line=9)])) == 1


def test_the_graver_severity_counts() -> None:
    """Where engines disagree, the graver one is shown."""
    mild = replace(ONE, severity="warning")
    assert merge([mild], [TWO])[0].severity == "error"


def test_template_wide_findings_meet_by_line() -> None:
    """A finding without a path meets one with a path on the same line only."""
    assert len(merge([ONE], [second(path=())])) == 1
    assert len(merge([ONE], [second(path=(), line=9)])) == 2
