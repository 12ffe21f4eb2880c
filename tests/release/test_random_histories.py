"""Random people, workers, clocks and failures of AWS: whatever happens, what was approved is what ran, once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis.stateful import invariant

from generator.release.approval_digest import binding, policy_digest
from generator.release.audit import Entry, check
from generator.release.client import request_id
from generator.release.digests import template_digest
from generator.release.model.release import Release, Rollback
from generator.release.model.requests import Decide, Unlock
from generator.release.model.states import Closed, RollingBack
from tests.release.plain_reader import PlainReader
from tests.release.random_events import RandomEvents
from tests.release.random_platform import KEYS

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover


# More of them with SLIPWAY_MACHINE=500, and then other ones each time.
EXAMPLES = int(os.environ.get("SLIPWAY_MACHINE", "0"))
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


class Slipway(RandomEvents):
    """What always holds, whatever happened."""

    @invariant()
    def what_ran_was_approved(self) -> None:
        """Each change set that was executed had its approvals, for exactly that, and ran once."""
        with self.quiet():
            self._check_executed()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Look without faults in the way."""
        faults = self.platform.faults
        rules, faults._rules, kill, faults.on_call = faults._rules, [], faults.on_call, None
        try:
            yield
        finally:
            faults._rules, faults.on_call = rules, kill

    def _check_executed(self) -> None:
        for stacks, _ in self.platform.clouds._clouds.values():
            names = [name for stack in stacks.all for name in stack.executed]
            assert len(names) == len(set(names)), names
            for stack in stacks.all:
                for name in stack.executed:
                    if name not in self.authorized:
                        self._check_authority(stacks, stack, name)
                        self.authorized.add(name)

    def _check_authority(self, stacks: Any, stack: Any, name: str) -> None:
        release = self.peek(name.removeprefix("bot-").rpartition("-")[0])
        entries = list(self.platform.log.entries(f"release/{release.id}"))
        goes = [e for e in entries if e.what == "execution started"]
        assert len(goes) == 1, entries
        bound = goes[0].detail["binding"]
        row = next(r for r in stack.change_sets if r.new.name == name and r.execution.startswith("EXECUTE"))
        # AWS does not tell a change set's role: the engine binds the one that it gives each.
        assert row.new.role == self.platform.clouds.execution_role(release.stack)
        change_set = msgspec.structs.replace(stacks._described(stack, row), role=row.new.role)
        meaning = PlainReader().read(release.stack, change_set, None, {}, look_up=False).meaning
        assert (
            binding(change_set, meaning, policy_digest(self.platform.facts, release.stack)) == bound == release.binding
        )
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
        for entry in self.platform.log.entries(f"env/{release.stack.environment}"):
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
            found = [self.peek(s.id) for s in self.platform.log.history(key, 500)]
            open_ = [r for r in found if not isinstance(r.state, Closed)]
            moving = [r.id for r in open_ if not (isinstance(r.state, RollingBack) and r.state.how == "release")]
            assert len(moving) <= 1, moving
            assert self.platform.log.slot(key)[0].open == "".join(moving)
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
        for head, fault in self.platform.seal.heads():
            assert not fault
            signed.setdefault(head.chain, {})[head.number] = head.hash
        for release in self.releases():
            chain = f"release/{release.id}"
            state = release.chain, len(signed.get(chain, ()))
            if self.verified.get(chain) == state:
                continue
            entries = list(self.platform.log.entries(chain))
            assert list(check(chain, entries, signed.get(chain))) == []
            assert (len(entries), entries[-1].hash) == (release.chain, release.head)
            # Strangers may ask in dev, and are refused; nothing else that was done was done by one.
            assert all(
                e.actor.person or e.actor.channel == "worker" or e.what in {"proposed", "refused"} for e in entries
            )
            self.verified[chain] = state
        for env in ("prod", "dev"):
            assert list(check(f"env/{env}", self.platform.log.entries(f"env/{env}"))) == []

    def teardown(self) -> None:
        """AWS gets well, and time passes: every release ends, every request that was not lost is answered."""
        platform = self.platform
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
