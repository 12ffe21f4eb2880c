"""A small platform in a folder of its own, and the command line in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.cli.parser import run

FILES = {
    "platform.yaml": (
        "name: tiny\nowner: me\ngithub: {repository: a/b, repository_id: 1, owner_id: 2}\nbot: {environment: dev}\n"
    ),
    "environments/dev.yaml": (
        'account: "111122223333"\nregion: eu-west-1\ndomain: dev.example.com\nhosted_zone_id: Z0123456789ABCDEFGHIJ\nprotected: false\n'
    ),
    "services/app.yaml": "port: 8080\n",
}
Slipway = Callable[..., int]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a platform of one environment and one service."""
    for name, text in FILES.items():
        path = tmp_path / "stacks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def slipway(here: Path) -> Slipway:
    """``slipway("build", "dev")`` in the folder of :func:`here`; gives the exit code."""
    assert here.is_dir()
    return lambda *argv: run(list(argv))
