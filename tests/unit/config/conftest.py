"""A small valid platform that a test then breaks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.config.errors import ConfigurationError
from generator.config.read import read_configuration

FILES = {
    "platform.yaml": """\
name: slipway
owner: platform-team
github:
  repository: acme/slipway
  repository_id: 1
  owner_id: 2
bot:
  environment: prod
""",
    "environments/dev.yaml": """\
account: "111111111111"
region: eu-west-1
domain: dev.example.com
hosted_zone_id: Z0111111DEVZONE
""",
    "environments/prod.yaml": """\
account: "333333333333"
region: eu-west-1
domain: example.com
hosted_zone_id: Z0333333PRODZONE
protected: true
data:
  tables: {items: {}}
""",
    "services/app.yaml": "port: 8080\n",
}
Write = Callable[[str, str], None]


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    """A folder ``stacks`` with a platform, two environments and one service, all valid."""
    root = tmp_path / "stacks"
    for sub in ("environments", "services", "functions"):
        (root / sub).mkdir(parents=True)
    for name, text in FILES.items():
        (root / name).write_text(text)
    return root


@pytest.fixture
def mistakes(stacks: Path) -> Callable[..., list[str]]:
    """Write the given files and return the lines that the reader complains with, paths relative to ``stacks``."""

    def read(files: dict[str, str]) -> list[str]:
        for name, text in files.items():
            (stacks / name).write_text(text)
        try:
            read_configuration(stacks)
        except ConfigurationError as error:
            return str(error).replace(f"{stacks}/", "").splitlines()
        return []

    return read
