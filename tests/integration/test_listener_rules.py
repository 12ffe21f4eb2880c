"""Listener rules change their priorities through change sets alone: an upgrade, an exchange, a path before its host."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.aws.session import Keys, Session
from tests.integration.checkout import ROOT, Checkout

# What is typed here runs in other tests with its coverage measured.
pytestmark = pytest.mark.no_cover

DEV = "111111111111"
# What the version before computed: `route.priority` as it stands, else a number of the name alone.
BEFORE = """from zlib import crc32
PLACES, FIRST_COMPUTED = 200, 10_000
def listener_priority(service, hosts, paths, place=None):
    return place or FIRST_COMPUTED + crc32(service.encode()) % 40_000
def open_priority(service, hosts, paths, place=None):
    return listener_priority(service, hosts, paths, place) - 1
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """The shipped stacks; app moves its traffic between two target groups, and goes before web."""
    found = Checkout(tmp_path / "work")
    write(found, "app", "port: 8080\nroute: {priority: 100}\nrollout: {strategy: blue-green, bake_minutes: 0}\n")
    write(found, "web", "port: 3000\nroute: {priority: 200}\n")
    yield found
    found.stop()


def write(checkout: Checkout, service: str, text: str) -> None:
    """A service that runs in dev alone."""
    (checkout.folder / "stacks" / "services" / f"{service}.yaml").write_text(f"deploy_to: [dev]\n{text}")


def before(folder: Path) -> Path:
    """A Slipway that computes priorities as the version before did, and is this one else."""
    for name in ("tests", "templates", "stacks"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "generator" / "config").mkdir(parents=True)
    for part in (ROOT / "generator", ROOT / "generator" / "config"):
        for item in part.iterdir():
            place = folder / item.relative_to(ROOT)
            if not place.exists():
                place.symlink_to(item)
    changed = folder / "generator" / "config" / "listener_priority.py"
    changed.unlink()
    changed.write_text(BEFORE)
    return folder


