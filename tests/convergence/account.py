"""An account in memory to which whole configurations are applied, by the code of ``slipway apply`` and by a worker."""

from __future__ import annotations

import argparse
import copy
import io
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from msgspec.structs import replace

from generator.apply.orphans import there
from generator.apply.plan import Planned, plan
from generator.build.artifact import Artifact, build_artifact
from generator.build.graph import Graph, link
from generator.catalog.release_facts import facts
from generator.catalog.stacks import stacks
from generator.cli.apply import apply
from generator.cli.output import Output
from generator.config.model import Configuration
from generator.preview.meaning import meaning
from generator.release.client import Client
from generator.release.context import Context
from generator.release.digests import hex_digest, template_digest
from generator.release.log import Log
from generator.release.model.change import ChangeSet
from generator.release.model.observed import ImageNow
from generator.release.model.platform import EnvironmentRules, PlatformFacts
from generator.release.model.preview import Reading
from generator.release.model.release import Release, StackRef
from generator.release.model.settings import Person, Releases
from generator.release.model.states import Closed
from generator.release.model.version import Body, Commit, Image, Version
from generator.release.reception import Senders
from generator.release.service import ReleaseService
from generator.release.tombstone import TAG
from generator.release.worker import Worker
from generator.wiring.application import Application
from tests.convergence.named_stacks import NamedStacks
from tests.convergence.plan_comparison import unlike_plan
from tests.fakes.clock import FakeClock
from tests.fakes.clouds import FakeClouds
from tests.fakes.faults import Faults
from tests.fakes.queue import FakeQueue
from tests.fakes.services import FakeServices
from tests.fakes.small_ports import FakeDirectory, FakeImages, FakeProbe, FakeSeal
from tests.fakes.table import FakeTable
from tests.fakes.versions import FakeVersions

ENV, ANA = "x", "AIDAANAANAANAANAANA1"
_HOME = "111122223333"
_REGION = "eu-west-1"


class MeaningReader:
    """A ``ports.Reader``: what a change means, as people read it, and nothing that is looked up."""

    def __init__(self, clouds: FakeClouds) -> None:
        self._clouds = clouds

    def read(
        self, stack: StackRef, change_set: ChangeSet, before: Mapping[str, Any] | None, after: Mapping[str, Any], *,
        look_up: bool,
    ) -> Reading:  # fmt: skip
        """The meaning of a change set."""
        del look_up
        there, _ = self._clouds.cloud(stack.account, stack.region)
        found = there.describe(change_set.stack_name) if before is not None else None
        has = found.parameters if found is not None else {}
        return Reading(meaning=meaning(change_set, before, after, region=stack.region, before_parameters=has))


class Target:
    """A configuration, built: what an environment is to become."""

    def __init__(self, config: Configuration, number: int) -> None:
        self.config = config
        self.number = number

    @cached_property
    def built(self) -> dict[str, tuple[Artifact, str]]:
        """Each stack's artifact and template."""
        made = {spec.key: build_artifact(spec, "") for spec in stacks(self.config)}
        return {key: (artifact, body.decode()) for key, (artifact, body) in made.items()}

    @cached_property
    def graph(self) -> Graph:
        """Which stack feeds which."""
        accounts = {name: env.account for name, env in self.config.environments.items()}
        return link({key: artifact.interface for key, (artifact, _) in self.built.items()}, accounts)

    @cached_property
    def facts(self) -> PlatformFacts:
        """What the engine knows; nobody is asked, so that what is tested is where it ends."""
        known = facts(self.config)
        rules = {name: EnvironmentRules(name=name, protected=False, releases=Releases()) for name in known.environments}
        return replace(known, environments=rules, people={"ana": Person(aws=(ANA,))})

    @cached_property
    def version(self) -> Version:
        """What CI publishes of it; a service's image follows from its name."""
        bodies = {
            key: Body(
                digest=artifact.digest, key=f"versions/bodies/{artifact.digest}", capabilities=artifact.capabilities,
                sources=self.graph.sources(key), released=artifact.interface.released,
            )
            for key, (artifact, _) in self.built.items()
        }  # fmt: skip
        images = {}
        for key, facts_ in self.facts.stacks.items():
            if "ImageUri" in bodies[key].released:
                digest = f"sha256:{hex_digest(facts_.ref.service)}"
                images[facts_.ref.service] = Image(
                    uri=f"{_HOME}.dkr.ecr.{_REGION}.amazonaws.com/plat/{facts_.ref.service}@{digest}"
                )
        commit = Commit(id=hex_digest([self.number, sorted(b.digest for b in bodies.values())])[:40], branch="main")
        amis = {key: "ami-00000000000000000" for key, body in bodies.items() if "AmiId" in body.released}
        return Version(commit=commit, published=0.0, images=images, stacks=bodies, amis=amis, order=self.graph.order)


