"""Several index changes of a table come in as many releases as it takes, each read and approved, whoever works on them."""

from typing import Any

import pytest
from msgspec.structs import replace

from generator.release.client import request_id
from generator.release.deferred import index_changes, one_index_each, text, with_deferred
from generator.release.digests import template_digest
from generator.release.errors import Invalid, Unavailable
from generator.release.model.requests import Opened, Propose, RollBack
from generator.release.model.settings import Releases
from generator.release.steps.version_comparison import unlike_version
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import network


def key(name: str) -> list[dict[str, str]]:
    """One key attribute."""
    return [{"AttributeName": name, "KeyType": "HASH"}]


def index(name: str) -> dict[str, Any]:
    """A secondary index with a key of its own."""
    return {"IndexName": name, "KeySchema": key(f"{name}-key"), "Projection": {"ProjectionType": "ALL"}}


def kept(*names: str, cidr: str = "10.0.0.0/16", **more: Any) -> dict[str, Any]:
    """A network with a table that has these indexes."""
    attributes = [{"AttributeName": n, "AttributeType": "S"} for n in ("id", *(f"{name}-key" for name in names))]
    indexes = {"GlobalSecondaryIndexes": [index(name) for name in names]} if names else {}
    properties = {"KeySchema": key("id"), "AttributeDefinitions": attributes, **indexes, **more}
    body = network(cidr)
    return {
        **body,
        "Resources": body["Resources"] | {"Orders": {"Type": "AWS::DynamoDB::Table", "Properties": properties}},
    }


def indexes(platform: FakePlatform) -> set[str]:
    """The indexes that the table of prod has now."""
    stacks, _ = platform.aws("prod")
    now = next(s for s in stacks.all if s.name == "slipway-prod-network").source
    assert now is not None
    rows = now.template["Resources"]["Orders"]["Properties"]
    used = {k["AttributeName"] for row in rows.get("GlobalSecondaryIndexes", ()) for k in row["KeySchema"]}
    assert {row["AttributeName"] for row in rows["AttributeDefinitions"]} == {"id", *used}
    return {row["IndexName"] for row in rows.get("GlobalSecondaryIndexes", ())}


