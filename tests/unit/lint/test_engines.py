"""cfn-lint with the rule pack, cloudformation-validate, and both together."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.lint import engine_preload, linter
from generator.lint.engines import cfnlint as cfnlint_engine
from generator.lint.engines.cfnlint import CfnLint
from generator.lint.engines.cloudformation_validate import Validate
from generator.lint.findings import Template
from generator.lint.linter import Options, lint
from tests.unit.lint.engine_cases import BAD, GOOD, ids, one


@pytest.fixture(scope="module")
def full() -> CfnLint:
    return CfnLint()


@pytest.fixture(scope="module")
def fast() -> Validate:
    return Validate()


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


def test_the_second_engine_shows_place_and_fix(fast: Validate) -> None:
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


def test_the_engine_begins_before_the_rest_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lint --fast` has the engine made while it imports; kept results may spare it, and what goes wrong is told later."""
    monkeypatch.chdir(tmp_path)
    made: list[object] = []
    monkeypatch.setattr(engine_preload, "create", lambda: made.append(object()) or made[-1])
    engine_preload.preload(["lint"])
    assert engine_preload.engine() is made[0]
    engine_preload.preload(["lint", "--fast"])
    begun = engine_preload._started[-1]
    begun.join()
    assert len(made) == 2
    assert engine_preload.engine() is made[1]
    (tmp_path / engine_preload.FOLDER).mkdir(parents=True)
    engine_preload.preload(["lint", "--fast"])
    assert not engine_preload._started
    monkeypatch.setattr(engine_preload, "create", lambda: 1 / 0)
    engine_preload.preload(["lint", "--fast", "--no-cache"])
    with pytest.raises(ZeroDivisionError):
        engine_preload.engine()
