"""What callers gave and ministack forgets: kept here, and put back into its answers."""

from __future__ import annotations

import copy
import threading
from typing import TYPE_CHECKING, Any

from generator.sandbox.server.persistence import persisted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generator.sandbox.server.wire import Request


class RememberedValues:
    """Values by account, region, kind of resource and identifier; safe to use from several threads."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def keep(self, request: Request, kind: str, identifier: str, values: dict[str, Any]) -> None:
        """Keep values of a resource over those that are kept already."""
        with self._lock:
            self._held.setdefault(self._key(request, kind, identifier), {}).update(copy.deepcopy(values))

    def put(self, request: Request, kind: str, identifier: str, values: dict[str, Any]) -> None:
        """Keep these values of a resource and no others."""
        with self._lock:
            self._held[self._key(request, kind, identifier)] = copy.deepcopy(values)

    def of(self, request: Request, kind: str, identifier: str) -> dict[str, Any]:
        """What is kept of a resource; empty if nothing."""
        with self._lock:
            return copy.deepcopy(self._held.get(self._key(request, kind, identifier), {}))

    def all(self, request: Request, kind: str) -> dict[str, dict[str, Any]]:
        """Everything of a kind in the caller's account and region, by identifier."""
        prefix = self._key(request, kind, "")
        with self._lock:
            return {
                key.removeprefix(prefix): copy.deepcopy(values)
                for key, values in self._held.items()
                if key.startswith(prefix)
            }

    def drop(self, request: Request, kind: str, identifiers: Iterable[str]) -> None:
        """Forget resources; that they are gone already is fine."""
        with self._lock:
            for identifier in identifiers:
                self._held.pop(self._key(request, kind, identifier), None)

    def dump(self) -> dict[str, dict[str, Any]]:
        """Everything, for the state folder."""
        with self._lock:
            return copy.deepcopy(self._held)

    def load(self, data: dict[str, dict[str, Any]]) -> None:
        """Take back what `dump` gave."""
        with self._lock:
            self._held = data

    def reset(self) -> None:
        """Forget everything."""
        self.load({})

    def _key(self, request: Request, kind: str, identifier: str) -> str:
        # IAM, Route 53, CloudFront and Global Accelerator are the same in all regions.
        region = "" if request.service in {"iam", "route53", "cloudfront", "globalaccelerator"} else request.region
        return f"{request.account}/{region}/{kind}/{identifier}"


MEMORY = RememberedValues()
persisted("memory", MEMORY)


def picked(values: dict[str, Any], *names: str) -> dict[str, Any]:
    """Those of the named members that are there."""
    return {name: values[name] for name in names if name in values}
