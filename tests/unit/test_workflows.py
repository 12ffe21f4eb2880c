"""The workflows of GitHub: each step can be run by hand, nothing is fetched by a name that moves, and rights are few."""

import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# Rights that let a job change something; each needs the comment that says what for.
JOBS = [(path.stem, name) for path in WORKFLOWS for name in yaml.safe_load(path.read_text())["jobs"]]


def workflow(name: str) -> dict[str, Any]:
    """A workflow as GitHub reads it; YAML reads its key ``on`` as true."""
    found: dict[str, Any] = yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text())
    return found


def job(name: str, of: str) -> dict[str, Any]:
    """One job of a workflow."""
    found: dict[str, Any] = workflow(name)["jobs"][of]
    return found


@pytest.mark.parametrize(("name", "of"), JOBS)
def test_each_step_can_be_run_by_hand(name: str, of: str) -> None:
    """A step that runs something runs one make target, with what it needs in the environment and nothing interpolated."""
    for step in job(name, of).get("steps", ()):
        if "run" in step:
            found = re.fullmatch(r"make ([a-z-]+)( [A-Z]+=[a-z0-9]+)*", step["run"].strip())
            assert found, step["run"]
            assert found.group(1) in TARGETS, step["run"]


@pytest.mark.parametrize(("name", "of"), JOBS)
def test_each_action_is_one_commit(name: str, of: str) -> None:
    """A tag can be moved to other code, the digest of a commit can not; our own workflows come from the same commit."""
    one = job(name, of)
    for uses in [one.get("uses"), *(step.get("uses") for step in one.get("steps", ()))]:
        assert uses is None or uses.startswith("$/") or re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", uses), uses


@pytest.mark.parametrize(("name", "of"), JOBS)
def test_each_job_has_few_rights_and_an_end(name: str, of: str) -> None:
    """Nothing is permitted by default, each job names what it needs, and none hangs for hours."""
    assert workflow(name)["permissions"] == {}
    assert "group" in workflow(name)["concurrency"]
    one = job(name, of)
    assert "permissions" in one
    assert "uses" in one or one["timeout-minutes"] <= 350


@pytest.mark.parametrize(("name", "of"), JOBS)
def test_a_job_that_may_change_something_runs_no_code_of_a_pull_request(name: str, of: str) -> None:
    """Where pull requests start a workflow, a token that may write sees the code of the base alone."""
    one = job(name, of)
    starts = workflow(name)[True]
    if "pull_request" not in starts or "pull_request" not in str(one.get("if", "pull_request")):
        return
    writes = {right for right, level in one["permissions"].items() if level == "write"} - {
        "id-token",
        "security-events",
    }
    refs = [step.get("with", {}).get("ref", "") for step in one["steps"] if "checkout" in step.get("uses", "")]
    if writes and "github.event_name != 'pull_request'" not in str(one.get("if", "")):
        assert all("pull_request.base.sha" in ref for ref in refs), (name, of, writes)


def test_a_fork_gets_no_role() -> None:
    """A job of a pull request that takes a role of AWS runs for branches of this repository alone."""
    for name, of in JOBS:
        one = job(name, of)
        if "pull_request" in workflow(name)[True] and "id-token" in one["permissions"]:
            condition = str(one["if"])
            assert "head.repo.full_name == github.repository" in condition or "!= 'pull_request'" in condition, (
                name,
                of,
            )


def test_what_is_published_was_built_and_scanned_first() -> None:
    """Images, then the version, then its releases: each waits for the one before, and a critical finding ends it."""
    jobs = workflow("publish")["jobs"]
    assert (jobs["version"]["needs"], jobs["releases"]["needs"]) == ("images", "version")
    steps = [step.get("run") for step in jobs["images"]["steps"]]
    assert steps.index("make images") < steps.index("make scan-images")
    assert yaml.safe_load((ROOT / ".github/trivy.yaml").read_text())["exit-code"] == 1


def test_what_another_repository_pushed_is_published_from_its_committed_digest(tmp_path: Path) -> None:
    """`images/SERVICE` holds the digest; it stands beside what this repository built."""
    for name in (".github", ".venv/bin", "build/images", "images"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copy(ROOT / ".github" / "publish", tmp_path / ".github" / "publish")
    command = tmp_path / ".venv" / "bin" / "slipway"
    command.write_text('#!/bin/sh\necho "$@"\n')
    command.chmod(0o755)
    (tmp_path / "build/images/images").write_text("app=host/slipway/app@sha256:1\n")
    (tmp_path / "images/cart").write_text("host/slipway/cart@sha256:2\n")
    ran = subprocess.run(
        [tmp_path / ".github/publish", "--sandbox"], env={"PATH": os.environ["PATH"], "GITHUB_SHA": "c0ffee"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout == (
        "publish --commit c0ffee --image app=host/slipway/app@sha256:1 --image cart=host/slipway/cart@sha256:2 --sandbox\n"
    )


def faults(row: dict[str, Any]) -> list[str]:
    """What is wrong with an exception. Trivy reports the finding again from `expired_at` on (Trivy's docs: Filtering)."""
    found = []
    reviewed = re.fullmatch(
        r"reviewed (\d{4}-\d\d-\d\d) by ([\w. -]+): .{20,}", str(row.get("statement", "")), re.DOTALL
    )
    if not row.get("id"):
        found.append("names no finding")
    if reviewed is None:
        found.append("says neither who reviewed it when, nor why it counts")
    if not isinstance(row.get("expired_at"), date):
        found.append("never ends")
    elif reviewed is not None and not 0 < (row["expired_at"] - date.fromisoformat(reviewed[1])).days <= 90:
        found.append("ends more than 90 days after its review")
    return found


REVIEWED = "reviewed 2026-11-30 by Ana Duarte: the code path needs a feature that is off"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"id": "CVE-1", "expired_at": date(2027, 2, 28), "statement": REVIEWED}, []),
        ({"id": "CVE-1", "expired_at": date(2027, 3, 1), "statement": REVIEWED}, ["ends more than 90 days after its review"]),
        ({"id": "CVE-1", "expired_at": date(2026, 11, 30), "statement": REVIEWED}, ["ends more than 90 days after its review"]),
        ({"id": "CVE-1", "statement": REVIEWED}, ["never ends"]),
        ({"id": "CVE-1", "expired_at": "soon", "statement": REVIEWED}, ["never ends"]),
        (
            {"id": "CVE-1", "expired_at": date(2027, 1, 1), "statement": "not reachable"},
            ["says neither who reviewed it when, nor why it counts"],
        ),
        ({"expired_at": date(2027, 1, 1), "statement": REVIEWED}, ["names no finding"]),
    ],
)  # fmt: skip
def test_an_exception_is_reviewed_and_ends(row: dict[str, Any], found: list[str]) -> None:
    """Who looked at it, when and why it may stay; 90 days later at most it fails the scan again."""
    assert faults(row) == found


def test_exceptions_of_the_scans_are_reviewed_and_end() -> None:
    """All that `.github/trivyignore.yaml` lists."""
    found = yaml.safe_load((ROOT / ".github/trivyignore.yaml").read_text())
    assert set(found) == {"vulnerabilities", "misconfigurations", "secrets"}
    assert [(row, faults(row)) for rows in found.values() for row in rows if faults(row)] == []
    assert yaml.safe_load((ROOT / ".github/trivy.yaml").read_text())["ignorefile"] == ".github/trivyignore.yaml"
