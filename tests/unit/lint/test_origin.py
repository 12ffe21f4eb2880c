"""Findings in built templates lead to the Python that made them."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.lint.findings import Finding, Report
from generator.lint.origin import to_source

FOUND = Finding(
    id="E1",
    severity="error",
    message="bad",
    engines=("slipway",),
    column=900,
    path=("Resources", "Vpc", "Properties", "CidrBlock"),
    file="build/prod/network.json",
    stack="prod/network",
)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name, text in {
        "network.py": "def build():\n    vpc = ec2.VPC(\n        'Vpc',\n    )\n    f\"PublicSubnet{n}\"\n",
        "network_acls.py": 'acl = "PublicAcl"\n',
        "service/__init__.py": "\n",
        "service/task.py": '\n\ntask = TaskDefinition("Task")\n',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("stack", "resource", "file", "line"),
    [
        ("prod/network", "Vpc", "network.py", 3),
        ("prod/network", "PublicSubnet2", "network.py", 5),
        ("prod/network", "PublicAcl", "network_acls.py", 1),
        ("prod/network", "Unheard", "network.py", 1),
        ("prod/service-web", "Task", "service/task.py", 3),
    ],
)
def test_the_line_that_names_the_resource(sources: Path, stack: str, resource: str, file: str, line: int) -> None:
    """A pull request is annotated where the resource is made, in whichever file of the stack's module."""
    finding = replace(FOUND, stack=stack, path=("Resources", resource))
    (moved,) = to_source(Report((finding,), 1), sources).findings
    assert (moved.file, moved.line, moved.column) == ((sources / file).as_posix(), line, 1)
    assert moved.message == f"bad (in {stack}, at Resources.{resource})"


def test_one_finding_for_all_environments(sources: Path) -> None:
    """A fault of a template is shown once, with the environments that it is in."""
    report = Report(tuple(replace(FOUND, stack=f"{env}/network") for env in ("dev", "prod")), 2)
    (moved,) = to_source(report, sources).findings
    assert "dev/network, prod/network" in moved.message
    other = replace(FOUND, message="worse")
    assert len(to_source(Report((FOUND, other), 1), sources).findings) == 2


def test_a_fault_of_the_whole_template(sources: Path) -> None:
    """What belongs to no resource is shown at the top of the module."""
    (moved,) = to_source(Report((replace(FOUND, path=()),), 1), sources).findings
    assert (moved.line, moved.message) == (1, "bad (in prod/network)")


@pytest.mark.parametrize("finding", [replace(FOUND, stack=None), replace(FOUND, stack="prod/elsewhere")])
def test_other_templates_stay_where_they_are(sources: Path, finding: Finding) -> None:
    """A template that nobody here wrote keeps its own lines."""
    assert to_source(Report((finding,), 1), sources).findings == (finding,)
