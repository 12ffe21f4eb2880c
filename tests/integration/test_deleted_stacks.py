"""What ``stacks/`` does not ask for any more is told everywhere, and deleted by an approved release."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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


def api(checkout: Checkout, service: str) -> Callable[..., Any]:
    """A client of dev's account, ``api(checkout, "elbv2")("describe_load_balancers")``."""
    return Session("eu-west-1", keys=Keys(DEV, "x"), endpoint=f"http://127.0.0.1:{checkout.port}").api(service)


def hosts(checkout: Checkout) -> set[str]:
    """Services of dev that the load balancer sends requests to, by the first label of their host."""
    elb = api(checkout, "elbv2")
    listeners = [
        listener["ListenerArn"]
        for balancer in elb("describe_load_balancers")["LoadBalancers"]
        for listener in elb("describe_listeners", LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    ]
    conditions = [
        c for arn in listeners for rule in elb("describe_rules", ListenerArn=arn)["Rules"] for c in rule["Conditions"]
    ]
    return {host.partition(".")[0] for c in conditions for host in c.get("HostHeaderConfig", {}).get("Values", ())}


def test_a_renamed_service_and_data_that_nobody_asks_for_go_by_approved_releases(checkout: Checkout) -> None:
    """Plan, status and drift name them, with the new name and what is kept, and apply asks people by class."""
    slipway, stacks = checkout.slipway, checkout.folder / "stacks"
    slipway("apply dev --yes")

    # web is called site now, and nobody keeps data any more.
    (stacks / "services" / "web.yaml").rename(stacks / "services" / "site.yaml")
    app = stacks / "services" / "app.yaml"
    app.write_text(re.sub(r"uses:\n.*\n", "", app.read_text()))
    config = (stacks / "environments" / "dev.yaml").read_text()
    asks = "releases: { approvals: { delete: { people: 1 } } }\n"
    (stacks / "environments" / "dev.yaml").write_text(re.sub(r"data:\n(  .*\n)+", "", config) + asks)

    plan = slipway("plan dev").out
    assert re.match(r"dev: .*2 to delete", plan), plan
    said = "web is gone and site is new, with the same template except for the name: web's stack is emptied after site is healthy"
    assert re.search(rf"dev/service-web: is emptied and deleted: high: .*; {said}", plan), plan
    assert re.search(r"dev/data: is emptied and deleted: .*nothing in stacks/ asks for it any more", plan)
    assert "stays in the account with" in plan  # the table keeps what it holds
    status = slipway("status dev").out
    for stack in ("service-web", "data"):
        assert f"dev/{stack}: nothing asks for this stack any more" in status
    assert "dev/service-web: nothing asks for this stack any more" in slipway("drift dev", code=1).out

    # A repository leaves the registry with its images, which two people read; site's is created with that.
    registry = slipway("apply dev --yes --json", code=3).document["releases"][0]["id"]
    for person in ("ben", "cleo"):
        slipway(f"approve {registry} --as {person}", code=3 if person == "ben" else 0)
    ran = slipway("apply dev --yes --json", code=3).document
    held = {r["stack"]: r["release"] for r in ran["releases"] if r["state"] == "waiting for approval"}
    assert tuple(held["dev/service-web"]["classes"]) == ("delete", "stateful")  # its log group goes with what it holds
    assert "web" in hosts(checkout)

    # Ben reads what goes and agrees; then nothing answers for web any more, and its name leads nowhere.
    assert "web in dev is deleted" in slipway(f"approve {held['dev/service-web']['id']} --as ben").out
    ran = slipway("apply dev --yes --json", code=3).document
    [data] = [r["id"] for r in ran["releases"] if r["state"] == "waiting for approval"]
    assert {r["stack"] for r in ran["stacks"] if r["result"] == "done"} == {"dev/edge"}
    assert hosts(checkout) == {"app", "site"}
    records = api(checkout, "route53")("list_resource_record_sets", HostedZoneId="Z0111111DEVZONE")
    names = {row["Name"].partition(".")[0] for row in records["ResourceRecordSets"] if row["Type"] == "A"}
    assert names == {"app", "site"}
    ecs = api(checkout, "ecs")
    tasks = ecs("describe_tasks", cluster="slipway-dev", tasks=ecs("list_tasks", cluster="slipway-dev")["taskArns"])
    assert {task["group"] for task in tasks["tasks"]} == {"service:app", "service:site"}

    # The table goes last; it stays in the account with its items. After that nothing is left to say or to do.
    assert "data in dev is deleted" in slipway(f"approve {data} --as ben").out
    assert len(api(checkout, "dynamodb")("list_tables")["TableNames"]) == 1
    stacks_of_dev = api(checkout, "cloudformation")("list_stacks")["StackSummaries"]
    left = {row["StackName"] for row in stacks_of_dev if row["StackStatus"] != "DELETE_COMPLETE"}
    assert not left & {"slipway-dev-service-web", "slipway-dev-data"}
    assert "0 released, 10 unchanged" in slipway("apply dev --yes").out
    assert re.fullmatch(r"dev: \d+ unchanged", slipway("plan dev").out.strip())
    for command in ("status dev", "drift dev"):
        assert "nothing asks for" not in slipway(command).out


def test_one_service_is_deleted_by_name(checkout: Checkout) -> None:
    """Refused while stacks/ asks for it; afterwards one command empties the stack and deletes it."""
    slipway = checkout.slipway
    slipway("apply dev --yes")
    refused = slipway("delete service web dev", code=2)
    assert "stacks/ asks for dev/service-web; remove it there" in refused.err
    shutil.move(checkout.folder / "stacks" / "services" / "web.yaml", checkout.folder / "web.yaml")
    # AWS deletes no alarm that a composite alarm names, so what watches it goes first.
    watched = slipway("delete service web dev", code=3).err
    assert "dev/observability may name alarms of dev/service-web" in watched
    slipway("apply dev observability --yes", code=3)
    assert "web in dev is deleted" in slipway("delete service web dev").out
    assert "there is no stack slipway-dev-service-web any more" in slipway("destroy dev service-web", code=3).err
