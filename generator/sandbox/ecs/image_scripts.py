"""What an image does when a task runs it: scripted by a table (control API) or by an annotation of its manifest.

    POST /_slipway/images {"image": "app@sha256:1234*", "behaviour": {"kind": "exits", "code": 3, "lines": ["boom"]}}

In a registry's manifest the same JSON stands under the annotation `dev.slipway.behaviour`; in a task definition it is
the docker label of that name. The table wins over the label, the label over the annotation.
"""

from __future__ import annotations

import fnmatch
import threading
from typing import Any

import msgspec

LABEL = "dev.slipway.behaviour"


class Healthy(msgspec.Struct, frozen=True, tag_field="kind", tag="healthy"):
    """Starts and answers.

    Attributes:
        seconds: From the start of the container until it passes health checks.
        lines: What it logs when it starts.
        cpu: Per cent of the task's CPU in use, as CloudWatch measures it.
        memory: Per cent of the task's memory in use.
    """

    seconds: float = 5
    lines: tuple[str, ...] = ("listening",)
    cpu: float = 60
    memory: float = 40


class Slow(msgspec.Struct, frozen=True, tag_field="kind", tag="slow"):
    """Starts and answers, but late."""

    seconds: float = 90
    lines: tuple[str, ...] = ("warming up",)
    cpu: float = 60
    memory: float = 40


class Exits(msgspec.Struct, frozen=True, tag_field="kind", tag="exits"):
    """Logs its lines and exits with a code, this many seconds after its start."""

    code: int = 1
    lines: tuple[str, ...] = ("fatal: could not start",)
    seconds: float = 2
    cpu: float = 60
    memory: float = 40


class NeverHealthy(msgspec.Struct, frozen=True, tag_field="kind", tag="never-healthy"):
    """Runs and fails every health check."""

    lines: tuple[str, ...] = ("listening on the wrong port",)
    cpu: float = 60
    memory: float = 40


class Fails(msgspec.Struct, frozen=True, tag_field="kind", tag="fails"):
    """Passes health checks, and answers a share of the requests with 5xx from this many seconds after its start."""

    after: float = 60
    share: float = 1.0
    seconds: float = 5
    lines: tuple[str, ...] = ("listening",)
    failing: tuple[str, ...] = ("error: unhandled exception",)
    cpu: float = 60
    memory: float = 40


class Leaks(msgspec.Struct, frozen=True, tag_field="kind", tag="leaks"):
    """Fills its memory evenly and is killed this many seconds after its start."""

    after: float = 300
    seconds: float = 5
    lines: tuple[str, ...] = ("listening",)
    cpu: float = 60
    memory: float = 40


class Missing(msgspec.Struct, frozen=True, tag_field="kind", tag="missing"):
    """Is not in the registry."""

    lines: tuple[str, ...] = ()
    cpu: float = 0
    memory: float = 0


class Process(msgspec.Struct, frozen=True, tag_field="kind", tag="process"):
    """Is a program of this machine: a task runs it as a real process.

    Attributes:
        argv: The program and its arguments; a container's `entryPoint` and `command` take their place.
        folder: Where it runs.
        environment: What the image itself sets, as ENV in a Dockerfile.
        port: What it listens on, where it has the machine's ports to itself.
        port_variable: The variable that tells it to listen on another port, because tasks share those of the machine;
            "" where it can't be told: then each task needs a network namespace of its own.
    """

    argv: tuple[str, ...]
    folder: str = ""
    environment: dict[str, str] = {}
    port: int = 0
    port_variable: str = ""
    lines: tuple[str, ...] = ()
    cpu: float = 0
    memory: float = 0


Behaviour = Healthy | Slow | Exits | NeverHealthy | Fails | Leaks | Missing | Process
HEALTHY = Healthy()


def parse(given: Any) -> Behaviour:
    """A behaviour from its JSON, as text or as an object; a kind alone (`never-healthy`) is enough.

    Raises:
        ValueError: It is none of the behaviours; the text says which there are.
    """
    try:
        if isinstance(given, str):
            given = msgspec.json.decode(given) if given.lstrip().startswith("{") else {"kind": given}
        found: Behaviour = msgspec.convert(given, Behaviour)
    except msgspec.MsgspecError as error:
        raise ValueError(
            f"{given!r} is not a behaviour ({error}); write a kind: healthy, slow, exits, never-healthy, fails, leaks, "
            "missing or process, with its settings"
        ) from error
    return found


def memory_of(behaviour: Behaviour, age: float) -> float:
    """Per cent of the task's memory that is in use at an age in seconds."""
    if isinstance(behaviour, Leaks):
        return min(100.0, behaviour.memory + (100 - behaviour.memory) * max(0.0, age) / max(behaviour.after, 1))
    return behaviour.memory


def failing_share(behaviour: Behaviour, age: float) -> float:
    """The share of requests that a running task of that age answers with 5xx."""
    return behaviour.share if isinstance(behaviour, Fails) and age >= behaviour.after else 0.0


class Table:
    """What tests and demos have said about images; the newest matching pattern wins."""

    def __init__(self) -> None:
        self._rows: dict[str, Behaviour] = {}
        self._lock = threading.Lock()

    def put(self, pattern: str, behaviour: Behaviour | None) -> None:
        """Say what images of a pattern (`*` and `?`, against the whole name or its end after `/`) do; None forgets it."""
        with self._lock:
            self._rows.pop(pattern, None)
            if behaviour is not None:
                self._rows[pattern] = behaviour

    def find(self, image: str) -> Behaviour | None:
        """What the table says about an image."""
        short = image.rpartition("/")[2]
        with self._lock:
            for pattern, behaviour in reversed(self._rows.items()):
                if fnmatch.fnmatchcase(image, pattern) or fnmatch.fnmatchcase(short, pattern):
                    return behaviour
        return None

    def rows(self) -> dict[str, Any]:
        """Every row, as JSON values."""
        with self._lock:
            return {pattern: msgspec.to_builtins(behaviour) for pattern, behaviour in self._rows.items()}

    def load(self, rows: dict[str, Any]) -> None:
        """Take these rows in place of all others."""
        parsed = {pattern: parse(row) for pattern, row in rows.items()}
        with self._lock:
            self._rows = parsed


TABLE = Table()


def choose(image: str, labels: dict[str, str], annotation: str) -> Behaviour:
    """What a container does: the table, its docker label, the annotation of its manifest; else it is healthy."""
    found = TABLE.find(image)
    if found is not None:
        return found
    for text in (labels.get(LABEL, ""), annotation):
        if text:
            try:
                return parse(text)
            except ValueError as error:
                return Exits(code=125, lines=(str(error),))
    return HEALTHY
