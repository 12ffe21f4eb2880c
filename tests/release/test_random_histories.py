"""Random people, workers, clocks and failures of AWS: whatever happens, what was approved is what ran, once."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from generator.release.approval_digest import binding, policy_digest
from generator.release.audit import Entry, check
from generator.release.client import Client, request_id
from generator.release.digests import template_digest
from generator.release.errors import Unavailable
from generator.release.model.observed import Alarm
from generator.release.model.release import Release, Rollback
from generator.release.model.requests import Decide, Lock, Propose, RollBack, Unlock, Wake
from generator.release.model.settings import Releases
from generator.release.model.states import Closed, RollingBack
from tests.fakes.stack_operations import busy
from tests.release.fake_platform import PEOPLE, FakePlatform, PlainReader, service
from tests.release.test_circuit_breaker import crashed
from tests.release.test_crashes import Killed

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover

# More of them with SLIPWAY_MACHINE=500, and then other ones each time.
EXAMPLES = int(os.environ.get("SLIPWAY_MACHINE", "0"))
SETTINGS = {
    "prod": Releases(bake_minutes=1, break_glass=("cleo",), expires_minutes=60),
    "dev": Releases(bake_minutes=0),
}
KEYS = ("prod/service-app", "prod/service-web", "prod/network", "dev/network", "dev/service-app")
# How many others have to agree in prod, by class, as the documentation says; dev asks nobody.
PEOPLE_ASKED = {
    "image": 1,
    "template": 1,
    "stateful": 2,
    "iam": 2,
    "exposure": 2,
    "cost": 1,
    "create": 0,
    "rollback": 0,
}
WHO = ("ana", "ben", "cleo", "AIDASTRANGERSTRANGER")

keys = st.sampled_from(KEYS)
people = st.sampled_from(WHO)


class Slipway(RuleBasedStateMachine):
    """A platform with everything that can happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.house = FakePlatform(ticks=2, settings=SETTINGS)
        self.numbers = 1
        self.names = 0
        self.asked: set[str] = set()
        self.agreed: dict[str, set[tuple[str, str]]] = {}  # by release: who approved, and what they had seen
        self.authorized: set[str] = set()
        self.verified: dict[str, tuple[int, int]] = {}

    @initialize(
        asks=st.lists(st.tuples(people, st.booleans()), max_size=3), verdict=st.sampled_from(["reject", "undo", ""])
    )
    def prod_is_there(self, asks: list[tuple[str, bool]], verdict: Any) -> None:
        """Version 1 runs in prod, and anybody has tried to let version 2 pass, or to end it."""
        self.house.created()
        self.house.publish(2)
        self.numbers = 2
        self.send(Propose(id=request_id(), stack="prod/service-app"), "ana")
        open_ = self.house.log.slot("prod/service-app")[0].open
        for who, right in asks:
            seen = self.peek(open_).binding if right else "0" * 64
            self.send(Decide(id=request_id(), release=open_, verdict="approve", binding=seen), who)
        if verdict:
            self.send(Decide(id=request_id(), release=open_, verdict=verdict), asks[0][0] if asks else "AIDASTRANGER")

    # --- how requests reach workers

    def send(self, request: Any, who: str) -> None:
        platform = self.house
        sender = PEOPLE[who].aws[0] if who in PEOPLE and PEOPLE[who].aws else who
        by_slack = who in PEOPLE and not PEOPLE[who].aws
        queue = platform.queue.as_("AROAFRONTFRONTFRONT1:front" if by_slack else sender)
        if isinstance(request, Decide) and request.verdict == "approve" and who in PEOPLE:
            self.agreed.setdefault(request.release, set()).add((who, request.binding))
        try:
            Client(platform.facts, platform.log, queue, platform.clock.sleep).send(
                request, PEOPLE[who].slack or "" if by_slack else ""
            )
        except Unavailable:
            return
        if request.id:
            self.asked.add(request.id)
        self.work()

    def work(self) -> None:
        for _ in range(20):
            try:
                self.house.go()
            except Unavailable:
                continue
            except Killed:
                self.house.faults.on_call = None
                self.names += 1
                self.house.workers[0] = self.house.worker(f"next-{self.names}")
                continue
            return

    def known(self) -> list[str]:
        return [s.id for key in KEYS for s in self.house.log.history(key, 5)]

    # --- what CI and people do

    @rule(kind=st.sampled_from(["same", "same", "memory", "table", "bad"]), data=st.data())
    def publish(self, kind: str, data: st.DataObject) -> None:
        """A new version: the same template, another one, one that loses data, or one whose tasks die."""
        self.numbers += 1
        app = {
            "memory": service(str(256 * self.numbers)),
            "table": service(table=f"t{data.draw(st.integers(1, 3))}"),
        }.get(kind)
        version = self.house.publish(self.numbers, app=app)
        if kind == "bad":
            for env in ("prod", "dev"):
                self.house.aws(env)[1].bad[version.images["app"].digest] = "tasks died"

    @rule(key=keys, who=people, glass=st.booleans(), named=st.booleans(), data=st.data())
    def propose(self, key: str, who: str, glass: bool, named: bool, data: st.DataObject) -> None:
        """Somebody deploys, perhaps a version of their choice, perhaps with a broken glass."""
        ids = sorted(self.house.versions._versions)
        version = data.draw(st.sampled_from(ids)) if named and ids else None
        request = Propose(id=request_id(), stack=key, version=version, break_glass="fire" if glass else "")
        self.send(request, who)

    @rule(key=keys, who=people, named=st.booleans(), data=st.data())
    def roll_back(self, key: str, who: str, named: bool, data: st.DataObject) -> None:
        """Somebody wants an earlier version."""
        ids = sorted(self.house.versions._versions)
        version = data.draw(st.sampled_from(ids)) if named and ids else None
        self.send(RollBack(id=request_id(), stack=key, version=version), who)

    @rule(
        who=people,
        verdict=st.sampled_from(["approve"] * 5 + ["reject", "cancel", "undo", "continue"]),
        seen=st.sampled_from(["right", "right", "right", "wrong", "none", "start", "of another"]),
        glass=st.integers(0, 9),
        data=st.data(),
    )
    def decide(self, who: str, verdict: Any, seen: str, glass: int, data: st.DataObject) -> None:
        """Anybody decides anything, whatever they have looked at."""
        with self.quiet():
            known = sorted(self.known())
            open_ = sorted(self.house.log.open_ids()) or known
        if not open_:
            return
        found = self.peek(data.draw(st.sampled_from(open_)))
        other = self.peek(data.draw(st.sampled_from(known)))
        binding_ = {
            "right": found.binding, "wrong": "0" * 64, "none": "", "start": found.binding[:12],
            "of another": other.binding,
        }[seen]  # fmt: skip
        skip = found.state.stuck if isinstance(found.state, RollingBack) else ()
        self.send(
            Decide(
                id=request_id(), release=found.id, verdict=verdict, binding=binding_, skip=skip,
                break_glass="fire" if glass == 0 else "",
            ),
            who,
        )  # fmt: skip

    @rule(
        kind=st.sampled_from(["same", "same", "memory", "table", "bad"]),
        back=st.booleans(),
        looks=st.integers(0, 8),
        then=st.sampled_from(["nothing", "undo", "alarm", "stuck"]),
        swapped=st.sampled_from([False, False, False, True]),
        data=st.data(),
    )
    def release(  # noqa: PLR0917 - what is drawn
        self, kind: str, back: bool, looks: int, then: str, swapped: bool, data: st.DataObject
    ) -> None:
        """The usual way: published, proposed, agreed to by two, watched for a while; perhaps undone, or ill."""
        key = "prod/service-app"
        if not back:
            self.publish(kind, data)
        if then == "stuck":
            self.aws_fails("prod", "UPDATE")
            self.aws_fails("prod", "ROLLBACK")
        asked: Any = RollBack(id=request_id(), stack=key) if back else Propose(id=request_id(), stack=key)
        self.send(asked, "ana")
        with self.quiet():
            open_ = self.house.log.slot(key)[0].open
        if swapped and open_:
            self.swap(open_)
        usual = st.just([("ben", True), ("cleo", True)])
        odd = st.lists(st.tuples(people, st.booleans()), max_size=3)
        for who, right in data.draw(usual | odd) if open_ else ():
            seen = self.peek(open_).binding if right else "0" * 64
            self.send(Decide(id=request_id(), release=open_, verdict="approve", binding=seen), who)
        self._looks(looks, 6)
        if then == "alarm":
            self.alarm("ALARM")
            self._looks(2, 6)
            self.alarm("OK")
        if then == "undo" and open_:
            self.send(Decide(id=request_id(), release=open_, verdict="undo"), "ben")
            self._looks(data.draw(st.integers(0, 3)), 6)

    def swap(self, release_id: str) -> None:
        """Somebody with too many rights puts another change set in the place of one that people are asked about."""
        known = self.peek(release_id).change_set
        for stacks, _ in self.house.clouds._clouds.values() if known else ():
            for stack in stacks.all:
                for row in [r for r in stack.change_sets if r.arn == known.arn and r.execution == "AVAILABLE"]:
                    source = dataclasses.replace(
                        row.source, parameters=row.source.parameters | {"Release": "e" * 40}
                    )  # fmt: skip
                    stack.change_sets.append(dataclasses.replace(row, arn=f"{row.arn}9", source=source))

    @rule(scope=st.sampled_from(["prod/*", "prod/service-app", "dev/*"]), who=people, freeze=st.booleans())
    def lock(self, scope: str, who: str, freeze: bool) -> None:
        """Somebody holds releases back."""
        self.send(Lock(id=request_id(), scope=scope, reason="incident", freeze=freeze), who)

    @rule(scope=st.sampled_from(["prod/*", "prod/service-app", "dev/*"]), who=people)
    def unlock(self, scope: str, who: str) -> None:
        """Somebody lets them go on."""
        self.send(Unlock(id=request_id(), scope=scope), who)

    # --- what happens around them

    @rule(seconds=st.sampled_from([1, 10, 20, 61, 300, 3700]))
    def time_passes(self, seconds: int) -> None:
        """AWS goes on and workers look, or the clock jumps."""
        self._looks(4, seconds / 4)

    def _looks(self, times: int, every: float) -> None:
        for _ in range(times):
            self.house.clock.sleep(every)
            self.house.clouds.tick()
            self.work()

    @rule(env=st.sampled_from(["prod", "dev"]), phase=st.sampled_from(["CREATE", "UPDATE", "UPDATE", "ROLLBACK"]))
    def aws_fails(self, env: str, phase: str) -> None:
        """The next operation of the app's stack fails, or its way back gets stuck."""
        stacks, _ = self.house.aws(env)
        if len(stacks._failures) < 3:
            stacks.fail(f"slipway-{env}-service-app", phase)

    @rule(state=st.sampled_from(["OK", "ALARM"]))
    def alarm(self, state: str) -> None:
        """A deployment alarm fires or stops."""
        _, services = self.house.aws("prod")
        for arn, found in list(services.services.items()):
            services.services[arn] = msgspec.structs.replace(found, alarms=("5xx",))
        services.alarm_states["5xx"] = Alarm(name="5xx", state=state)

    @rule(env=st.sampled_from(["prod", "dev"]), crashes=st.integers(1, 4))
    def tasks_crash(self, env: str, crashes: int) -> None:
        """The rollout at work is a canary, and some of its new tasks crash."""
        _, services = self.house.aws(env)
        for arn, rows in services.deployments_of.items():
            if not rows[-1].is_over:
                found = services.amend(rows[-1].arn, strategy="CANARY")
                services.tasks.setdefault(arn, []).extend(crashed(found, self.house.clock()) for _ in range(crashes))
                event("tasks of a canary crash")

    @rule(key=keys)
    def told_of_a_deletion(self, key: str) -> None:
        """An event says that a stack is deleted, whether that is so or not."""
        ref = self.house.facts.stacks[key].ref
        arn = f"arn:aws:cloudformation:{ref.region}:{ref.account}:stack/{ref.name}/1"
        self.send(Wake(resources=(arn,), name="DELETE_COMPLETE"), "AIDASTRANGERSTRANGER")

    @rule(env=st.sampled_from(["prod", "dev"]), stack=st.sampled_from(["service-app", "network"]), delete=st.booleans())
    def by_hand(self, env: str, stack: str, delete: bool) -> None:
        """Somebody changes or deletes a stack behind our back, where AWS lets them."""
        stacks, _ = self.house.aws(env)
        found = stacks._live(f"slipway-{env}-{stack}")
        if found is None or found.source is None or busy(found):
            return
        if delete:
            stacks.remove(found.name)
        else:
            stacks.by_hand(found.name, {} if stack == "network" else {"Release": f"{self.numbers:040x}"})

    @rule(data=st.data(), what=st.sampled_from(["version", "image"]))
    def something_is_gone(self, data: st.DataObject, what: str) -> None:
        """A version is withdrawn, or its image deleted."""
        versions = self.house.versions._versions
        if len(versions) < 3:
            return
        commit = data.draw(st.sampled_from(sorted(versions)))
        if what == "version":
            self.house.versions.withdraw(commit)
        else:
            self.house.images.images.pop(("slipway/app", versions[commit].images["app"].digest), None)

    @rule(
        pattern=st.sampled_from(["stacks.*", "stacks.execute", "table.write", "table.*", "queue.*", "services.*", "*"]),
        when=st.sampled_from(["before", "after"]),
        times=st.integers(1, 4),
        skip=st.integers(0, 20),
    )
    def answers_are_lost(self, pattern: str, when: Any, times: int, skip: int) -> None:
        """Calls fail, or are done and nobody hears of it."""
        self.house.faults.fail(pattern, when, times=times, skip=skip)

    @rule(after=st.integers(1, 60), data=st.data())
    def a_worker_is_killed(self, after: int, data: st.DataObject) -> None:
        """The next worker that gets so far dies there, and the release goes on with another."""
        left = [after]
        wanted = data.draw(st.sampled_from(["before", "after"]))

        def reap(_name: str, when: str) -> None:
            left[0] -= 1
            if left[0] <= 0 and when == wanted:
                raise Killed

        self.house.faults.on_call = reap
        self.work()
        self.house.faults.on_call = None

    @rule(lose=st.booleans())
    def the_queue_misbehaves(self, lose: bool) -> None:
        """Messages come twice, or not at all."""
        if lose:
            self.asked -= {i for i in self.asked if any(i in body for body in self.house.queue.waiting)}
            self.house.queue.lose()
        self.house.queue.repeat()
        self.work()

    @precondition(lambda self: len(self.house.workers) < 3)
    @rule()
    def one_more_worker(self) -> None:
        """Another machine joins."""
        self.names += 1
        self.house.workers.append(self.house.worker(f"more-{self.names}"))

    # --- what always holds

    def releases(self) -> list[Release]:
        return [self.peek(s.id) for key in KEYS for s in self.house.log.history(key, 500)]

    def peek(self, release_id: str) -> Release:
        found = self.house.table.items[f"release#{release_id}", "state"]
        return msgspec.json.decode(found.body, type=Release)

    @invariant()
    def what_ran_was_approved(self) -> None:
        """Each change set that was executed had its approvals, for exactly that, and ran once."""
        with self.quiet():
            self._check_executed()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Look without faults in the way."""
        faults = self.house.faults
        rules, faults._rules, kill, faults.on_call = faults._rules, [], faults.on_call, None
        try:
            yield
        finally:
            faults._rules, faults.on_call = rules, kill

    def _check_executed(self) -> None:
        for stacks, _ in self.house.clouds._clouds.values():
            names = [name for stack in stacks.all for name in stack.executed]
            assert len(names) == len(set(names)), names
            for stack in stacks.all:
                for name in stack.executed:
                    if name not in self.authorized:
                        self._check_authority(stacks, stack, name)
                        self.authorized.add(name)

    def _check_authority(self, stacks: Any, stack: Any, name: str) -> None:
        release = self.peek(name.removeprefix("bot-").rpartition("-")[0])
        entries = list(self.house.log.entries(f"release/{release.id}"))
        goes = [e for e in entries if e.what == "execution started"]
        assert len(goes) == 1, entries
        bound = goes[0].detail["binding"]
        row = next(r for r in stack.change_sets if r.new.name == name and r.execution.startswith("EXECUTE"))
        # AWS does not tell a change set's role: the engine binds the one that it gives each.
        assert row.new.role == self.house.clouds.execution_role(release.stack)
        change_set = msgspec.structs.replace(stacks._described(stack, row), role=row.new.role)
        meaning = PlainReader().read(release.stack, change_set, None, {}, look_up=False).meaning
        assert binding(change_set, meaning, policy_digest(self.house.facts, release.stack)) == bound == release.binding
        assert change_set.template == template_digest(row.source.template) == release.after.template
        assert {k: change_set.parameters.get(k) for k in release.after.parameters} == release.after.parameters
        self._check_people(release, entries, goes[0], bound)
        self._check_locks(release, goes[0])

    def _check_people(self, release: Release, entries: list[Entry], goes: Entry, bound: str) -> None:
        before = [e for e in entries if e.number < goes.number]
        asked = next(e for e in before if "classes" in e.detail)
        assert asked.detail["binding"] == bound
        agreed = {e.actor.person for e in before if e.what == "approved" and e.detail["binding"] == bound}
        said = self.agreed.get(release.id, set())
        assert agreed <= {who for who, seen in said if len(seen) >= 12 and bound.startswith(seen)}
        broken = [e for e in before if "break-glass" in e.detail]
        assert all(e.actor.person == "cleo" for e in broken)
        if broken or release.stack.environment != "prod":
            return
        classes = asked.detail["classes"].split()
        going_back = isinstance(release.purpose, Rollback)
        if going_back and release.purpose.automatic and classes == ["rollback"]:
            return
        if "rollback" in classes:
            assert going_back
            assert agreed | {release.requester.person} != {""}
        others = agreed - {release.requester.person}
        assert len(others) >= max(PEOPLE_ASKED[c] for c in classes), (classes, agreed, release)

    def _check_locks(self, release: Release, goes: Entry) -> None:
        """Nothing went ahead under a lock, but for what the rules let pass."""
        if release.break_glass or isinstance(release.purpose, Rollback):
            return
        held: dict[str, float] = {}
        for entry in self.house.log.entries(f"env/{release.stack.environment}"):
            # What happened in the same second may have come before or after: it counts for the release.
            if entry.what == "unlocked" and entry.at <= goes.at:
                held.pop(entry.detail["scope"], None)
            elif entry.at < goes.at:
                held[entry.detail["scope"]] = entry.at
        assert not held.keys() & {release.stack.key, f"{release.stack.environment}/*"}, (held, goes)

    @invariant()
    def one_open_release_a_stack(self) -> None:
        """At most one, but for those that wait for the one that rolls them back; the slot names it."""
        with self.quiet():
            self._check_slots()

    def _check_slots(self) -> None:
        for key in KEYS:
            found = [self.peek(s.id) for s in self.house.log.history(key, 500)]
            open_ = [r for r in found if not isinstance(r.state, Closed)]
            moving = [r.id for r in open_ if not (isinstance(r.state, RollingBack) and r.state.how == "release")]
            assert len(moving) <= 1, moving
            assert self.house.log.slot(key)[0].open == "".join(moving)
            for release in found:
                if isinstance(release.state, Closed) and release.state.outcome != "succeeded":
                    assert release.cause is not None, release
                    assert release.cause.sentence

    @invariant()
    def the_chains_verify(self) -> None:
        """Every audit chain holds together and leads to its signed heads."""
        with self.quiet():
            self._check_chains()

    def _check_chains(self) -> None:
        signed: dict[str, dict[int, str]] = {}
        for head, good in self.house.seal.heads():
            assert good
            signed.setdefault(head.chain, {})[head.number] = head.hash
        for release in self.releases():
            chain = f"release/{release.id}"
            state = release.chain, len(signed.get(chain, ()))
            if self.verified.get(chain) == state:
                continue
            entries = list(self.house.log.entries(chain))
            assert list(check(chain, entries, signed.get(chain))) == []
            assert (len(entries), entries[-1].hash) == (release.chain, release.head)
            # Strangers may ask in dev, and are refused; nothing else that was done was done by one.
            assert all(
                e.actor.person or e.actor.channel == "worker" or e.what in {"proposed", "refused"} for e in entries
            )
            self.verified[chain] = state
        for env in ("prod", "dev"):
            assert list(check(f"env/{env}", self.house.log.entries(f"env/{env}"))) == []

    def teardown(self) -> None:
        """AWS gets well, and time passes: every release ends, every request that was not lost is answered."""
        platform = self.house
        platform.faults.clear()
        platform.faults.on_call = None
        for stacks, services in platform.clouds._clouds.values():
            stacks._failures.clear()
            services.alarm_states.clear()
        for scope in ("prod/*", "prod/service-app", "dev/*"):
            self.send(Unlock(id=request_id(), scope=scope), "ana")
        for _ in range(120):
            if not platform.log.open_ids() and not platform.queue.waiting:
                break
            platform.clock.sleep(90)
            platform.clouds.tick(2)
            self.work()
            for release in self.releases():
                if isinstance(release.state, RollingBack) and release.state.how == "stuck":
                    skip = release.state.stuck
                    self.send(Decide(id=request_id(), release=release.id, verdict="undo", skip=skip), "ana")
        assert platform.log.open_ids() == [], [
            (r.id, r.state) for r in self.releases() if not isinstance(r.state, Closed)
        ]
        for release in self.releases():
            assert isinstance(release.state, Closed), release
            assert release.sealed == release.chain
            event(f"{release.state.outcome}, {'changed' if release.state.changed else 'nothing changed'}")
        dead = {i for i in self.asked if any(i in m.body for m in platform.queue.dead)}
        assert all(platform.log.answered(i) is not None for i in self.asked - dead)
        for look in (self._check_executed, self._check_slots, self._check_chains):
            look()


Slipway.TestCase.settings = settings(
    max_examples=EXAMPLES or 150,
    stateful_step_count=30,
    derandomize=not EXAMPLES,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
TestSlipway = Slipway.TestCase
