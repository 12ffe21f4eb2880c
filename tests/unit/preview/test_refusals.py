"""What AWS refuses is read as refused before anybody is asked, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from generator.aws.change_set_parser import change_set
from generator.preview.meaning import meaning
from generator.preview.risk.custom_names import CUSTOM_NAMES
from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.preview import Meaning, ResourceEffect
from tests.readings.record import engine
from tests.sandbox.cloudformation.calls import Cfn
from tests.unit.preview.test_risk import DB, TABLE, detail, effect, modify
from tests.unit.preview.test_risk import change_set as described

PAIRS = Path(__file__).with_name("pairs")
RULE, TARGETS = "AWS::ElasticLoadBalancingV2::ListenerRule", "AWS::ElasticLoadBalancingV2::TargetGroup"


def template(name: str) -> dict[str, Any]:
    """A template of the folder ``pairs``, with its functions in long form."""
    found: dict[str, Any] = json.loads(json.dumps(cfn_yaml.loads((PAIRS / f"{name}.yaml").read_text()), default=str))
    return found


@pytest.fixture(scope="module")
def cfn() -> Iterator[Cfn]:
    """The embedded CloudFormation, with every resource type."""
    with engine() as (found, attributes):
        attributes |= {"GroupId", "LoadBalancerArn"}
        yield found


# (before, after): each resource that is touched with its effect, and words of its sentence.
READ = {
    ("gsi1", "gsi2"): {"Orders": ("refused", "one update creates or deletes one index")},
    ("rds1", "rdsmajor2"): {"Db": ("refused", "AllowMajorVersionUpgrade is not set")},
    ("rds1", "rdsdown2"): {"Db": ("refused", "RDS upgrades to newer versions only")},
    ("sgdesc1", "sgdesc2"): {"Group": ("interruption", "revoked and authorized again")},
    ("sguse1", "sguse2"): {
        "Group": ("refused", "its GroupName stays orders-db"),
        "Db": ("interruption", "it moves to the group that replaces the old one"),
    },
    ("sgall1", "sgall2"): {
        "Group": ("interruption", "must change to the new one"),
        "Lb": ("interruption", "it moves to the group that replaces the old one"),
        "Endpoint": ("interruption", "it moves to the group that replaces the old one"),
        "Svc": ("restart", "new tasks"),
        "Cache": ("unknown", "is not known"),
        "FromTasks": ("unknown", "the new rule is created first"),
    },
    ("prio1", "prio2"): {
        "A": ("refused", "priority 20 belongs to B"),
        "B": ("refused", "priority 10 belongs to A"),
    },
    ("tg1", "tg2"): {
        "Tg": ("refused", "its Name stays orders-blue"),
        "Rule": ("unknown", "requests go to another target"),
    },
    ("lb1", "lb2"): {"Lb": ("downtime", "another DNS name"), "Listener": ("downtime", "the port is closed")},
    ("svc1", "svc2"): {"Svc": ("unknown", "it may be replaced")},
}


@pytest.mark.parametrize("pair", READ, ids=" to ".join)
def test_a_pair_of_templates_reads_as_aws_acts(cfn: Cfn, pair: tuple[str, str]) -> None:
    """Templates that were misread before: each resource that changes has the effect that AWS's pages give it."""
    before, after = (template(name) for name in pair)
    name = "-".join(pair)
    made = cfn.create(before, stack=name)
    assert made["StackStatus"] == "CREATE_COMPLETE", made
    found = change_set(cfn.change_set(after, stack=name))
    rows = {row.logical_id: row for row in read(found, before, after).effects}
    assert {name: row.effect for name, row in rows.items()} == {name: want for name, (want, _) in READ[pair].items()}
    for logical_id, (_, words) in READ[pair].items():
        assert words in rows[logical_id].why, rows[logical_id]
        assert bool(rows[logical_id].fix) == (rows[logical_id].effect == "refused")


def read(found: ChangeSet, before: dict[str, Any], after: dict[str, Any]) -> Meaning:
    """Its meaning, in the Region of the tests."""
    return meaning(found, before, after, region="eu-west-1")


