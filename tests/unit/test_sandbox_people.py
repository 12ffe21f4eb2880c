"""The people of a configuration as users of the sandbox, however many commands begin at once."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING, Any

import pytest

from generator.sandbox.iam.people import users

if TYPE_CHECKING:
    from pathlib import Path


def test_one_command_at_a_time_makes_the_users(tmp_path: Path) -> None:
    """While one asks IAM, another one waits: it would make a user again, or delete the keys of the first."""
    key_file, asked = tmp_path / "state" / "people.json", []

    def iam(operation: str, **_: Any) -> dict[str, Any]:
        asked.append(operation)
        with key_file.with_suffix(".lock").open("a") as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return {
            "list_users": {"Users": []},
            "create_user": {"User": {"UserId": "AIDAEXAMPLE"}},
            "list_access_keys": {"AccessKeyMetadata": []},
            "create_access_key": {"AccessKey": {"AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": "x"}},
        }.get(operation, {})

    assert users(iam, ["ana"], key_file, "slipway")["ana"].id == "AIDAEXAMPLE"
    assert asked.count("create_user") == 1
