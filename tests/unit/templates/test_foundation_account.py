"""What the foundation brings beside roles: trail, budget; and that all of it fits."""

from functools import partial

import pytest

from generator.config.rules.network_access import MAX_ENVIRONMENTS
from templates.params.account import Budget
from tests.unit.templates.environment_cases import findings, ids, properties
from tests.unit.templates.foundation_cases import foundation
from tests.unit.templates.iam_judge import ACCOUNT, OTHER, Json, decide, each, resolve, size
from tests.unit.templates.permissions_cases import permissions

LONG: Json = {"platform": "p" * 20, "tags": {f"department-of-commerce-{n}": "e-commerce-{n}" for n in range(25)}}
REGIONS = ("ap-southeast-1", "ap-southeast-2", "us-west-2")


def long_foundation() -> Json:
    """As long as a configuration can make it: names, tags, Regions, addresses and environments."""
    return foundation(
        scope=LONG,
        regions=REGIONS,
        environments=tuple(f"{n:02}".replace("0", "a").replace("1", "b") + "e" * 18 for n in range(MAX_ENVIRONMENTS)),
        budget=Budget(emails=tuple(f"platform-team-{n}@engineering.example.com" for n in range(10))),
    )


LONGEST = {
    "foundation": long_foundation,
    **{
        name: partial(permissions, name, environment="e" * 20, scope=LONG, zones=("Z" * 32,))
        for name in ("e" * 20, "bot", "home")
    },
}


@pytest.mark.parametrize("stack", LONGEST)
def test_policies_fit_even_with_long_names(stack: str) -> None:
    """Managed policies stay under 6,144 characters, inline ones under 10,240, ten to a role, the template under 51,200.

    At the longest names, with as many environments as an account takes, and with 25 tags of one's own.
    """
    long = LONGEST[stack]()
    for label in ids(long, "IAM::ManagedPolicy"):
        assert size(resolve(long, properties(long, label)["PolicyDocument"])) < 6144, label
    for label in ids(long, "IAM::Role"):
        role = properties(long, label)
        assert sum(size(resolve(long, p["PolicyDocument"])) for p in role.get("Policies", [])) < 10240, label
        assert len(role.get("ManagedPolicyArns", [])) <= 10
        assert len(role["RoleName"]) <= 64
    assert size(long) < 51200


def test_the_trail_is_whole_and_encrypted() -> None:
    """Every Region, validated log files, a key of its own, a private bucket, and a copy for alarms."""
    trail = properties(foundation(), "Trail")
    for flag in ("IsLogging", "IsMultiRegionTrail", "IncludeGlobalServiceEvents", "EnableLogFileValidation"):
        assert trail[flag] is True
    assert {"KMSKeyId", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"} <= set(trail)
    bucket = f"arn:aws:s3:::slipway-account-trail-{ACCOUNT}-eu-west-1"
    policy = resolve(foundation(), properties(foundation(), "TrailBucketPolicy")["PolicyDocument"]["Statement"])
    own = f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/slipway-trail"
    sent = {"aws__SourceArn": own, "s3__x-amz-acl": "bucket-owner-full-control", "aws__SecureTransport": "true"}
    written = f"{bucket}/AWSLogs/{ACCOUNT}/CloudTrail/x"
    assert decide(policy, "s3:PutObject", written, **sent) == "allow"
    assert decide(policy, "s3:PutObject", written, **sent | {"aws__SourceArn": own + "2"}) == "silent"
    assert decide(policy, "s3:PutObject", f"{bucket}/AWSLogs/{OTHER}/x", **sent) == "silent"
    assert decide(policy, "s3:PutObject", written, **sent | {"aws__SecureTransport": "false"}) == "deny"


def test_the_trails_key_serves_the_trail_and_its_log_group() -> None:
    """CloudTrail encrypts for trails of this account, CloudWatch Logs for this one group, and nothing else does."""
    policy = resolve(foundation(), properties(foundation(), "TrailKey")["KeyPolicy"]["Statement"])
    services = [s for s in policy if "Service" in s["Principal"]]
    own = {
        "aws__SourceArn": f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/slipway-trail",
        "kms__EncryptionContext__aws__cloudtrail__arn": f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/slipway-trail",
    }
    group = "kms__EncryptionContext__aws__logs__arn"
    logs = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/slipway/account/trail"
    assert decide(services, "kms:GenerateDataKey", **own) == "allow"
    assert decide(services, "kms:Decrypt", **own) == "silent"
    assert decide(services, "kms:Encrypt", **{group: logs}) == "allow"
    assert decide(services, "kms:Encrypt", **{group: logs + "-other"}) == "silent"


def test_the_budget_warns_three_times() -> None:
    """Mail at 50, 80 and 100 % of the month's budget to every address; without addresses there is nobody to tell."""
    budget = properties(foundation(budget=Budget(monthly_usd=300, emails=("a@example.com", "b@example.com"))), "Budget")
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 300, "Unit": "USD"}
    alerts = budget["NotificationsWithSubscribers"]
    assert [a["Notification"]["Threshold"] for a in alerts] == [50, 80, 100]
    assert [len(each(a["Subscribers"])) for a in alerts] == [2, 2, 2]
    assert "NotificationsWithSubscribers" not in properties(foundation(budget=Budget()), "Budget")


@pytest.mark.no_cover
def test_lints_clean() -> None:
    """cfn-lint has nothing to say, with informational and experimental rules on."""
    assert findings(foundation()) == []
