"""Every account and Region in memory, with one clock and one set of faults."""

from __future__ import annotations

from collections.abc import Callable

from generator.release.model.people import Actor
from generator.release.model.release import StackRef
from generator.release.ports import Cloud
from tests.fakes.faults import Faults
from tests.fakes.services import FakeServices
from tests.fakes.stacks import FakeStacks


class FakeClouds:
    """A ``ports.Clouds``. ``cloud(account, region)`` is what a test looks at; ``seen`` who acted where."""

    def __init__(
        self, clock: Callable[[], float], faults: Faults | None = None, *, ticks: int = 0, making: int = 0
    ) -> None:
        self.clock = clock
        self.faults = faults or Faults()
        self.seen: list[tuple[str, str]] = []
        self._ticks, self._making = ticks, making
        self._clouds: dict[tuple[str, str], tuple[FakeStacks, FakeServices]] = {}

    def cloud(self, account: str, region: str) -> tuple[FakeStacks, FakeServices]:
        """The fakes of one account and Region."""
        if (account, region) not in self._clouds:
            services = FakeServices(self.clock, self.faults)
            stacks = FakeStacks(
                self.clock,
                services=services,
                faults=self.faults,
                ticks=self._ticks,
                making=self._making,
                place=f"{region}:{account}",
            )
            self._clouds[account, region] = stacks, services
        return self._clouds[account, region]

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        self.seen.append((stack.key, actor.name))
        return Cloud(*self.cloud(stack.account, stack.region))

    def execution_role(self, stack: StackRef) -> str:
        return f"arn:aws:iam::{stack.account}:role/slipway-execution-{stack.environment}"

    def tick(self, times: int = 1) -> None:
        """Let every account come further."""
        for _ in range(times):
            for stacks, _services in list(self._clouds.values()):
                stacks.tick()
