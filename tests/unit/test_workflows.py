"""The workflows of GitHub: each step can be run by hand, nothing is fetched by a name that moves, and rights are few."""

import re
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


def test_exceptions_of_the_scans_end() -> None:
    """Each has an id, the day on which it fails again, and the reason."""
    found = yaml.safe_load((ROOT / ".github/trivyignore.yaml").read_text())
    for row in [row for rows in found.values() for row in rows]:
        assert isinstance(row["expired_at"], date), row
        assert row["id"], row
        assert len(row["statement"]) > 20, row