@pytest.fixture
def platform() -> FakePlatform:
    """Prod with a table that has one index; nobody is asked."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, ticks=1)
    platform.publish(1, net=kept("old"))
    platform.created()
    return platform


def follow(platform: FakePlatform, first: str) -> list[set[str]]:
    """Approve each release that opens, until none does; the indexes after each."""
    found, release = [], first
    while release:
        platform.until(release, "waiting for approval")
        platform.decide(release, "approve")
        assert platform.end(release) == "succeeded"
        found.append(indexes(platform))
        release = platform.log.slot("prod/network")[0].open
    return found


@pytest.mark.parametrize(
    ("wanted", "after"),
    [
        (("old", "a"), [{"old", "a"}]),
        ((), [set()]),
        (("old", "a", "b"), [{"old", "a"}, {"old", "a", "b"}]),
        (("b",), [{"old", "b"}, {"b"}]),
        (("a", "b"), [{"old", "a"}, {"old", "a", "b"}, {"a", "b"}]),
    ],
)
def test_one_index_a_release(platform: FakePlatform, wanted: tuple[str, ...], after: list[set[str]]) -> None:
    """New ones first, then what goes; the next release opens by itself, in the name of who asked, and is approved as well."""
    platform.publish(2, net=kept(*wanted))
    first = platform.apply("prod", "network")
    assert follow(platform, first) == after
    past = platform.log.history("prod/network", 10)[: len(after)]
    assert {one.requester for one in past} == {"ana"}
    assert all(one.approvers == ("ben",) for one in past)
    slot, _ = platform.log.slot("prod/network")
    assert slot.running is not None
    assert slot.running.deferred == ""
    assert slot.running.template == platform.versions.get("2" * 40).stacks["prod/network"].digest


def test_people_read_what_comes_later(platform: FakePlatform) -> None:
    """Who approves the first part is told what the next releases bring; all other changes come with the first one."""
    platform.publish(2, net=kept("a", "b", cidr="10.9.0.0/16"))
    release = platform.release(platform.apply("prod", "network"))
    note = next(check.text for check in release.checks if check.name == "part")
    assert note == (
        "this release brings a part of the version: DynamoDB takes one index in an update; later, each in a release of "
        "its own: creates b of Orders, then deletes old of Orders"
    )
    assert release.change_set is not None
    assert {change.logical_id for change in release.change_set.changes} == {"Orders", "Vpc"}


def test_a_rollback_goes_back_in_parts(platform: FakePlatform) -> None:
    """The way back changes several indexes too; the request counts for each of its parts."""
    platform.publish(2, net=kept("a", "b"))
    follow(platform, platform.apply("prod", "network"))
    answer = platform.ask(RollBack(id=request_id(), stack="prod/network"))
    assert isinstance(answer, Opened)
    found = []
    release = answer.release
    while release:
        if platform.state(release) == "waiting for approval":
            platform.decide(release, "approve")
        assert platform.end(release) == "succeeded"
        found.append(indexes(platform))
        release = platform.log.slot("prod/network")[0].open
    assert found == [{"a", "b", "old"}, {"b", "old"}, {"old"}]


def test_whoever_asks_again_goes_on(platform: FakePlatform) -> None:
    """A part that is rejected ends the row; the next request goes on from what the table has."""
    platform.publish(2, net=kept("old", "a", "b"))
    first = platform.apply("prod", "network")
    platform.decide(first, "approve")
    assert platform.end(first, within=60) == "succeeded"
    second = platform.log.slot("prod/network")[0].open
    platform.until(second, "waiting for approval")
    platform.decide(second, "reject")
    assert platform.end(second) == "rejected"
    assert platform.log.slot("prod/network")[0].open == ""
    third = platform.ask(Propose(id=request_id(), stack="prod/network", version="2" * 40))
    assert isinstance(third, Opened)
    assert follow(platform, third.release) == [{"old", "a", "b"}]


def test_a_worker_that_takes_over_opens_no_second_one(platform: FakePlatform) -> None:
    """The request for the next part has the id of the release before: an end that is repeated opens it once."""
    platform.publish(2, net=kept("old", "a", "b"))
    first = platform.apply("prod", "network")
    platform.decide(first, "approve")
    platform.faults.fail("seal.seal", error=lambda: Unavailable("not now"), times=3)
    assert platform.end(first, within=300) == "succeeded"
    slot, _ = platform.log.slot("prod/network")
    assert (slot.open, slot.count) == ("prod-network-3", 3)


@pytest.mark.parametrize(
    ("overlay", "why"),
    [
        ({"Vpc": {"CidrBlock": "10.1.0.0/16"}}, "CidrBlock of Vpc can't be deferred"),
        ({"Orders": {"GlobalSecondaryIndexes": None}}, "defers something of Orders that AWS takes at once"),
    ],
)
def test_a_log_that_defers_something_else_is_refused(platform: FakePlatform, overlay: dict[str, Any], why: str) -> None:
    """What is deferred follows from both templates: whoever writes something else into the log runs nothing."""
    platform.publish(2, net=kept("old", "a", "b"))
    release = platform.release(platform.apply("prod", "network"))
    assert release.change_set is not None
    assert not unlike_version(platform.context(), release, release.change_set)
    body = kept("old", "a", "b")
    resources = {
        n: {**r, "Properties": {**r["Properties"], **overlay.get(n, {})}} for n, r in body["Resources"].items()
    }
    template = template_digest({**body, "Resources": resources})
    forged = replace(release, after=replace(release.after, deferred=text(overlay), template=template))
    assert why in unlike_version(platform.context(), forged, release.change_set)


TABLE = "AWS::DynamoDB::Table"


def table(**more: Any) -> dict[str, Any]:
    """A template with this table."""
    attributes = [{"AttributeName": n, "AttributeType": "S"} for n in ("id", "a-key", "b-key", "c-key")]
    properties = {"KeySchema": key("id"), "AttributeDefinitions": attributes, **more}
    return {"Resources": {"T": {"Type": TABLE, "Properties": {k: v for k, v in properties.items() if v is not None}}}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, table(GlobalSecondaryIndexes=[index("a"), index("b")])),
        ({}, table(GlobalSecondaryIndexes=[index("a"), index("b")])),
        ({"Resources": {"T": "text"}}, table(GlobalSecondaryIndexes=[index("a"), index("b")])),
        (table(), {"Resources": {"T": {"Type": TABLE, "Properties": {"Fn::If": []}}}}),
        (table(), table(GlobalSecondaryIndexes={"Fn::If": ["x", [index("a"), index("b")], []]})),
        (table(), table(GlobalSecondaryIndexes=[index("a"), {"Ref": "AWS::NoValue"}, index("b")])),
        (table(), table(GlobalSecondaryIndexes=[index("a"), {**index("b"), "KeySchema": {"Ref": "Keys"}}])),
        (table(), table(GlobalSecondaryIndexes=[index("a"), index("b")], AttributeDefinitions={"Ref": "X"})),
        (table(), table(GlobalSecondaryIndexes=[index("a"), index("b")], KeySchema=key("other"))),
        (table(), table(GlobalSecondaryIndexes=[index("a"), index("b")], TableName="another")),
        (
            table(GlobalSecondaryIndexes=[index("a")]),
            table(GlobalSecondaryIndexes=[{**index("a"), "KeySchema": key("c-key")}, index("b"), index("c")]),
        ),
        (
            table(),
            table(
                GlobalSecondaryIndexes=[index("a"), index("b")],
                AttributeDefinitions=[{"AttributeName": n, "AttributeType": "N"} for n in ("id", "a-key", "b-key")],
            ),
        ),
    ],
)  # fmt: skip
def test_what_is_no_row_of_indexes_comes_whole(before: dict[str, Any] | None, after: dict[str, Any]) -> None:
    """A new table gets all of its indexes at once, a changed index stays a refusal, and what a function decides is left alone."""
    assert one_index_each(before, after) == {}
    assert index_changes(before, after) == ()


@pytest.mark.parametrize("stored", ["[]", "{", '{"T":1}', '{"T":{"TableName":"x"}}', '{"U":{"Priority":1}}'])
def test_what_is_no_overlay_is_refused(stored: str) -> None:
    """Whatever stands in the log: one sentence, and nothing of it reaches a template."""
    with pytest.raises(Invalid, match="request the release again"):
        with_deferred(table(), stored)


def test_two_tables_change_at_the_same_time() -> None:
    """DynamoDB counts the indexes of one table: a release brings one of each."""
    both = [table(), table(GlobalSecondaryIndexes=[index("a"), index("b")])]
    before, after = ({"Resources": dict.fromkeys(("T", "U"), each["Resources"]["T"])} for each in both)
    assert index_changes(before, after) == ("creates a of T and creates a of U", "creates b of T and creates b of U")
    assert set(one_index_each(before, after)) == {"T", "U"}
