"""Settings of the bot: from the environment, or from files that it names. All mistakes are reported at once.

``NAME_FILE`` names a file that holds ``NAME``, as Docker and Kubernetes mount secrets; ECS fills ``NAME`` from Secrets
Manager itself (``templates/bot/__init__.py``).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args
from urllib.parse import urlsplit

Transport = Literal["socket", "http"]
Part = Literal["web", "worker", "both"]
SLACK_API = "https://slack.com/api/"


class Settings(NamedTuple):
    """The settings of a process of the bot. ``missing`` are sentences: what to provide before it can connect to Slack."""

    bot_token: str = ""
    app_token: str = ""
    signing_secret: str = ""
    transport: Transport = "socket"
    host: str = "0.0.0.0"  # noqa: S104 - inside a container; no security group opens it
    port: int = 3000
    health_port: int = 8080
    api_url: str = SLACK_API
    root: Path = Path("stacks")
    missing: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        """Whether Slack is the workspace on this machine."""
        return self.api_url != SLACK_API


class SettingsError(Exception):
    """The settings are wrong; one sentence for each mistake."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


_TOKENS = {
    "SLACK_BOT_TOKEN": (r"xoxb-[\w-]{10,300}", "the bot token, xoxb-…, from OAuth & Permissions"),
    "SLACK_APP_TOKEN": (
        r"xapp-[\w-]{10,300}",
        "an app-level token, xapp-…, with connections:write, from Basic Information",
    ),
    "SLACK_SIGNING_SECRET": (r"[0-9a-f]{16,128}", "the signing secret, hexadecimal, from Basic Information"),
}


def read(environ: Mapping[str, str], part: Part = "both") -> Settings:
    """Settings of a part. An absent or empty token counts as missing, which is not an error.

    Raises:
        SettingsError: something that was given can't be used.
    """
    mistakes: list[str] = []
    values: dict[str, str] = {}
    for name in _TOKENS:
        try:
            values[name] = _value(environ, name)
        except OSError as error:
            mistakes.append(f"{name}_FILE: {error.strerror or error}; name a file that can be read")
    transport = environ.get("SLACK_TRANSPORT", "socket") or "socket"
    if transport not in get_args(Transport):
        mistakes.append(f"SLACK_TRANSPORT is {transport!r}; write socket or http")
    for name, (pattern, what) in _TOKENS.items():
        if values.get(name) and not re.fullmatch(pattern, values[name]):
            mistakes.append(f"{name} is not valid; write {what}")
    port = _port(environ, "SLACK_PORT", 3000, mistakes)
    health = _port(environ, "HEALTH_PORT", 8080, mistakes)
    api = _api(environ.get("SLACK_API_URL", "") or SLACK_API, mistakes)
    if mistakes:
        raise SettingsError(mistakes)
    return Settings(
        bot_token=values["SLACK_BOT_TOKEN"],
        app_token=values["SLACK_APP_TOKEN"],
        signing_secret=values["SLACK_SIGNING_SECRET"],
        transport="http" if transport == "http" else "socket",
        host=environ.get("SLACK_HOST", "") or Settings._field_defaults["host"],
        port=port,
        health_port=health,
        api_url=api,
        root=Path(environ.get("SLIPWAY_STACKS", "") or "stacks"),
        missing=tuple(_missing(values, transport, part)),
    )


def _value(environ: Mapping[str, str], name: str) -> str:
    path = environ.get(f"{name}_FILE", "")
    return (Path(path).read_text(encoding="utf-8") if path else environ.get(name, "")).strip()


def _missing(values: Mapping[str, str], transport: str, part: Part) -> Iterator[str]:
    needed = ["SLACK_BOT_TOKEN"]
    if part != "worker":
        needed.append("SLACK_SIGNING_SECRET" if transport == "http" else "SLACK_APP_TOKEN")
    for name in needed:
        if not values[name]:
            yield f"{name} is empty: fill in {_TOKENS[name][1]}"


def _port(environ: Mapping[str, str], name: str, otherwise: int, mistakes: list[str]) -> int:
    text = environ.get(name, "") or str(otherwise)
    if text.isascii() and text.isdigit() and 0 <= int(text) <= 65535:
        return int(text)
    mistakes.append(f"{name} is {text!r}; write a port from 0 to 65535")
    return otherwise


def _api(url: str, mistakes: list[str]) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}):
        return url if url.endswith("/") else f"{url}/"
    mistakes.append("SLACK_API_URL must be https, or http on 127.0.0.1; tokens are never sent without encryption")
    return SLACK_API
