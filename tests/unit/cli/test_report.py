"""`slipway report`: what happened in a release, for a post-mortem."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.cli.release_report import report
from generator.release.audit_verification import Walked
from tests.release.fake_platform import FakePlatform
from tests.unit.cli.conftest import Typed


@pytest.fixture
def failed(typed: Typed, platform: FakePlatform) -> FakePlatform:
    """A version whose tasks die was released, with a reason, and rolled back by AWS."""
    _, services = platform.aws("prod")
    services.bad[platform.publish(4).images["app"].digest] = "tasks died"
    typed("deploy app prod --reason", "the | sale begins")
    typed("approve prod-app-2 --wait", who="ben")
    platform.end("prod-app-2")
    platform.later(60)
    return platform


@pytest.mark.usefixtures("failed")
def test_the_report_says_what_happened_and_why(typed: Typed) -> None:
    """Facts, the cause first, each entry of the log with its time and person, the change, and the verified record."""
    ran = typed("report prod-app-2")
    assert ran.code == 0
    sections = ran.out.split("\n## ")
    assert [section.partition("\n")[0] for section in sections[1:]] == [
        "Cause", "Timeline", "What changed", "Checks and approvals", "The record", "To be written",
    ]  # fmt: skip
    head, cause, timeline, change, checks, record, _ = sections
    assert head.startswith("# prod-app-2: app → prod: 4444")
    assert "Rolled back after" in head
    assert "| service | prod/app |" in head
    assert "| requested by | ana (the &#124; sale begins) |" in head, "text from outside can not break a table"
    assert "| approved by | ben |" in head
    assert "tasks died" in cause.splitlines()[2]
    assert cause.splitlines()[2].startswith("**"), "the cause comes first"
    assert [row.split(" | ")[1] for row in timeline.splitlines()[6:] if "approved" in row] == ["ben"]
    assert "| ana | proposed (" in timeline
    assert "token" not in timeline, "what only the log needs is left out"
    assert "`slipway-prod-service-app`" in change
    assert "- ben approved `" in checks
    assert "no entry was changed, and entries 1 to" in record


def test_a_changed_record_is_told(typed: Typed, failed: FakePlatform) -> None:
    """Exit 1, and the report names the entry that somebody rewrote or the signed head that somebody deleted."""
    chain = "release/prod-app-2"
    entry = failed.table.get(f"audit#{chain}", "00000002")
    assert entry is not None
    failed.table.tamper(entry._replace(body=entry.body.replace(b"pre-flight passed", b"nothing happened.")))
    ran = typed("report prod-app-2")
    assert (ran.code, "Verified at" in ran.out) == (1, False)
    assert "- **Entry 2 was changed: its hash does not match its content.**" in ran.out
    failed.table.tamper(entry)
    assert typed("report prod-app-2").code == 0
    failed.seal.over[chain, max(number for name, number in failed.seal.stored if name == chain)] = None
    ran = typed("report prod-app-2 --json")
    assert ran.code == 1
    assert "somebody deleted" in json.loads(ran.out)["faults"][0]["text"]


def test_an_open_release_has_a_report_too(typed: Typed) -> None:
    """Who writes during the incident sees where it stands, and that it has not ended."""
    typed("deploy app prod")
    ran = typed("report prod-app-2")
    assert (ran.code, "Waits for approval." in ran.out) == (0, True)
    assert "The release has not ended yet." in ran.out
    assert "| approved by | nobody |" in ran.out


@pytest.mark.usefixtures("failed")
def test_a_report_never_overwrites_what_people_wrote(typed: Typed, tmp_path: Path) -> None:
    """`--output` writes a new file; a second time it is refused, and what is there stays."""
    file = tmp_path / "incident.md"
    assert typed(f"report prod-app-2 --output {file}").out == f"wrote {file}\n"
    file.write_text("ours")
    ran = typed(f"report prod-app-2 --output {file}")
    assert (ran.code, file.read_text()) == (2, "ours")
    assert "name a new file" in ran.err
    ran = typed(f"report prod-app-2 --output {tmp_path}/none/incident.md")
    assert (ran.code, "No such file or directory" in ran.err) == (2, True)


def test_the_last_lines_of_the_tasks_can_not_leave_their_block(failed: FakePlatform) -> None:
    """Log lines are shown as they are; backticks in one do not end the block, and escapes do not reach a terminal."""
    release = failed.release("prod-app-2")
    assert release.cause is not None
    cause = replace(release.cause, log=("10:00:01 a1b2 KeyError: 'X'", "```` \x1b[31mred"))
    text = report(replace(release, cause=cause), [], Walked("release/prod-app-2", 0, 0, [], {}), failed.clock())
    assert "`````text\n10:00:01 a1b2 KeyError: 'X'\n```` red\n`````" in text
