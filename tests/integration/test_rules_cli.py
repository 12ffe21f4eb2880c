"""`slipway rules` and the pack in plain cfn-lint, as people call them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from generator.cli.parser import run
from tests.json_documents import checked

ROOT = Path(__file__).parents[2]


GOOD = """\
Metadata: {"com.aws.cloudformation.Context": {arch: a topic}}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Metadata: {"com.aws.cloudformation.Context": {why: to tell people}}
"""


BAD = GOOD + "    Properties: {Bogus: 1}\n"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(GOOD)
    Path("bad.yaml").write_text(BAD)


def test_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """People see every rule of ours with its severity and what it finds, programs the same as JSON."""
    assert run(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 60
    assert any(re.match(r"E9501 +error +ecs_task ", line) for line in lines)
    assert run(["rules", "--json"]) == 0
    assert len(checked(capsys.readouterr().out)["rules"]) == len(lines) - 1


def test_a_rule_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """One rule: why, fix, the AWS page, a template that breaks it and one that does not; small letters will do."""
    assert run(["rules", "e9501"]) == 0
    shown = capsys.readouterr().out
    for part in (
        "why ",
        "fix ",
        "source ",
        "https://docs.aws.amazon.com/",
        "Fails:",
        "Passes:",
        "AWS::ECS::TaskDefinition",
    ):
        assert part in shown
    assert run(["rules", "E9501", "--json"]) == 0
    (rule,) = checked(capsys.readouterr().out)["rules"]
    assert {"why", "fix", "source", "fails", "passes"} <= set(rule)


def test_rules_of_the_engines_are_known_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Any id that lint prints can be looked up; one that no engine has gets the nearest, and exit code 2."""
    assert run(["rules", "E3002", "F3002", "E9999"]) == 2
    out, err = capsys.readouterr()
    assert "cfn-lint, as an error" in out
    assert "cloudformation-validate, as an error" in out
    assert err.startswith("E9999: no such rule; did you mean E")
    assert run(["rules", "--all", "--json"]) == 0
    rules = checked(capsys.readouterr().out)["rules"]
    assert {rule["engine"] for rule in rules} == {"slipway", "cfn-lint", "cloudformation-validate"}
    assert all(rule["severity"] in {"error", "warning", "info"} and rule["title"] for rule in rules)


def test_plain_cfnlint_takes_the_pack(capsys: pytest.CaptureFixture[str]) -> None:
    """`cfn-lint FILE -a $(slipway rules --path)` finds what our rules find."""
    assert run(["rules", "--path"]) == 0
    folder = capsys.readouterr().out.strip()
    Path("task.yaml").write_text(
        "Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n"
        "      RequiresCompatibilities: [FARGATE]\n      NetworkMode: awsvpc\n      Cpu: '256'\n      Memory: '512'\n"
        "      ContainerDefinitions: [{Name: a, Image: b, Privileged: true}]\n"
    )
    done = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "task.yaml", "-a", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "E9502" in done.stdout, done.stderr


def test_the_table_in_the_documentation_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/lint.md lists exactly the rules that there are; one command refreshes it."""
    assert run(["rules", "--markdown"]) == 0
    table = capsys.readouterr().out
    document = (ROOT / "docs" / "lint.md").read_text()
    assert table in document, "run `slipway rules --markdown --into docs/lint.md`"


def test_the_table_is_put_in_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    """`--into` replaces what stands between the markers, and nothing else; a file without markers is left alone."""
    Path("doc.md").write_text("# Rules\n\n<!-- rules -->\n| old |\n<!-- /rules -->\n\nThe end.\n")
    assert run(["rules", "--markdown"]) == 0
    table = capsys.readouterr().out
    assert run(["rules", "--markdown", "--into", "doc.md"]) == 0
    assert Path("doc.md").read_text() == f"# Rules\n\n<!-- rules -->\n{table}<!-- /rules -->\n\nThe end.\n"
    for name in ("bad.yaml", "missing.md"):
        assert run(["rules", "--markdown", "--into", name]) == 2
    assert Path("bad.yaml").read_text() == BAD
    assert "<!-- rules -->" in capsys.readouterr().err
