"""``slipway apply`` of several stacks of which AWS refuses one: nothing is changed, and it says what to do."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from generator.release.model.change import ChangeSet
from generator.release.model.preview import Reading, ResourceEffect
from generator.release.model.release import StackRef
from tests.release.fake_platform import FakePlatform
from tests.release.plain_reader import PlainReader
from tests.release.platform_templates import network, service
from tests.unit.cli.conftest import Typed

SAID = "prod/network: Table: AWS refuses it: a resource with a name of its own can't be replaced; keep it as it is"


class RefusingReader(PlainReader):
    """A ``ports.Reader`` that finds a refusal in each change of the network."""

    def read(
        self, stack: StackRef, change_set: ChangeSet, before: Mapping[str, Any] | None, after: Mapping[str, Any], *,
        look_up: bool,
    ) -> Reading:  # fmt: skip
        """The plain reading, and the refusal."""
        plain = super().read(stack, change_set, before, after, look_up=look_up)
        if stack.service:
            return plain
        why, fix = "AWS refuses it: a resource with a name of its own can't be replaced", "keep it as it is"
        row = ResourceEffect(logical_id="Table", type="T", action="Replace", effect="refused", why=why, fix=fix)
        return Reading(meaning=replace(plain.meaning, effects=(row,)))


@pytest.fixture
def changed(platform: FakePlatform) -> FakePlatform:
    """Version 3 changes the network and app."""
    net = network()
    net["Resources"]["Vpc"]["Properties"] = {"CidrBlock": "10.9.0.0/16"}
    platform.publish(3, app=service("1024"), net=net)
    return platform


def test_nothing_is_changed(typed: Typed, changed: FakePlatform) -> None:
    """Exit 1 with the refusal and its fix; no stack gets a release, and no change set is left."""
    ran = typed("apply prod network app --yes", reader=RefusingReader())
    assert ran.code == 1
    assert SAID in ran.err
    assert "nothing was changed; correct that, or name the other stacks to apply them alone" in ran.err
    assert changed.log.slot("prod/network")[0].last == "prod-network-1"
    assert changed.log.slot("prod/service-app")[0].last == "prod-app-1"
    stacks, _ = changed.aws("prod")
    assert not [c.name for stack in stacks.all for c in stack.change_sets if c.new.name.startswith("gh-")]


def test_scripts_get_the_refusals(typed: Typed, changed: FakePlatform) -> None:
    """As JSON: one field with all of them."""
    assert changed.apps
    ran = typed("apply prod network app --yes --json", reader=RefusingReader())
    assert (ran.code, json.loads(ran.out)) == (1, {"document": "refused/1", "refused": [SAID]})


def test_the_others_are_applied_alone(typed: Typed, changed: FakePlatform) -> None:
    """A stack that is named goes on, as the text says."""
    ran = typed("apply prod app --yes", reader=RefusingReader())
    assert ran.code == 3
    assert changed.log.slot("prod/service-app")[0].open == "prod-app-2"
