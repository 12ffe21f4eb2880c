"""`slipway publish --site`: what is no site, and what is no folder of one, is refused with what to write."""

from pathlib import Path

import pytest

from generator.cli import site_option
from generator.config.read import read_configuration
from generator.errors import UsageError
from generator.wiring.application import Tools
from generator.wiring.built_platform import BuiltPlatform

ROOT = Path(__file__).parents[3]


def platform(folder: str) -> BuiltPlatform:
    """A platform that has been read, and can't publish anything."""
    return BuiltPlatform(read_configuration(ROOT / folder), None, {}, {}, Tools(None, None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("folder", "given", "said"),
    [
        (
            "stacks",
            "web=dist",
            "--site web=dist: no environment has sites; write them under `sites:` of an environment",
        ),
        ("tests/stacks/full", "dcos=dist", "--site dcos=dist: no site is called 'dcos'; did you mean docs?"),
        ("tests/stacks/full", "docs=nowhere", "nowhere has no index.html; write the folder that your build tool wrote"),
        ("tests/stacks/full", "docs", "has no index.html"),
    ],
)
def test_what_is_no_site_is_refused(
    folder: str, given: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence each, before anything is stored."""
    known = platform(folder)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        site_option.published(known, [given])
    assert said in str(caught.value)
