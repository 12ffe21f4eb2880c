"""Whatever a template or a change set holds, a preview is made, the same in every process."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.cost.price_table import load
from generator.preview import text
from generator.preview.iam.resource_policies import KINDS
from generator.preview.iam.roles import UNREAD
from generator.preview.lookup_results import shown
from generator.preview.lookups import Sources
from generator.preview.meaning import meaning
from generator.preview.network.public_settings import SWITCHES
from generator.preview.risk.in_place import IN_PLACE
from generator.release.model.change import ChangeSet, Detail, ResourceChange
from generator.release.model.preview import Reading

ROOT = Path(__file__).parents[3]
KEYS = [
    "Statement", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition", "AWS", "Service", "StringLike",
    "Policies", "PolicyDocument", "AssumeRolePolicyDocument", "ManagedPolicyArns", "PermissionsBoundary", "KeyPolicy", "Roles",
    "SecurityGroupIngress", "CidrIp", "FromPort", "ToPort", "IpProtocol", "SecurityGroups", "VPCSecurityGroups", "NetworkConfiguration",
    "AwsvpcConfiguration", "LifecycleConfiguration", "Rules", "DeploymentConfiguration", "LoadBalancers", "TargetGroupAttributes",
    "ContainerDefinitions", "Image", "Name", "Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::Select", "Fn::FindInMap", "Tags",
    "RetentionInDays", "Port", "Strategy", "LinearConfiguration", "MultiAZ", "Users", "Groups", "RoleArn", "Scheme", "PublicAccessBlockConfiguration",
]  # fmt: skip
scalars: Any = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 70000),
    st.floats(allow_nan=False),
    st.sampled_from(
        [
            "",
            "*",
            "Allow",
            "Deny",
            "x",
            "0.0.0.0/0",
            "${It}",
            "s3:*",
            "LINEAR",
            "LIVE",
            "true",
            "\x1b[0m",
            "arn:aws:iam::1:root",
        ]
    ),
)
values: Any = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)),
    max_leaves=12,
)
types = st.sampled_from(
    sorted(
        {
            *KINDS,
            *SWITCHES,
            *IN_PLACE,
            *UNREAD,
            "AWS::EC2::SecurityGroupIngress",
            "AWS::IAM::Policy",
            "AWS::IAM::ManagedPolicy",
            "AWS::IAM::InstanceProfile",
            "AWS::IAM::UserToGroupAddition",
            "Custom::X",
        }
    )
)
properties = st.dictionaries(st.sampled_from(KEYS), values, max_size=5)
actions = st.sampled_from(["Add", "Modify", "Remove", "Import", "Dynamic", "SyncWithActual"])


@st.composite
def a_change(draw: st.DrawFn, name: str) -> tuple[ResourceChange, Any, Any]:
    kind = draw(types)
    old, new = ({"Type": kind, "Properties": draw(st.one_of(properties, values))} for _ in range(2))
    details = draw(
        st.lists(
            st.builds(
                Detail,
                attribute=st.sampled_from(["Properties", "Tags", "DeletionPolicy"]),
                name=st.sampled_from(["", *KEYS]),
                path=st.sampled_from(["", "/Properties/Policies/0", "/Properties", "Port"]),
                requires_recreation=st.sampled_from(["Never", "Conditionally", "Always", ""]),
                before=st.one_of(st.none(), st.just('"a"')),
                after=st.one_of(st.none(), st.just("[")),
                evaluation=st.sampled_from(["Static", "Dynamic"]),
                source=st.sampled_from(["", "ResourceReference", "ResourceAttribute"]),
                cause=st.sampled_from(["", "A", "B.Arn", "A.Endpoint"]),
            ),
            max_size=3,
        )
    )
    change = ResourceChange(
        logical_id=name, type=kind, action=draw(actions), replacement=draw(st.sampled_from(["True", "False", "Conditional", ""])),
        policy_action=draw(st.sampled_from(["", "Retain", "ReplaceAndDelete", "ReplaceAndSnapshot"])), details=tuple(details),
        before=draw(st.sampled_from([None, "{", "[]", '{"Properties":[]}'])), after=None,
    )  # fmt: skip
    return change, old, new


@pytest.mark.no_cover
@settings(max_examples=250)
@given(a_change("A"), a_change("B"), st.booleans(), values)
def test_no_input_breaks_a_preview(one: Any, other: Any, new: bool, junk: Any) -> None:
    """Templates of any shape are read without an error, and shown on safe lines."""
    before = None if new else {"Resources": {"A": one[1], "B": other[1]}, "Conditions": junk, "Parameters": junk}
    after = {"Resources": {"A": one[2], "B": other[2], "C": junk}, "Mappings": junk}
    found = ChangeSet(
        arn="a",
        name="n",
        stack_id="s",
        stack_name="app",
        kind="UPDATE",
        changes=(one[0], other[0]),
        parameters={"Ref": "x"},
    )
    meant = meaning(found, before, after, region="eu-west-1")
    seen = shown(found, before, after, Sources(prices=load()), region="eu-west-1", meaning=meant)
    reading = Reading(meaning=meant, shown=seen)
    assert not any("\x1b" in line for line in text.lines(reading, verbose=True))
    assert text.markdown(reading, found)
    assert text.to_json(reading)
    assert len(meant.effects) == 2


_DIGEST = """
import json, msgspec
from generator.aws.change_set_parser import change_set
from generator.release.digests import digest
from generator.preview.meaning import meaning
from tests.readings.case import after, base, parameters
from tests.readings.cases import CASES
from pathlib import Path
answers = {}
for path in Path("tests/unit/preview/change_sets").glob("*.json"):
    answers |= json.loads(path.read_text())
found = [meaning(change_set(answers[c.name]), base(c.base), after(c), region="eu-west-1", before_parameters=parameters(base(c.base))) for c in CASES]
print(digest(msgspec.json.encode(found)))
"""


def test_a_meaning_is_the_same_in_every_process() -> None:
    """An approval's digest holds on another machine: nothing depends on how a process walks its sets."""
    digests = set()
    for seed in ("0", "1", "31337"):
        env = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", _DIGEST], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        digests.add(run.stdout)
    assert len(digests) == 1


def test_no_heavy_library_is_loaded() -> None:
    """A preview needs neither boto3 nor cfn-lint: it is there at once."""
    code = "import sys, generator.preview.meaning, generator.preview.lookup_results, generator.preview.text, generator.preview.property_diff\nprint(sorted(set(sys.modules) & {'boto3', 'botocore', 'cfnlint', 'troposphere', 'rich', 'yaml'}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("text_", ["", "arn", "arn:aws:cloudformation:eu-west-1:1:stack/a/1"])
def test_any_stack_id(text_: str) -> None:
    """An id that names no account leaves it open."""
    found = ChangeSet(arn="a", name="n", stack_id=text_, stack_name="app", kind="UPDATE", changes=())
    assert meaning(found, None, {}, region="cn-north-1").sentence == "Nothing changes"
