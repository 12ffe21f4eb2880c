"""When the sandbox saves: by the age of the oldest change that is not saved yet, however busy it is.

The state is copied on the event loop, as one state of all services, and written on a thread, so a save keeps calls
waiting for the copy alone (some 20 ms with three environments).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from generator.sandbox.server import ministack_state

if TYPE_CHECKING:
    from generator.sandbox.server.persistence import Stores

# Seconds between looks, and of age before a save: with the save itself, less than two seconds are ever unsaved.
LOOK_EVERY = 0.25
_AGE = 0.75
_log = logging.getLogger(__name__)


class StateSaver:
    """Saves the stores. Its methods run on the event loop.

    Args:
        stores: What is saved; without a folder nothing is.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._one = asyncio.Lock()

    async def when_due(self) -> None:
        """Save if a change is old enough; a save that fails is logged and tried again."""
        if self._stores.snapshot is not None and self._stores.age() >= _AGE:
            try:
                await self.now()
            except OSError:
                _log.exception("the state could not be saved; it is tried again")

    async def now(self) -> None:
        """Save what has changed.

        Raises:
            OSError: It can't be written.
        """
        snapshot = self._stores.snapshot
        if snapshot is None:
            return
        async with self._one:
            parts = self._stores.dump(ministack_state.states)
            try:
                await asyncio.to_thread(snapshot.write, parts)
            except OSError:
                self._stores.touch()
                raise

    def at_the_end(self) -> None:
        """Save what the last calls changed, and that the sandbox ended in order."""
        snapshot = self._stores.snapshot
        if snapshot is not None:
            parts = self._stores.dump(ministack_state.states)
            # Stacks were saved when their threads were interrupted; what these do without a sandbox does not count.
            parts.pop("engines/cloudformation", None)
            snapshot.write(parts, ended=True)

    async def forget(self) -> None:
        """Forget everything, after a save that is under way."""
        async with self._one:
            # The engines wait for their own threads, which may wait for the event loop.
            await asyncio.to_thread(self._stores.reset)
            ministack_state.reset()
