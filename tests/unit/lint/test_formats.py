"""How findings look to people, programs, GitHub and code scanning."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.cli.output import Output
from generator.lint.findings import SEVERITIES, Finding, Report, in_order
from generator.lint.formats import github, json_document, sarif, text
from tests.json_documents import checked

FULL = Finding(
    id="E9501",
    severity="error",
    message="512 MiB does not go with 256 CPU units",
    engines=("slipway", "cloudformation-validate"),
    line=12,
    column=5,
    end_line=12,
    end_column=11,
    path=("Resources", "Task", "Properties", "Cpu"),
    title="A valid pair",
    why="Fargate refuses it.",
    fix="Use 1024.",
    source="https://docs.aws.amazon.com/x",
    file="infra/app.yaml",
    stack="prod/app",
)
BARE = Finding(id="W1", severity="warning", message="odd", engines=("cfn-lint",), file="b.json", line=3, end_line=5)

findings = st.builds(
    Finding,
    id=st.from_regex(r"[EWI][0-9]{4}", fullmatch=True),
    severity=st.sampled_from(SEVERITIES),
    message=st.text(max_size=60),
    engines=st.just(("cfn-lint",)),
    line=st.integers(1, 99),
    column=st.integers(1, 99),
    end_line=st.integers(100, 200),
    end_column=st.integers(1, 99),
    path=st.lists(st.text(max_size=8) | st.integers(0, 9), max_size=4).map(tuple),
    title=st.text(max_size=20),
    fix=st.text(max_size=20),
    file=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20),
)
reports = st.lists(findings, max_size=5).map(lambda found: Report(tuple(sorted(found, key=in_order)), 9))


def test_text_says_where_why_and_what_to_do() -> None:
    """A person sees the file once, each line with both engines, the reason, the fix and the page, and a count."""
    shown = text.render(Report((FULL, BARE), 2))
    assert shown == (
        "infra/app.yaml\n"
        "      12:5  error    E9501  512 MiB does not go with 256 CPU units  [slipway, cloudformation-validate]\n"
        "                     at: Resources.Task.Properties.Cpu\n"
        "                     why: Fargate refuses it.\n"
        "                     fix: Use 1024.\n"
        "                     see: https://docs.aws.amazon.com/x\n"
        "\n"
        "b.json\n"
        "       3:1  warning  W1  odd  [cfn-lint]\n"
        "\n"
        "2 templates, 2 findings in 2 of them: 1 error, 1 warning\n"
    )


@pytest.mark.parametrize(
    ("report", "expected"),
    [(Report((), 36), "36 templates, no findings"), (Report((), 1), "1 template, no findings")],
)
def test_clean_runs_are_one_line(report: Report, expected: str) -> None:
    """Nothing wrong is one line that says how much was looked at."""
    assert text.render(report) == expected + "\n"


def test_colours_only_on_request() -> None:
    """A pipe gets no escape sequence; a terminal gets red errors."""
    assert "\x1b[31merror" in text.render(Report((FULL,), 1), colour=True)
    assert "\x1b" not in text.render(Report((FULL,), 1))


@pytest.mark.no_cover
@given(reports)
def test_templates_cannot_drive_the_terminal(report: Report) -> None:
    """Whatever a template says, no escape sequence or line break of its own reaches the terminal."""
    shown = text.render(report)
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_json_has_every_field() -> None:
    """Programs get all that is known, with counts, the resource and a stable fingerprint."""
    document = checked(Output.encode(json_document.document(Report((FULL,), 4))))
    assert document["templates"] == 4
    assert document["counts"] == {"error": 1, "warning": 0, "info": 0}
    (found,) = document["findings"]
    assert found["resource"] == "Task"
    assert found["stack"] == "prod/app"
    assert found["fingerprint"] == FULL.fingerprint
    assert set(Finding.__struct_fields__) <= set(found)


def test_github_annotates_the_line() -> None:
    """A pull request shows the error at its line and column, with the fix below."""
    assert github.render(Report((FULL,), 1)) == (
        "::error file=infra/app.yaml,line=12,endLine=12,col=5,endColumn=11,title=E9501 A valid pair"
        "::512 MiB does not go with 256 CPU units%0Aat: Resources.Task.Properties.Cpu%0Afix: Use 1024.%0A"
        "see: https://docs.aws.amazon.com/x\n"
    )


def test_github_gets_columns_within_one_line_only() -> None:
    """GitHub refuses columns of a finding that spans lines, so there are none."""
    assert github.render(Report((BARE,), 1)).startswith("::warning file=b.json,line=3,endLine=5,title=W1::")


@given(reports)
def test_github_commands_cannot_be_forged(report: Report) -> None:
    """One finding is one command: no name or message breaks out of its line or its field."""
    lines = github.render(report).split("\n")[:-1]
    assert len(lines) == len(report.findings)
    for line, found in zip(lines, report.findings, strict=True):
        match = re.fullmatch(r"::(error|warning|notice) ([^\r\n]*?)::([^\r\n]*)", line)
        assert match
        fields = dict(pair.split("=", 1) for pair in match[2].split(","))
        assert unquote(fields["file"]) == found.file
        assert unquote(match[3]).startswith(found.message)


def check_sarif(document: dict[str, Any], report: Report) -> None:
    """The parts that the SARIF 2.1.0 schema and GitHub's upload require."""
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)
    assert len(run["results"]) == len(report.findings)
    prints = set()
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert "text" in result["message"]
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", place["artifactLocation"]["uri"])
        region = place["region"]
        assert min(region.values()) >= 1
        assert region["startLine"] <= region["endLine"]
        prints.add((place["artifactLocation"]["uri"], result["partialFingerprints"]["slipwayFinding/v1"]))
    assert len(prints) == len(report.findings)


