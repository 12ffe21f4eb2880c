"""What a change set is created from, for each kind of release; and what a rollout at its gate is measured by."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release.errors import CannotUndo, Denied, Invalid, Unavailable
from generator.release.model.observed import Deployment, NewChangeSet, StackEvent, StackNow, Traffic
from generator.release.model.release import Cause, Delete, Progress, Release, Restart
from generator.release.model.states import Verifying
from generator.release.steps.canary_traffic import measured
from generator.release.steps.change_set_input import change_set_input, fed_values_changed
from generator.release.steps.delete_stack import deleting, emptied
from generator.release.tombstone import TOMBSTONE_BODY
from tests.release.fake_platform import FakePlatform
from tests.release.journal_purposes import restartable
from tests.release.journal_stories import APP, ready
from tests.release.platform_templates import service
from tests.release.values import change_set

ROLE = "arn:aws:iam::333333333333:role/slipway-execution-prod"
OURS = {"platform": "slipway", "environment": "prod", "stack": "service-app"}


def waiting(platform: FakePlatform, **changes: Any) -> Release:
    """A release of app to prod that waits, with something changed."""
    return msgspec.structs.replace(platform.release(platform.deploy()), **changes)


def input_of(platform: FakePlatform, release: Release) -> NewChangeSet | Cause:
    """Its change set's input."""
    return change_set_input(platform.context(), release, "bot-1")


def source(platform: FakePlatform) -> Any:
    """What the stack has."""
    return next(s for s in platform.aws("prod")[0].all if s.name == APP).source


@pytest.mark.parametrize("status", ["", "REVIEW_IN_PROGRESS", "UPDATE_COMPLETE"])
def test_a_deletion_empties_the_stack(status: str) -> None:
    """By the template without resources of ours, with the tag that opens DeleteStack; a stack that is new is created."""
    platform = ready()
    release = waiting(platform, purpose=Delete())
    source(platform).tags["cost-center"] = "12"
    source(platform).capabilities = ("CAPABILITY_IAM",)
    stacks = platform.aws("prod")[0]
    describe = stacks.describe
    found = describe(APP)
    assert found is not None
    now = msgspec.structs.replace(found, status=status) if status else None
    stacks.describe = lambda _: now  # type: ignore[method-assign]
    there = bool(status)
    assert input_of(platform, release) == NewChangeSet(
        name="bot-1", stack_name=APP, kind="UPDATE" if status == "UPDATE_COMPLETE" else "CREATE", template=TOMBSTONE_BODY,
        parameters={}, tags={**({"cost-center": "12"} if there else {}), **OURS, "tombstone": "empty"},
        capabilities=("CAPABILITY_IAM",) if there else (), role=ROLE, description=f"{release.id}: 222222222222 for ana",
    )  # fmt: skip


def test_a_restart_of_another_template_is_refused() -> None:
    """The stack was changed since by another version: a restart would bring more than new tasks."""
    platform = ready(app=service(memory="1024"))
    source(platform).parameters["Restart"] = "none"
    source(platform).template = restartable()
    found = input_of(platform, waiting(platform, purpose=Restart()))
    assert isinstance(found, Cause)
    assert found.sentence == "the stack no longer has the template of 222222222222, so a restart would change more"
    assert found.fix == "request the restart again"


def test_another_template_keeps_the_nonce_of_the_last_restart() -> None:
    """Without it every task would be replaced once more."""
    other = restartable()
    other["Resources"]["TaskDefinition"]["Properties"]["Memory"] = "1024"
    platform = FakePlatform(ticks=2)
    platform.publish(1, app=restartable())
    platform.created()
    platform.publish(2, app=other)
    source(platform).parameters["Restart"] = "prod-app-1"
    found = input_of(platform, waiting(platform))
    assert isinstance(found, NewChangeSet)
    assert (found.template is not None, found.parameters["Restart"]) == (True, None)
    assert found.tags == OURS


