"""Who answers which call: operations of ours, and what goes around ministack's.

    @operation("cloudformation", "CreateChangeSet")
    def create_change_set(request: Request) -> Mapping[str, Any]:
        return {"Id": ..., "StackId": ...}      # raise AwsError to answer an error

    @around("ecr", "DescribeImages")
    async def describe_images(request: Request, forward: Forward) -> Reply:
        reply = await forward()                 # ministack's answer

A service with an operation of ours is ours entirely when it is in `OWNED`: what it does not have is refused honestly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from generator.sandbox.server.wire import Reply, Request

    class Forward(Protocol):
        """Asks ministack."""

        def __call__(self, changed: Request | None = None) -> Awaitable[Reply]:
            """Have it answer the call, or to a changed one (its body only)."""
            ...

    Operation = Callable[[Request], "Mapping[str, Any] | Reply | Awaitable[Mapping[str, Any] | Reply | None] | None"]
    Around = Callable[[Request, Forward], Awaitable[Reply]]

_AnyOperation = TypeVar("_AnyOperation", bound="Operation")
_AnyAround = TypeVar("_AnyAround", bound="Around")

# Services whose every operation is ours: ministack's are not asked.
OWNED = {"cloudformation", "ecs", "application-autoscaling", "fis", "globalaccelerator"}
# Engines put this into the User-Agent of their clients (botocore's `user_agent_extra`): faults spare their calls.
ENGINE = "slipway-engine"
_operations: dict[tuple[str, str], Operation] = {}
_arounds: dict[tuple[str, str], Around] = {}


def operation(service: str, *actions: str) -> Callable[[_AnyOperation], _AnyOperation]:
    """Register what answers these operations of a service (by signing name).

    A plain function runs on a thread, so it may block and call this sandbox; an `async` one runs on the event loop and
    must do neither. It answers the output's members as boto3 shows them, without `ResponseMetadata`.

    Raises:
        ValueError: An operation has an answer already.
    """

    def register(function: _AnyOperation) -> _AnyOperation:
        for action in actions:
            if (service, action) in _operations:
                raise ValueError(f"{service}:{action} is answered twice")
            _operations[service, action] = function
        return function

    return register


def find_operation(service: str, action: str) -> Operation | None:
    """What answers an operation of ours, or None."""
    return _operations.get((service, action))


def find_around(service: str, action: str) -> Around | None:
    """What goes around ministack's answer to an operation, or None."""
    return _arounds.get((service, action))


def around(service: str, *actions: str) -> Callable[[_AnyAround], _AnyAround]:
    """Register what goes around ministack's answer to these operations; `forward` asks ministack.

    Raises:
        ValueError: An operation is decorated already.
    """

    def register(function: _AnyAround) -> _AnyAround:
        for action in actions:
            if (service, action) in _arounds:
                raise ValueError(f"{service}:{action} is decorated twice")
            _arounds[service, action] = function
        return function

    return register
