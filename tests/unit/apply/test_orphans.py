"""Stacks that nothing asks for: in which order they go, and which of them only have another name."""

import json
from typing import Any

import pytest

from generator.apply.order import Order
from generator.apply.orphans import Orphan, in_order, successor
from generator.release.model.observed import StackNow
from generator.release.model.release import StackRef

FEEDS = {
    "x/cluster": ["x/network"], "x/service-api": ["x/cluster", "home/registry"], "x/edge": ["x/cluster"],
    "x/observability": ["x/service-api"],
}  # fmt: skip
KEYS = ["home/registry", "x/network", "x/cluster", "x/edge", "x/service-api", "x/observability"]
GONE = ["x/service-app", "x/data", "x/edge-2", "x/observability-2"]


def walked(*last: str, gone: list[str] = GONE) -> list[str]:
    """All stacks, in the order in which they are released one after the other."""
    order = Order(*in_order(KEYS, FEEDS, gone, last))
    found = []
    while order.ready():
        key = order.ready()[0]
        order.end(key, "done")
        found.append(key)
    assert sorted(found) == sorted([*KEYS, *gone])
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x/service-api", "x/service-app"),  # healthy under the new name before the old one is emptied
        ("x/observability", "x/service-app"),  # no composite alarm names what goes
        ("x/observability-2", "x/service-app"),
        ("x/service-app", "x/edge"),  # names change once nobody is behind the old one
        ("x/service-app", "x/data"),  # data goes when nothing uses it
        ("x/edge", "x/edge-2"),
        ("x/network", "x/data"),
    ],
)
def test_nothing_is_left_half(before: str, after: str) -> None:
    """What names a service changes before or after it goes, as AWS and its users need it."""
    found = walked()
    assert found.index(before) < found.index(after)


def test_a_registry_that_only_drops_repositories_comes_last() -> None:
    """It may ask people for its data, and holds nobody back: the repositories stay in the account."""
    assert walked("home/registry")[-1] == "home/registry"
    assert walked()[0] == "home/registry"


def test_without_such_stacks_the_order_is_that_of_the_graph() -> None:
    """Nothing waits for more than what feeds it."""
    order = Order(*in_order(KEYS, FEEDS, []))
    assert order.ready() == ("home/registry", "x/network")
    order.end("x/network", "done")
    order.end("x/cluster", "done")
    assert "x/edge" in order.ready()


def test_what_waits_says_for_whom() -> None:
    """A stack that was not started names those that it comes after and that are not as they should be."""
    order = Order(*in_order(KEYS, FEEDS, ["x/service-app"]))
    for key in ("home/registry", "x/network", "x/cluster", "x/observability"):
        order.end(key, "unchanged")
    order.end("x/service-api", "held")
    assert order.waits_for("x/service-app") == ("x/service-api",)
    order.wait("x/edge", ["x/service-api", "x/unknown"])
    assert order.waits_for("x/edge") == ("x/service-api", "x/service-app")


def template(name: str, port: int = 80) -> dict[str, Any]:
    """A service's template."""
    title = name.capitalize()
    rule = {
        "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
        "Properties": {"Priority": len(name), "Host": f"{name}.a.b"},
    }
    service = {"Type": "AWS::ECS::Service", "Properties": {"ServiceName": name, "Port": port}}
    return {
        "Resources": {"Rule": rule, "Service": service},
        "Outputs": {f"{title}Arn": {"Value": 1}, "Vpc": {"Value": 2}},
    }


@pytest.mark.parametrize(
    ("new", "images", "found"),
    [
        ({"x/service-api": template("api")}, {}, ("api", "the same template except for the name")),
        ({"x/service-api": template("api", 81)}, {"api": "sha256:1"}, ("api", "the same image")),
        ({"x/service-api": template("api", 81)}, {"api": "sha256:2"}, ("", "")),
        ({"x/edge": template("api")}, {"edge": "sha256:1"}, ("", "")),
        ({}, {}, ("", "")),
    ],
)
def test_a_service_under_a_new_name_is_known(
    new: dict[str, Any], images: dict[str, str], found: tuple[str, str]
) -> None:
    """By the image that it runs, or by its template; another service is another service."""
    ref = StackRef(key="x/service-web", name="p-x-service-web", account="1" * 12, region="eu-west-1", service="web")
    stack = StackNow(id="i", name=ref.name, status="CREATE_COMPLETE", parameters={"ImageUri": "r/web@sha256:1"})
    bodies = {key: json.dumps(body).encode() for key, body in new.items()}
    assert successor(Orphan(ref, stack), template("web"), bodies, images) == found