def test_what_no_stack_provides_is_named_with_its_stack() -> None:
    """Each of several, in one sentence, with the command that deploys them."""
    platform = ready(app=service(memory="1024"))
    release = waiting(platform)
    version = platform.versions.get(release.after.commit)
    two = {"VpcId": "prod/gone", "Subnets": "prod/network"}
    stack = msgspec.structs.replace(version.stacks["prod/service-app"], sources=two)
    platform.versions._versions[version.id] = msgspec.structs.replace(
        version, stacks={**version.stacks, "prod/service-app": stack}
    )
    found = input_of(platform, release)
    assert found == Cause(
        stage="change-set",
        sentence="prod/service-app needs Subnets of prod/network, VpcId of prod/gone, which no deployed stack provides yet",
        fix="deploy the other stack first: slipway apply prod",
    )
    moved = fed_values_changed(platform.context(), release, change_set(template="another"), None)
    assert moved == "Subnets of prod/network, VpcId of prod/gone is not there any more"
    platform.versions._versions.clear()
    moved = fed_values_changed(platform.context(), release, change_set(template="another"), None)
    assert moved.startswith(f"no version {release.after.commit} was published")


@pytest.mark.parametrize("text", ["{", "not JSON", "{}"])
def test_a_body_that_is_not_what_was_published_is_refused(text: str) -> None:
    """Whatever somebody wrote into the bucket, JSON or not."""
    platform = ready(app=service(memory="1024"))
    release = waiting(platform)
    platform.versions.bodies[release.after.body] = text
    found = input_of(platform, release)
    assert isinstance(found, Cause)
    assert found.sentence == f"the content of {release.after.body} is not what was published; publish that commit again"


# --- at a gate

OLD, NEW = "arn:old", "arn:new"
GATE = Deployment(arn="d", status="IN_PROGRESS", old_group=OLD, group=NEW, started=100.0)
SEEN = Progress(hook="h", measured=1.0, old_traffic=Traffic(group=OLD, seconds=1, requests=1, errors=0, latency=0.1), unmeasured="x")  # fmt: skip
NO_GROUPS, ONE_GROUP = "ECS reports no target groups of the two versions", "both versions use the same target group"
NOT_ATTACHED = "their target groups are not attached to a load balancer"


def figures(
    platform: FakePlatform, pace: float, ago: float, hook: str = "h", deployment: Deployment = GATE
) -> Progress:
    """What is known at the gate, if it was measured so long ago; times of AWS are scaled by ``pace``."""
    context = platform.context()._replace(pace=pace)
    before = msgspec.structs.replace(SEEN, measured=platform.clock() - ago if ago else 0.0)
    release = msgspec.structs.replace(platform.release("prod-app-1"), progress=before)
    return measured(context, release, Progress(hook=hook), deployment)


@pytest.mark.parametrize(
    ("pace", "ago", "hook", "kept"),
    [
        (1.0, 29.9, "h", True),
        (1.0, 30.0, "h", False),
        (0.5, 14.9, "h", True),
        (0.5, 15.0, "h", False),
        (0.0, 0.9, "h", True),
        (0.0, 1.0, "h", False),
        (1.0, 1.0, "another", False),
        (1.0, 0.0, "h", False),
    ],
)
def test_figures_stand_for_half_a_minute(pace: float, ago: float, hook: str, kept: bool) -> None:
    """Each read costs money; another gate is measured at once."""
    platform = ready()
    found = figures(platform, pace, ago, hook)
    assert (found.unmeasured == "x") is kept
    assert (found.measured == platform.clock()) is not kept
    assert (found.old_traffic == SEEN.old_traffic) is kept


