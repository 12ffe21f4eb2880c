"""A worker that lost its release changes nothing more in AWS: every call of the ports is a read, or is checked first."""

from typing import Any

import pytest

from generator.release.errors import Unavailable
from generator.release.guards import GuardedClouds
from generator.release.model.people import ENGINE
from generator.release.model.release import StackRef
from generator.release.ports import Cloud, Services, Stacks

STACK = StackRef(key="prod/service-app", name="slipway-prod-service-app", account="111122223333", region="eu-west-1")
# Calls that change nothing; a new method of a port is named here, or it is checked.
READS = {
    "stacks": {"describe", "template", "change_set_template", "change_set", "resolve", "events", "resources", "names", "importers"},
    "services": {
        "service", "deployment", "deployments", "stopped_tasks", "targets", "traffic", "alarms", "logs",
        "missing_secrets", "quotas", "rules", "database_version", "given_secrets", "rotated",
    },
}  # fmt: skip


def methods(port: type) -> set[str]:
    parts = [part for part in port.__mro__ if part.__module__.startswith("generator.")]
    return {name for part in parts for name in vars(part) if not name.startswith("_")}


PORTS = {"stacks": methods(Stacks), "services": methods(Services)}
CALLS = [(part, name, name in READS[part]) for part, names in PORTS.items() for name in sorted(names)]


class Anything:
    """Has every method, and does nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda: name


class Lost:
    """AWS behind a lease that is gone."""

    def at(self, stack: StackRef, actor: object) -> Cloud:
        del stack, actor
        return Cloud(Anything(), Anything())  # type: ignore[arg-type]

    def execution_role(self, stack: StackRef) -> str:
        return stack.name


def refused() -> None:
    raise Unavailable("another worker has this release")


@pytest.mark.parametrize(("part", "name", "reads"), CALLS)
def test_every_call_with_an_effect_is_checked_first(part: str, name: str, *, reads: bool) -> None:
    """Reading goes on; stopping, continuing, executing and all else is refused once the release is somebody else's."""
    cloud = GuardedClouds(Lost(), refused).at(STACK, ENGINE)
    call = getattr(getattr(cloud, part), name)
    if reads:
        assert call() == name
    else:
        with pytest.raises(Unavailable, match="another worker has this release"):
            call()


@pytest.mark.parametrize("part", PORTS)
def test_every_read_is_a_method_of_its_port(part: str) -> None:
    """A method that gets another name is looked at again."""
    assert READS[part] - PORTS[part] == set()