def rules(checkout: Checkout) -> dict[str, int]:
    """Host and path to the priority of its rule, in the order in which the load balancer asks."""
    elb = Session("eu-west-1", keys=Keys(DEV, "x"), endpoint=f"http://127.0.0.1:{checkout.port}").api("elbv2")
    balancers = elb("describe_load_balancers")["LoadBalancers"]
    listeners = [
        listener["ListenerArn"]
        for balancer in balancers
        for listener in elb("describe_listeners", LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    ]
    found = [rule for arn in listeners for rule in elb("describe_rules", ListenerArn=arn)["Rules"]]
    named = {_text(rule): int(rule["Priority"]) for rule in found if rule["Priority"].isdigit()}
    return dict(sorted(named.items(), key=lambda item: item[1]))


def _text(rule: dict[str, Any]) -> str:
    values = [
        v
        for c in rule["Conditions"]
        for key in ("HostHeaderConfig", "PathPatternConfig")
        for v in c.get(key, {}).get("Values", ())
    ]
    return "".join(values).replace(".dev.example.com", "")


def test_rules_get_their_new_priorities_and_exchange_them(checkout: Checkout, tmp_path: Path) -> None:
    """From the version before to this one in one apply, then two places exchanged; a service on its other side first moves back."""
    slipway = checkout.slipway
    (tmp_path / "before").mkdir()
    checkout.use(before(tmp_path / "before"))
    slipway("apply dev --yes")
    assert rules(checkout) == {"app": 100, "web": 200}
    slipway("publish --sample better --service app")
    slipway("deploy app dev")

    checkout.use(ROOT)
    planned = slipway("plan dev app").out
    assert "it would be refused now: ListenerRule: an update of the rule takes all requests away" in planned
    assert "restart the service first, which moves it to its other side: slipway restart app dev" in planned
    refused = slipway("apply dev app --yes", code=1)
    assert "takes all requests away from TargetGroupGreen, which serves now" in refused.out + refused.err
    slipway("restart app dev")
    slipway("apply dev --yes")
    updated = rules(checkout)
    assert list(updated) == ["app", "web"]
    assert 99 * 49 < updated["app"] <= 100 * 49 < 199 * 49 < updated["web"] <= 200 * 49
    assert re.match(r"dev: \d+ unchanged", slipway("plan dev").out)

    # The image that came along has moved app to its other side again.
    slipway("restart app dev")
    write(checkout, "app", "port: 8080\nroute: {priority: 200}\nrollout: {strategy: blue-green, bake_minutes: 0}\n")
    write(checkout, "web", "port: 3000\nroute: {priority: 100}\n")
    slipway("apply dev --yes")
    exchanged = rules(checkout)
    assert list(exchanged) == ["web", "app"]
    assert not set(exchanged.values()) & set(updated.values())


def indexes(checkout: Checkout) -> set[str]:
    """The indexes of dev's table."""
    dynamodb = Session("eu-west-1", keys=Keys(DEV, "x"), endpoint=f"http://127.0.0.1:{checkout.port}").api("dynamodb")
    (name,) = [n for n in dynamodb("list_tables")["TableNames"] if "Items" in n]
    return {
        row["IndexName"]
        for row in dynamodb("describe_table", TableName=name)["Table"].get("GlobalSecondaryIndexes", ())
    }


TABLE = "    items:\n      partition_key: { name: id }\n"
INDEXES = (
    TABLE
    + "      indexes:\n"
    + "".join(f"        by_{name}: {{partition_key: {{name: {name}}}}}\n" for name in ("author", "day", "state"))
)


def test_what_takes_several_updates_comes_in_several_releases(checkout: Checkout) -> None:
    """Two services whose names share a slot exchange their places, and a table gets three indexes: one apply, one index a release."""
    slipway, dev = checkout.slipway, checkout.folder / "stacks" / "environments" / "dev.yaml"
    # 49 numbers a place: "user" and "users" have the same one in each.
    (checkout.folder / "stacks" / "services" / "app.yaml").rename(checkout.folder / "stacks" / "services" / "user.yaml")
    (checkout.folder / "stacks" / "services" / "web.yaml").rename(
        checkout.folder / "stacks" / "services" / "users.yaml"
    )
    write(checkout, "user", "port: 8080\nroute: {priority: 100}\n")
    write(checkout, "users", "port: 8080\nroute: {priority: 200}\n")
    slipway("apply dev --yes")
    had = rules(checkout)

    write(checkout, "user", "port: 8080\nroute: {priority: 200}\n")
    write(checkout, "users", "port: 8080\nroute: {priority: 100}\n")
    dev.write_text(dev.read_text().replace(TABLE, INDEXES))
    planned = slipway("plan dev").out
    assert "in 2 releases: with a spare listener priority first, and with its own once dev/service-users has" in planned
    assert "after dev/service-user, which frees its listener priority" in planned
    assert (
        "in 3 releases, because DynamoDB takes one index in an update: creates by_author of TableItems, then" in planned
    )
    applied = slipway("apply dev --yes").out
    done = re.findall(r"(dev-\S+) succeeded in .*: \S+ in dev now runs (a part of )?", applied)
    assert sorted(done) == [
        ("dev-data-2", "a part of "), ("dev-data-3", "a part of "), ("dev-data-4", ""),
        ("dev-user-2", "a part of "), ("dev-user-3", ""), ("dev-users-2", ""),
    ]  # fmt: skip
    # The user and the users have each other's numbers, exactly those that an empty account gives them.
    assert rules(checkout) == {"users": had["user"], "user": had["users"]}
    assert indexes(checkout) == {"by_author", "by_day", "by_state"}
    assert re.match(r"dev: \d+ unchanged", slipway("plan dev").out)

    # Without them, the last one goes last; `deploy` follows from one release to the next.
    dev.write_text(dev.read_text().replace(INDEXES, TABLE))
    slipway("publish")
    followed = slipway("deploy data dev")
    assert "dev-data-5 succeeded" in followed.err
    assert "dev-data-7 succeeded" in followed.out
    assert indexes(checkout) == set()
