"""The cache of findings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.lint import cache as module
from generator.lint.cache import Cache, engines_digest
from generator.lint.findings import Finding, Template

TEMPLATE = Template("a.yaml", b"Resources: {}")
FOUND = [Finding(id="E3002", severity="error", message="no", engines=("cfn-lint",), path=("Resources", "A", 0))]


def files(folder: Path) -> list[Path]:
    """The entries of a cache folder."""
    return [path for path in folder.iterdir() if path.name != ".gitignore"]


def test_findings_come_back_as_they_were(tmp_path: Path) -> None:
    """An unchanged template shows what it showed before, without any engine."""
    Cache(tmp_path / "c", ["full"]).store(TEMPLATE, FOUND)
    assert Cache(tmp_path / "c", ["full"]).load(TEMPLATE) == FOUND


def test_no_findings_are_a_result_too(tmp_path: Path) -> None:
    """A clean template is remembered as clean."""
    kept = Cache(tmp_path, [])
    assert kept.load(TEMPLATE) is None
    kept.store(TEMPLATE, [])
    assert kept.load(TEMPLATE) == []


@pytest.mark.parametrize(
    ("options", "template"),
    [
        (["fast"], TEMPLATE),
        (["full"], Template("a.yaml", b"Resources: {} ")),
        (["full"], Template("a.yaml", TEMPLATE.content, regions=("eu-west-1",))),
    ],
    ids=["options", "content", "region"],
)
def test_whatever_decides_findings_is_in_the_key(tmp_path: Path, options: list[str], template: Template) -> None:
    """Other options, one byte more or another Region are linted anew."""
    Cache(tmp_path, ["full"]).store(TEMPLATE, FOUND)
    assert Cache(tmp_path, options).load(template) is None


def test_a_file_of_the_same_content_shares_the_result(tmp_path: Path) -> None:
    """Copies and renamed files are not linted again."""
    kept = Cache(tmp_path, [])
    kept.store(TEMPLATE, FOUND)
    assert kept.load(Template("elsewhere/b.yaml", TEMPLATE.content, stack="prod/b")) == FOUND


def test_new_rules_and_engines_start_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade of an engine or a change of a rule nothing old is shown."""
    before = engines_digest()
    monkeypatch.setattr(module, "libraries", lambda: ["site-packages/cfn_lint-9.9.9.dist-info"])
    upgraded = engines_digest()
    rule = tmp_path / "rule.py"
    rule.write_text("x = 1")
    monkeypatch.setattr(module, "code_files", lambda: [rule])
    edited = engines_digest()
    rule.write_text("x = 2")
    assert len({before, upgraded, edited, engines_digest()}) == 4


@pytest.mark.parametrize("damage", [b"", b"\xc1", b"\x90\x90", b"[]", b"\x91\x81\xa2id\x01"])
def test_damaged_entries_are_worked_out_again(tmp_path: Path, damage: bytes) -> None:
    """A cut-off or foreign entry is no error and no result, and the next store repairs it."""
    kept = Cache(tmp_path, [])
    kept.store(TEMPLATE, FOUND)
    (entry,) = files(tmp_path)
    entry.write_bytes(damage)
    assert kept.load(TEMPLATE) in (None, [])
    kept.store(TEMPLATE, FOUND)
    assert kept.load(TEMPLATE) == FOUND
    assert len(files(tmp_path)) == 1


def test_the_oldest_entries_go(tmp_path: Path) -> None:
    """The folder stays small however often templates change, and what was used last stays."""
    kept = Cache(tmp_path, [])
    templates = [Template("a", str(n).encode()) for n in range(6)]
    for age, template in enumerate(templates):
        kept.store(template, FOUND)
        newest = max(files(tmp_path), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (1_000_000 + age, 1_000_000 + age))
    kept.prune(most=2)
    assert [t for t in templates if kept.load(t) is not None] == templates[-2:]


def test_git_does_not_see_it(tmp_path: Path) -> None:
    """The folder ignores itself, in repositories that never heard of it too."""
    Cache(tmp_path / "c", []).store(TEMPLATE, FOUND)
    assert (tmp_path / "c" / ".gitignore").read_text() == "*\n"


def test_a_place_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    """On a read-only disk lint works, only without memory."""
    (tmp_path / "file").write_text("")
    kept = Cache(tmp_path / "file" / "below", [])
    kept.store(TEMPLATE, FOUND)
    kept.prune()
    assert kept.load(TEMPLATE) is None


def test_templates_that_pull_in_others_are_not_kept(tmp_path: Path) -> None:
    """A nested stack's local template may change while its parent does not."""
    nested = Template("a", b"Resources:\n  A:\n    Type: AWS::CloudFormation::Stack\n")
    kept = Cache(tmp_path, [])
    kept.store(nested, FOUND)
    assert kept.load(nested) is None


def test_switched_off(tmp_path: Path) -> None:
    """Without a folder nothing is read or written."""
    kept = Cache(None, [])
    kept.store(TEMPLATE, FOUND)
    kept.prune()
    assert kept.load(TEMPLATE) is None
    assert not list(tmp_path.iterdir())
