"""What a step reads of AWS, and which moment it waits for: asked of single steps, with AWS as a test wants it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release.errors import Denied
from generator.release.model.observed import (
    Broken,
    Gone,
    NoChanges,
    Pending,
    ServiceNow,
    StackEvent,
    StackNow,
    StoppedTask,
)
from generator.release.model.release import Progress, Release
from generator.release.model.states import Closed, Executing, Watching
from generator.release.steps.await_approval import described
from generator.release.steps.dispatch import next_transition
from generator.release.steps.execute import failed, has_started, look, watching
from generator.release.steps.traces import traces
from tests.release.fake_platform import FakePlatform
from tests.release.journal_rollouts import begun, gated
from tests.release.journal_stories import APP, ready

TOKEN = "prod-app-2-1234"  # noqa: S105 - a token of CloudFormation names an operation


def running(ticks: int = 20) -> tuple[FakePlatform, Release]:
    """Prod, in which version 2 is updating."""
    platform = ready()
    release, _ = begun(platform, ticks=ticks)
    platform.later(5)
    return platform, platform.release(release)


def test_a_closed_release_is_looked_at_and_stays() -> None:
    """Whoever looks again changes nothing."""
    platform = ready()
    release = msgspec.structs.replace(platform.release("prod-app-1"), state=Closed(outcome="failed", at=1.0))
    found = next_transition(platform.context(), release)
    assert (found.release, found.due, found.events) == (release, platform.clock(), ())


def test_a_change_set_that_is_gone_was_executed_if_its_operation_has_events() -> None:
    """By the token of this release alone; a release without a change set has started nothing."""
    platform, release = running()
    assert isinstance(release.state, Watching)
    assert release.change_set is not None
    stack = next(s for s in platform.aws("prod")[0].all if s.name == APP)
    context = platform.context()
    assert has_started(context, release, release.state.token)
    stack.change_sets.clear()
    assert has_started(context, release, release.state.token)
    assert not has_started(context, release, "another")
    assert not has_started(context, msgspec.structs.replace(release, change_set=None), release.state.token)


@pytest.mark.parametrize("seconds", [899.0, 901.0])
def test_what_was_executed_is_watched_however_late_it_is_noticed(seconds: float) -> None:
    """A worker that was away for a quarter of an hour finds its operation by its token, also if the change set is gone."""
    platform, release = running()
    assert isinstance(release.state, Watching)
    stack = next(s for s in platform.aws("prod")[0].all if s.name == APP)
    before = Executing(since=platform.clock() - seconds, token=release.state.token)
    stack.change_sets.clear()
    found = next_transition(platform.context(), msgspec.structs.replace(release, state=before)).release
    assert isinstance(found.state, Watching)


@pytest.mark.parametrize(("ago", "asked"), [(0.0, False), (4.9, False), (5.0, True), (60.0, True)])
def test_a_stack_is_looked_at_once_in_its_time(ago: float, asked: bool) -> None:
    """Who is woken earlier than after the poll's interval waits for the rest of it."""
    platform, release = running()
    assert isinstance(release.state, Watching)
    now = platform.clock()
    state = msgspec.structs.replace(release.state, looked=now - ago)
    found = watching(platform.context(), msgspec.structs.replace(release, state=state), state)
    if asked:
        assert isinstance(found.release.state, Watching)
        assert found.release.state.looked == now
    else:
        assert (found.release.state, found.due) == (state, now - ago + 5.0)


@pytest.mark.parametrize("answer", [Pending(), NoChanges(reason="x"), Broken(problems=("x",))])
def test_a_change_set_that_is_no_longer_whole_can_not_run(answer: Any) -> None:
    """Whatever AWS says of it but that it is ready."""
    platform, release = running()
    platform.aws("prod")[0].change_set = lambda *_: answer  # type: ignore[method-assign]
    assert described(platform.context(), release) == Gone(reason="the change set can't be executed")
    gone = msgspec.structs.replace(release, change_set=None)
    assert described(platform.context(), gone) == Gone(reason="there is no change set")


def test_nothing_runs_without_a_change_set() -> None:
    """A row that lost it is superseded, with the reason."""
    platform, release = running()
    without = msgspec.structs.replace(release, state=Executing(since=0.0, token=TOKEN), change_set=None)
    ended = next_transition(platform.context(), without).release
    assert ended.cause is not None
    assert ended.cause.sentence == "there is no change set to execute"


@pytest.mark.parametrize("ended", [False, True])
def test_a_stack_is_asked_once_an_event_says_that_it_ended(ended: bool) -> None:
    """While events tell, the end of a resource is no end of the stack."""
    platform, release = running()
    assert isinstance(release.state, Watching)
    assert release.change_set is not None
    stacks = platform.aws("prod")[0]
    whose = release.change_set.stack_id if ended else "arn:of-a-resource"
    event = StackEvent(id="1", at=1.0, logical_id="A", type="AWS::X::Y", status="UPDATE_COMPLETE", physical_id=whose)
    stacks.events = lambda *_: [event]  # type: ignore[method-assign]
    describe, asked = stacks.describe, list[str]()
    stacks.describe = lambda name: asked.append(name) or describe(name)  # type: ignore[method-assign,func-returns-value]
    now = platform.clock()
    state = msgspec.structs.replace(release.state, looked=now - 60.0, last_event=now)
    watching(platform.context(), msgspec.structs.replace(release, state=state), state)
    assert bool(asked) is ended