@given(reports)
def test_sarif_is_accepted(report: Report) -> None:
    """Code scanning takes the upload, whatever names and messages are in it, and tells all findings apart."""
    check_sarif(json.loads(json.dumps(sarif.document(report, "1.2.3"))), report)


def test_sarif_describes_rules_and_places() -> None:
    """Code scanning shows the rule's text and link, and opens the right file."""
    document = sarif.document(Report((FULL, FULL, BARE), 2), "1.2.3")
    run = document["runs"][0]
    assert run["tool"]["driver"]["version"] == "1.2.3"
    rule = run["tool"]["driver"]["rules"][0]
    assert (rule["id"], rule["helpUri"]) == ("E9501", "https://docs.aws.amazon.com/x")
    assert "helpUri" not in run["tool"]["driver"]["rules"][1]
    place = run["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"] == {"uri": "infra/app.yaml", "uriBaseId": "SRCROOT"}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "Resources.Task.Properties.Cpu"
    check_sarif(document, Report((FULL, FULL, BARE), 2))


def test_sarif_names_files_outside_by_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template beside the repository gets a whole address, one inside a relative one, however it was written."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    outside = Finding(id="E1", severity="error", message="m", engines=("cfn-lint",), file="../a b.yaml")
    inside = Finding(id="E1", severity="error", message="m", engines=("cfn-lint",), file=str(here / "c d.yaml"))
    results = sarif.document(Report((outside, inside), 2), "1")["runs"][0]["results"]
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results]
    assert uris == [(tmp_path / "a b.yaml").as_uri(), "c%20d.yaml"]


def test_fingerprints_outlive_line_numbers() -> None:
    """A finding stays the same one when lines above it come or go, and differs between files and rules."""
    moved = Finding(**{name: getattr(FULL, name) for name in FULL.__struct_fields__} | {"line": 40, "end_line": 40})
    assert moved.fingerprint == FULL.fingerprint
    assert BARE.fingerprint != FULL.fingerprint
