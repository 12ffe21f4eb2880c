"""What every part of the engine works on: the state, the time, the other services, and how to name new things."""

from __future__ import annotations

import ipaddress
import secrets
import time
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs.model import Home, State
from generator.sandbox.ecs.task_lifecycle import Checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.ecs.model import Definition, Revision, Service, Task
    from generator.sandbox.ecs.other_services import Machine, Outside, TargetGroup

# How long the engine hurries, at instant speed, after something was done: long enough for alarms to settle.
SETTLE = 900.0
EVENTS = 100


class Runtime:
    """The state and its surroundings. `seconds` is the engine's time, which at instant speed jumps ahead.

    `machine` runs tasks that are processes; without it they fail. `post` does something soon, on the engine's thread.
    """

    def __init__(self, outside: Outside, post: Callable[[Callable[[], None]], None] = lambda act: act()) -> None:
        self.post = post
        self.machine: Machine | None = None
        self.state = State()
        self.outside = outside
        self.seconds = 0.0
        self.busy_until = 0.0
        self.speed = 0.0
        # Set by the engine: look at a service at once.
        self.touch: Callable[[Service], None] = lambda _: None

    def hurry(self, seconds: float = SETTLE) -> None:
        """Something was done: at instant speed let that much time pass at once."""
        self.busy_until = max(self.busy_until, self.seconds + seconds)

    def real(self, seconds: float) -> float:
        """Our seconds for that many of AWS's, when somebody waits for a person: at instant speed they are true seconds."""
        return seconds * (self.speed or 1.0)

    def for_processes(self, seconds: float) -> float:
        """How many of the engine's seconds to wait for that many true ones: a process is not faster at another speed."""
        return seconds / (self.speed or 1.0)

    def tasks_of(self, service: Service) -> list[Task]:
        """The service's tasks that have not stopped."""
        return [t for t in self.state.tasks.values() if t.service == service.arn and t.status != "STOPPED"]

    def group_of(self, home: Home, arn: str) -> TargetGroup | None:
        """The target group of an ARN."""
        return self.outside.target_group(home, arn) if arn else None

    def definition(self, arn: str) -> Definition:
        """A task definition by its ARN."""
        return self.state.definitions[arn]

    def note(self, service: Service, text: str) -> None:
        """Write into the service's event stream (describe-services shows the newest first)."""
        entry = {"id": secrets.token_hex(16), "createdAt": time.time(), "message": f"(service {service.name}) {text}"}
        service.events.insert(0, entry)
        del service.events[EVENTS:]

    def emit(self, home: Home, kind: str, resources: list[str], detail: dict[str, Any]) -> None:
        """Publish an `aws.ecs` event."""
        self.outside.event(home, "aws.ecs", kind, resources, detail)

    def act(self, service: Service, kind: str, name: str) -> None:
        """Publish a service action event (Developer Guide, "Amazon ECS service action events")."""
        detail = {
            "eventType": kind,
            "eventName": name,
            "clusterArn": service.cluster,
            "createdAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        self.emit(service.home, "ECS Service Action", [service.arn], detail)

    def checks(self, service: Service | None, revision: Revision | None, task: Task) -> Checks:
        """How the health of a task is found out."""
        container = next(
            (c["healthCheck"] for c in self.definition(task.definition).shape["containerDefinitions"] if c.get("healthCheck")), None
        )  # fmt: skip
        group = self.group_of(task.home, revision.target_group) if revision else None
        return Checks(
            target=group.interval if group else 0,
            target_limit=group.unhealthy if group else 0,
            container=float(container.get("interval", 30)) if container else 0,
            container_limit=int(container.get("retries", 3)) if container else 0,
            start_period=float(container.get("startPeriod", 0)) if container else 0,
            grace=float((service.given.get("healthCheckGracePeriodSeconds") if service else 0) or 0),
        )

    def place(self, home: Home, network: dict[str, Any]) -> tuple[str, str, str]:
        """(Subnet, Availability Zone, free address) for a new task, spread over the subnets; "" if none is free there."""
        subnets = (network.get("awsvpcConfiguration") or {}).get("subnets") or []
        alive = [t for t in self.state.tasks.values() if t.home == home and t.status != "STOPPED"]
        known = self.outside.subnets(home, subnets) or [
            (name, f"{home.region}{'abc'[number % 3]}", f"10.0.{number}.0/24")
            for number, name in enumerate(subnets or [""])
        ]
        subnet, zone, cidr = min(known, key=lambda row: sum(t.subnet == row[0] for t in alive))
        taken = {t.ip for t in alive if t.subnet == subnet}
        block = ipaddress.ip_network(cidr, strict=False)
        room = max(1, block.num_addresses - 5)
        # The first four addresses and the last of a subnet are AWS's own (Amazon VPC User Guide, "Subnet sizing").
        start = secrets.randbelow(room)
        ip = next(
            (
                a
                for n in range(room)
                if (a := str(block[min(4 + (start + n) % room, block.num_addresses - 1)])) not in taken
            ),
            "",
        )
        return subnet, zone, ip


def digits(count: int = 19) -> str:
    """A number as ECS uses it in ids."""
    return str(secrets.randbelow(9 * 10 ** (count - 1)) + 10 ** (count - 1))
