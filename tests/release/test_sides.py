"""Which version runs on which side, at every second of a release that crashes: nothing shown may contradict AWS."""

import msgspec
import pytest

from bot.blocks.card import card
from bot.blocks.overview import status as listed
from generator.cli import release_text
from generator.release import messages
from generator.release.client import Client, StackStatus
from generator.release.model.observed import Deployment
from generator.release.model.release import Progress, Release
from generator.release.model.states import Closed, RollingBack, Watching
from generator.release.model.version import Running
from generator.release.sides import destination, goes_back, sides, source_of, target_of
from tests.release.fake_platform import FakePlatform

GOOD, BAD = "111111111111 (Change number 1)", "333333333333 (Change number 3)"


@pytest.fixture
def release() -> Release:
    """A release of version 3 over version 1, with an image each."""
    platform = FakePlatform(ticks=2)
    platform.created()
    platform.publish(3)
    return platform.release(platform.deploy())


def image(version: Running | None) -> str:
    """The digest of a version's image."""
    assert version is not None
    return version.parameters["ImageUri"].partition("@")[2]


WHICH = [
    ("UPDATE_IN_PROGRESS", "IN_PROGRESS", "after", "before", "after", "before"),
    ("UPDATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "after", "before", "after", "before"),
    ("UPDATE_ROLLBACK_IN_PROGRESS", "IN_PROGRESS", "before", "after", "before", "after"),
    ("UPDATE_ROLLBACK_IN_PROGRESS", "SUCCESSFUL", "before", "before", "before", "before"),
    ("UPDATE_IN_PROGRESS", "SUCCESSFUL", "before", "before", "before", "before"),  # the deployment of last week
    ("UPDATE_IN_PROGRESS", "IN_PROGRESS", "", "", "after", "before"),
    ("UPDATE_ROLLBACK_IN_PROGRESS", "IN_PROGRESS", "", "", "before", "after"),
    ("UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "", "", "after", "before"),
]


@pytest.mark.parametrize(("stack", "status", "runs", "replaces", "target", "source"), WHICH)
def test_the_image_says_which_version_a_side_runs(  # noqa: PLR0917 - a row of the table
    release: Release, stack: str, status: str, runs: str, replaces: str, target: str, source: str
) -> None:
    """ECS's target is the version of its image; where no image tells, what AWS does right now tells."""
    images = {"after": (image(release.after),), "before": (image(release.before),), "": ()}
    seen = Deployment(arn="d", status=status, images=images[runs], old_images=images[replaces])
    found = target_of(release, seen, stack)
    assert (found, source_of(release, seen, found)) == (target, source)


def test_a_deployment_that_restores_counts_for_the_version_that_it_restores(release: Release) -> None:
    """CloudFormation's way back: two tasks of ECS's target are of the good version, and so is all traffic."""
    seen = Progress(
        stack_status="UPDATE_ROLLBACK_IN_PROGRESS", deployment_status="IN_PROGRESS", new_tasks=2, desired_tasks=2, old_tasks=1,
        traffic_percent=75.0, new_runs="before", old_runs="after",
    )  # fmt: skip
    good, bad = sides(msgspec.structs.replace(release, progress=seen))
    assert (good.version, good.tasks, good.desired_tasks, good.percent) == (release.before, 2, 2, 75.0)
    assert (bad.version, bad.tasks, bad.desired_tasks, bad.percent) == (release.after, 1, 0, 25.0)


@pytest.mark.parametrize(
    ("stack", "deployment", "back"),
    [
        ("UPDATE_IN_PROGRESS", "IN_PROGRESS", False),
        ("UPDATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", True),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "", True),
        ("UPDATE_COMPLETE", "SUCCESSFUL", False),
    ],
)
def test_a_release_goes_back_from_the_moment_that_aws_does(
    release: Release, stack: str, deployment: str, back: bool
) -> None:
    """By ECS's word or CloudFormation's, whichever comes first; its destination is the version from before."""
    seen = Progress(stack_status=stack, deployment_status=deployment)
    now = msgspec.structs.replace(release, state=Watching(since=1, token="t" * 8), progress=seen)
    assert goes_back(now) is back
    assert destination(now) == (release.before if back else release.after)
    assert ("going back to " + GOOD in messages.standing(now)) is back


def test_no_frame_of_a_crash_contradicts_aws() -> None:
    """A frame each second, from the go-ahead to the end: card, notification, terminal and status beside AWS's own state."""
    platform = FakePlatform(ticks=6)
    platform.created()
    version = platform.publish(3)
    stacks, services = platform.aws("prod")
    services.bad[version.images["app"].digest] = "tasks failed to start"
    id_ = platform.deploy()
    platform.decide(id_, "approve")
    (arn,) = services.services
    client = Client(platform.facts, platform.log, platform.queue, platform.clock.sleep)
    good, spent, went_back = image(platform.release(id_).before), -1.0, 0
    for _ in range(120):
        platform.later(1, every=1)
        release, now = platform.release(id_), platform.clock()
        if isinstance(release.state, Closed):
            break
        last = services.deployments_of[arn][-1]
        stack = next(s for s in stacks.all if s.name == release.stack.name)
        if stack.status == "UPDATE_ROLLBACK_IN_PROGRESS" and last.status == "ROLLBACK_SUCCESSFUL":
            # CloudFormation restores the service with a deployment of its own: its target is the good version.
            last = services.begin(services.services[arn], "app:1", (good,))
            services.amend(last.arn, new_tasks=2, old_tasks=0, traffic_percent=100.0, old_images=(good,))
            continue
        place = StackStatus("prod/service-app", platform.log.slot("prod/service-app")[0], release)
        shown = (
            str(card(release, platform.facts, now).rendered()) + str(card(release, platform.facts, now).rendered(classic=True)),
            release_text.head(release, now) + str(list(release_text.rows(release, now))),
            str(listed([place], [], platform.facts, now).rendered()),
        )  # fmt: skip
        assert client.release(id_) is not None
        back = isinstance(release.state, RollingBack)
        went_back += back
        for text in shown:
            assert (f"oing back to {GOOD}" in text) is back, (now, text)
            assert "proposed" not in text
        for text in shown[:2]:
            assert "new version" not in text
            assert f"100 % to {BAD[:12]}" not in text, "it never served"
        assert release.progress.stack_status != "UPDATE_ROLLBACK_IN_PROGRESS" or back
        assert messages.spent(release, now) >= spent, "the clock never jumps back"
        spent = messages.spent(release, now)
    release = platform.release(id_)
    assert messages.outcome(release).startswith("rolled back")
    assert GOOD in messages.outcome(release)
    assert went_back >= 1


def test_the_time_of_a_release_is_the_rollouts() -> None:
    """An hour of waiting for people is told apart: "took", the clock and the history count from the go-ahead."""
    platform = FakePlatform(ticks=2)
    platform.created()
    platform.publish(2)
    id_ = platform.deploy()
    platform.later(3600)
    waiting = platform.release(id_)
    assert (waiting.began, messages.spent(waiting, platform.clock())) == (0.0, 0.0)
    assert messages.waited(waiting, platform.clock()) >= 3600
    assert release_text.clock(waiting, waiting.created + 62) == "waiting 1:02"
    platform.decide(id_, "approve")
    platform.later(900)
    done = platform.release(id_)
    took = messages.spent(done, platform.clock())
    assert 0 < took < 3600
    assert took == done.closed - done.began
    assert f"succeeded in {messages.duration(took)}" in messages.outcome(done)
    assert platform.log.history("prod/service-app", 1)[0].took == took
