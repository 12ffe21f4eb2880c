"""The other services of an engine that is tested alone: they remember what they were told."""

# ruff: noqa: ARG002 - the fake takes what the true one takes
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from generator.sandbox.ecs.model import Home
from generator.sandbox.ecs.other_services import Alarm, Image, TargetGroup


class Memory:
    """The other services, which remember."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.firing: list[str] = []
        # What hooks' functions answer, one after the other.
        self.answers: list[Any] = []

    def target_group(self, home: Home, arn: str) -> TargetGroup | None:
        return TargetGroup(arn, "app/lb/1", interval=10, unhealthy=2, delay=30)

    def register(self, home: Home, group: str, ip: str, port: int) -> None:
        self.calls.append(("register", group, port))

    def deregister(self, home: Home, group: str, ip: str, port: int) -> None:
        self.calls.append(("deregister", group, port))

    def weigh(self, home: Home, rule: str, weights: Mapping[str, int]) -> None:
        self.calls.append(("weigh", rule, dict(weights)))

    def image(self, home: Home, name: str) -> Image:
        return Image("sha256:1")

    def secret(self, home: Home, name: str) -> str | None:
        return f"value of {name}" if "missing" not in name else None

    def log(self, home: Home, group: str, stream: str, lines: Iterable[str]) -> None:
        self.calls.append(("log", group, tuple(lines)))

    def metrics(self, home: Home, rows: Iterable[tuple[str, str, Mapping[str, str], list[float]]]) -> None:
        self.calls += [("metric", name, tuple(values)) for _, name, _, values in rows]

    def event(self, home: Home, source: str, kind: str, resources: list[str], detail: Mapping[str, Any]) -> None:
        self.calls.append(("event", kind, detail.get("lastStatus") or detail.get("eventName")))

    def alarms(self, home: Home) -> list[Alarm]:
        return [Alarm(name, "ALARM", {"ComparisonOperator": "other"}) for name in self.firing]

    def set_alarm(self, home: Home, name: str, state: str, reason: str) -> None:
        self.calls.append(("alarm", name, state))

    def call(self, home: Home, function: str, event: dict[str, Any], answered: Callable[[Any], None]) -> None:
        self.calls.append(("call", function, event.get("hookDetails")))
        answered(self.answers.pop(0) if self.answers else None)

    def subnets(self, home: Home, ids: list[str]) -> list[tuple[str, str, str]]:
        return [(name, "eu-west-1a", "10.0.0.0/28") for name in ids]
