"""CloudFormation's engine in this process, with providers that keep resources in a dictionary."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator.sandbox.cloudformation.store import Cloud
from generator.sandbox.providers import registry
from tests.sandbox.cloudformation.calls import Cfn
from tests.sandbox.cloudformation.fake_providers import TYPES, Host, Toy, World


@pytest.fixture
def cfn(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cfn]:
    """CloudFormation with toy providers, empty."""
    world = World()
    monkeypatch.setattr(registry, "_providers", {kind: Toy(world, name) for kind, name in TYPES.items()})
    monkeypatch.setattr(registry, "load", lambda: None)
    host = Host()
    cloud = Cloud(host)
    yield Cfn(cloud, world, host)
    cloud.clear()  # whatever is still held gives up
    cloud.settle(10)
