"""One environment's storm: hundreds of releases are due there at once, while people act in another environment."""

from __future__ import annotations

from typing import Any, NamedTuple

from generator.release.client import envelope, request_id
from generator.release.model.release import Release
from generator.release.model.requests import Decide, Propose, Request, RollBack
from generator.release.model.states import Closed, Waiting
from tests.release.fake_platform import PEOPLE
from tests.simulation.surroundings import Plan
from tests.simulation.world import FRONT, World

__all__ = ["Plan", "Storm", "Waited"]


class Waited(NamedTuple):
    """What somebody waited for: claims of the storm's releases meanwhile, and seconds."""

    claims: int
    seconds: float


class Storm(World):
    """Two services of prod are released, then every service of dev at once; meanwhile people act in prod."""

    environments = ("dev", "prod")

    def __init__(self, seed: int, plan: Plan) -> None:
        super().__init__(seed, plan)
        self.claims: list[tuple[float, str]] = []  # when which release was claimed, renewed or saved

    def leased(self, release_id: str, lease: dict[str, Any]) -> None:
        super().leased(release_id, lease)
        self.claims.append((self.time.now, release_id))

    def send(self, request: Request, who: str = "ana") -> None:
        """Somebody in Slack asks for something."""
        self.platform.queue.as_(f"{FRONT}:front").send(envelope(request, PEOPLE[who].slack or ""))

    def until(self, release_id: str, *states: type) -> Release:
        """Let time pass until a release is in one of these states."""

        def is_there() -> bool:
            found = self.find(release_id)
            return found is not None and isinstance(found.state, states)

        assert self.time.run(is_there, 600.0), (release_id, self.find(release_id), self.said[-3:])
        found = self.find(release_id)
        assert found is not None
        return found

    def find(self, release_id: str) -> Release | None:
        """A release, read behind the engine's back."""
        return next((one for one in self.releases() if one.id == release_id), None)

    def begin(self) -> None:
        """The first service of prod runs version 3 after 2, the second waits for approval, and the storm breaks out."""
        for _ in range(self.plan.workers):
            self.join()
        self.time.start(self._aws_works)
        first, second = self.apps[:2]
        for number in (1, 2):
            self.send(Propose(id=request_id(), stack=f"prod/service-{first}"))
            waiting = self.until(f"prod-{first}-{number}", Waiting)
            self.send(Decide(id=request_id(), release=waiting.id, verdict="approve", binding=waiting.binding), "ben")
            self.until(waiting.id, Closed)
            if number == 1:
                self.platform.publish(3)
        self.send(Propose(id=request_id(), stack=f"prod/service-{second}"))
        self.until(f"prod-{second}-1", Waiting)
        for app in self.apps:
            self.send(Propose(id=request_id(), stack=f"dev/service-{app}"))
        assert self.time.run(lambda: len(self.open()) >= len(self.apps), 600.0), self.said[-3:]

    def _aws_works(self) -> None:
        while True:
            self.time.sleep(2.0)
            self.platform.clouds.tick()

    def approve(self) -> Waited:
        """Somebody approves the second service's release; what was moved before it was answered."""
        release = self.until(f"prod-{self.apps[1]}-1", Waiting)
        asked = Decide(id=request_id(), release=release.id, verdict="approve", binding=release.binding)
        return self._waited(asked, lambda: (f"request#{asked.id}", "answer") in self.platform.table.items)

    def roll_back(self) -> Waited:
        """Somebody rolls the first service back; what was moved before the rollback's change set was executed."""
        stacks, _ = self.platform.aws("prod")
        executed = sum(len(stack.executed) for stack in stacks.all)
        asked = RollBack(id=request_id(), stack=f"prod/service-{self.apps[0]}", version="2" * 40)
        return self._waited(asked, lambda: sum(len(stack.executed) for stack in stacks.all) > executed)

    def _waited(self, asked: Request, is_done: Any) -> Waited:
        began, before = self.time.now, len(self.claims)
        self.send(asked)
        assert self.time.run(is_done, 600.0), self.said[-3:]
        storm = [release_id for _, release_id in self.claims[before:] if release_id.startswith("dev-")]
        return Waited(len(storm), self.time.now - began)
