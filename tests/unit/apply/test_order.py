"""In which order an environment is released, and where it stops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.apply.order import End, Order, hold_edges, is_current, needed
from generator.release.model.log_records import Slot
from generator.release.model.version import Body, Commit, Image, Running, Version

FEEDS = {"cluster": ["network"], "app": ["cluster", "data"], "edge": ["cluster"], "watch": ["app"]}
ALL = ("network", "data", "cluster", "app", "edge", "watch")


def test_independent_stacks_begin_together() -> None:
    """Nothing waits for what does not feed it."""
    order = Order(ALL, FEEDS)
    assert order.ready() == ("network", "data")
    for key in order.ready():
        order.begin(key)
    assert (order.ready(), order.running) == ((), ("network", "data"))
    order.end("network", "done")
    assert order.ready() == ("cluster",)
    order.end("data", "unchanged")
    order.end("cluster", "done")
    assert order.ready() == ("app", "edge")


def test_a_failure_leaves_everything_else_intact() -> None:
    """What runs ends, nothing new begins."""
    order = Order(ALL, FEEDS)
    order.begin("network")
    order.end("data", "failed")
    assert (order.ready(), order.running, order.has_failed) == ((), ("network",), True)
    order.end("network", "done")
    assert order.left == ("cluster", "app", "edge", "watch")


def test_who_waits_for_people_holds_only_what_is_behind() -> None:
    """A stack that waits for approval, or was skipped, keeps those that need it; the others go on."""
    order = Order(ALL, FEEDS)
    for key in ("network", "data", "cluster"):
        order.end(key, "unchanged")
    order.end("app", "held")
    assert order.ready() == ("edge",)


def test_what_is_behind() -> None:
    """All that a stack feeds, near and far, and nothing else."""
    order = Order(ALL, FEEDS)
    assert order.behind(["cluster"]) == {"cluster", "app", "edge", "watch"}
    assert order.behind(["watch"]) == {"watch"}
    assert order.behind([]) == frozenset()


def test_what_is_needed_comes_along() -> None:
    """A stack that is named brings all that feed it, near and far."""
    assert needed(["watch"], FEEDS) == {"watch", "app", "cluster", "data", "network"}


@given(st.data())
def test_no_stack_begins_before_what_feeds_it(data: st.DataObject) -> None:
    """Over random graphs and ends: feeders first, each stack once, and all of them unless something stops it."""
    count = data.draw(st.integers(1, 8))
    names = [f"s{n}" for n in range(count)]
    feeds = {
        name: data.draw(st.lists(st.sampled_from(names[:n]), unique=True)) if n else [] for n, name in enumerate(names)
    }
    order = Order(names, feeds)
    begun: list[str] = []
    while ready := order.ready():
        key = data.draw(st.sampled_from(ready))
        assert all(order.ended[feeder] in {"done", "unchanged"} for feeder in feeds[key])
        assert key not in begun
        begun.append(key)
        order.end(key, data.draw(st.sampled_from(["done", "unchanged", "skipped", "held", "failed"])))
    fine = {"done", "unchanged"}
    if set(order.ended.values()) <= fine:
        assert begun
        assert not order.left


def test_only_another_template_is_something_to_do() -> None:
    """A stack with the version's template is left alone, whatever image it runs: `deploy` brings images."""
    version = Version(
        commit=Commit(id="2" * 40), published=1.0, stacks={"prod/network": Body(digest="sha256:a", key="k")}
    )
    same, other = Running(commit="1" * 40, template="sha256:a"), Running(commit="1" * 40, template="sha256:b")
    assert is_current(Slot(running=same), version, "prod/network", "")
    assert not is_current(Slot(running=other), version, "prod/network", "")
    assert not is_current(Slot(), version, "prod/network", "")


@pytest.mark.parametrize(
    ("runs", "same"),
    [
        ({"ImageUri": "r/app@sha256:1", "Release": "1" * 40}, True),
        ({"ImageUri": "r/app@sha256:2", "Release": "2" * 40}, False),
        ({"Release": "2" * 40}, False),
    ],
)
def test_another_image_is_something_to_do_where_that_is_asked_for(runs: dict[str, str], same: bool) -> None:
    """A push that changes only code is released by CI; a commit that brings the image that runs is not."""
    body = Body(digest="sha256:a", key="k", released=("ImageUri", "Release"))
    images = {"app": Image(uri="r/app@sha256:1")}
    version = Version(commit=Commit(id="2" * 40), published=1.0, stacks={"prod/service-app": body}, images=images)
    slot = Slot(running=Running(commit="1" * 40, template="sha256:a", parameters=runs))
    assert is_current(slot, version, "prod/service-app", "app", images=True) == same
    assert is_current(slot, version, "prod/service-app", "app")


@pytest.mark.parametrize(
    ("ended", "running", "begins"),
    [
        ("skipped", set(), False),
        ("held", set(), False),
        ("done", set(), True),
        ("skipped", {"dev/service-pay"}, True),
        ("held", {"dev/service-pay"}, True),
    ],
)
def test_an_edge_comes_after_the_services_that_are_new(ended: End, running: set[str], begins: bool) -> None:
    """It names the hosts of a service: it begins for none whose own stack is skipped or waits, and for none that runs."""
    order = Order(["dev/cluster", "dev/service-pay", "dev/edge"], {"dev/service-pay": ["dev/cluster"]})
    hold_edges(order, running | {"dev/cluster"}, set())
    order.end("dev/cluster", "unchanged")
    order.end("dev/service-pay", ended)
    assert ("dev/edge" in order.ready()) is begins
    if not begins:
        assert order.waits_for("dev/edge") == ("dev/service-pay",)


def test_an_edge_waits_for_no_service_that_is_deleted() -> None:
    """What goes in the same run runs nothing either, and must not keep the edge that forgets it."""
    order = Order(["dev/service-old", "dev/edge"], {})
    hold_edges(order, set(), {"dev/service-old"})
    assert "dev/edge" in order.ready()
