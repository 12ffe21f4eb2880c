"""The access to AWS of the front and of the worker. :mod:`generator.wiring` creates it; the front adds its time-outs."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from bot.front import FrontParts
from generator.release.log import Log
from generator.release.model.settings import Slack
from generator.wiring import composition
from generator.wiring.worker import Access

Role = Literal["web", "worker"]
Connect = Callable[[Path, Role], Access]

_SEND_WITHIN = 1.0  # seconds that the front waits for the queue


def access(stacks: Path, environ: Mapping[str, str], part: Role, *, sandbox: bool = False) -> Access:
    """The configuration and AWS access of one part of the bot.

    Raises:
        ConfigurationError: the configuration is wrong.
        UsageError: the sandbox is not running, or has no home stack.
    """
    from generator.aws.session import Limits

    # The front has one second for a request; what did not arrive then is asked again by the person.
    sending = Limits(attempts=1, connect=0.3, read=_SEND_WITHIN - 0.3, poll=0.0)
    return composition.access(stacks, environ, part, sandbox=sandbox, sending=sending if part == "web" else None)


def connect(*, sandbox: bool) -> Connect:
    """:func:`access` with the environment of this process."""
    return lambda stacks, part: access(stacks, os.environ, part, sandbox=sandbox)


def front_parts(found: Access, slack: Slack) -> FrontParts:
    """What the front reads and where it sends requests."""
    log = Log(found.adapters.table, time.time)
    return FrontParts(found.facts, slack, log, found.queue, found.adapters.versions, time.time)
