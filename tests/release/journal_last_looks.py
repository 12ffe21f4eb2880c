"""Stories of what is found when an approved release could run. Each answers its journal."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.release.errors import TooLarge
from generator.release.model.requests import Wake
from generator.release.model.settings import Approvals, Approvers
from tests.release.fake_platform import FakePlatform
from tests.release.journal import Journal
from tests.release.journal_rollouts import begun
from tests.release.journal_stories import APP, forge, held, ready, unlock
from tests.release.platform_templates import service


def changed_by_hand_while_it_was_held_back() -> Journal:
    """Somebody changes the stack while an approved release waits for a lock: its change set can't run any more."""
    platform = ready()
    held(platform)
    platform.aws("prod")[0].by_hand(APP, {"Release": "by hand"})
    journal = Journal(platform)
    unlock(platform)
    platform.later(60)
    return journal


def change_set_deleted_while_it_was_held_back() -> Journal:
    """Somebody deletes the change set while an approved release waits for a lock."""
    platform = ready()
    release = held(platform)
    found = platform.release(release).change_set
    assert found is not None
    platform.aws("prod")[0].delete(APP, found.name)
    journal = Journal(platform)
    unlock(platform)
    platform.later(60)
    return journal


def executed_by_hand_while_it_was_held_back() -> Journal:
    """Somebody executes the change set while its release waits for a lock."""
    platform = ready()
    platform.aws("prod")[0].ticks = 3
    release = held(platform)
    found = platform.release(release).change_set
    assert found is not None
    platform.aws("prod")[0].execute(found.stack_id, found.name, "by-hand")
    journal = Journal(platform)
    unlock(platform)
    platform.later(60)
    return journal


def too_large_when_it_could_run() -> Journal:
    """What was read when people were asked is past a bound now: nothing runs unread."""
    platform = ready()
    held(platform)

    def read(*_: Any, **__: Any) -> Any:
        raise TooLarge("comparing it takes more than 500,000 steps")

    platform.service.context.reader.read = read  # type: ignore[method-assign]
    journal = Journal(platform)
    unlock(platform)
    platform.later(60)
    return journal


def two_for_a_template() -> tuple[FakePlatform, str]:
    """A change of the template, which asks for two people; ben approved it."""
    platform = ready(app=service(memory="1024"), approvals=Approvals(template=Approvers(people=2)))
    release = platform.deploy()
    platform.decide(release, "approve")
    return platform, release


def forged_classes() -> Journal:
    """The row says that only the image changes, and that one approval is enough: what AWS has is read again."""
    platform, release = two_for_a_template()
    journal = Journal(platform)
    forge(platform, release, classes=("image",))
    assert platform.state(release) == "waiting for approval"
    return journal


def forged_kind_of_change() -> Journal:
    """The row says that the template is the stack's own: the two are compared again."""
    platform, release = two_for_a_template()
    journal = Journal(platform)
    forge(platform, release, classes=("image",), image_only=True)
    assert platform.state(release) == "waiting for approval"
    return journal


def forged_approval() -> Journal:
    """The row has an approval of cleo beside that of ben, and no entry says so: nothing runs on its word."""
    platform, release = two_for_a_template()
    (real,) = platform.release(release).approvals
    second = msgspec.structs.replace(real, actor=msgspec.structs.replace(real.actor, person="cleo"))
    journal = Journal(platform)
    forge(platform, release, approvals=(real, second))
    assert platform.state(release) == "failed"
    return journal


def woken_before_the_reminder() -> Journal:
    """An event wakes a release that waits: nobody is reminded before it is time."""
    platform = ready(nudge_minutes=45)
    release = platform.deploy()
    journal = Journal(platform)
    platform.later(60)
    platform.log.wake(release)
    platform.later(60)
    return journal


def tags_of_others_stay() -> Journal:
    """Somebody tagged the stack: another template keeps their tags beside the platform's."""
    platform = ready(app=service(memory="1024"))
    stack = next(s for s in platform.aws("prod")[0].all if s.name == APP)
    assert stack.source is not None
    stack.source.tags["cost-center"] = "12"
    journal = Journal(platform)
    platform.deploy()
    return journal


def told_by_events() -> Journal:
    """Events tell how an update goes, and the stack itself is not asked until one says that it is over."""
    platform = ready()
    release, journal = begun(platform, ticks=6)
    stacks = platform.aws("prod")[0]
    describe = stacks.describe
    platform.later(5)

    def unasked(name: str) -> Any:
        raise AssertionError(f"{name} is described")

    stacks.describe = unasked  # type: ignore[method-assign]
    for _ in range(4):
        platform.service._wake(
            Wake(resources=(f"arn:aws:cloudformation:r:1:stack/{APP}/1",), name="UPDATE_IN_PROGRESS")
        )
        platform.later(5)
    stacks.describe = describe  # type: ignore[method-assign]
    platform.service._wake(Wake(resources=(f"arn:aws:cloudformation:r:1:stack/{APP}/1",), name="UPDATE_COMPLETE"))
    platform.end(release)
    return journal
