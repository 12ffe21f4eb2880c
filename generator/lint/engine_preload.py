"""Creates the engine of cloudformation-validate on a thread, before anything else is imported.

It compiles its rules outside the GIL (0.3 s), while this process imports the rest and reads templates.
"""

import os
from threading import Thread
from typing import Any

# Where results are kept, below the working directory.
FOLDER = ".cache/slipway/lint"


class EnginePreload(Thread):
    """Creates one engine. No daemon: Python waits for it at exit, where it must not be cut off inside native code."""

    def __init__(self) -> None:
        super().__init__()
        self._engine: Any = None
        self._error: Exception | None = None

    def run(self) -> None:
        """Create the engine."""
        try:
            self._engine = create()
        except Exception as error:  # noqa: BLE001 - raised in the thread that asks for the engine
            self._error = error

    def engine(self) -> Any:
        """Wait for the engine; raises what its creation raised."""
        self.join()
        if self._error is not None:
            raise self._error
        return self._engine


_started: list[EnginePreload] = []


def require_engines() -> None:
    """Check that the engines are installed: the image of the bot, for one, carries none.

    Raises:
        UsageError: one of them is not.
    """
    from importlib.util import find_spec

    from generator.errors import UsageError

    missing = [name for name in ("cfnlint", "cloudformation_validate") if find_spec(name) is None]
    if missing:
        raise UsageError(
            "the linters are not installed (no module named "
            f"{' nor '.join(missing)}); Slipway's extra `lint` installs them; see Install in the README"
        )


def create() -> Any:
    """A ``cloudformation_validate.CelEngine``."""
    from cloudformation_validate import CelEngine

    return CelEngine()


def preload(argv: list[str]) -> None:
    """Start to create the engine, if this command line needs no other engine and no cached result may make it unnecessary."""
    if "--fast" in argv and ("--no-cache" in argv or not os.path.isdir(FOLDER)):  # noqa: PTH112 - nothing is imported yet
        _started.append(EnginePreload())
        _started[-1].start()


def engine() -> Any:
    """The engine that was preloaded, or a new one."""
    return _started.pop().engine() if _started else create()
