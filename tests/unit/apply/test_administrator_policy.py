"""The administrator's policy: enough for the stacks that no release may touch, and on resources that AWS asks about."""

import json
from fnmatch import fnmatchcase

import pytest

from generator.apply.administrator_policy import administrator_policy
from generator.build.json_encoder import to_plain
from generator.catalog.stacks import stacks
from generator.config.read import read_configuration
from tests.golden import CONFIGURATIONS
from tests.unit.templates.authorization import wrong
from tests.unit.templates.execution_rights import UNKNOWN, UNUSED, handler_rights
from tests.unit.templates.iam_judge import decide, each

STATEMENTS = administrator_policy("slipway", "111111111111")["Statement"]
# Features that home, foundation and permissions do not use, beside those that no template uses.
OTHERS = (
    "*:*grouppolicy", "*:*userpolicy", "dynamodb:*replica", "dynamodb:batchwriteitem", "dynamodb:putitem",
    "dynamodb:updateitem", "dynamodb:deleteitem", "firehose:*", "kinesis:*", "kms:creategrant", "kms:revokegrant",
    "kms:encrypt", "kms:decrypt", "logs:createlogstream", "logs:describelogstreams", "logs:putlogevents",
    "logs:*indexpolicy", "logs:putresourcepolicy", "logs:deleteresourcepolicy", "s3:getobjectmetadata",
)  # fmt: skip


def types() -> set[str]:
    """Types of the resources of the administrators' stacks."""
    return {
        resource["Type"]
        for folder in CONFIGURATIONS.values()
        for spec in stacks(read_configuration(folder))
        if spec.is_administrators
        for resource in to_plain(spec.template())["Resources"].values()
    }


def test_an_administrator_can_create_change_and_delete_the_stacks() -> None:
    """Each call of a handler of home, foundation and permissions is allowed by the policy that bootstrap prints."""
    allowed = [a.lower() for s in STATEMENTS for a in each(s["Action"])]
    needed = {a for kind in types() for a in handler_rights(kind)}
    left = {a for a in needed if not any(fnmatchcase(a, p) for p in (*UNUSED, *UNKNOWN, *OTHERS, *allowed))}
    assert sorted(left - {"logs:describeindexpolicies"}) == []
    assert len(needed) > 150


def test_every_statement_is_about_resources_that_aws_asks_about() -> None:
    """The reference knows each action, and no statement names resources that its action does not take."""
    # A pattern such as `Get*` stands for actions of other resources too: those that matter have a statement of their own.
    exact = [{**s, "Action": [a for a in s["Action"] if "*" not in a]} for s in STATEMENTS]
    assert [f"{s['Sid']}: {p}" for s in exact for p in wrong(s)] == []


@pytest.mark.parametrize("platform", ["a", "pppppppppppp"])
def test_it_fits_into_a_managed_policy(platform: str) -> None:
    """6,144 characters without white space (IAM User Guide: IAM and AWS STS quotas)."""
    assert len(json.dumps(administrator_policy(platform, "111111111111", "aws-us-gov"), separators=(",", ":"))) <= 6144


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:111111111111:table/slipway-home-releases"),
        ("kms:Sign", "arn:aws:kms:eu-west-1:111111111111:key/1"),
        ("iam:CreateRole", "arn:aws:iam::111111111111:role/admin"),
        ("sts:AssumeRole", "arn:aws:iam::111111111111:role/slipway-release"),
        ("cloudformation:ExecuteChangeSet", "arn:aws:cloudformation:eu-west-1:111111111111:stack/other/1"),
    ],
)
def test_it_is_no_more_than_that(action: str, resource: str) -> None:
    """It writes no release log, signs nothing, and touches nothing of anybody else's."""
    assert decide(STATEMENTS, action, resource) == "silent"
