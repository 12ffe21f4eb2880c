"""The app manifest, as people paste it into Slack, and the scopes that it requests."""

import re
from pathlib import Path

_FILE = Path(__file__).with_name("manifest.yaml")
_SCOPE = re.compile(r"^ {6}- ([a-z_.]+(?::[a-z_.]+)?)(?: #.*)?$", re.MULTILINE)


def text() -> str:
    """The manifest in YAML."""
    return _FILE.read_text(encoding="utf-8")


def scopes() -> tuple[str, ...]:
    """Scopes of the bot token."""
    return tuple(_SCOPE.findall(text().partition("    bot:\n")[2].partition("settings:")[0]))
