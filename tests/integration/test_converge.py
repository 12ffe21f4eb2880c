"""An environment becomes what ``stacks/`` says, also where the change of one stack moves what others read."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.aws.session import Keys, Session
from tests.integration.checkout import Checkout

# What is typed here runs in other tests with its coverage measured.
pytestmark = pytest.mark.no_cover

DEV = "111111111111"


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A folder with the shipped stacks and nothing else."""
    found = Checkout(tmp_path)
    yield found
    found.stop()


def test_a_replaced_load_balancer_takes_everything_along(checkout: Checkout) -> None:
    """Listeners move, so the services' rules and the names follow in the same apply: plan says so, and nothing is left.

    Somebody had protected the old balancer by hand: AWS can't delete it, and status names it as left behind.
    """
    slipway = checkout.slipway
    slipway("apply dev --yes")
    dev = checkout.folder / "stacks" / "environments" / "dev.yaml"
    dev.write_text(f"{dev.read_text()}\nload_balancer: {{ access_logs: false, internal: true }}\n")

    plan = slipway("plan dev").out
    assert re.match(r"dev: 1 changed, .*\d following", plan)
    assert re.search(r"dev/service-app: follows: .*ListenerArn of dev/cluster.* changes first", plan)
    followed = set(re.findall(r"(dev/[\w-]+): follows", plan))

    elb = Session("eu-west-1", keys=Keys(DEV, "x"), endpoint=f"http://127.0.0.1:{checkout.port}").api("elbv2")
    [old] = [row["LoadBalancerArn"] for row in elb("describe_load_balancers")["LoadBalancers"]]
    protection = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    elb("modify_load_balancer_attributes", LoadBalancerArn=old, Attributes=protection)
    assert "left behind" not in slipway("status dev").out
    applied = slipway("apply dev --yes --json").document
    assert f"dev/cluster: LoadBalancer ({old}) is left behind: it is in no stack any more" in slipway("status dev").out
    assert {r["stack"] for r in applied["stacks"] if r["result"] == "done"} == {"dev/cluster", *followed}
    again = slipway("apply dev --yes")
    assert "0 released" in again.out
    assert re.match(r"dev: \d+ unchanged", slipway("plan dev").out)


def test_a_plan_names_the_image_that_comes_along(checkout: Checkout) -> None:
    """A template that changes brings the newest published image too: plan says which, and apply does just that."""
    slipway = checkout.slipway
    slipway("apply dev --yes")
    published = slipway("publish --sample better --service app").out
    commit = re.match(r"published ([0-9a-f]{12})", published)
    assert commit, published
    app = checkout.folder / "stacks" / "services" / "app.yaml"
    app.write_text(app.read_text().replace("LOG_LEVEL: info", "LOG_LEVEL: debug"))
    plan = slipway("plan dev app").out
    assert re.search(rf"dev/service-app: low: brings {commit[1]} \(.*\); ", plan)
    document = slipway("plan dev app --json").document["stacks"][0]
    planned = {r["logical_id"] for r in document["reading"]["meaning"]["effects"]}
    release = slipway("apply dev app --yes --json").document["releases"][0]["release"]
    assert {r["logical_id"] for r in release["reading"]["meaning"]["effects"]} == planned
    assert document["brings"].startswith(commit[1])


def test_a_first_release_that_fails_says_what_its_tasks_printed(checkout: Checkout) -> None:
    """Its stack and its log group are deleted at once here; the release has the exit code and the last lines all the same."""
    slipway = checkout.slipway
    slipway("apply home --yes")
    slipway("apply dev alerts certificate network data cluster --yes")
    slipway("publish --sample crashes --service web")
    failed = slipway("deploy web dev", code=1).out
    assert "the container web ended with exit code 1: KeyError: 'DATABASE_URL'" in failed
    assert "correct what its last lines say, then release it again; its log group was deleted with the stack" in failed
    assert "Traceback (most recent call last):" in slipway("report dev-web-1").out
