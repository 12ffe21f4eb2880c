"""A small platform on fakes: three environments, a network, a table and two services, people, and workers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from generator.release.client import Client, request_id
from generator.release.context import Context
from generator.release.digests import template_digest
from generator.release.log import Log
from generator.release.model.evidence import SlackAct
from generator.release.model.observed import ImageNow
from generator.release.model.people import Actor
from generator.release.model.platform import EnvironmentRules, PlatformFacts, StackFacts
from generator.release.model.release import Release, StackRef
from generator.release.model.requests import Answer, Decide, Opened, Propose, Request, RollBack
from generator.release.model.settings import Person, Releases, Team
from generator.release.model.states import name
from generator.release.model.version import Body, Commit, Image, Version
from generator.release.reception import Senders
from generator.release.service import ReleaseService
from generator.release.worker import Worker
from tests.fakes.clock import FakeClock
from tests.fakes.clouds import FakeClouds
from tests.fakes.faults import Faults
from tests.fakes.queue import FakeQueue
from tests.fakes.services import FakeServices
from tests.fakes.small_ports import FakeDirectory, FakeImages, FakeProbe, FakeSeal
from tests.fakes.stacks import FakeStacks
from tests.fakes.table import FakeTable
from tests.fakes.versions import FakeVersions
from tests.release.plain_reader import PlainReader
from tests.release.platform_templates import network, service

REGION = "eu-west-1"
ACCOUNTS = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}
PEOPLE = {
    "ana": Person(aws=("AIDAANAANAANAANAANA1",), slack="U0000ANA"),
    "ben": Person(aws=("AIDABENBENBENBENBEN1",), slack="U0000BEN"),
    "cleo": Person(slack="U000CLEO"),
}
TEAMS = {"releasers": Team(people=("ana", "ben")), "owners": Team(people=("cleo",))}


def clicked(person: Person) -> SlackAct:
    """What Slack sends when somebody clicks, as the front hands it on."""
    body = urlencode({"payload": json.dumps({"type": "block_actions", "user": {"id": person.slack}})})
    return SlackAct(body=body, sha256=hashlib.sha256(body.encode()).hexdigest(), timestamp="1", signature="v0=0")


class FakePlatform:
    """The platform with everything around it. ``go`` lets workers work until nothing is left to do at once."""

    def __init__(
        self,
        *,
        settings: Mapping[str, Releases] | None = None,
        ticks: int = 0,
        making: int = 0,
        faults: Faults | None = None,
        table: Any = None,
        apps: Sequence[str] = ("app", "web"),
    ) -> None:
        self.clock = FakeClock()
        self.faults = faults or Faults()
        self.table: FakeTable = table or FakeTable(self.faults)
        self.clouds = FakeClouds(self.clock, self.faults, ticks=ticks, making=making)
        self.versions = FakeVersions(self.faults)
        self.images = FakeImages(self.faults)
        self.reader = PlainReader()
        self.seal = FakeSeal(self.faults)
        self.probe = FakeProbe(self.faults)
        self.queue = FakeQueue(self.clock, faults=self.faults)
        self.wakes = FakeQueue(self.clock, faults=self.faults)
        self.log = Log(self.table, self.clock)
        self.apps = apps
        self.facts = facts_for(settings or {}, apps)
        ids = {("cli", aws): person for person, p in PEOPLE.items() for aws in p.aws}
        ids |= {("slack", p.slack or ""): person for person, p in PEOPLE.items()}
        teams = {person: self.facts.static_groups(person) for person in PEOPLE}
        self.directory = FakeDirectory(ids, teams, self.faults)
        self.observed: list[Release] = []
        self.workers = [self.worker("w1")]
        self.client = Client(self.facts, self.log, self.queue, self.clock.sleep)
        self._bodies = 0

    def context(self) -> Context:
        """What a service works with."""
        return Context(
            facts=self.facts,
            log=self.log,
            clouds=self.clouds,
            versions=self.versions,
            images=self.images,
            reader=self.reader,
            seal=self.seal,
            probe=self.probe,
            directory=self.directory,
            clock=self.clock,
        )

    def worker(self, who: str) -> Worker:
        """One more worker."""
        served = ReleaseService(self.context(), worker=who, observers=[self.observed.append])
        senders = Senders(fronts=("AROAFRONTFRONTFRONT1",), openers=("AROAOPENOPENOPENOPE1",))
        return Worker(served, self.queue, self.directory, senders, wakes=self.wakes)

    @property
    def service(self) -> ReleaseService:
        """The first worker's."""
        return self.workers[0].service

    # --- what CI and AWS have

    def aws(self, env: str) -> tuple[FakeStacks, FakeServices]:
        """The fakes of an environment's account."""
        return self.clouds.cloud(ACCOUNTS[env], REGION)

    def publish(
        self,
        number: int,
        *,
        app: Mapping[str, Any] | None = None,
        net: Mapping[str, Any] | None = None,
        image: ImageNow | None = None,
        branch: str = "main",
        images: bool = True,
    ) -> Version:
        """Version ``number``: a commit of 40 times that digit, with an image of app and web in the registry."""
        commit = f"{number:x}" * 40 if number < 16 else hashlib.sha256(str(number).encode()).hexdigest()[:40]
        bodies: dict[str, str] = {}
        stacks: dict[str, Body] = {}
        for key in self.facts.stacks:
            stack = key.partition("/")[2]
            template = net or network() if stack == "network" else app or service()
            text = json.dumps(template)
            digest = template_digest(template)
            bodies[f"versions/bodies/{digest}"] = text
            released = () if stack == "network" else ("ImageUri", "Release")
            declared = template.get("Parameters", {})
            fed = [name for name, spec in declared.items() if name not in released and "Default" not in spec]
            sources = dict.fromkeys(fed, f"{key.partition('/')[0]}/network")
            stacks[key] = Body(digest=digest, key=f"versions/bodies/{digest}", sources=sources, released=released)
        found = {}
        for service_name in self.apps if images else ():
            digest = "sha256:" + hashlib.sha256(f"{service_name}-{number}".encode()).hexdigest()
            repository = f"slipway/{service_name}"
            self.images.put(
                repository,
                image
                or ImageNow(digest=digest, tags=(commit[:12],), architectures=("arm64",), scan="COMPLETE", findings=()),
            )
            uri = f"{ACCOUNTS['prod']}.dkr.ecr.{REGION}.amazonaws.com/{repository}@{digest}"
            found[service_name] = Image(uri=uri)
        version = Version(
            commit=Commit(id=commit, branch=branch, subject=f"Change number {number}", author="ana"),
            published=self.clock() + number,
            images=found,
            stacks=stacks,
            order=tuple(stacks),
        )
        self.versions.publish(version, bodies)
        return version

    # --- what people do

    def ask(self, request: Request, who: str = "ana") -> Answer | None:
        """Send a request as somebody, let the workers work, and read the answer."""
        sender = PEOPLE[who].aws[0] if who in PEOPLE and PEOPLE[who].aws else who
        by_slack = who in PEOPLE and not PEOPLE[who].aws
        client = Client(
            self.facts, self.log, self.queue.as_("AROAFRONTFRONTFRONT1:front" if by_slack else sender), self.clock.sleep
        )
        client.send(request, PEOPLE[who].slack or "" if by_slack else "", clicked(PEOPLE[who]) if by_slack else None)
        self.go()
        for _ in range(5):
            # What a worker could not deal with is visible again after a minute.
            if self.log.answered(request.id) is not None:
                break
            self.clock.sleep(61)
            self.go()
        return self.log.answered(request.id)

    def client_of(self, who: str) -> Client:
        """Where somebody asks from a terminal."""
        return Client(self.facts, self.log, self.queue.as_(PEOPLE[who].aws[0]), self.clock.sleep)

    def deploy(
        self, env: str = "prod", app: str = "app", version: str | None = None, who: str = "ana", **more: Any
    ) -> str:
        """Propose; answers the release's id."""
        answer = self.ask(Propose(id=request_id(), stack=f"{env}/service-{app}", version=version, **more), who)
        assert isinstance(answer, Opened), answer
        return answer.release

    def apply(self, env: str = "prod", stack: str = "network", who: str = "ana") -> str:
        """Propose an infrastructure stack; answers the release's id."""
        answer = self.ask(Propose(id=request_id(), stack=f"{env}/{stack}"), who)
        assert isinstance(answer, Opened), answer
        return answer.release

    def roll_back(self, env: str = "prod", app: str = "app", who: str = "ana", **more: Any) -> Answer | None:
        """Ask for an earlier version."""
        return self.ask(RollBack(id=request_id(), stack=f"{env}/service-{app}", **more), who)

    def decide(self, release: str, verdict: Any, who: str = "ben", **more: Any) -> Answer | None:
        """Approve, reject, cancel, undo, continue. Approving is bound to what the log shows now."""
        found = self.log.release(release)
        binding = more.pop("binding", found.binding if found else "")
        return self.ask(Decide(id=request_id(), release=release, verdict=verdict, binding=binding, **more), who)

    # --- time and work

    def go(self, rounds: int = 200) -> None:
        """Workers turn until there is nothing to do at this moment."""
        for _ in range(rounds):
            if not sum(worker.turn(0.0) for worker in self.workers):
                return
        raise AssertionError("the workers never come to rest")

    def later(self, seconds: float, every: float = 5.0) -> None:
        """Time passes, AWS continues, workers look."""
        end = self.clock() + seconds
        while self.clock() < end:
            self.clock.sleep(min(every, end - self.clock()))
            self.clouds.tick()
            self.go()

    def end(self, release_id: str, within: float = 1200) -> str:
        """Let time pass until a release (and what undoes it) is over; answers how it ended."""
        end = self.clock() + within
        while self.log.open_ids() and self.clock() < end:
            self.later(20, every=10)
        return self.state(release_id)

    def until(self, release_id: str, state: str, within: float = 600) -> None:
        """Let time pass until a release is in this state."""
        end = self.clock() + within
        while self.state(release_id) != state:
            assert self.clock() < end, self.release(release_id)
            self.later(5)

    def release(self, release_id: str) -> Release:
        """A release as the log has it."""
        found = self.log.release(release_id)
        assert found is not None, release_id
        return found

    def state(self, release_id: str) -> str:
        """Where it stands, in words."""
        return name(self.release(release_id).state)

    def created(self, env: str = "prod") -> None:
        """Network and app of an environment, at version 1, deployed and verified."""
        if not self.versions._versions:
            self.publish(1)
        for stack in ("network", "service-app"):
            release = self.apply(env, stack)
            assert self.end(release) == "succeeded", self.release(release)


def facts_for(settings: Mapping[str, Releases], apps: Sequence[str]) -> PlatformFacts:
    """A network and services in each environment, with what its releases are set to."""
    stacks = {}
    for env, account in ACCOUNTS.items():
        for stack, service_name in (("network", ""), *((f"service-{app}", app) for app in apps)):
            key = f"{env}/{stack}"
            ref = StackRef(key=key, name=f"slipway-{env}-{stack}", account=account, region=REGION, service=service_name)
            stacks[key] = StackFacts(ref=ref, architecture="ARM64" if service_name else "", log_group=f"/slipway/{key}")
    rules = {
        env: EnvironmentRules(name=env, protected=env == "prod", releases=settings.get(env, Releases()))
        for env in ACCOUNTS
    }
    return PlatformFacts(
        name="slipway",
        default_branch="main",
        repository="acme/slipway",
        environments=rules,
        stacks=stacks,
        people=dict(PEOPLE),
        teams=TEAMS,
    )


def person(who: str) -> Actor:
    """Somebody at a terminal."""
    return Actor(channel="cli", id=PEOPLE[who].aws[0], person=who)
