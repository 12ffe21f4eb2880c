"""Stories of stacks that are deleted, and of what stays of them. Each answers its journal."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.release.client import request_id
from generator.release.errors import Denied
from generator.release.model.observed import StackEvent, StackNow
from generator.release.model.requests import DeleteStack
from generator.release.model.settings import Releases
from tests.release.fake_platform import FakePlatform, facts_for
from tests.release.journal import Journal

QUICK = Releases(bake_minutes=0)
WEB = "slipway-prod-service-web"


def unasked_for() -> FakePlatform:
    """Prod with web, which nothing asks for any more; its deletion waits for approval."""
    platform = FakePlatform(settings={"prod": QUICK}, ticks=1)
    platform.created()
    platform.end(platform.apply("prod", "service-web"))
    platform.apps = ("app",)
    platform.facts = facts_for({"prod": QUICK}, platform.apps)
    platform.workers = [platform.worker("w2")]
    platform.publish(2)
    platform.ask(DeleteStack(id=request_id(), stack="prod/service-web"))
    return platform


def approved(platform: FakePlatform) -> Journal:
    """Two people agree to the deletion, and it comes to its end."""
    journal = Journal(platform)
    for who in ("ben", "cleo"):
        platform.decide("prod-web-2", "approve", who)
    platform.end("prod-web-2")
    return journal


def with_leftovers(platform: FakePlatform) -> None:
    """CloudFormation can't delete a bucket, nor, for no reason that it gives, a log group, and says so at last."""
    stacks = platform.aws("prod")[0]
    events = stacks.events

    def more(stack_id: str, token: str) -> list[StackEvent]:
        found = events(stack_id, token)
        rows = (
            ("Uploads", "AWS::S3::Bucket", "uploads-1", "DELETE_IN_PROGRESS", ""),
            ("Uploads", "AWS::S3::Bucket", "uploads-1", "DELETE_FAILED", "The bucket is not empty"),
            ("Logs", "AWS::Logs::LogGroup", "/web", "DELETE_FAILED", ""),
            ("Stack", "AWS::CloudFormation::Stack", stack_id, "DELETE_FAILED", "of the stack itself"),
        )
        left = [
            StackEvent(id=f"e{at}", at=at, logical_id=name, type=kind, status=status, reason=why, physical_id=physical)
            for at, (name, kind, physical, status, why) in enumerate(rows)
        ]
        return [*found, *left] if found else []

    stacks.events = more  # type: ignore[method-assign]


def stuck(platform: FakePlatform, reason: str) -> None:
    """The empty stack's own deletion fails."""
    stacks = platform.aws("prod")[0]
    describe, asked = stacks.describe, list[str]()

    def described(name: str) -> StackNow | None:
        found = describe(name)
        return msgspec.structs.replace(found, status="DELETE_FAILED", reason=reason) if found and asked else found

    stacks.describe = described  # type: ignore[method-assign]
    stacks.delete_stack = lambda stack_id, _: asked.append(stack_id)  # type: ignore[method-assign]


def deleted_and_something_is_left() -> Journal:
    """The stack goes, and the release fails with what stays in the account, by name and reason."""
    platform = unasked_for()
    with_leftovers(platform)
    return approved(platform)


def empty_stack_stays() -> Journal:
    """The deletion of the empty stack fails: the reason of AWS, what was left besides, and what to run."""
    platform = unasked_for()
    with_leftovers(platform)
    stuck(platform, "the stack is protected")
    return approved(platform)


def empty_stack_stays_for_no_reason() -> Journal:
    """AWS gives no reason."""
    platform = unasked_for()
    stuck(platform, "")
    return approved(platform)


def empty_stack_may_not_be_deleted() -> Journal:
    """The worker's role lacks the right to delete a stack."""
    platform = unasked_for()

    def denied(*_: Any) -> None:
        raise Denied("no right to DeleteStack; give it")

    platform.aws("prod")[0].delete_stack = denied  # type: ignore[method-assign]
    return approved(platform)


def stack_is_empty_already() -> Journal:
    """Somebody emptied the stack with the same template before: it is deleted without an update."""
    platform = unasked_for()
    found = platform.release("prod-web-2").change_set
    assert found is not None
    stacks = platform.aws("prod")[0]
    stacks.execute(found.stack_id, found.name, "by-hand")
    stacks.tick(3)
    platform.later(1900, every=100)
    journal = Journal(platform)
    platform.ask(DeleteStack(id=request_id(), stack="prod/service-web"))
    platform.end("prod-web-3")
    return journal
