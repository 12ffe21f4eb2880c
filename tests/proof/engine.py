"""The release engine of the proof: people who ask and decide, the versions that CI published, and a worker as a process."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from generator.build.publish import Parts, build_with_bodies, content_commit, create_version
from generator.release import messages
from generator.release.client import request_id
from generator.release.model.requests import Decide, Opened, Propose, RollBack
from generator.release.model.states import Closed, RollingBack, Verifying, Waiting, Watching, name
from generator.release.policy_changes import document
from generator.wiring.composition import Options, compose
from generator.wiring.sandbox_preparation import hold_images, sample_image
from tests.sandbox.configurations import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from generator.release.model.release import Release
    from generator.release.model.requests import Answer, Request
    from generator.wiring.application import Application

PATIENCE = 600.0
MOVING = Watching | Verifying | RollingBack | Closed
# The version of the proof to the sample image that the registry holds for it.
SAMPLES = {
    "good": "good", "better": "better", "slow start": "slow", "crashes": "crashes", "turns bad": "errors",
    "turns slow": "turns-bad", "leaks": "leaks",
}  # fmt: skip


class Engine:
    """Releases as people make them: Ana asks, Ben approves, a worker executes. `stacks` is the configuration."""

    def __init__(self, stacks: Path, environment: str) -> None:
        self._stacks, self._environment = stacks, environment
        self.people: dict[str, Application] = {
            # Nobody but the worker works: its process is what events kill.
            person: compose(stacks, Options(sandbox=True, person=person))._replace(work=None)
            for person in ("ana", "ben")
        }
        self._commits: dict[str, str] = {}
        self._images: dict[tuple[str, str], str] = {}
        self.worker: subprocess.Popen[bytes] | None = None

    def publish(self, services: tuple[str, ...]) -> None:
        """Publish a version of each kind: an image for each service, and the templates of the configuration."""
        ana = self.people["ana"]
        assert ana.tools is not None
        result, bodies = build_with_bodies(ana.config, self._stacks.parent / "build")
        now = ana.clock()
        for number, (kind, sample) in enumerate(SAMPLES.items()):
            images = {
                service: sample_image(ana.config, service, sample, self._architecture(service), now)
                for service in services
            }
            parts = Parts(images, policy=document(ana.facts))
            commit = content_commit(result, parts, f"A version that is {kind}", ana.facts.default_branch)
            made = create_version(result, bodies, commit, parts, now - 3600 + number)
            version = ana.tools.publisher.publish(made.version, made.bodies)
            hold_images(ana.config, ana.tools, version)
            self._commits[kind] = version.id
            self._images |= {(service, kind): image.uri for service, image in images.items()}

    def _architecture(self, service: str) -> str:
        return self.people["ana"].facts.stacks[self.key(service)].architecture

    def key(self, service: str) -> str:
        """The stack of a service."""
        return f"{self._environment}/service-{service}"

    def commit(self, kind: str) -> str:
        """The commit of a version."""
        return self._commits[kind]

    def image(self, service: str, kind: str) -> str:
        """The address of a version's image, with its digest."""
        return self._images[service, kind]

    def start_worker(self) -> None:
        """Start a worker in a process of its own."""
        argv = [sys.executable, "-m", "generator", "worker", "--sandbox", "--stacks", str(self._stacks)]
        self.worker = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def kill_worker(self) -> None:
        """SIGKILL to the worker."""
        if self.worker is not None:
            self.worker.kill()
            self.worker.wait()
            self.worker = None

    def release(self, service: str, kind: str, outcome: str = "succeeded") -> Release:
        """Release a version to a service, from the request to its end.

        Raises:
            AssertionError: It ended in another way than `outcome`.
        """
        return self.ends(self.begin(service, kind), outcome)

    def begin(self, service: str, kind: str) -> str:
        """Ask for a release and approve it; returns its id when its execution has begun."""
        return self._begun(Propose(id=request_id(), stack=self.key(service), version=self.commit(kind)))

    def roll_back(self, service: str) -> Release:
        """Roll a service back to the version before, from the request to its end."""
        return self.ends(self._begun(RollBack(id=request_id(), stack=self.key(service))), "succeeded")

    def undo(self, release: str) -> None:
        """Undo a release that is being executed."""
        self._send("ana", Decide(id=request_id(), release=release, verdict="undo", reason="it was a mistake"))

    def approve(self, release: str) -> None:
        """Approve a release that waits, as Ben."""
        binding = self.now(release).binding
        self._send("ben", Decide(id=request_id(), release=release, verdict="approve", binding=binding))

    def opened(self, service: str) -> str:
        """The open release of a service, once there is one."""
        log = self.people["ana"].client.log
        self.wait(lambda: bool(log.slot(self.key(service))[0].open), f"a release of {service}")
        return str(log.slot(self.key(service))[0].open)

    def runs(self, service: str, kind: str) -> bool:
        """Whether a version is what the log says runs."""
        slot, _ = self.people["ana"].client.log.slot(self.key(service))
        return slot.running is not None and slot.running.commit == self.commit(kind)

    def now(self, release: str) -> Release:
        """A release as it is in the log."""
        return self.people["ana"].release(release)

    def ends(self, release: str, outcome: str = "") -> Release:
        """Wait for the end of a release.

        Raises:
            AssertionError: It ended in another way than `outcome`.
        """
        self.wait(lambda: isinstance(self.now(release).state, Closed), f"the end of {release}")
        found = self.now(release)
        why = "; ".join(messages.reasons(found))
        if outcome and name(found.state) != outcome:
            raise AssertionError(f"{release} ended as {name(found.state)} and not as {outcome}: {why}")
        return found

    def _begun(self, request: Request) -> str:
        answer = self._send("ana", request)
        if not isinstance(answer, Opened):
            raise TypeError(f"{request} was answered with {answer}")
        release = answer.release
        self.wait(lambda: isinstance(self.now(release).state, Waiting | MOVING), f"{release} to wait")
        if isinstance(self.now(release).state, Waiting):
            self.approve(release)
        self.wait(lambda: isinstance(self.now(release).state, MOVING), f"{release} to be executed")
        return release

    def _send(self, person: str, request: Request) -> Answer:
        return self.people[person].ask(request)

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for a condition.

        Raises:
            TimeoutError: It did not come.
        """
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError(f"{what} did not come within {PATIENCE:.0f} s")
            time.sleep(0.2)
