"""A first release that fails says why, although CloudFormation deletes its stack, its service and its log group."""

from __future__ import annotations

import pytest

from generator.release import first_failure
from generator.release.messages import reasons
from generator.release.model.observed import LogLine, StoppedTask
from generator.release.model.release import Cause, Progress
from generator.release.model.settings import Releases
from tests.release.fake_platform import FakePlatform

CRASHED = StoppedTask(
    id="0a1b2c3d", at=0.0, reason="Essential container in task exited", code="EssentialContainerExited",
    containers=(("app", 1, ""),),
)  # fmt: skip


def test_exit_code_and_last_lines_are_read_before_the_stack_goes() -> None:
    """Three tasks crash, the stack and its log group are deleted, and the release still shows what the first one printed."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, ticks=4, apps=("app",))
    platform.publish(1)
    network = platform.apply("prod", "network")
    assert platform.end(network) == "succeeded"
    stacks, services = platform.aws("prod")
    release = platform.deploy()
    platform.until(release, "watching")
    platform.later(5)
    (arn,) = services.services
    at = platform.clock()
    services.tasks[arn] = [
        StoppedTask(**{name: getattr(CRASHED, name) for name in CRASHED.__struct_fields__} | {"at": at})
    ]
    services.lines["/slipway/prod/service-app"] = [
        LogLine(at=at, stream="app/app/0a1b2c3d", text=text) for text in ("Traceback", "KeyError: 'DATABASE_URL'")
    ]
    services.amend(services.deployments_of[arn][-1].arn, failed_tasks=1)
    platform.later(5)
    stacks.fail("slipway-prod-service-app", "CREATE", "Circuit Breaker was triggered", "Service")
    # The log group goes, and ECS forgets the task.
    del services.lines["/slipway/prod/service-app"], services.tasks[arn]
    platform.end(release)
    ended = platform.release(release)
    assert platform.state(release) == "failed"
    said = list(reasons(ended))
    assert said[0].startswith("the container app ended with exit code 1")
    assert "KeyError: 'DATABASE_URL'" in " ".join(said)
    assert any("Circuit Breaker was triggered" in line for line in said)
    assert said[-1].endswith("its log group was deleted with the stack")
    assert ended.cause is not None
    assert [line.rpartition(" ")[2] for line in ended.cause.log] == ["Traceback", "'DATABASE_URL'"]


@pytest.mark.parametrize(
    ("before", "seen", "creates", "found"),
    [
        (Progress(), Progress(failed_tasks=1), True, True),
        (Progress(failed_tasks=1), Progress(failed_tasks=1), True, False),
        (Progress(failed_tasks=1), Progress(failed_tasks=2), True, True),
        (Progress(), Progress(failed_tasks=1), False, False),
        (Progress(deployment_status="IN_PROGRESS"), Progress(deployment_status="STOPPED"), True, True),
        (Progress(deployment_status="STOPPED"), Progress(deployment_status="STOPPED"), True, False),
        (Progress(deployment_status="IN_PROGRESS"), Progress(deployment_status="SUCCESSFUL"), True, False),
    ],
)
def test_each_failure_is_looked_at_once(before: Progress, seen: Progress, creates: bool, found: bool) -> None:
    """One more failed task, or the end of the rollout; never again for the same, and never for an update."""
    platform = FakePlatform(apps=("app",))
    platform.created()
    release = platform.release("prod-app-1")
    fields = {name: getattr(release, name) for name in release.__struct_fields__}
    release = type(release)(**fields | {"creates": creates, "progress": before, "cause": None})
    assert first_failure.has_failed(release, seen) is found


def test_lines_that_were_read_are_not_lost_to_a_later_look() -> None:
    """What CloudFormation says at the end follows what the task said; a look with lines of its own stands alone."""
    seen = Cause(
        stage="rollout", sentence="exit code 1", evidence=("KeyError",), fix="read: slipway logs app prod", log=("a",)
    )
    last = Cause(stage="execution", sentence="Circuit Breaker", evidence=("exit code 1",), fix="x")
    whole = first_failure.whole(seen, last)
    assert (whole.sentence, whole.evidence, whole.log) == ("exit code 1", ("KeyError", "Circuit Breaker"), ("a",))
    newer = Cause(stage="rollout", sentence="exit code 2", log=("b",))
    assert first_failure.whole(seen, newer) == newer
    assert first_failure.whole(None, last) == last
    assert "slipway logs" not in first_failure.ended(seen, last).fix
