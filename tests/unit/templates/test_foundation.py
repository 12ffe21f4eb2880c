"""The foundation: what each role may do and never may, decided request by request."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.params.account import GitHub
from tests.unit.templates.environment_cases import ids, properties
from tests.unit.templates.foundation_cases import foundation
from tests.unit.templates.iam_judge import ACCOUNT, Json, decide, resolve, role_statements
from tests.unit.templates.permissions_cases import execution_role

ISSUER = "token.actions.githubusercontent.com"
BOT = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/slipway-prod-bot/1f2e"
NOT_THE_BOT = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/slipway-prod-service-bot/1f2e"
EXECUTION, OF_STAGING, OF_HOME, OF_BOT = (execution_role(name) for name in ("prod", "staging", "home", "bot"))
IN_STAGING = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/slipway-staging-service-app/1f2e"
APP = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/slipway-prod-service-app/1f2e"
HOME = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/slipway-home-home/1f2e"
REGISTRY = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/slipway-home-registry/1f2e"
FOUNDATION = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/slipway-account-foundation/1f2e"
FOREIGN = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/payroll/1f2e"
DEPLOYMENT = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service-deployment/slipway-prod/app/x1"
SERVICE = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/slipway-prod/app"


def test_gives_what_other_stacks_take() -> None:
    """Every account has boundary, release and plan roles; the build role stands in the home account alone."""
    everywhere = {"BoundaryArn", "ReleaseRoleArn", "PlanRoleArn", "TrailLogGroup"}
    assert set(foundation()["Outputs"]) == {*everywhere, "BuildRoleArn"}
    assert set(foundation(is_home=False)["Outputs"]) == everywhere
    for where in (foundation(is_home=False), foundation()):
        assert set(where["Parameters"]) == {"WorkerRoleArn"}


def test_role_names_can_be_guessed_from_other_accounts() -> None:
    """The roles and the boundary have fixed names, so home can name them before they exist."""
    names = {properties(foundation(), label)["RoleName"] for label in ids(foundation(), "IAM::Role")}
    assert names == {f"slipway-{name}" for name in ("build", "plan", "release", "trail")}
    assert properties(foundation(), "Boundary")["ManagedPolicyName"] == "slipway-boundary"


@cache
def statements(role: str) -> list[Json]:
    return role_statements(foundation(), role)


def good(**more: str) -> dict[str, str]:
    """What the worker sends when it creates a change set as it should."""
    return {
        "cloudformation__ChangeSetName": "bot-r1-n1",
        "cloudformation__RoleArn": EXECUTION,
        "aws__RequestedRegion": "eu-west-1",
    } | more


UNDO = {"aws__RequestedRegion": "eu-west-1"}
RELEASE_CASES: list[tuple[str, str, dict[str, str], str]] = [
    ("cloudformation:CreateChangeSet", APP, good(), "allow"),
    ("cloudformation:CreateChangeSet", APP, good(cloudformation__RoleArn=OF_STAGING), "silent"),
    ("cloudformation:CreateChangeSet", APP, good(cloudformation__RoleArn=OF_HOME), "silent"),
    ("cloudformation:CreateChangeSet", IN_STAGING, good(cloudformation__RoleArn=OF_STAGING), "allow"),
    ("cloudformation:CreateChangeSet", IN_STAGING, good(), "silent"),
    ("cloudformation:CreateChangeSet", REGISTRY, good(), "silent"),
    ("cloudformation:CreateChangeSet", REGISTRY, good(cloudformation__RoleArn=OF_HOME), "allow"),
    ("cloudformation:CreateChangeSet", FOREIGN, good(), "silent"),
    ("cloudformation:CreateChangeSet", APP, good(cloudformation__ChangeSetName="gh-12"), "deny"),
    ("cloudformation:CreateChangeSet", APP, good(cloudformation__RoleArn=f"arn:aws:iam::{ACCOUNT}:role/Admin"), "silent"),
    ("cloudformation:CreateChangeSet", APP, {"cloudformation__ChangeSetName": "bot-r1", "aws__RequestedRegion": "eu-west-1"}, "silent"),
    ("cloudformation:CreateChangeSet", APP, good(cloudformation__RoleArn=OF_BOT), "silent"),
    ("cloudformation:CreateChangeSet", BOT, good(cloudformation__RoleArn=OF_BOT), "allow"),
    ("cloudformation:CreateChangeSet", NOT_THE_BOT, good(cloudformation__RoleArn=OF_BOT), "silent"),
    ("cloudformation:CreateChangeSet", APP, good(cloudformation__ImportResourceTypes="AWS::S3::Bucket"), "deny"),
    ("cloudformation:CreateChangeSet", APP, good(cloudformation__TemplateUrl="https://x"), "deny"),
    ("cloudformation:CreateChangeSet", APP, good(aws__RequestedRegion="us-west-2"), "deny"),
    ("cloudformation:CreateChangeSet", HOME, good(), "deny"),
    ("cloudformation:CreateChangeSet", FOUNDATION, good(), "deny"),
    ("cloudformation:ExecuteChangeSet", APP, good(), "allow"),
    ("cloudformation:ExecuteChangeSet", APP, good(cloudformation__ChangeSetName="gh-12"), "silent"),
    ("cloudformation:ExecuteChangeSet", APP, good(cloudformation__ChangeSetName="by-hand"), "silent"),
    ("cloudformation:ExecuteChangeSet", FOREIGN, good(), "silent"),
    ("cloudformation:ExecuteChangeSet", FOUNDATION, good(), "deny"),
    ("cloudformation:DeleteChangeSet", APP, good(), "allow"),
    ("cloudformation:DeleteChangeSet", APP, good(cloudformation__ChangeSetName="gh-12"), "silent"),
    ("cloudformation:DescribeChangeSet", APP, good(), "allow"),
    ("cloudformation:DescribeChangeSet", APP, good(cloudformation__ChangeSetName="gh-12"), "silent"),
    (
        "cloudformation:DescribeChangeSet", APP,
        good(cloudformation__ChangeSetName=f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:changeSet/bot-r1/2"), "allow",
    ),
    ("cloudformation:DescribeStacks", APP, {}, "allow"),
    ("cloudformation:DescribeEvents", f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:changeSet/bot-r1/2", {}, "allow"),
    ("cloudformation:DescribeStacks", FOREIGN, {}, "silent"),
    ("cloudformation:CancelUpdateStack", APP, UNDO, "allow"),
    ("cloudformation:ContinueUpdateRollback", APP, UNDO, "allow"),
    ("cloudformation:ContinueUpdateRollback", APP, good(), "silent"),
    ("cloudformation:RollbackStack", APP, UNDO, "allow"),
    ("cloudformation:RollbackStack", APP, good(cloudformation__RoleArn=OF_BOT), "silent"),
    ("cloudformation:RollbackStack", FOREIGN, UNDO, "silent"),
    ("cloudformation:UpdateStack", APP, {}, "deny"),
    ("cloudformation:CreateStack", APP, {}, "deny"),
    ("cloudformation:DeleteStack", APP, {}, "deny"),
    ("cloudformation:SetStackPolicy", APP, {}, "deny"),
    ("cloudformation:UpdateTerminationProtection", APP, {}, "deny"),
    ("cloudformation:CreateStackRefactor", APP, {}, "deny"),
    ("cloudformation:ExecuteStackRefactor", APP, {}, "deny"),
    ("cloudformation:CreateStackInstances", "*", {}, "deny"),
    ("cloudformation:UpdateResource", "*", {}, "deny"),
    ("cloudformation:TagResource", APP, {"cloudformation__CreateAction": "CreateChangeSet"}, "allow"),
    ("cloudformation:TagResource", APP, {}, "silent"),
    ("iam:PassRole", EXECUTION, {"iam__PassedToService": "cloudformation.amazonaws.com"}, "allow"),
    ("iam:PassRole", EXECUTION, {"iam__PassedToService": "lambda.amazonaws.com"}, "silent"),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-worker", {"iam__PassedToService": "cloudformation.amazonaws.com"}, "silent"),
    ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/workload/slipway/prod/app", {}, "silent"),
    ("ecs:DescribeServices", SERVICE, {}, "allow"),
    ("ecs:ListServiceDeployments", SERVICE, {}, "allow"),
    ("ecs:DescribeServiceDeployments", DEPLOYMENT, {}, "allow"),
    ("ecs:DescribeServiceRevisions", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service-revision/slipway-prod/app/1", {}, "allow"),
    ("ecs:DescribeTasks", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task/slipway-prod/1", {}, "allow"),
    ("ecs:ContinueServiceDeployment", DEPLOYMENT, {}, "allow"),
    ("ecs:StopServiceDeployment", DEPLOYMENT, {}, "allow"),
    ("ecs:StopServiceDeployment", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service-deployment/payroll/app/x", {}, "silent"),
    ("ecs:UpdateService", SERVICE, {}, "deny"),
    ("ecs:RunTask", "*", {}, "deny"),
    ("ecs:StartTask", "*", {}, "deny"),
    ("ecs:RegisterTaskDefinition", "*", {}, "deny"),
    ("ecs:ExecuteCommand", "*", {}, "deny"),
    ("ecs:DescribeTaskDefinition", "*", {}, "allow"),
    ("secretsmanager:DescribeSecret", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:slipway/prod/app-AbCdEf", {}, "allow"),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:slipway/prod/app-AbCdEf", {}, "silent"),
    ("logs:FilterLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:slipway-prod-service-app-Logs-1:*", {}, "allow"),
    ("logs:FilterLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:payroll:*", {}, "silent"),
    ("cloudwatch:DescribeAlarms", "*", {}, "allow"),
    ("elasticloadbalancing:DescribeTargetHealth", "*", {}, "allow"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "resource", "context", "expected"), RELEASE_CASES)
def test_what_the_worker_may_do_in_an_account(
    action: str, resource: str, context: dict[str, str], expected: str
) -> None:
    """Approved change sets on this platform's stacks, undoing them, steering rollouts, and nothing around that."""
    assert decide(statements("ReleaseRole"), action, resource, **context) == expected


