"""No means no: what AWS refuses when a stack is deployed is refused here, in its words, and the neighbour that it takes is taken.

The words and their sources stand in docs/sandbox.md, "Refusals".
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.refused_templates import Template, balancer, database, delayed, group, rules, service, table

DOCS = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()


class Case(NamedTuple):
    """What is there (None: no stack), what is asked, AWS's words, a neighbour that AWS takes, and the words in the docs."""

    before: Template | None
    refused: Template
    words: str
    taken: Template
    page: str = ""


CASES = {
    "two indexes at once": Case(
        table(),
        table("by-a", "by-b"),
        "Cannot perform more than one GSI creation or deletion in a single update",
        table("by-a"),
    ),
    "an index for another": Case(
        table("by-a"),
        table("by-b"),
        "Cannot perform more than one GSI creation or deletion in a single update",
        table(),
    ),
    "a major upgrade": Case(
        database("16.4"),
        database("17.2"),
        "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
        database("17.2", AllowMajorVersionUpgrade=True),
    ),
    "a major upgrade of mysql": Case(
        database("8.0.40", "mysql"),
        database("8.4.3", "mysql"),
        "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
        database("8.0.41", "mysql"),
    ),
    "a downgrade": Case(
        database("16.4"),
        database("16.3"),
        "Cannot upgrade postgres from 16.4 to 16.3",
        database("16.8"),
        "Cannot upgrade ENGINE from VERSION to VERSION",
    ),
    "a downgrade with the flag": Case(
        database("16.4"),
        database("15.7", AllowMajorVersionUpgrade=True),
        "Cannot upgrade postgres from 16.4 to 15.7",
        database("16"),
        "Cannot upgrade ENGINE from VERSION to VERSION",
    ),
    "another engine": Case(
        database("16.4"),
        database("8.4.3", "mysql"),
        "can't be changed from postgres to mysql",
        database("16.5"),
        "can't be changed from ENGINE to ENGINE",
    ),
    "a taken priority": Case(
        rules(1, 2), rules(1, 1), "Priority '1' is currently in use", rules(1, 3), "Priority 'N' is currently in use"
    ),
    "swapped priorities": Case(rules(1, 2), rules(2, 1), "is currently in use", rules(3, 2)),
    "a long target group": Case(
        None,
        group("t" * 33),
        f"Target group name '{'t' * 33}' cannot be longer than '32' characters",
        group("t" * 32),
        "Target group name 'NAME' cannot be longer than '32' characters",
    ),
    "a long load balancer": Case(
        None,
        balancer("b" * 33),
        f"The load balancer name '{'b' * 33}' cannot be longer than '32' characters",
        balancer("b" * 32),
        "The load balancer name 'NAME' cannot be longer than '32' characters",
    ),
    "a named target group that is replaced": Case(
        group("web"),
        group("web", 81),
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename web and update the stack again.",
        group("web-2", 81),
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename NAME and update the stack again.",
    ),
    "grace without a load balancer": Case(
        None,
        service(HealthCheckGracePeriodSeconds=60),
        "Health check grace period is only valid for services configured to use load balancers",
        service(),
    ),
    "grace that comes later": Case(
        service(),
        service(HealthCheckGracePeriodSeconds=60),
        "Health check grace period is only valid for services configured to use load balancers",
        service(EnableECSManagedTags=True),
    ),
    "a text where a number belongs": Case(
        None,
        delayed("text"),
        "#/DelaySeconds: expected type: Integer, found: String",
        delayed("number"),
        "expected type: Integer, found: String",
    ),
}


class Stack:
    """The stack of a case."""

    def __init__(self, aws: Aws) -> None:
        self._api = aws("cloudformation")
        self._there = False
        self.number = 0

    def deploy(self, resources: Template) -> tuple[str, str]:
        """Create or update it; how that ended, and the reasons of the resources that failed."""
        body = json.dumps({"Resources": resources})
        self.number += not self._there
        name = f"app-{self.number}"
        act = self._api.update_stack if self._there else self._api.create_stack
        act(StackName=name, TemplateBody=body)
        end = time.monotonic() + 120
        while (status := self._api.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]).endswith("_PROGRESS"):
            assert time.monotonic() < end, status
            time.sleep(0.01)
        self._there = status != "ROLLBACK_COMPLETE"
        events = self._api.describe_stack_events(StackName=name)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        return status, "\n".join(event.get("ResourceStatusReason", "") for event in failed)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_no_means_no(aws: Aws, case: Case) -> None:
    """The stack that AWS would roll back rolls back with AWS's reason; then it takes the neighbour that AWS takes."""
    for name, value in (("text", "soon"), ("number", "5")):
        aws("ssm").put_parameter(Name=name, Value=value, Type="String")
    stack = Stack(aws)
    if case.before is not None:
        assert stack.deploy(case.before) == ("CREATE_COMPLETE", "")
    status, reasons = stack.deploy(case.refused)
    assert status == ("UPDATE_ROLLBACK_COMPLETE" if case.before is not None else "ROLLBACK_COMPLETE")
    assert case.words in reasons
    status, reasons = stack.deploy(case.taken)
    assert status.removeprefix("UPDATE").removeprefix("CREATE") == "_COMPLETE", reasons
    assert (case.page or case.words) in DOCS


def test_a_number_from_a_parameter_reaches_the_service_as_one(aws: Aws) -> None:
    """The queue has the delay, and the stack keeps the reference."""
    aws("ssm").put_parameter(Name="number", Value="5", Type="String")
    assert Stack(aws).deploy(delayed("number")) == ("CREATE_COMPLETE", "")
    [url] = aws("sqs").list_queues()["QueueUrls"]
    given = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
    assert given == {"DelaySeconds": "5"}


def test_addresses_run_out(aws: Aws) -> None:
    """A /28 has eleven addresses for tasks: the twelfth task says why it can't start, and EC2 counts none as free."""
    ec2, ecs = aws("ec2"), aws("ecs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/28")["Subnet"]["SubnetId"]

    def free() -> int:
        return int(ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"])

    assert free() == 11
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(
        family="app", networkMode="awsvpc", cpu="256", memory="512", requiresCompatibilities=["FARGATE"],
        containerDefinitions=[{"name": "app", "image": "nginx"}],
    )  # fmt: skip

    def run(count: int) -> list[str]:
        tasks = ecs.run_task(
            cluster="c", taskDefinition="app", count=count, launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
        )["tasks"]  # fmt: skip
        return [task["taskArn"] for task in tasks]

    def last(task: str) -> dict[str, Any]:
        end = time.monotonic() + 120
        while (found := ecs.describe_tasks(cluster="c", tasks=[task])["tasks"][0])["lastStatus"] not in ("RUNNING", "STOPPED"):  # fmt: skip
            assert time.monotonic() < end
            time.sleep(0.01)
        return dict(found)

    fits = [task for count in (10, 1) for task in run(count)]
    assert {last(task)["lastStatus"] for task in fits} == {"RUNNING"}
    assert free() == 0
    [late] = run(1)
    ended = last(late)
    assert (ended["lastStatus"], ended["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert "InsufficientFreeAddressesInSubnet" in ended["stoppedReason"]
    ecs.stop_task(cluster="c", task=fits[0])
    while last(fits[0])["lastStatus"] != "STOPPED":
        time.sleep(0.01)
    [next_one] = run(1)
    assert last(next_one)["lastStatus"] == "RUNNING"
