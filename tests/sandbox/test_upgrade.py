"""From an earlier version to today's: roles get a path for each environment, which replaces them under what uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.apply.plan_sentences import sentences
from generator.aws.accounts import execution_role_name
from generator.aws.admin import Administrator, Applied, Failed
from generator.aws.change_set_parser import change_set
from generator.preview.meaning import meaning
from generator.release.model.preview import Meaning
from generator.release.model.release import StackRef
from generator.sandbox.process import Control, Endpoint
from tests.integration.without_coverage import sandbox_process
from tests.sandbox.conftest import Aws
from tests.sandbox.upgrade import ACCOUNT, FORMER_EXECUTION, REGION, EarlierFleet

__all__ = ["sandbox_process"]

# What people reach, and what keeps data.
STAYS = (
    "AWS::ECS::Service", "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::Lambda::Function", "AWS::EC2::VPC", "AWS::ECS::Cluster",
    "AWS::SecretsManager::Secret",
)  # fmt: skip
BEFORE = (
    "home/home", f"{ACCOUNT}/foundation", "home/registry", "main/certificate", "main/alerts", "main/network", "main/cluster",
    "main/service-tiny", "main/data", "main/service-shop", "main/function-tidy", "main/chaos", "main/bot", "main/edge",
    "main/observability",
)  # fmt: skip


@pytest.fixture
def fleet(aws: Aws, control: Control) -> EarlierFleet:
    """Home, an account and most of an environment, as an earlier version created them."""
    found = EarlierFleet(aws)
    found.prepare(control)
    found.create_as_before(*BEFORE)
    return found


def roles(aws: Aws) -> dict[str, str]:
    """Names of the roles of workloads, with their paths."""
    iam = aws("iam", account=ACCOUNT)
    rows = iam.get_paginator("list_roles").paginate(PathPrefix="/workload/").build_full_result()["Roles"]
    return {row["RoleName"]: row["Path"] for row in rows}


def read(fleet: EarlierFleet, key: str, **parameters: str) -> tuple[Meaning, dict[str, Any]]:
    """The change set to today's template, created with today's execution role, and what a preview says of it."""
    scope = fleet.built.specs[key].scope
    ref = StackRef(key=key, name=scope.stack_name, account=scope.account, region=scope.region)
    fleet.role = f"arn:aws:iam::{ACCOUNT}:role/harbor-{execution_role_name(ref)}"
    known = fleet.stack(key).get("Parameters", ())
    values = fleet.parameters(key) | parameters
    made = fleet.propose(
        key,
        TemplateBody=json.dumps(fleet.built.bodies[key], separators=(",", ":")),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
        IncludeNestedStacks=False,
    )
    answer = fleet.client(key).describe_change_set(ChangeSetName=made["ChangeSetId"], IncludePropertyValues=True)
    found = meaning(
        change_set(answer, kind="UPDATE"), fleet.earlier[key], fleet.built.bodies[key], region=scope.region,
        before_parameters={row["ParameterKey"]: row["ParameterValue"] for row in known},
    )  # fmt: skip
    return found, made


def going_back(fleet: EarlierFleet) -> None:
    """To a template from before: a stack with roles stays as it is, since no role may be created on the old path."""
    for key, ends in (("main/chaos", "UPDATE_ROLLBACK_COMPLETE"), ("main/edge", ""), ("main/data", "")):
        scope = fleet.built.specs[key].scope
        ref = StackRef(key=key, name=scope.stack_name, account=scope.account, region=scope.region)
        fleet.role = f"arn:aws:iam::{ACCOUNT}:role/harbor-{execution_role_name(ref)}"
        declared = fleet.earlier[key].get("Parameters", {})
        made = fleet.propose(
            key,
            TemplateBody=json.dumps(fleet.earlier[key], separators=(",", ":")),
            Parameters=[{"ParameterKey": name, "UsePreviousValue": True} for name in declared],
        )
        fleet.execute(key, made, ends)
        if ends:
            rows = fleet.client(key).describe_stack_events(StackName=fleet.name(key))["StackEvents"]
            assert any(
                "is not authorized to perform: iam:CreateRole" in row.get("ResourceStatusReason", "") for row in rows
            )


def test_an_environment_of_an_earlier_version_is_upgraded(
    aws: Aws, control: Control, sandbox: Endpoint, fleet: EarlierFleet, tmp_path: Path
) -> None:
    """Permissions first, then the foundation, then each stack with its new role: everything ends well, and stays where it was.

    IAM is enforced from the first step. Before it, each preview says which roles are replaced; after it, no role is left
    on the shared path, and the execution role may no longer touch that path.
    """
    former = roles(aws)
    assert set(former.values()) == {"/workload/harbor/"}
    stands = {key: fleet.identities(key, *STAYS) for key in BEFORE}
    control.enforce(on=True)
    done = dict(fleet.bring_up(sandbox, tmp_path))
    assert list(done) == [
        "home/home", *(f"{ACCOUNT}/permissions-{name}" for name in ("main", "standby", "home", "bot")),
        f"{ACCOUNT}/foundation",
    ]  # fmt: skip
    assert set(done.values()) == {"created", "updated"}
    execution = {r["RoleName"] for r in aws("iam", account=ACCOUNT).list_roles(PathPrefix="/")["Roles"]}
    assert not execution & {"harbor-execution", "harbor-bot-execution"}

    planned = fleet.plan(sandbox, *(k for k in BEFORE if k.startswith("main/")))
    lines = list(sentences(planned))
    assert lines[0] == "6 changed, 1 following, 3 blocked, 2 unchanged"
    lost = "can't change in place: users of the old role outside this stack lose it"
    assert f"main/network: medium: FlowLogRole: Path {lost}" in lines
    assert f"main/service-shop: medium: ExecutionRole: Path {lost} (and 3 more)" in lines
    # The key lets the execution roles give AWS's services grants of it, which the earlier version's could not.
    gained = [p.stack.key for p in planned if p.reading is not None and p.reading.meaning.gains]
    assert gained == ["main/alerts"]
    changed = [k for k in BEFORE if k.startswith("main/") and fleet.built.bodies[k] != fleet.earlier[k]]
    for key in changed:
        if key == "main/edge":
            fleet.create("main/site-docs")  # the edge leads to it
        replaced = {
            name for name, row in fleet.earlier[key]["Resources"].items()
            if row["Type"] in {"AWS::IAM::Role", "AWS::IAM::InstanceProfile"}
        }  # fmt: skip
        found, made = read(fleet, key)
        effects = {effect.logical_id: effect for effect in found.effects}
        assert {name for name in replaced if effects[name].action != "Replace"} == set(), key
        fleet.execute(key, made)
        assert fleet.all_run(key)
    assert {key: fleet.identities(key, *STAYS) for key in BEFORE} == stands
    after = roles(aws)
    assert not set(former) & set(after)
    assert set(after.values()) == {"/workload/harbor/main/", "/workload/harbor/bot/"}

    again = dict(fleet.bring_up(sandbox, tmp_path))
    assert {key for key, outcome in again.items() if outcome == "updated"} == {
        f"{ACCOUNT}/permissions-{name}" for name in ("main", "bot")
    }
    going_back(fleet)
    assert {key: fleet.identities(key, *STAYS) for key in BEFORE} == stands
    assert roles(aws) == after

    # A stack without a change still remembers the role that is gone; it is deleted with the one of today.
    key, today = "home/registry", f"arn:aws:iam::{ACCOUNT}:role/harbor-execution-home"
    assert fleet.built.bodies[key] == fleet.earlier[key]
    assert fleet.stack(key)["RoleARN"] == FORMER_EXECUTION
    mine = Administrator(fleet.calls(sandbox)("cloudformation", ACCOUNT, REGION), sleep=lambda _: None)
    assert isinstance(mine.delete(fleet.name(key)), Failed)
    assert mine.delete(fleet.name(key), today) == Applied(None)
