"""cfn-lint with the rule pack, cloudformation-validate, and both together."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.lint import engine_start, linter
from generator.lint.engines import cfnlint as cfnlint_engine
from generator.lint.engines.cfnlint import CfnLint
from generator.lint.engines.cloudformation_validate import Validate
from generator.lint.engines.memoization import install, remembering
from generator.lint.findings import Finding, Template
from generator.lint.linter import Options, lint
from generator.lint.rules.rule import examples
from generator.lint.rules.runner import rules

BAD = b"""\
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      Bogus: 1
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "256"
      Memory: "512"
      ContainerDefinitions:
        - Name: app
          Image: !Sub "nginx:${Missing}"
          Privileged: true
"""
CONTEXT = "Metadata: {'com.aws.cloudformation.Context': {arch: a topic}}\n"
GOOD = (
    CONTEXT
    + "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"
    + "    Metadata: {'com.aws.cloudformation.Context': {why: to tell people}}\n"
).encode()


@pytest.fixture(scope="module")
def full() -> CfnLint:
    return CfnLint()


@pytest.fixture(scope="module")
def fast() -> Validate:
    return Validate()


def ids(findings: list[Finding] | tuple[Finding, ...]) -> list[str]:
    return sorted({finding.id for finding in findings})


def one(findings: list[Finding] | tuple[Finding, ...], rule_id: str) -> Finding:
    (found,) = [finding for finding in findings if finding.id == rule_id]
    return found


def test_cfnlint_and_the_pack_look_in_one_pass(full: CfnLint) -> None:
    """A template's faults by cfn-lint and by our rules come with line, path, reason and page, and say who found them."""
    found = full.lint(Template("t.yaml", BAD))
    theirs, ours = one(found, "E3002"), one(found, "E9502")
    assert (theirs.engines, theirs.line, theirs.resource) == (("cfn-lint",), 5, "Topic")
    assert theirs.path == ("Resources", "Topic", "Properties", "Bogus")
    assert theirs.source.startswith("https://")
    assert (ours.engines, ours.line, ours.severity) == (("slipway",), 16, "error")
    assert ours.why
    assert ours.fix
    assert ours.fix not in ours.message


def test_experimental_and_informational_rules_are_on(full: CfnLint) -> None:
    """A template without context gets I4010, which plain cfn-lint shows only with `-c I -e`; a complete one gets nothing."""
    assert "I4010" in ids(full.lint(Template("t.yaml", BAD)))
    assert full.lint(Template("t.yaml", GOOD)) == []


def test_json_is_linted_at_its_lines(full: CfnLint) -> None:
    """JSON, with or without a byte order mark, has lines and columns as YAML has."""
    text = '{"Resources": {\n  "T": {"Type": "AWS::SNS::Topic",\n    "Properties": {"Bogus": 1}}}}'
    for content in (text.encode(), b"\xef\xbb\xbf" + text.encode()):
        assert one(full.lint(Template("t.json", content)), "E3002").line == 3


@pytest.mark.parametrize("content", [b"Resources: [", b"{", b'{"Resources": }', b"a: b: c", b"\tx", b"a: 1\na: 2"])
def test_broken_syntax_is_one_error_with_a_line(full: CfnLint, fast: Validate, content: bytes) -> None:
    """What does not parse is an error of both engines, never a traceback."""
    assert any(finding.severity == "error" and finding.line >= 1 for finding in full.lint(Template("t", content)))
    assert any(finding.severity == "error" for finding in fast.lint(Template("t", content)))


@pytest.mark.parametrize("content", [b"[]", b"just text", b"42", b"- a"])
def test_other_documents_are_no_templates(full: CfnLint, content: bytes) -> None:
    """A list or a word is one error that says what a template starts with."""
    assert ids(full.lint(Template("t", content))) == ["E0000"]


def test_the_region_decides(full: CfnLint) -> None:
    """A resource that does not exist in the stack's Region is an error there, and none where it exists."""
    app = b"Resources:\n  A:\n    Type: AWS::QLDB::Ledger\n    Properties: {PermissionsMode: STANDARD}\n"
    assert "E3006" in ids(full.lint(Template("t", app, regions=("ap-east-1",))))


def test_a_region_that_nobody_knows_is_no_crash(full: CfnLint) -> None:
    """A Region newer than cfn-lint is linted as us-east-1."""
    assert full.lint(Template("t", GOOD, regions=("xx-new-9",))) == []