@given(
    name=st.from_regex(r"(bot-|gh-|bot|)[a-zA-Z][-a-zA-Z0-9]{0,100}", fullmatch=True),
    stack=st.from_regex(
        r"(slipway-prod-|slipway-account-|slipway-home-home|slipway-|)[a-zA-Z][-a-zA-Z0-9]{0,100}", fullmatch=True
    ),
    action=st.sampled_from(["CreateChangeSet", "DeleteChangeSet", "ExecuteChangeSet"]),
)
def test_other_names_are_out_of_reach(name: str, stack: str, action: str) -> None:
    """Whatever a change set and a stack are called: the worker changes bot-* on the platform's stacks and nothing else.

    A change set with prod's execution role is created for prod's stacks alone.
    """
    arn = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/{stack}/1f2e"
    request = good(cloudformation__ChangeSetName=name)
    allowed = decide(statements("ReleaseRole"), f"cloudformation:{action}", arn, **request) == "allow"
    administrators = stack == "slipway-home-home" or stack.startswith("slipway-account-")
    ours = stack.startswith("slipway-prod-" if action == "CreateChangeSet" else "slipway-")
    assert allowed == (name.startswith("bot-") and ours and not administrators)


PLAN_CASES: list[tuple[str, str, dict[str, str], str]] = [
    ("cloudformation:CreateChangeSet", APP, good(cloudformation__ChangeSetName="gh-12"), "allow"),
    ("cloudformation:CreateChangeSet", APP, good(), "deny"),
    (
        "cloudformation:CreateChangeSet",
        BOT,
        good(cloudformation__ChangeSetName="gh-12", cloudformation__RoleArn=OF_BOT),
        "silent",
    ),
    ("cloudformation:CreateChangeSet", FOUNDATION, good(cloudformation__ChangeSetName="gh-12"), "deny"),
    ("cloudformation:DescribeChangeSet", APP, good(cloudformation__ChangeSetName="gh-12"), "allow"),
    ("cloudformation:DeleteChangeSet", APP, good(cloudformation__ChangeSetName="gh-12"), "allow"),
    ("cloudformation:DeleteChangeSet", APP, good(), "silent"),
    ("cloudformation:ExecuteChangeSet", APP, good(cloudformation__ChangeSetName="gh-12"), "deny"),
    ("cloudformation:ExecuteChangeSet", APP, good(), "deny"),
    ("cloudformation:CancelUpdateStack", APP, good(), "deny"),
    ("cloudformation:RollbackStack", APP, good(), "deny"),
    ("cloudformation:UpdateStack", APP, {}, "deny"),
    ("cloudformation:DeleteStack", APP, {}, "deny"),
    ("cloudformation:GetTemplate", APP, {}, "allow"),
    ("iam:PassRole", EXECUTION, {"iam__PassedToService": "cloudformation.amazonaws.com"}, "allow"),
    ("ecs:StopServiceDeployment", DEPLOYMENT, {}, "silent"),
    ("logs:FilterLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:slipway-prod:*", {}, "silent"),
    ("secretsmanager:GetSecretValue", "*", {}, "silent"),
]


