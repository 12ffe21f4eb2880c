"""Everything that can happen to the platform: what CI and people do, and what AWS, workers and queues do."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from generator.release.client import request_id
from generator.release.model.observed import Alarm
from generator.release.model.requests import Decide, Lock, Propose, RollBack, Unlock, Wake
from generator.release.model.states import RollingBack
from tests.fakes.stack_operations import busy
from tests.release.platform_templates import service
from tests.release.random_platform import RandomPlatform, keys, people
from tests.release.test_circuit_breaker import crashed
from tests.release.test_crashes import Killed


class RandomEvents(RandomPlatform):
    """The rules: each is one thing that happens."""

    # --- what CI and people do

    @rule(kind=st.sampled_from(["same", "same", "memory", "table", "bad"]), data=st.data())
    def publish(self, kind: str, data: st.DataObject) -> None:
        """A new version: the same template, another one, one that loses data, or one whose tasks die."""
        self.numbers += 1
        app = {
            "memory": service(str(256 * self.numbers)),
            "table": service(table=f"t{data.draw(st.integers(1, 3))}"),
        }.get(kind)
        version = self.platform.publish(self.numbers, app=app)
        if kind == "bad":
            for env in ("prod", "dev"):
                self.platform.aws(env)[1].bad[version.images["app"].digest] = "tasks died"

    @rule(key=keys, who=people, glass=st.booleans(), named=st.booleans(), data=st.data())
    def propose(self, key: str, who: str, glass: bool, named: bool, data: st.DataObject) -> None:
        """Somebody deploys, perhaps a version of their choice, perhaps with a broken glass."""
        ids = sorted(self.platform.versions._versions)
        version = data.draw(st.sampled_from(ids)) if named and ids else None
        request = Propose(id=request_id(), stack=key, version=version, break_glass="fire" if glass else "")
        self.send(request, who)

    @rule(key=keys, who=people, named=st.booleans(), data=st.data())
    def roll_back(self, key: str, who: str, named: bool, data: st.DataObject) -> None:
        """Somebody wants an earlier version."""
        ids = sorted(self.platform.versions._versions)
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
            open_ = sorted(self.platform.log.open_ids()) or known
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
            open_ = self.platform.log.slot(key)[0].open
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
        for stacks, _ in self.platform.clouds._clouds.values() if known else ():
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
            self.platform.clock.sleep(every)
            self.platform.clouds.tick()
            self.work()

    @rule(env=st.sampled_from(["prod", "dev"]), phase=st.sampled_from(["CREATE", "UPDATE", "UPDATE", "ROLLBACK"]))
    def aws_fails(self, env: str, phase: str) -> None:
        """The next operation of the app's stack fails, or its way back gets stuck."""
        stacks, _ = self.platform.aws(env)
        if len(stacks._failures) < 3:
            stacks.fail(f"slipway-{env}-service-app", phase)

    @rule(state=st.sampled_from(["OK", "ALARM"]))
    def alarm(self, state: str) -> None:
        """A deployment alarm fires or stops."""
        _, services = self.platform.aws("prod")
        for arn, found in list(services.services.items()):
            services.services[arn] = msgspec.structs.replace(found, alarms=("5xx",))
        services.alarm_states["5xx"] = Alarm(name="5xx", state=state)

    @rule(env=st.sampled_from(["prod", "dev"]), crashes=st.integers(1, 4))
    def tasks_crash(self, env: str, crashes: int) -> None:
        """The rollout at work is a canary, and some of its new tasks crash."""
        _, services = self.platform.aws(env)
        for arn, rows in services.deployments_of.items():
            if not rows[-1].is_over:
                found = services.amend(rows[-1].arn, strategy="CANARY")
                services.tasks.setdefault(arn, []).extend(crashed(found, self.platform.clock()) for _ in range(crashes))
                event("tasks of a canary crash")

    @rule(key=keys)
    def told_of_a_deletion(self, key: str) -> None:
        """An event says that a stack is deleted, whether that is so or not."""
        ref = self.platform.facts.stacks[key].ref
        arn = f"arn:aws:cloudformation:{ref.region}:{ref.account}:stack/{ref.name}/1"
        self.send(Wake(resources=(arn,), name="DELETE_COMPLETE"), "AIDASTRANGERSTRANGER")

    @rule(env=st.sampled_from(["prod", "dev"]), stack=st.sampled_from(["service-app", "network"]), delete=st.booleans())
    def by_hand(self, env: str, stack: str, delete: bool) -> None:
        """Somebody changes or deletes a stack behind our back, where AWS lets them."""
        stacks, _ = self.platform.aws(env)
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
        versions = self.platform.versions._versions
        if len(versions) < 3:
            return
        commit = data.draw(st.sampled_from(sorted(versions)))
        if what == "version":
            self.platform.versions.withdraw(commit)
        else:
            self.platform.images.images.pop(("slipway/app", versions[commit].images["app"].digest), None)

    @rule(
        pattern=st.sampled_from(["stacks.*", "stacks.execute", "table.write", "table.*", "queue.*", "services.*", "*"]),
        when=st.sampled_from(["before", "after"]),
        times=st.integers(1, 4),
        skip=st.integers(0, 20),
    )
    def answers_are_lost(self, pattern: str, when: Any, times: int, skip: int) -> None:
        """Calls fail, or are done and nobody hears of it."""
        self.platform.faults.fail(pattern, when, times=times, skip=skip)

    @rule(after=st.integers(1, 60), data=st.data())
    def a_worker_is_killed(self, after: int, data: st.DataObject) -> None:
        """The next worker that gets so far dies there, and the release goes on with another."""
        left = [after]
        moment = data.draw(st.sampled_from(["before", "after"]))

        def reap(_name: str, when: str) -> None:
            left[0] -= 1
            if left[0] <= 0 and when == moment:
                raise Killed

        self.platform.faults.on_call = reap
        self.work()
        self.platform.faults.on_call = None

    @rule(lose=st.booleans())
    def the_queue_misbehaves(self, lose: bool) -> None:
        """Messages come twice, or not at all."""
        if lose:
            self.asked -= {i for i in self.asked if any(i in body for body in self.platform.queue.waiting)}
            self.platform.queue.lose()
        self.platform.queue.repeat()
        self.work()

    @precondition(lambda self: len(self.platform.workers) < 3)
    @rule()
    def one_more_worker(self) -> None:
        """Another machine joins."""
        self.names += 1
        self.platform.workers.append(self.platform.worker(f"more-{self.names}"))