class Ended(NamedTuple):
    """How an apply ended: its exit code, what it said, releases that did not succeed, and whether it changed any stack.

    Of `plan`, asked just before: ``refused`` are the stacks of which it says that AWS refuses their change, ``unlike`` says
    where it shows something else than what was released.
    """

    code: int
    text: str
    failed: tuple[tuple[str, str], ...]
    touched: bool
    refused: frozenset[str] = frozenset()
    unlike: tuple[str, ...] = ()


class Account:
    """AWS and the release log; ``apply`` brings it to a target. A copy goes on apart from the first."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.faults = Faults()
        self.table = FakeTable(self.faults)
        self.versions = FakeVersions(self.faults)
        self.images = FakeImages(self.faults)
        self.clouds = FakeClouds(self.clock, self.faults)
        services = FakeServices(self.clock, self.faults)
        self.stacks = NamedStacks(self.clock, services=services, faults=self.faults, place=f"{_REGION}:{_HOME}")
        self.clouds._clouds[_HOME, _REGION] = self.stacks, services
        self.count = 0

    def copy(self) -> Account:
        """The same account, in the same state."""
        made = Account()
        made.clock.now, made.count = self.clock.now, self.count
        for item in self.table.items.values():
            made.table.tamper(item)
        made.versions._versions, made.versions.bodies = dict(self.versions._versions), dict(self.versions.bodies)
        made.images.images = dict(self.images.images)
        made.stacks.all, made.stacks.held = copy.deepcopy(self.stacks.all), dict(self.stacks.held)
        made.stacks._ids = copy.copy(self.stacks._ids)
        mine, old = made.stacks.services, self.stacks.services
        assert mine is not None
        assert old is not None
        mine.services, mine.health = dict(old.services), {k: list(v) for k, v in old.health.items()}
        mine.deployments_of = {k: list(v) for k, v in old.deployments_of.items()}
        mine._ids = copy.copy(old._ids)
        return made

    def apply(self, target: Target, *, compare: bool = False) -> Ended:
        """``slipway apply x --yes``, after an administrator's bootstrap and after CI published the target.

        ``compare``: ask `plan` before, and say where it shows something else.
        """
        self._publish(target)
        self._bootstrap(target)
        application, started = self._application(target), self.clock()
        planned, before = self._planned(application, target) if compare else [], self._all()
        stdout, stderr = io.StringIO(), io.StringIO()
        args = argparse.Namespace(
            env=ENV, stack=[], version=None, yes=True, wait=True, reason="", break_glass="", images=False, out="build"
        )
        code = apply(application, args, Output(stdout=stdout, stderr=stderr))
        keys = {f"{ENV}/{s.name.removeprefix(f'plat-{ENV}-')}" for s in self.stacks.all} | set(target.facts.stacks)
        failed: list[tuple[str, str]] = []
        released: dict[str, list[Release]] = {}
        for key in sorted(keys):
            slot, _ = application.client.log.slot(key)
            last = application.client.log.release(slot.last) if slot.last else None
            if last is None or last.created < started or not isinstance(last.state, Closed):
                continue
            if slot.outcome != "succeeded":
                failed.append((key, last.cause.sentence if last.cause is not None else ""))
            elif last.state.changed:
                past = (application.client.log.release(one.id) for one in application.client.log.history(key, 12))
                released[key] = [one for one in past if one is not None and one.created >= started]
        unlike = () if code or not compare else tuple(unlike_plan(planned, released))
        if code and not compare:
            planned = self._planned(application, target)  # nothing was touched, or that is what is wrong
        refused = frozenset(
            p.stack.key for p in planned if p.kind == "blocked" or (p.reading and p.reading.meaning.refused)
        )
        said = stdout.getvalue() + stderr.getvalue()
        return Ended(code, said, tuple(failed), self._all() != before, refused, unlike)

    def _all(self) -> list[tuple[str, str, str, dict[str, str]]]:
        """Every stack as it is: name, status, template, parameters."""
        return [
            (stack.name, stack.status, template_digest(stack.source.template), dict(stack.source.parameters))
            for stack in self.stacks.all
            if stack.source is not None
        ]

    @staticmethod
    def _planned(application: Application, target: Target) -> list[Planned]:
        keys = [k for k in target.graph.order if k.startswith((f"{ENV}/", "home/registry"))]
        bodies = {key: text.encode() for key, (_, text) in target.built.items()}
        gone = there(application, ENV)
        return plan(application, keys, target.version.stacks, bodies, lambda _: None, gone)

    def _publish(self, target: Target) -> None:
        self.count += 1
        self.clock.sleep(60.0)
        version = replace(target.version, published=self.clock())
        # The same configuration twice is two commits.
        commit = replace(version.commit, id=hex_digest([version.id, self.count])[:40])
        texts = {f"versions/bodies/{a.digest}": text for a, text in target.built.values()}
        self.versions.publish(replace(version, commit=commit), texts)
        for image in version.images.values():
            now = ImageNow(
                digest=image.digest, tags=("t",), architectures=("arm64", "amd64"), scan="COMPLETE", findings=()
            )
            self.images.put(image.repository, now)

    def _bootstrap(self, target: Target) -> None:
        for key, known in target.facts.stacks.items():
            if known.administrators:
                template = json.loads(target.built[key][1])
                values = dict.fromkeys(template.get("Parameters", {}), "given")
                if self.stacks.describe(known.ref.name) is None:
                    self.stacks.put(known.ref.name, template, values)
                else:
                    self.stacks.by_hand(known.ref.name, values, template)

    def _application(self, target: Target) -> Application:
        log, queue, wakes = Log(self.table, self.clock), FakeQueue(self.clock), FakeQueue(self.clock)
        directory = FakeDirectory({("cli", ANA): "ana"}, {"ana": ()}, self.faults)
        reader = MeaningReader(self.clouds)
        context = Context(
            facts=target.facts, log=log, clouds=self.clouds, versions=self.versions, images=self.images, reader=reader,
            seal=FakeSeal(self.faults), probe=FakeProbe(self.faults), directory=directory, clock=self.clock,
        )  # fmt: skip
        worker = Worker(ReleaseService(context, worker="w"), queue, directory, Senders(), wakes=wakes)

        def work(wait: float) -> int:
            del wait
            done = worker.turn(0.0)
            if not done:
                self.clock.sleep(30.0)
            return done

        return Application(
            config=target.config, facts=target.facts, client=Client(target.facts, log, queue.as_(ANA), self.clock.sleep),
            clouds=self.clouds, versions=self.versions, images=self.images, reader=reader, seal=context.seal,
            clock=self.clock, sleep=self.clock.sleep, person="ana", work=work,
        )  # fmt: skip

    def end_state(self, target: Target) -> dict[str, Any]:
        """What of the account a configuration decides: templates, values that stacks feed each other, tags, every resource."""
        found: dict[str, Any] = {"resources": self.stacks.listing()}
        for stack in self.stacks.all:
            now = self.stacks.describe(stack.name)
            if now is None or now.id != stack.id:
                continue
            key = f"{ENV}/{stack.name.removeprefix(f'plat-{ENV}-')}"
            sources = target.graph.sources(key) if key in target.built else {}
            older = [
                name
                for name, source in sources.items()
                if self._output(target, source, name) != now.parameters.get(name)
            ]
            found[stack.name] = {
                "template": template_digest(self.stacks.template(stack.id)), "tombstone": now.tags.get(TAG, ""),
                "parameters": sorted(now.parameters), "older than their source": older, "status": now.can_change,
            }  # fmt: skip
        return found

    def _output(self, target: Target, key: str, name: str) -> str | None:
        found = self.stacks.describe(target.facts.stacks[key].ref.name)
        return found.outputs.get(name) if found is not None else None