@pytest.mark.parametrize(("action", "resource", "context", "expected"), PLAN_CASES)
def test_what_a_pull_request_may_do(action: str, resource: str, context: dict[str, str], expected: str) -> None:
    """Read, and make gh-* change sets that neither it nor the worker can execute."""
    assert decide(statements("PlanRole"), action, resource, **context) == expected


BUILD_CASES = [
    ("ecr:GetAuthorizationToken", "*", "allow"),
    ("ecr:PutImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/slipway/app", "allow"),
    ("ecr:UploadLayerPart", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/slipway/bot", "allow"),
    ("ecr:PutImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/other/app", "silent"),
    ("ecr:BatchDeleteImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/slipway/app", "silent"),
    ("ecr:SetRepositoryPolicy", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/slipway/app", "silent"),
    ("s3:PutObject", f"arn:aws:s3:::slipway-home-artifacts-{ACCOUNT}-eu-west-1/versions/1", "silent"),
    ("kms:Sign", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/this", "silent"),
    ("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:slipway-home-wakes", "silent"),
    ("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:slipway-home-releases", "silent"),
    ("sqs:ReceiveMessage", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:slipway-home-releases", "silent"),
    ("cloudformation:CreateChangeSet", APP, "silent"),
    ("iam:PassRole", EXECUTION, "silent"),
]


@pytest.mark.parametrize(("action", "resource", "expected"), BUILD_CASES)
def test_what_a_build_may_do(action: str, resource: str, expected: str) -> None:
    """Push to the platform's repositories; it publishes no version and signs none."""
    assert decide(statements("BuildRole"), action, resource) == expected


def token(sub: str, **more: str) -> dict[str, str]:
    """Claims of a workflow's token, as STS sees them."""
    claims = {"aud": "sts.amazonaws.com", "repository_id": "456", "sub": sub} | more
    return {f"{ISSUER}:{key}": value for key, value in claims.items()}


IDS = "repo:acme@123/shop@456:"
TRUST_CASES = [
    ("PlanRole", token(f"{IDS}pull_request"), "allow"),
    ("PlanRole", token(f"{IDS}environment:drift"), "allow"),
    ("PlanRole", token(f"{IDS}environment:prod"), "silent"),
    ("PlanRole", token(f"{IDS}ref:refs/heads/main"), "silent"),
    ("PlanRole", token(f"{IDS}pull_request", repository_id="457"), "silent"),
    ("PlanRole", token(f"{IDS}pull_request", aud="https://github.com/acme"), "silent"),
    ("PlanRole", token("repo:acme/shop:pull_request"), "silent"),
    ("BuildRole", token(f"{IDS}ref:refs/heads/main"), "allow"),
    ("BuildRole", token(f"{IDS}ref:refs/heads/feature"), "silent"),
    ("BuildRole", token(f"{IDS}pull_request"), "silent"),
    ("BuildRole", token(f"{IDS}environment:prod"), "silent"),
    ("BuildRole", token("repo:mallory@123/shop@456:ref:refs/heads/main"), "silent"),
]


@pytest.mark.parametrize(("role", "claims", "expected"), TRUST_CASES)
def test_which_workflows_get_in(role: str, claims: dict[str, str], expected: str) -> None:
    """Audience, exact subject and the repository's number must all be right."""
    trust = resolve(foundation(), properties(foundation(), role)["AssumeRolePolicyDocument"]["Statement"])
    assert trust[0]["Principal"] == {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"}
    assert decide(trust, "sts:AssumeRoleWithWebIdentity", **claims) == expected
    assert "*" not in str(trust[0]["Condition"])


def test_older_repositories_send_names() -> None:
    """A repository made before 15 July 2026 is trusted by its names, and still by its number."""
    older = GitHub(repository="acme/shop", repository_id=456, owner_id=123, subject="names", default_branch="trunk")
    trust = properties(foundation(github=older), "BuildRole")["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"]["StringEquals"] == token("repo:acme/shop:ref:refs/heads/trunk")


def test_a_provider_that_is_there_is_used() -> None:
    """An account holds one provider for GitHub; with `existing` none is made and the roles trust the one there is."""
    existing = GitHub(repository="acme/shop", repository_id=456, owner_id=123, oidc_provider="existing")
    found = foundation(github=existing)
    assert ids(found, "IAM::OIDCProvider") == []
    trust = resolve(found, properties(found, "PlanRole")["AssumeRolePolicyDocument"]["Statement"])
    assert trust[0]["Principal"] == {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"}


def test_the_worker_alone_gets_the_release_role() -> None:
    """Its trust names one role of the home account, which may hand a person's name on as SourceIdentity."""
    trust = resolve(foundation(), properties(foundation(), "ReleaseRole")["AssumeRolePolicyDocument"]["Statement"])
    assert [s["Principal"] for s in trust] == [{"AWS": f"arn:aws:iam::{ACCOUNT}:role/slipway-worker"}]
    assert trust[0]["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity"]
