"""`slipway audit verify`: what was changed is found, in all of the log or in the last days."""

import json
from pathlib import Path

import pytest

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
