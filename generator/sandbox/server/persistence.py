"""What outlives a restart: engines register their stores here, and the sandbox saves and loads them with ministack's.

Without a state folder nothing is saved.
"""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from generator.sandbox.server.snapshot import ADVICE, Snapshot, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Prefixes of the parts of a snapshot.
ENGINES, MINISTACK = "engines/", "ministack/"
# Calls of these services change their own state only; every other call may reach further (an event, a subscription).
_ALONE = {"sqs": f"{MINISTACK}sqs", "dynamodb": f"{MINISTACK}dynamodb", "sts": f"{ENGINES}sessions"}
# Operations whose names begin so change nothing; STS creates sessions with some of them.
_READS = ("Describe", "Get", "List", "Head", "BatchGet", "Query", "Scan", "Lookup", "Simulate", "Validate")
_ALL = "*"


class Persisted(Protocol):
    """A store of an engine."""

    def dump(self) -> Any:
        """Everything worth keeping, as plain JSON values or as JSON in bytes, or None for nothing.

        Called while other threads work, so lock and copy.
        """
        ...

    def load(self, data: Any) -> None:
        """Take back what `dump` gave. An operation that was running then was interrupted: settle it."""
        ...

    def reset(self) -> None:
        """Forget everything, and end what is running."""
        ...


class Stores:
    """The stores of this process, the folder they are kept in, and what has changed since the last save."""

    def __init__(self) -> None:
        self._stores: dict[str, Persisted] = {}
        self._working: list[Callable[[], bool]] = []
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._since: float | None = None
        self.snapshot: Snapshot | None = None

    def keep_in(self, folder: Path) -> None:
        """Save and load from this folder from now on.

        Raises:
            Unreadable: What is there can't be read.
        """
        self.snapshot = Snapshot(folder)

    @property
    def crashed(self) -> bool:
        """Whether the sandbox that saved the state was killed."""
        return self.snapshot is not None and self.snapshot.crashed

    def saved(self) -> set[str]:
        """The names of the stores that were saved."""
        names = self.snapshot.names() if self.snapshot else set()
        return {name.removeprefix(ENGINES) for name in names if name.startswith(ENGINES)}

    def register(self, name: str, store: Persisted, working: Callable[[], bool] | None = None) -> None:
        """Add a store, and load what an earlier process saved under its name. Call it when the engine is imported.

        Raises:
            ValueError: The name is taken.
            Unreadable: What was saved is not what the store saves today.
        """
        with self._lock:
            if name in self._stores:
                raise ValueError(f"two stores are named {name}")
            self._stores[name] = store
            if working is not None:
                self._working.append(working)
        data = self.snapshot.read(f"{ENGINES}{name}") if self.snapshot else None
        if data is not None:
            try:
                store.load(json.loads(data))
            except (ValueError, KeyError, TypeError) as error:
                raise Unreadable(
                    f"the saved state of {name} is not what this Slipway saves ({error}). {ADVICE}"
                ) from error

    def touch(self, service: str = "", action: str = "", method: str = "") -> None:
        """Something may have changed: by a call that was answered, or (without arguments) by an engine itself."""
        reads = action.startswith(_READS) if action else method in {"GET", "HEAD"}
        if reads and service != "sts":
            return
        with self._lock:
            self._changed.add(_ALONE.get(service, _ALL))
            if self._since is None:
                self._since = time.monotonic()

    def age(self) -> float:
        """For how many seconds the oldest change has been waiting to be saved; 0 if nothing has changed."""
        for working in self._working:
            if working():
                self.touch()
        since = self._since
        return time.monotonic() - since if since is not None else 0.0

    def dump(self, ministack: Callable[[Callable[[str], bool]], Iterator[tuple[str, bytes]]]) -> dict[str, bytes]:
        """The parts that may have changed, as one state. Call it on the event loop, where no call is answered meanwhile.

        CloudFormation comes last: what it has recorded as created is then in the other parts.

        Args:
            ministack: Gives the state of the services that a function chooses.
        """
        with self._lock:
            changed, self._changed, self._since = self._changed, set(), None

        def wanted(part: str) -> bool:
            return _ALL in changed or part in changed

        parts = {f"{MINISTACK}{key}": data for key, data in ministack(lambda key: wanted(f"{MINISTACK}{key}"))}
        for name in sorted(self._stores, key=lambda name: name == "cloudformation"):
            found = self._stores[name].dump() if wanted(f"{ENGINES}{name}") else None
            if found is not None:
                parts[f"{ENGINES}{name}"] = found if isinstance(found, bytes) else json.dumps(found).encode()
        return parts

    def reset(self) -> None:
        """Forget everything, here and in the folder."""
        for store in list(self._stores.values()):
            store.reset()
        with self._lock:
            self._changed, self._since = set(), None
        if self.snapshot:
            self.snapshot.clear()


STORES = Stores()


def persisted(name: str, store: Persisted, working: Callable[[], bool] | None = None) -> None:
    """Register a store of an engine: `persisted("cloudformation", STORE)`.

    Args:
        name: Unique.
        store: What is saved and loaded.
        working: Whether the store has changed by itself, without a call, since this was asked last.
    """
    STORES.register(name, store, working)
