"""Both engines together: one finding a fault, many templates, levels, remembered results and junk."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.lint import linter
from generator.lint.engines.cfnlint import CfnLint
from generator.lint.engines.cloudformation_validate import Validate
from generator.lint.engines.memoization import install, remembering
from generator.lint.findings import Template
from generator.lint.linter import Options, lint
from generator.lint.rules.rule import examples
from generator.lint.rules.runner import rules
from tests.unit.lint.engine_cases import BAD, GOOD, ids, one


@pytest.fixture(scope="module")
def full() -> CfnLint:
    return CfnLint()


@pytest.fixture(scope="module")
def fast() -> Validate:
    return Validate()


def test_both_engines_together(tmp_path: Path) -> None:
    """A full run shows a common fault once with both names, and keeps what only one engine finds."""
    report = lint([Template("t.yaml", BAD)], Options(), folder=tmp_path)
    assert one(report.findings, "E3002").engines == ("cfn-lint", "cloudformation-validate")
    assert not {"F3002", "F1018"} & set(ids(report.findings))
    assert one(report.findings, "E9502").file == "t.yaml"
    again = lint([Template("u.yaml", BAD, stack="prod/u")], Options(), folder=tmp_path)
    assert again.cached == 1
    assert [(f.id, f.message) for f in again.findings] == [(f.id, f.message) for f in report.findings]
    assert {(f.file, f.stack) for f in again.findings} == {("u.yaml", "prod/u")}


def test_many_templates_in_processes_are_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spreading over processes changes no finding and no order, and progress counts up to all."""
    templates = [Template(f"{n}.yaml", BAD + b"#" * n) for n in range(4)] + [Template("g.yaml", GOOD)]
    progress: list[tuple[int, int]] = []
    monkeypatch.setattr(linter, "processes", lambda _tasks: 2)
    spread = lint(templates, Options(), progress=lambda done, of: progress.append((done, of)))
    monkeypatch.setattr(linter, "processes", lambda _tasks: 1)
    assert lint(templates, Options()) == spread
    assert progress == [(n + 1, 5) for n in range(5)]


def test_levels_leave_out_what_is_less_grave() -> None:
    """`--level error` shows errors alone; the cache behind it still knows all."""
    template = [Template("t.yaml", BAD)]
    everything = lint(template, Options(fast=True))
    errors = lint(template, Options(fast=True, level="error"))
    assert {f.severity for f in errors.findings} == {"error"}
    assert errors.findings == tuple(f for f in everything.findings if f.severity == "error")
    assert len(errors.findings) < len(everything.findings)


def test_equal_templates_are_linted_once() -> None:
    """Three copies of one template show the fault in each, for the price of one."""
    report = lint([Template(name, BAD) for name in "abc"], Options(fast=True))
    assert [f.file for f in report.findings if f.id == "F3002"] == ["a", "b", "c"]
    assert report.templates == 3


@pytest.mark.no_cover
def test_memories_change_no_finding(full: CfnLint) -> None:
    """The speed-up inside cfn-lint finds what cfn-lint finds: over every example of the pack, the same before and after."""
    from cfnlint.jsonschema import validators

    templates = [
        Template("t", json.dumps(example).encode())
        for group in sorted({rule.group for rule in rules().values()})[:6]
        for pair in list(examples(group).values())[:2]
        for example in pair
    ]
    quick = [full.lint(template) for template in templates]
    create = validators.create
    try:
        validators.create = create.__wrapped__
        assert [full.lint(template) for template in templates] == quick
    finally:
        validators.create = create
    assert any(quick)


def test_memories_are_put_in_place_once() -> None:
    """Loading the engine again wraps nothing twice, and the memory does not grow without end."""
    from cfnlint.jsonschema import validators

    install()
    before = validators.create
    install()
    assert validators.create is before
    made = remembering(lambda validators, _filter, _resolvers: type("V", (), dict(validators or {})))
    assert made({"a": 1}) is made({"a": 1})
    assert made({"a": 1}) is not made({"a": 2})
    for n in range(2_000):
        made({"n": n})
    assert len(made.remembers) <= 512  # type: ignore[attr-defined]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


junk = st.fixed_dictionaries(
    {
        "Resources": st.dictionaries(
            st.sampled_from(["A", "B"]),
            json_values | st.fixed_dictionaries({"Type": st.just("AWS::SNS::Topic"), "Properties": json_values}),
        )
    },
    optional=dict.fromkeys(("Metadata", "Parameters", "Conditions", "Outputs", "Transform"), json_values),
)


def test_a_template_that_breaks_cfnlint_is_a_finding(full: CfnLint) -> None:
    """`Metadata: null` breaks cfn-lint 1.58 itself; a person gets a finding about the file all the same."""
    broken = full.lint(Template("t", b"Metadata: null\nResources: {T: {Type: 'AWS::SNS::Topic'}}\n"))
    assert "cfn-lint cannot go through" in one(broken, "E0002").message


@pytest.mark.no_cover
@settings(max_examples=40)
@given(junk)
def test_junk_is_never_a_traceback(full: CfnLint, fast: Validate, document: object) -> None:
    """Whatever JSON is called a template, both engines answer with findings."""
    template = Template("t.json", json.dumps(document).encode())
    full.lint(template)
    fast.lint(template)


def test_nothing_is_printed(full: CfnLint, capfd: pytest.CaptureFixture[str]) -> None:
    """The engines keep quiet: what they log is in the findings."""
    full.lint(Template("t", b"\tx: {"))
    full.lint(Template(os.devnull, BAD))
    assert capfd.readouterr() == ("", "")
