"""Containers of a task definition as programs of this machine: arguments, environment, memory, network and health check."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import task_launch
from generator.sandbox.ecs.image_scripts import Process, choose
from generator.sandbox.processes import task_networks
from generator.sandbox.processes.process_host import Program
from generator.sandbox.processes.task_run import ContainerPlan, HealthCheck

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.sandbox.ecs.model import Task
    from generator.sandbox.ecs.runtime import Runtime

MEBIBYTE = 1024 * 1024
# Below the ports that the kernel gives to outgoing connections (32768 to 60999), or one of those could take it first.
_PORTS = range(20000, 30000)


class NotStarted(Exception):  # noqa: N818 - what ECS calls it
    """A task that can't start; the text is its stopped reason."""


class ContainerPlans:
    """Reads task definitions. It is asked while the world is held."""

    def __init__(self, world: Runtime) -> None:
        self._world = world
        self._ports = _free_ports()

    def of(self, task: Task, shape: dict[str, Any]) -> tuple[ContainerPlan, ...]:
        """The containers of a task that are programs; the task gets its address on this machine.

        Raises:
            NotStarted: A secret is missing.
        """
        found: list[ContainerPlan] = []
        for container in shape["containerDefinitions"]:
            image = self._world.outside.image(task.home, container["image"])
            behaviour = choose(container["image"], container.get("dockerLabels") or {}, image.annotation)
            if isinstance(behaviour, Process):
                found.append(self._plan(task, shape, container, behaviour))
        known = {plan.name for plan in found}
        # A container whose image is a script only has to exist, and counts as started.
        return tuple(p._replace(depends_on=tuple(d for d in p.depends_on if d[0] in known)) for p in found)

    def _plan(self, task: Task, shape: dict[str, Any], container: dict[str, Any], image: Process) -> ContainerPlan:
        port = image.port or next((int(p["containerPort"]) for p in container["portMappings"]), 0)
        variables = self._variables(task, container, image)
        mapped = {int(p["containerPort"]) for p in container["portMappings"]}
        network = ""
        if port in mapped and (task.port in {0, port} or not task.address):
            if image.port_variable:
                local = next(self._ports)
                task.address = f"127.0.0.1:{local}"
                variables[image.port_variable] = str(local)
            elif task_networks.possible():
                pair = task_networks.pair()
                network, task.address = f"new {pair.host} {pair.task}", f"{pair.task}:{port}"
            else:
                task.address = f"127.0.0.1:{port}"
        command = task_launch.command_of(task, container["name"]) or container.get("command") or ()
        argv = (*(container.get("entryPoint") or ()), *command) or image.argv
        memory = int(container.get("memory") or shape.get("memory") or 0) * MEBIBYTE
        check = container.get("healthCheck")
        return ContainerPlan(
            container["name"],
            Program(tuple(argv), image.folder, variables, memory, network=network),
            essential=container.get("essential", True),
            depends_on=tuple((d["containerName"], d["condition"]) for d in container.get("dependsOn") or []),
            stop_timeout=float(container.get("stopTimeout") or 30),
            health=HealthCheck(
                tuple(check["command"]), float(check.get("interval") or 30), float(check.get("timeout") or 5),
                int(check.get("retries") or 3), float(check.get("startPeriod") or 0),
            ) if check else None,
        )  # fmt: skip

    def _variables(self, task: Task, container: dict[str, Any], image: Process) -> dict[str, str]:
        """The environment: the image's, then the definition's, then its secrets; PATH as Docker gives it."""
        found = {"PATH": os.defpath, "HOSTNAME": f"ip-{task.ip.replace('.', '-')}", **image.environment}
        found |= {row["name"]: str(row["value"]) for row in container.get("environment") or []}
        for row in container.get("secrets") or []:
            value = self._world.outside.secret(task.home, row["valueFrom"])
            if value is None:
                # Wording: Amazon ECS Developer Guide, "ResourceInitializationError errors".
                raise NotStarted(
                    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
                    f"failed: unable to retrieve secret from asm: {row['valueFrom']}: ResourceNotFoundException"
                )
            found[row["name"]] = value
        return found


def _free_ports() -> Iterator[int]:
    """Ports of this machine on which nobody listens."""
    while True:
        for port in _PORTS:
            with socket.socket() as found:
                try:
                    found.bind(("127.0.0.1", port))
                except OSError:
                    continue
            yield port
