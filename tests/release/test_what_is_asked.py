"""Which changes ask people although they look harmless: a new stack, the way back, and what cannot be bound."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release.model.preview import Meaning, MutableInput, Reading, ResourceEffect
from generator.release.model.release import NeedsApproval
from generator.release.model.requests import Opened
from generator.release.model.settings import Releases
from generator.release.model.states import Waiting
from tests.release.fake_platform import FakePlatform, service


def asked(platform: FakePlatform, release: str) -> list[str]:
    """The classes that ask people about a release."""
    gate = platform.release(release).gate
    return [need.rule for need in gate.rules] if isinstance(gate, NeedsApproval) else []


def with_role(memory: str = "512") -> dict[str, Any]:
    """A service's template with a role: the fakes' reader says that its change gains rights."""
    template = service(memory)
    template["Resources"]["Role"] = {"Type": "AWS::IAM::Role", "Properties": {"Memory": memory}}
    return template


def join(platform: FakePlatform, name: str, number: int, template: dict[str, Any] | None = None) -> str:
    """A service joins prod, and somebody releases it for the first time; answers the release's id."""
    facts = platform.facts.stacks["prod/service-app"]
    ref = msgspec.structs.replace(facts.ref, key=f"prod/service-{name}", name=f"slipway-prod-{name}", service=name)
    platform.facts.stacks[ref.key] = msgspec.structs.replace(facts, ref=ref)
    platform.apps = (*platform.apps, name)
    platform.publish(number, app=template)
    return platform.deploy(app=name)


def test_a_new_stack_in_an_environment_in_use_asks_like_any_other_change() -> None:
    """While prod is created nobody is asked, the last stack included; a service that joins later asks, its rights too."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, apps=("app",))
    platform.created()
    api = join(platform, "api", 2, with_role())
    assert platform.release(api).classes == ("create", "template", "iam")
    assert asked(platform, api) == ["template", "iam"]
    assert isinstance(platform.release(api).state, Waiting)


def test_the_first_update_ends_the_creation() -> None:
    """A service that is configured and never published does not leave the environment open for new stacks."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, apps=("app", "web"))
    platform.created()
    assert asked(platform, join(platform, "api", 2)) == [], "web was never there: prod is still being created"
    app = platform.deploy()
    platform.decide(app, "approve")
    assert platform.end(app) == "succeeded"
    assert asked(platform, join(platform, "mail", 3)) == ["template"]


def test_a_rollback_that_widens_rights_asks_for_that() -> None:
    """Back to a version with a wider role that did not run right before: the class `iam` asks, and by itself nobody may."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.publish(1, app=with_role())
    platform.created()
    platform.publish(2, app=service())
    for _ in range(2):
        release = platform.deploy()
        platform.decide(release, "approve")
        platform.decide(release, "approve", "cleo")
        assert platform.end(release) == "succeeded"
        platform.publish(3, app=service("1024"))
    opened = platform.roll_back(version="1" * 40)
    assert isinstance(opened, Opened)
    assert "iam" in asked(platform, opened.release)


def test_a_rollback_to_exactly_what_ran_before_asks_one_person() -> None:
    """The release that took a right away is undone: that right was there a minute ago, and who asks may have it back."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.publish(1, app=with_role())
    platform.created()
    platform.publish(2, app=service())
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.decide(release, "approve", "cleo")
    assert platform.end(release) == "succeeded"
    opened = platform.roll_back()
    assert isinstance(opened, Opened)
    assert platform.release(opened.release).classes == ("rollback",)
    assert platform.end(opened.release) == "succeeded"


REFUSED = ResourceEffect(
    logical_id="Db", type="AWS::RDS::DBInstance", action="Modify", effect="refused", why="AWS refuses it: it is older",
    fix="keep it", stateful=True,
)  # fmt: skip


def test_what_aws_would_refuse_ends_before_anybody_is_asked() -> None:
    """A change that can't succeed is closed with what to do instead, and its change set is gone."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.created()
    platform.publish(2, app=service("1024"))
    meaning = Meaning(
        level="high", sentence="", effects=(REFUSED, msgspec.structs.replace(REFUSED, logical_id="Other"))
    )
    platform.service.context.reader.read = lambda *_, **__: Reading(meaning=meaning)  # type: ignore[method-assign]
    release = platform.deploy()
    assert platform.state(release) == "failed"
    found = platform.release(release)
    assert found.cause is not None
    assert (found.cause.sentence, found.cause.fix) == ("Db: AWS refuses it: it is older", "keep it")
    assert found.cause.evidence == ("Other: AWS refuses it: it is older; keep it",)
    assert found.gate is None
    stacks, _ = platform.aws("prod")
    assert not [c for s in stacks.all for c in s.change_sets if release in c.new.name and c.execution == "AVAILABLE"]


def test_the_way_back_is_tried_whatever_a_preview_says() -> None:
    """A wrong or right refusal of the preview never keeps people from going back; the data class asks all the same."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.created()
    platform.publish(2, app=service("1024"))
    release = platform.deploy()
    platform.decide(release, "approve")
    assert platform.end(release) == "succeeded"
    meaning = Meaning(level="high", sentence="", effects=(REFUSED,))
    platform.service.context.reader.read = lambda *_, **__: Reading(meaning=meaning)  # type: ignore[method-assign]
    opened = platform.roll_back()
    assert isinstance(opened, Opened)
    assert platform.state(opened.release) == "waiting for approval"
    assert "stateful" in platform.release(opened.release).classes


TAG = MutableInput(
    kind="image", name="x:1", sentence="R runs x:1", fix="write the image with its digest: IMAGE@sha256:…"
)
MACRO = MutableInput(kind="transform", name="Mine", sentence="rewritten by Mine", fix="allow it by name")


@pytest.mark.parametrize(
    ("mutable", "allow", "state"),
    [
        ((TAG,), (), "failed"),
        ((TAG,), ("x:1",), "failed"),
        ((MACRO,), (), "failed"),
        ((MACRO,), ("Other",), "failed"),
        ((MACRO,), ("Mine",), "waiting for approval"),
        ((MACRO, TAG), ("Mine",), "failed"),
    ],
)
def test_what_can_not_be_bound_is_not_released(
    mutable: tuple[MutableInput, ...], allow: tuple[str, ...], state: str
) -> None:
    """It is closed before anybody is asked, with what to write instead; what an environment allows by name asks as `iam`."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0, allow=allow)})
    platform.created()
    platform.publish(2, app=service("1024"))
    meaning = Meaning(level="low", sentence="", mutable=mutable)
    platform.service.context.reader.read = lambda *_, **__: Reading(meaning=meaning)  # type: ignore[method-assign]
    release = platform.deploy()
    assert platform.state(release) == state
    found = platform.release(release)
    if state == "failed":
        assert found.cause is not None
        refused = next(m for m in mutable if m.name not in allow or not m.may_be_allowed)
        assert found.cause.sentence == refused.sentence
        assert refused.fix in found.cause.fix
        stacks, _ = platform.aws("prod")
        assert not [
            c for s in stacks.all for c in s.change_sets if release in c.new.name and c.execution == "AVAILABLE"
        ]
    else:
        assert "iam" in found.classes
