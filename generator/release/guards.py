"""Lets a worker change AWS only while it holds the release. The check is made right before each such call."""

from collections.abc import Callable
from typing import Any

from generator.release.model.people import Actor
from generator.release.model.release import StackRef
from generator.release.ports import Cloud, Clouds

Check = Callable[[], None]

# Methods of ``ports.Stacks`` and ``ports.Services`` that change something.
STACK_WRITES = ("create", "execute", "delete", "delete_stack", "cancel_update", "continue_rollback")
SERVICE_WRITES = ("stop", "continue_deployment")


class _Guarded:
    def __init__(self, inner: Any, check: Check, writes: tuple[str, ...]) -> None:
        self._inner, self._check, self._writes = inner, check, writes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._writes:
            return found

        def checked(*args: Any, **more: Any) -> Any:
            self._check()
            return found(*args, **more)

        return checked


def guarded(inner: Any, check: Check, *writes: str) -> Any:
    """``inner``, whose methods in ``writes`` call ``check`` first.

    It raises an error if they may not be called any more.
    """
    return _Guarded(inner, check, writes)


class GuardedClouds:
    """A ``ports.Clouds`` whose calls with effects are checked first."""

    def __init__(self, inner: Clouds, check: Check) -> None:
        self._inner, self._check = inner, check

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        """The account and Region of a stack."""
        found = self._inner.at(stack, actor)
        stacks = guarded(found.stacks, self._check, *STACK_WRITES)
        return found._replace(stacks=stacks, services=guarded(found.services, self._check, *SERVICE_WRITES))

    def execution_role(self, stack: StackRef) -> str:
        """ARN of the role that CloudFormation assumes there."""
        return self._inner.execution_role(stack)
