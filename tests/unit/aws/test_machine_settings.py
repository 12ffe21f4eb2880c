"""What is wrong with AWS on somebody's machine is said in a sentence, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.aws.session import Session
from generator.release.errors import Denied


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without credentials and settings; where its files would be."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path


def test_a_profile_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typo in AWS_PROFILE is named."""
    monkeypatch.setenv("AWS_PROFILE", "pord")
    with pytest.raises(Denied, match=r"profile \(pord\) could not be found; correct AWS_PROFILE"):
        Session("eu-west-1").api("sts")


def test_an_address_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typo in AWS_ENDPOINT_URL is named."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost")
    with pytest.raises(Denied, match=r"Invalid endpoint: localhost; correct AWS_PROFILE, AWS_ENDPOINT_URL or"):
        Session("eu-west-1").api("sts")


def test_a_file_that_can_not_be_read(bare: Path) -> None:
    """A broken ~/.aws/config is named."""
    (bare / "config").write_text("[default\nregion eu")
    with pytest.raises(Denied, match=r"Unable to parse config file: .*; correct AWS_PROFILE"):
        Session("eu-west-1").api("sts")
