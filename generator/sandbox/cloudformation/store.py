"""All stacks of all accounts and regions, the lock that guards them, and their life on disk."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import msgspec

from generator.sandbox.cloudformation.intrinsic_functions import Environment, Known, StackLocation
from generator.sandbox.cloudformation.model import Detection, Fault, Stack  # noqa: TC001 - msgspec reads the annotations
from generator.sandbox.cloudformation.parameters import typed
from generator.sandbox.cloudformation.template_values import invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.sandbox.cloudformation.host import Host
    from generator.sandbox.cloudformation.interruption import Interruption
    from generator.sandbox.cloudformation.model import Source


class _State(msgspec.Struct):
    """The file in the state folder."""

    stacks: list[Stack]
    detections: list[Detection]


class Cloud:
    """What CloudFormation knows.

    Args:
        host: The sandbox around it.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.lock = threading.RLock()
        self.stacks: dict[str, Stack] = {}
        self.detections: dict[str, Detection] = {}
        self.faults: list[Fault] = []
        self.threads: list[threading.Thread] = []
        self.runs: dict[str, Interruption] = {}

    def of(self, account: str, region: str) -> Iterator[Stack]:
        """The stacks of an account and region, oldest first, deleted ones included."""
        return (stack for stack in list(self.stacks.values()) if (stack.account, stack.region) == (account, region))

    def find(self, account: str, region: str, name: str) -> Stack | None:
        """A stack by name (if it is not deleted) or by id, or None."""
        if name.startswith("arn:"):
            stack = self.stacks.get(name)
            return stack if stack and (stack.account, stack.region) == (account, region) else None
        return next((stack for stack in self.of(account, region) if stack.name == name and not stack.gone), None)

    def stack(self, account: str, region: str, name: str) -> Stack:
        """A stack by name or id.

        Raises:
            AwsError: `ValidationError`, `Stack with id NAME does not exist`.
        """
        stack = self.find(account, region, name)
        if stack is None:
            raise invalid(f"Stack with id {name} does not exist")
        return stack

    def exports(self, account: str, region: str) -> dict[str, tuple[Stack, str]]:
        """Export names of an account and region with the stack and the value."""
        return {
            output["ExportName"]: (stack, output["OutputValue"])
            for stack in self.of(account, region)
            if not stack.gone
            for output in stack.outputs
            if "ExportName" in output
        }

    def importers(self, account: str, region: str, export: str) -> list[str]:
        """The names of the stacks that import an export."""
        return [stack.name for stack in self.of(account, region) if not stack.gone and export in stack.imports]

    def environment(
        self, stack: Stack, source: Source, *, masked: bool = False, resources: dict[str, Known] | None = None
    ) -> Environment:
        """A template with the values its functions need, as things stand for this stack."""
        known = {
            name: Known(resource.physical_id, (resource.shown if masked else resource.props) | resource.attributes)
            for name, resource in list(stack.resources.items())  # other threads add to it
            if resource.physical_id
        }
        place = StackLocation(stack.account, stack.region, stack.name, stack.stack_id, tuple(stack.notification_arns))
        return Environment(
            source.template,
            typed(source.template, source.parameters, source.resolved, masked=masked),
            place,
            resources=known if resources is None else resources,
            exports=lambda name: self._export(stack, name),
            outputs=lambda query: self._output(stack, query),
        )

    def _export(self, stack: Stack, name: str) -> str | None:
        found = self.exports(stack.account, stack.region).get(name)
        return found[1] if found else None

    def _output(self, stack: Stack, query: dict[str, str]) -> str | None:
        other = self.find(stack.account, query.get("Region", stack.region), query.get("StackName", ""))
        for output in other.outputs if other else []:
            if output["OutputKey"] == query.get("OutputName"):
                return output["OutputValue"]
        return None

    def settle(self, timeout: float = 60) -> None:
        """Wait until no operation runs, for tests and for an orderly end. The timeout is for each operation."""
        for thread in list(self.threads):
            thread.join(timeout)
        self.threads = [thread for thread in self.threads if thread.is_alive()]

    def dump(self) -> bytes:
        """Everything, for the state folder. NoEcho values are in it: the folder is for its owner only."""
        with self.lock:
            return msgspec.json.encode(_State(list(self.stacks.values()), list(self.detections.values())))

    def load(self, data: bytes) -> None:
        """Take back what `dump` gave."""
        state = msgspec.json.decode(data, type=_State)
        with self.lock:
            self.stacks = {stack.stack_id: stack for stack in state.stacks}
            self.detections = {found.detection_id: found for found in state.detections}

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            for run in self.runs.values():
                run.halt.set()
            self.runs.clear()
            self.stacks.clear()
            self.detections.clear()
            self.faults.clear()

    def take_fault(self, stack: str, logical_id: str, phases: tuple[str, ...]) -> Fault | None:
        """The fault that somebody asked for here, counted down; or None."""
        with self.lock:
            for fault in self.faults:
                here = fault.stack in ("*", stack) and fault.logical_id in ("*", logical_id)
                if fault.times > 0 and here and fault.phase in phases:
                    fault.times -= 1
                    return fault
        return None


def plain(value: Any) -> Any:
    """A deep copy in plain builtins."""
    return msgspec.to_builtins(value)