def index(name: str, **more: Any) -> dict[str, Any]:
    """A secondary index."""
    return {"IndexName": name, "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}], **more}


PARAMETER = {"Ref": "Unknown"}
POSTGRES = {"Engine": "postgres"}
MAJOR = {**POSTGRES, "AllowMajorVersionUpgrade": True}
LIMITS: list[tuple[str, str, Any, Any, dict[str, Any], bool]] = [
    (TABLE, "GlobalSecondaryIndexes", None, [index("a")], {}, False),
    (TABLE, "GlobalSecondaryIndexes", None, [index("a"), index("b")], {}, True),
    (TABLE, "GlobalSecondaryIndexes", [index("a"), index("b")], [index("a")], {}, False),
    (TABLE, "GlobalSecondaryIndexes", [index("a"), index("b")], None, {}, True),
    (TABLE, "GlobalSecondaryIndexes", [index("a")], [index("b")], {}, True),
    (TABLE, "GlobalSecondaryIndexes", [index("a")], [index("a", ProvisionedThroughput={"ReadCapacityUnits": 2})], {}, False),
    (TABLE, "GlobalSecondaryIndexes", [index("a")], [{**index("b"), "IndexName": "a"}], {}, True),
    (TABLE, "GlobalSecondaryIndexes", [index("a")], [index("a", Projection={"ProjectionType": "ALL"})], {}, True),
    (TABLE, "GlobalSecondaryIndexes", [index("a")], PARAMETER, {}, False),
    (DB, "EngineVersion", "15.10", "15.11", POSTGRES, False),
    (DB, "EngineVersion", "15.10", "15.9", POSTGRES, True),
    (DB, "EngineVersion", "15.10", "15", POSTGRES, False),
    (DB, "EngineVersion", "15.10", "14", POSTGRES, True),
    (DB, "EngineVersion", "15.10", "16.1", POSTGRES, True),
    (DB, "EngineVersion", "15.10", "16.1", {**POSTGRES, "AllowMajorVersionUpgrade": "false"}, True),
    (DB, "EngineVersion", "15.10", "16.1", {**POSTGRES, "AllowMajorVersionUpgrade": PARAMETER}, False),
    (DB, "EngineVersion", "15.10", "16.1", MAJOR, False),
    (DB, "EngineVersion", "16.1", "15.10", MAJOR, True),
    (DB, "EngineVersion", "15.10", PARAMETER, POSTGRES, False),
    (DB, "EngineVersion", "8.0.35", "8.0.36", {"Engine": "mysql"}, False),
    (DB, "EngineVersion", "8.0.35", "8.4.3", {"Engine": "mysql"}, True),
    (DB, "EngineVersion", "8.0.35", "8", {"Engine": "mysql"}, False),
    ("AWS::RDS::DBCluster", "EngineVersion", "15.4", "16.1", {"Engine": "aurora-postgresql"}, True),
    (DB, "AllocatedStorage", "20", "22", {}, False),
    (DB, "AllocatedStorage", "20", "21", {}, True),
    (DB, "AllocatedStorage", "20", "19", {}, True),
    (DB, "AllocatedStorage", "20", PARAMETER, {}, False),
]  # fmt: skip


@pytest.mark.parametrize("row", LIMITS, ids=lambda row: f"{row[0]}.{row[1]}")
def test_both_sides_of_a_limit(row: tuple[str, str, Any, Any, dict[str, Any], bool]) -> None:
    """One step less is taken by AWS and one step more is refused; what no template settles is not called refused."""
    kind, name, before, after, both, refused = row
    found = effect(kind, name, before, after, **both)
    assert (found.effect == "refused") is refused, found
    assert bool(found.fix) is refused


def rules(*rows: tuple[str, int, Any]) -> dict[str, Any]:
    """A template of listener rules: name, priority and listener."""
    return {"Resources": {n: {"Type": RULE, "Properties": {"Priority": p, "ListenerArn": at}} for n, p, at in rows}}


def add(name: str) -> ResourceChange:
    """The change that adds a rule."""
    return ResourceChange(logical_id=name, type=RULE, action="Add")


def remove(name: str) -> ResourceChange:
    """The change that removes it."""
    return ResourceChange(logical_id=name, type=RULE, action="Remove")


def moved(name: str) -> ResourceChange:
    """The change of its priority."""
    return modify(name, RULE, detail("Priority"))


OTHER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/b/1/2"
PRIORITIES = [
    ("free", rules(("A", 1, "l")), rules(("A", 1, "l"), ("B", 2, "l")), [add("B")], {}),
    ("of another listener", rules(("A", 1, "l")), rules(("A", 1, "l"), ("B", 1, OTHER)), [add("B")], {}),
    ("held", rules(("A", 1, "l")), rules(("A", 1, "l"), ("B", 1, "l")), [add("B")], {"B"}),
    ("held by what goes", rules(("A", 1, "l")), rules(("B", 1, "l")), [add("B"), remove("A")], {"B"}),
    ("held by what moves", rules(("A", 1, "l"), ("B", 2, "l")), rules(("A", 2, "l"), ("B", 3, "l")), [moved("A"), moved("B")], {"A"}),
    ("its own", rules(("A", 1, "l")), rules(("A", 1, "l")), [modify("A", RULE, detail("Actions"))], {}),
    ("of a listener that is replaced", rules(("A", 1, {"Ref": "L"})), rules(("B", 1, {"Ref": "L"})),
     [add("B"), remove("A"), modify("L", "AWS::ElasticLoadBalancingV2::Listener", detail("LoadBalancerArn", requires_recreation="Always"), replacement="True")], {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "before", "after", "changes", "refused"), PRIORITIES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_priority_that_is_taken(
    what: str, before: Any, after: Any, changes: list[ResourceChange], refused: set[str]
) -> None:
    """A number that a rule of the same listener has when the change begins can't be given to another in that change."""
    found = read(described(*changes), before, after)
    assert {row.logical_id for row in found.effects if row.effect == "refused"} == set(refused), what


@pytest.mark.parametrize("kind", CUSTOM_NAMES)
def test_names_have_a_length(kind: str) -> None:
    """The longest name that AWS takes is taken, and one character more is refused."""
    name = CUSTOM_NAMES[kind]
    for length, refused in ((name.longest, False), (name.longest + 1, True)):
        after = {"Resources": {"It": {"Type": kind, "Properties": {name.property: "a" * length}}}}
        row = read(
            described(ResourceChange(logical_id="It", type=kind, action="Add")), {"Resources": {}}, after
        ).effects[0]
        assert (row.effect == "refused") is refused


def replacement(old: Any, new: Any, *details: str) -> ResourceEffect:
    """The row of a target group whose port changes, and what else."""
    before, after = ({"Resources": {"It": {"Type": TARGETS, "Properties": side}}} for side in (old, new))
    rows = [detail(name, requires_recreation="Always") for name in ("Port", *details)]
    return read(described(modify("It", TARGETS, *rows, replacement="True")), before, after).effects[0]


def test_a_name_that_changes_too_is_no_obstacle() -> None:
    """A named resource is replaced where it gets another name or none; the old name can't be given to a new one."""
    assert replacement({"Name": "a", "Port": 1}, {"Name": "a", "Port": 2}).effect == "refused"
    assert replacement({"Name": "a", "Port": 1}, {"Name": "b", "Port": 2}, "Name").effect == "downtime"
    assert replacement({"Name": "a", "Port": 1}, {"Port": 2}, "Name").effect == "downtime"
    assert replacement({"Port": 1}, {"Port": 2}).effect == "downtime"


def test_a_refusal_is_the_worst_of_a_change() -> None:
    """The first sentence that people read is the refusal, whatever else the change would do."""
    before = {
        "Resources": {
            "Db": {"Type": DB, "Properties": {**POSTGRES, "EngineVersion": "15.1", "BackupRetentionPeriod": 7}}
        }
    }
    after = {
        "Resources": {
            "Db": {"Type": DB, "Properties": {**POSTGRES, "EngineVersion": "14.1", "BackupRetentionPeriod": 0}}
        }
    }
    found = read(described(modify("Db", DB, detail("EngineVersion"), detail("BackupRetentionPeriod"))), before, after)
    assert (found.worst, found.level) == ("refused", "high")
    assert found.sentence.startswith("Db: AWS refuses it: postgres 15.1 can't become 14.1")
    assert [row.logical_id for row in found.refused] == ["Db"]


@pytest.mark.parametrize(("policy", "stays"), [("Retain", True), ("Delete", False)])
def test_what_a_replacement_leaves_behind_is_said(policy: str, stays: bool) -> None:
    """A load balancer that is kept when it is replaced continues in the account, and people read that."""
    kind = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    sides = [
        {"Resources": {"It": {"Type": kind, "UpdateReplacePolicy": policy, "Properties": {"Scheme": scheme}}}}
        for scheme in ("internet-facing", "internal")
    ]
    change = modify("It", kind, detail("Scheme", requires_recreation="Always"), replacement="True")
    row = read(described(change), sides[0], sides[1]).effects[0]
    assert ("the old one stays in the account, and no stack manages it any more" in row.why) is stays