@pytest.mark.parametrize(("status", "measured"), [("UPDATE_IN_PROGRESS", True), ("UPDATE_ROLLBACK_IN_PROGRESS", False)])
def test_figures_are_read_at_a_gate_that_somebody_has_to_decide(status: str, measured: bool) -> None:
    """A gate that the way back passes by itself costs no read of CloudWatch."""
    platform = ready()
    gated(platform)
    release_id, _ = begun(platform)
    platform.later(10)
    release = platform.release(release_id)
    assert release.change_set is not None
    assert isinstance(release.state, Watching)
    fresh = msgspec.structs.replace(release, progress=Progress())
    found = look(platform.context(), fresh, release.change_set.stack_id, status, release.state.token)
    assert found.hook
    assert bool(found.measured) is measured


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("UPDATE_ROLLBACK_COMPLETE", "rolled back"),
        ("IMPORT_ROLLBACK_COMPLETE", "rolled back"),
        ("ROLLBACK_COMPLETE", "failed"),
        ("DELETE_FAILED", "failed"),
    ],
)
def test_how_an_operation_that_failed_ended(status: str, outcome: str) -> None:
    """CloudFormation's word decides whether the stack is as it was before."""
    platform, release = running()
    found = failed(platform.context(), release, StackNow(id="1", name=APP, status=status), TOKEN).release
    assert isinstance(found.state, Closed)
    assert (found.state.outcome, found.state.changed, found.progress.stack_status) == (outcome, True, status)
    what = "rolled back by CloudFormation" if outcome == "rolled back" else f"ended as {status}"
    assert found.moments[-1].what == what


# --- why it failed


def events(*rows: tuple[str, str, float]) -> list[StackEvent]:
    """Events of a service: its ARN, status and time."""
    return [
        StackEvent(id=str(at), at=at, logical_id="Service", type="AWS::ECS::Service", status=status, physical_id=arn)
        for arn, status, at in rows
    ]


def test_a_service_that_is_gone_is_asked_for_its_stopped_tasks() -> None:
    """Of a first release alone: by cluster and name, as ECS asks for them; the tasks since the operation began."""
    platform, release = running()
    stacks, services = platform.aws("prod")
    arn = "arn:aws:ecs:eu-west-1:333333333333:service/cluster/app"
    stacks.events = lambda *_: events((arn, "CREATE_IN_PROGRESS", 100.0), (arn, "CREATE_FAILED", 200.0))  # type: ignore[method-assign]
    asked: list[ServiceNow] = []
    task = StoppedTask(id="1", at=99.0, code="EssentialContainerExited", reason="", containers=())
    times = [
        task,
        *(msgspec.structs.replace(task, id=f"{at}", at=at) for at in (98.9, 150.0, 151.0, 152.0, 153.0, 154.0)),
    ]
    services.stopped_tasks = lambda service: asked.append(service) or times  # type: ignore[method-assign,func-returns-value]
    first = msgspec.structs.replace(release, creates=True)
    found = traces(platform.context(), first, None, TOKEN)
    assert asked == [
        ServiceNow(
            arn=arn,
            name="app",
            cluster="cluster",
            status="INACTIVE",
            task_definition="",
            desired=0,
            running=0,
            pending=0,
        )
    ]
    assert [task.id for task in found.tasks] == ["1", "150.0", "151.0", "152.0", "153.0"]
    asked.clear()
    traces(platform.context(), msgspec.structs.replace(release, creates=False), None, TOKEN)
    assert asked == []
    stacks.events = lambda *_: events(("arn:aws:ecs:eu-west-1:333333333333:service/app", "CREATE_FAILED", 1.0))  # type: ignore[method-assign]
    traces(platform.context(), first, None, TOKEN)
    assert asked == []


def test_what_this_role_may_not_read_is_left_out() -> None:
    """Each of the reads by itself: the others still tell what they tell."""
    platform, release = running()
    for call in ("stopped_tasks", "deployments", "targets", "logs"):
        platform.faults.fail(f"services.{call}", error=lambda: Denied("no right"), times=1)
    stack = platform.aws("prod")[0].describe(APP)
    found = traces(platform.context(), release, stack, TOKEN, ("the alarm rang",))
    assert (found.tasks, found.deployments, found.targets, found.logs) == ((), (), (), ())
    assert found.reasons == ("the alarm rang",)
    assert traces(platform.context(), release, stack, TOKEN).deployments != ()


def test_a_stack_that_is_gone_is_read_by_what_is_known_of_it() -> None:
    """Its events by the id in the change set, its lines by the group's fixed name; without those nothing is asked."""
    platform, release = running()
    stacks, services = platform.aws("prod")
    asked: list[tuple[str, ...]] = []
    stacks.events = lambda *what: asked.append(what) or []  # type: ignore[method-assign,func-returns-value]
    stacks.resources = lambda name: pytest.fail(f"the resources of {name} are asked for")  # type: ignore[method-assign]
    services.logs = lambda group, *_: pytest.fail("lines are asked for") if not group else []  # type: ignore[method-assign]
    assert release.change_set is not None
    traces(platform.context(), release, None, TOKEN, ("why",))
    traces(platform.context(), msgspec.structs.replace(release, change_set=None), None, TOKEN, ("why",))
    assert asked == [(release.change_set.stack_id, TOKEN)]
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, log_group="")
    assert traces(platform.context(), release, None, TOKEN, ("why",)).logs == ()
