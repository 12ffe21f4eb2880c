"""What outlives a restart: engines register their stores here, and the sandbox saves and loads them with ministack's.

The files are JSON in the state folder, one for each store. Without a state folder nothing is saved.
"""

from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)


class Persisted(Protocol):
    """A store of an engine."""

    def dump(self) -> Any:
        """Everything worth keeping, as plain JSON values, or None for nothing; called while other threads work, so lock and copy."""
        ...

    def load(self, data: Any) -> None:
        """Take back what `dump` gave. An operation that was running then was interrupted: settle it."""
        ...

    def reset(self) -> None:
        """Forget everything, and end what is running."""
        ...


class Stores:
    """The stores of this process and the folder they are kept in."""

    def __init__(self) -> None:
        self._stores: dict[str, Persisted] = {}
        self._folder: Path | None = None
        self._lock = threading.Lock()

    def keep_in(self, folder: Path) -> None:
        """Save and load from this folder from now on."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def saved(self) -> set[str]:
        """The names of the stores that have a file."""
        return {path.stem for path in self._folder.glob("*.json")} if self._folder else set()

    def register(self, name: str, store: Persisted) -> None:
        """Add a store, and load what an earlier process saved under its name. Call it when the engine is imported.

        Raises:
            ValueError: The name is taken.
        """
        with self._lock:
            if name in self._stores:
                raise ValueError(f"two stores are named {name}")
            self._stores[name] = store
        path = self._folder / f"{name}.json" if self._folder else None
        if path and path.exists():
            try:
                store.load(json.loads(path.read_text()))
            except (ValueError, KeyError, TypeError) as error:
                _log.warning("%s: could not be read (%r); this store starts empty", path, error)
                store.reset()

    def save(self) -> None:
        """Write every store; each file is replaced whole, so that a crash leaves the old or the new one."""
        if self._folder is None:
            return
        for name, store in list(self._stores.items()):
            found = store.dump()
            if found is None:
                continue
            partial = self._folder / f"{name}.partial"
            partial.write_text(json.dumps(found))
            partial.replace(self._folder / f"{name}.json")

    def reset(self) -> None:
        """Forget everything, here and in the folder."""
        for store in list(self._stores.values()):
            store.reset()
        for name in self.saved():
            if self._folder:
                (self._folder / f"{name}.json").unlink(missing_ok=True)


STORES = Stores()


def persisted(name: str, store: Persisted) -> None:
    """Register a store of an engine: `persisted("cloudformation", STORE)`."""
    STORES.register(name, store)
