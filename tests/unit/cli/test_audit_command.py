"""`slipway audit verify`: what was changed is found, in all of the log or in the last days."""

import json
from pathlib import Path

import pytest

from generator.release.daily_heads import DAY, begin_of, date_of
from generator.release.daily_post import SETTLED, DailyPost
from tests.fakes.small_ports import FakeWitness
from tests.release.fake_platform import FakePlatform
from tests.unit.cli.conftest import Typed


def test_the_audit_finds_what_was_changed(typed: Typed, platform: FakePlatform) -> None:
    """Exit 0 on an honest log; exit 1 with each fault on one where an entry was rewritten or cut off."""
    platform.later(60)
    honest = typed("audit verify")
    assert (honest.code, honest.out.rpartition(": ")[2]) == (0, "no entry was changed\n")
    entry = platform.table.get("audit#release/prod-app-1", "00000002")
    assert entry is not None
    platform.table.tamper(entry._replace(body=entry.body.replace(b"pre-flight passed", b"nothing happened.")))
    found = typed("audit verify")
    assert found.code == 1
    assert "release/prod-app-1 entry 2 was changed: its hash does not match its content" in found.out
    faults = json.loads(typed("audit verify --json").out)["faults"]
    assert faults[0]["chain"] == "release/prod-app-1"


def test_the_audit_of_the_last_days(
    typed: Typed, platform: FakePlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--since` reads what was closed since then; `last` what came after a verification from here without a fault."""
    monkeypatch.chdir(tmp_path)
    platform.later(60)
    whole = json.loads(typed("audit verify --since last --json").out)
    platform.clock.sleep(3 * 86_400)
    for since in ("last", "12h", "2d"):
        recent = json.loads(typed(f"audit verify --json --since {since}").out)
        assert (recent["chains"], recent["faults"]) < (whole["chains"], ["x"])
        assert recent["heads"] <= whole["heads"]
    assert json.loads(typed("audit verify --since 7d --json").out) == whole
    assert json.loads(typed("audit verify --since 2020-01-01 --json").out) == whole
    entry = platform.table.get("audit#release/prod-app-1", "00000002")
    assert entry is not None
    platform.table.tamper(entry._replace(body=entry.body.replace(b"pre-flight passed", b"nothing happened.")))
    assert typed("audit verify --since last").code == 0
    assert typed("audit verify").code == 1
    (tmp_path / ".cache" / "slipway" / "audit.json").write_text("[]")
    assert typed("audit verify --since last").code == 1
    asked = typed("audit verify --since soon")
    assert (asked.code, "7d, 12h, a date such as 2026-11-01, or last" in asked.err) == (2, True)


def posted(platform: FakePlatform) -> str:
    """The line of the platform's first day, as people find it in the channel."""
    channel, began = FakeWitness(), begin_of(date_of(platform.clock()))
    post = DailyPost(platform.context(), "w1", {"channel": channel}, pytest.fail)
    platform.clock.now = began + DAY + SETTLED
    for _ in range(60):
        post.chore()
    [(_, line)] = channel.posted
    return line


def test_a_daily_head_is_compared_with_the_log(typed: Typed, platform: FakePlatform) -> None:
    """The digest or the whole line; exit 1 where no day has that head, and what `--day` prints is the line that was posted."""
    line = posted(platform)
    digest = line.rpartition(" ")[2]
    for given in (digest, digest.upper(), line):
        same = typed("audit verify --head", given)
        assert (same.code, same.out.splitlines()[-1]) == (0, "the head is that of 2027-01-15"), same
    assert typed("audit verify --day 2027-01-15").out.splitlines()[-1] == line
    whole = json.loads(typed("audit verify --json --head", digest).out)
    assert whole["days"] == {"2027-01-15": digest}
    other = typed("audit verify --head", "0" * 64)
    assert (other.code, f"no day of this log has the head {'0' * 64}" in other.err) == (1, True)
    entry = platform.table.get("audit#release/prod-app-1", "00000002")
    assert entry is not None
    platform.table.tamper(entry._replace(body=entry.body.replace(b"pre-flight passed", b"nothing happened.")))
    assert typed("audit verify --head", digest).code == 1  # the head is there, and an entry below it was changed


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("audit verify --head 5f0c", "--head takes the 64 hexadecimal digits"),
        ("audit verify --day 2026-01-01", "no daily head of 2026-01-01; no day has one yet"),
        ("audit verify --since 7d --day 2026-01-01", "leave --since out"),
        (f"audit verify --since last --head {'0' * 64}", "leave --since out"),
    ],
)
def test_what_is_no_daily_head_is_told(typed: Typed, platform: FakePlatform, line: str, says: str) -> None:
    """One sentence says what to write instead."""
    platform.later(60)
    asked = typed(line)
    assert (asked.code, says in asked.err) == (2, True), asked