def test_the_template_may_name_its_regions(full: CfnLint) -> None:
    """A template nobody here wrote is linted for the Regions in its own metadata."""
    where = b"Metadata: {cfn-lint: {config: {regions: [eu-west-1, nowhere]}}}\n"
    seen = cfnlint_engine._regions((), {"Metadata": {"cfn-lint": {"config": {"regions": ["eu-west-1", "nowhere"]}}}})
    assert seen == ("eu-west-1",)
    assert "E3001" not in ids(full.lint(Template("t", where + GOOD.split(b"\n", 1)[1])))


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_machine_has_no_say(full: CfnLint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Neither AWS_REGION nor a .cfnlintrc changes what is found."""
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E, W, I]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, "mars-north-1")
    cfnlint_engine._config.cache_clear()
    assert "E3002" in ids(full.lint(Template("t", BAD)))


def test_the_second_engine_tells_place_and_fix(fast: Validate) -> None:
    """cloudformation-validate's findings have line, path and what to do."""
    found = one(fast.lint(Template("t.yaml", BAD)), "F3002")
    assert (found.engines, found.line, found.severity) == (("cloudformation-validate",), 5, "error")
    assert found.path == ("Resources", "Topic", "Properties", "Bogus")
    assert any(finding.fix for finding in fast.lint(Template("t.yaml", BAD)))


def test_remarks_about_sound_templates_are_left_out(fast: Validate) -> None:
    """Nobody is told that a property cannot be changed in place, or that a quoted number is a string."""
    noisy = b"Resources:\n  Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: q, DelaySeconds: '5'}}\n"
    assert not {"I9001", "I9040", "W9003"} & set(ids(fast.lint(Template("t", noisy))))


def test_threads_give_each_template_its_own_findings(fast: Validate) -> None:
    """However many threads work, findings belong to their template."""
    templates = [Template(str(n), BAD if n % 3 else GOOD) for n in range(30)]
    alone = [fast.lint(template) for template in templates]
    assert fast.lint_all(templates, threads=4) == alone
    assert fast.lint_all([], threads=4) == []


@pytest.mark.parametrize(
    "metadata",
    [
        "Metadata: {cfn-lint: {config: {ignore_checks: [E3002]}}}\n",
        "Metadata: {cfn-lint: {config: {ignore_checks: [E3]}}}\n",
        None,
    ],
    ids=["template", "prefix", "resource"],
)
def test_one_suppression_quiets_both_engines(full: CfnLint, fast: Validate, metadata: str | None) -> None:
    """What a template asks cfn-lint not to show, the second engine does not show under another number."""
    if metadata:
        content = metadata.encode() + BAD
    else:
        inside = b"SNS::Topic\n    Metadata: {cfn-lint: {config: {ignore_checks: [E3002]}}}"
        content = BAD.replace(b"SNS::Topic", inside)
    assert "E3002" not in ids(full.lint(Template("t", content)))
    assert "F3002" not in ids(fast.lint(Template("t", content)))
    assert "F1018" in ids(fast.lint(Template("t", content)))


def test_suppressions_are_read_through_any_tag(fast: Validate) -> None:
    """Short tags and custom ones do not hide what a template asks linters to leave out; broken syntax asks nothing."""
    tagged = b"X: !Sub [a, {b: !Odd c}]\nY: !GetAtt {a: b}\nMetadata: {cfn-lint: {config: {ignore_checks: [E1, 7]}}}\n"
    assert not {i for i in ids(fast.lint(Template("t", tagged + BAD))) if i.startswith("F1")}
    assert fast.lint(Template("t", b"ignore_checks: ["))
    assert ids(fast.lint(Template("t", b"Metadata: {cfn-lint: ignore_checks}\nResources: []\n")))


def test_an_engine_that_breaks_off_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """If AWS's engine fails on a template, the finding says so and lint goes on."""
    from cloudformation_validate import ValidationError

    class Broken:
        def validate_template(self, *_: object) -> object:
            raise ValidationError.Engine("out of budget")  # type: ignore[attr-defined]

    engine = Validate()
    monkeypatch.setattr(engine, "_engine", Broken())
    assert "cannot go through this template" in one(engine.lint(Template("t", GOOD)), "E0002").message


def test_an_error_beside_the_import_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong in the second engine's thread is not lost."""

    def broken() -> Validate:
        raise OSError("no native library")

    monkeypatch.setattr(linter, "_validate", broken)
    with pytest.raises(OSError, match="no native library"):
        lint([Template("t", GOOD)], Options())


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
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(linter, "processes", lambda _tasks: 2)
    spread = lint(templates, Options(), progress=lambda done, of: told.append((done, of)))
    monkeypatch.setattr(linter, "processes", lambda _tasks: 1)
    assert lint(templates, Options()) == spread
    assert told == [(n + 1, 5) for n in range(5)]


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


def test_the_engine_begins_before_the_rest_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lint --fast` has the engine made while it imports; kept results may spare it, and what goes wrong is told later."""
    monkeypatch.chdir(tmp_path)
    made: list[object] = []
    monkeypatch.setattr(engine_start, "make", lambda: made.append(object()) or made[-1])
    engine_start.start(["lint"])
    assert engine_start.engine() is made[0]
    engine_start.start(["lint", "--fast"])
    begun = engine_start._started[-1]
    begun.join()
    assert len(made) == 2
    assert engine_start.engine() is made[1]
    (tmp_path / engine_start.FOLDER).mkdir(parents=True)
    engine_start.start(["lint", "--fast"])
    assert not engine_start._started
    monkeypatch.setattr(engine_start, "make", lambda: 1 / 0)
    engine_start.start(["lint", "--fast", "--no-cache"])
    with pytest.raises(ZeroDivisionError):
        engine_start.engine()