@pytest.mark.parametrize(
    ("old", "new", "counted", "why"),
    [
        ("", NEW, (NEW,), NO_GROUPS),
        (OLD, "", (OLD,), NO_GROUPS),
        ("", "", (), NO_GROUPS),
        (OLD, OLD, (OLD,), ONE_GROUP),
        (OLD, NEW, (), NOT_ATTACHED),
        (OLD, NEW, (NEW,), NOT_ATTACHED),
        (OLD, NEW, (OLD, NEW), ""),
    ],
)
def test_why_there_are_no_figures(old: str, new: str, counted: tuple[str, ...], why: str) -> None:
    """The gate says it; where both sides are counted, each has its own."""
    platform = ready()
    services = platform.aws("prod")[1]
    services.counted = {g: Traffic(group=g, seconds=0, requests=1, errors=0, latency=0.1) for g in counted}
    found = figures(platform, 1.0, 0.0, deployment=msgspec.structs.replace(GATE, old_group=old, group=new))
    assert found.unmeasured == why
    if not why:
        assert found.old_traffic is not None
        assert found.new_traffic is not None
        assert (found.old_traffic.group, found.new_traffic.group) == (OLD, NEW)
        assert found.old_traffic.seconds == 900.0, "no further back than a quarter of an hour"


@pytest.mark.parametrize("error", [Denied("no right"), Invalid("no such group"), Unavailable("no answer")])
def test_a_read_that_fails_stops_nothing(error: Exception) -> None:
    """It is told in its own words."""
    platform = ready()
    platform.faults.fail("services.traffic", error=lambda: error)
    assert figures(platform, 1.0, 0.0).unmeasured == str(error)


# --- an empty stack


@pytest.mark.parametrize(
    ("status", "asked"), [("UPDATE_COMPLETE", True), ("DELETE_IN_PROGRESS", False), ("DELETE_FAILED", False)]
)
def test_an_empty_stack_is_deleted_once(status: str, asked: bool) -> None:
    """With a token of its release, so that asking again is the same deletion; what is being deleted is looked at again."""
    platform = ready()
    release = waiting(platform, purpose=Delete(), state=Verifying(since=0.0, until=0.0))
    stacks, tokens = platform.aws("prod")[0], list[tuple[str, str]]()
    found = stacks.describe(APP)
    assert found is not None
    now = msgspec.structs.replace(found, status=status)
    stacks.describe = lambda _: now  # type: ignore[method-assign]
    stacks.delete_stack = lambda *what: tokens.append(what)  # type: ignore[method-assign,assignment,arg-type]
    after = deleting(platform.context(), release)
    assert tokens == ([(found.id, f"{release.id}-delete")] if asked else [])
    if status != "DELETE_FAILED":
        assert (after.release, after.due) == (release, platform.clock() + 5.0)


def test_what_was_noted_while_a_stack_was_emptied_is_over() -> None:
    """The note of its last look goes, and events of the stack itself are no resource that is left."""
    platform = ready()
    release = waiting(platform, purpose=Delete(), progress=Progress(note="it waits", done=1))
    stacks = platform.aws("prod")[0]
    event = StackEvent(id="1", at=1.0, logical_id="x", type="t", status="DELETE_FAILED", physical_id="stack")
    stacks.events = lambda *_: [event]  # type: ignore[method-assign]
    found = emptied(platform.context(), release, StackNow(id="stack", name=APP, status="UPDATE_COMPLETE"), "token")
    assert found.release.progress == Progress(stack_status="UPDATE_COMPLETE", done=1)
    assert found.release.cause is None
    assert found.release.state == Verifying(since=platform.clock(), until=platform.clock())


def test_a_deletion_that_aws_refuses_leaves_the_empty_stack() -> None:
    """With its reason, and what to run."""
    platform = ready()
    release = waiting(platform, purpose=Delete(), state=Verifying(since=0.0, until=0.0))
    platform.faults.fail("stacks.delete_stack", error=lambda: CannotUndo("it is protected"))
    ended = deleting(platform.context(), release).release
    assert ended.cause is not None
    assert ended.cause.sentence == f"{APP} is empty, and the empty stack can't be deleted: it is protected"
    assert f"--region eu-west-1 --stack-name {APP}" in ended.cause.fix
