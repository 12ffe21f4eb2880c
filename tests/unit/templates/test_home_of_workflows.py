"""Home: which of GitHub's jobs get which role, and who signs a version."""

import pytest

from tests.unit.templates.environment_cases import properties
from tests.unit.templates.iam_judge import ACCOUNT, decide, resolve
from tests.unit.templates.test_home import OTHERS, QUEUE, TABLE, WAKES, WORKER, home, policy


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/slipway-publish", "allow"),
        (WORKER, "silent"),
        *((one, "silent") for one in OTHERS),
    ],
)
def test_the_key_of_versions_signs_for_the_publish_role_alone(principal: str, expected: str) -> None:
    """Neither a build, the worker nor an administrator signs a version; everybody verifies one."""
    key = properties(home(), "VersionKey")
    assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    statements = policy("VersionKey", "KeyPolicy")
    assert decide(statements, "kms:Sign", "key", aws__PrincipalArn=principal) == expected
    assert decide(statements, "kms:GetPublicKey", "key", aws__PrincipalArn=principal) == "allow"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "allow"),
        ({"sub": "repo:acme@123/shop@456:ref:refs/heads/main"}, "silent"),
        ({"sub": "repo:acme@123/shop@456:environment:other"}, "silent"),
        ({"ref": "refs/heads/topic"}, "silent"),
        ({"repository_id": "1"}, "silent"),
        ({"aud": "me"}, "silent"),
    ],
)
@pytest.mark.parametrize(("role", "job"), [("OpenRole", "release"), ("PublishRole", "publish")])
def test_only_jobs_of_the_default_branch_open_releases_and_publish(
    role: str, job: str, changes: dict[str, str], expected: str
) -> None:
    """The GitHub environment, the branch, the repository's number and the audience must all be right."""
    claims = {
        "sub": f"repo:acme@123/shop@456:environment:{job}", "ref": "refs/heads/main", "repository_id": "456",
        "aud": "sts.amazonaws.com",
    }  # fmt: skip
    context = {f"token.actions.githubusercontent.com:{name}": value for name, value in (claims | changes).items()}
    statements = policy(role, "AssumeRolePolicyDocument")
    assert decide(statements, "sts:AssumeRoleWithWebIdentity", "*", **context) == expected


def test_the_role_that_opens_releases_does_nothing_else() -> None:
    """It sends requests; it takes none out, wakes nobody and writes no log."""
    open_role = [
        resolve(home(), s) for s in properties(home(), "OpenRole")["Policies"][0]["PolicyDocument"]["Statement"]
    ]
    assert decide(open_role, "sqs:SendMessage", QUEUE) == "allow"
    for action, resource in (("sqs:ReceiveMessage", QUEUE), ("sqs:SendMessage", WAKES), ("dynamodb:PutItem", TABLE)):
        assert decide(open_role, action, resource) == "silent"
