"""A provider that keeps resources in memory, for types with no API anywhere in the sandbox.

Nothing happens when such a resource is made: it is written down, its attributes are made up in AWS's shape, and it can
be read back and drift. `docs/sandbox.md` lists the types that use it.
"""

from __future__ import annotations

import copy
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created, ResourceFailure

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.providers.provider import Context

_Key = tuple[str, str, str, str]


class Records:
    """What the in-memory types hold, by account, region, type and physical id; safe to use from several threads."""

    def __init__(self) -> None:
        self._held: dict[_Key, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def put(self, key: _Key, props: dict[str, Any]) -> None:
        """Write a resource down."""
        with self._lock:
            self._held[key] = copy.deepcopy(props)

    def get(self, key: _Key) -> dict[str, Any] | None:
        """A copy of what is written down, or None."""
        with self._lock:
            return copy.deepcopy(self._held.get(key))

    def drop(self, key: _Key) -> None:
        """Forget a resource; that it is gone already is fine."""
        with self._lock:
            self._held.pop(key, None)

    def of(self, account: str, region: str, type_name: str) -> dict[str, dict[str, Any]]:
        """All resources of a type, by physical id."""
        with self._lock:
            return {
                key[3]: copy.deepcopy(props)
                for key, props in self._held.items()
                if key[:3] == (account, region, type_name)
            }

    def dump(self) -> list[list[Any]]:
        """Everything, as plain JSON values, for the state folder."""
        with self._lock:
            return [[*key, copy.deepcopy(props)] for key, props in self._held.items()]

    def load(self, rows: list[list[Any]]) -> None:
        """Take back what `dump` gave."""
        with self._lock:
            self._held = {(str(a), str(r), str(t), str(p)): props for a, r, t, p, props in rows}


RECORDS = Records()


class ResourceInput(NamedTuple):
    """What a `Record` asks its functions with: where, the properties and the id so far."""

    ctx: Context
    props: dict[str, Any]
    physical_id: str


class MemoryProvider:
    """The provider of one in-memory type.

    Args:
        type_name: Such as `AWS::ApplicationAutoScaling::ScalingPolicy`.
        physical_id: Makes the physical id; by default a generated name.
        attributes: Makes the values of `Fn::GetAtt`.
    """

    def __init__(
        self,
        type_name: str,
        *,
        physical_id: Callable[[Context, dict[str, Any]], str] | None = None,
        attributes: Callable[[ResourceInput], dict[str, Any]] | None = None,
    ) -> None:
        self.type_name = type_name
        self._physical_id = physical_id
        self._attributes = attributes

    def create(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Write the resource down."""
        physical_id = self._physical_id(ctx, props) if self._physical_id else generated_name(ctx)
        if RECORDS.get(self._key(ctx, physical_id)) is not None:
            raise ResourceFailure(f"{physical_id} already exists", "AlreadyExists")
        RECORDS.put(self._key(ctx, physical_id), props)
        return self._made(ctx, props, physical_id)

    def update(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Write the new properties down.

        Raises:
            ResourceFailure: Code `NotFound` if it was deleted behind CloudFormation's back.
        """
        del old
        self.read(ctx, physical_id, new)
        RECORDS.put(self._key(ctx, physical_id), new)
        return self._made(ctx, new, physical_id)

    def delete(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Forget the resource."""
        del props
        RECORDS.drop(self._key(ctx, physical_id))

    def read(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """What is written down."""
        del props
        found = RECORDS.get(self._key(ctx, physical_id))
        if found is None:
            raise ResourceFailure(f"{physical_id} was not found", "NotFound")
        return found

    def _key(self, ctx: Context, physical_id: str) -> _Key:
        return (ctx.account, ctx.region, self.type_name, physical_id)

    def _made(self, ctx: Context, props: dict[str, Any], physical_id: str) -> Created:
        return Created(
            physical_id, self._attributes(ResourceInput(ctx, props, physical_id)) if self._attributes else {}
        )
