"""Runs the parts until the process is asked to stop. Without Slack's tokens it stays healthy, and says what is missing."""

import logging
import os
import threading
from typing import Literal, NamedTuple, Protocol, get_args

from bot.access import Connect, Role, front_parts
from bot.health import Health, Readiness
from bot.settings import Settings, SettingsError, read
from generator.config.errors import ConfigurationError
from generator.errors import UsageError
from generator.release.errors import ReleaseError
from generator.wiring.worker import Access

_LOG = logging.getLogger("bot")
_AGAIN = 15.0  # seconds until Slack is asked again who the bot is


class RunningPart(Protocol):
    """The front, or a worker."""

    def start(self) -> None:
        """Start the part."""

    def close(self) -> None:
        """Stop the part."""

    def missing(self) -> dict[str, str]:
        """What is not ready: names, each with the reason."""

    def warnings(self) -> dict[str, str]:
        """Faults of a part that is ready: names, each with what to do."""


class _Started(NamedTuple):
    parts: list[RunningPart]
    missing: dict[str, str]


def serve(part: str, connect: Connect, stop: threading.Event) -> int:
    """Run a part, or both, until ``stop`` is set."""
    kind: Literal["web", "worker", "both"] = "web" if part == "web" else "worker" if part == "worker" else "both"
    try:
        settings = read(os.environ, kind)
    except SettingsError as error:
        for mistake in error.mistakes:
            _LOG.error("%s", mistake)
        return 2
    started = _Started([], {})
    health = Health(settings.host, settings.health_port, lambda: _readiness(started))
    health.start()
    _LOG.info("health on port %d", health.port)
    try:
        return _serve(kind, settings, started, stop, connect)
    finally:
        for one in reversed(started.parts):
            one.close()
        health.close()


def _readiness(started: _Started) -> Readiness:
    missing, warnings = dict(started.missing), dict[str, str]()
    for part in started.parts:
        missing |= part.missing()
        warnings |= part.warnings()
    return Readiness(missing, warnings)


def _serve(kind: str, settings: Settings, started: _Started, stop: threading.Event, connect: Connect) -> int:
    try:
        found = {name: connect(settings.root, name) for name in get_args(Role) if kind in {name, "both"}}
    except (ConfigurationError, UsageError, ReleaseError) as error:
        _LOG.error("%s", error)
        return 2
    for sentence in settings.missing:
        # No error: the first tasks of a new stack start before anybody could fill it in.
        _LOG.warning("%s; then start the bot again", sentence)
        started.missing[sentence.partition(" ")[0]] = sentence
    if any(one.slack is None for one in found.values()):
        sentence = (
            "platform.yaml has no slack: section, so no Slack user can be identified; write team_id, app_id "
            "and channels"
        )
        _LOG.warning("%s", sentence)
        started.missing["slack"] = sentence
    if "worker" in found:
        from bot.worker import BotWorker

        _start(started, BotWorker(settings, found["worker"]))
    if "web" in found and not started.missing:
        _front(settings, found["web"], started, stop)
    stop.wait()
    return 0


def _start(started: _Started, part: RunningPart) -> None:
    part.start()
    started.parts.append(part)


def _front(settings: Settings, found: Access, started: _Started, stop: threading.Event) -> None:
    """Start the front when Slack accepts the token. Until then the worker runs, and health says what is missing."""
    from bot.web import BotFront, NoSlack

    if found.slack is None:
        return
    while not stop.is_set():
        try:
            _start(started, BotFront(settings, front_parts(found, found.slack)))
        except NoSlack as error:
            _LOG.error("%s", error)
            started.missing["slack"] = str(error)
            stop.wait(_AGAIN)
        else:
            started.missing.pop("slack", None)
            return
