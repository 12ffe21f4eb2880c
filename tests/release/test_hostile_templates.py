"""A published template that nobody can read: its release closes as failed with the reason, and the worker goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from generator.preview.meaning import meaning
from generator.release.model.change import ChangeSet
from generator.release.model.preview import Reading
from generator.release.model.release import StackRef
from tests.release.fake_platform import FakePlatform
from tests.release.plain_reader import PlainReader
from tests.release.platform_templates import service


class RealReader(PlainReader):
    """Reads as production does, without looking anything up."""

    def read(
        self,
        stack: StackRef,
        change_set: ChangeSet,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any],
        *,
        look_up: bool,
    ) -> Reading:
        del look_up
        return Reading(meaning=meaning(change_set, before, after, region=stack.region))


def platform() -> FakePlatform:
    """Prod at version 1, read as production reads."""
    found = FakePlatform()
    found.created()
    for worker in found.workers:
        worker.service.context.reader.read = RealReader().read  # type: ignore[method-assign]
    return found


def with_user_data(value: Any) -> dict[str, Any]:
    """The service's template with a value of one more property."""
    template = service()
    template["Resources"]["TaskDefinition"]["Properties"]["Memory"] = value
    return template


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "why"),
    [(nested(300), "64 levels deep"), (nested(61), "64 levels deep"), ([0] * 120_000, "more than 100,000 values"), ("x" * 4_100_000, "characters")],
)  # fmt: skip
def test_a_template_past_a_bound_fails_its_release(value: Any, why: str) -> None:
    """Nothing runs, nothing is tried again, the reason says which bound; other releases go on."""
    here = platform()
    said: list[str] = []
    here.workers[0].failed = said.append
    here.publish(2, app=with_user_data(value))
    release = here.deploy()
    assert here.end(release) == "failed"
    cause = here.release(release).cause
    assert cause is not None
    assert cause.sentence.startswith("the change can't be read: ")
    assert why in cause.sentence
    assert "publish it again" in cause.fix
    assert said == []
    here.publish(3)
    assert here.state(here.deploy()) == "waiting for approval"


def test_deep_nesting_within_the_bounds_is_read() -> None:
    """Thirty Fn::Base64 in each other are 26 KB of text, and a card."""
    value: Any = "x"
    for _ in range(25):
        value = {"Fn::Base64": value}
    here = platform()
    here.publish(2, app=with_user_data(value))
    assert here.state(here.deploy()) == "waiting for approval"


def test_what_python_itself_can_not_walk_is_a_failed_release() -> None:
    """A reader that runs out of stack closes the release as well: no worker looks at it again and again."""
    here = platform()

    def read(*_: Any, **__: Any) -> Reading:
        raise RecursionError("maximum recursion depth exceeded")

    here.workers[0].service.context.reader.read = read  # type: ignore[method-assign]
    here.publish(2, app=service(memory="1024"))
    release = here.deploy()
    assert here.end(release) == "failed"
    cause = here.release(release).cause
    assert cause is not None
    assert cause.sentence == "the change can't be read: it is nested too deep"
