"""GitHub's workflows in this account: the identity provider, the plan role and the build role."""

from typing import TYPE_CHECKING, Any

from awacs.aws import PolicyDocument, Principal
from troposphere import GetAtt, Ref, Sub, iam

from templates import arns
from templates.foundation import change_sets
from templates.policies import actions, allow, deny, document, grant
from templates.stack import logical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from templates.params.account import FoundationParams, Repository
    from templates.stack import Stack

ISSUER = "token.actions.githubusercontent.com"
_PUSH = (
    "BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "DescribeImageScanFindings",
    "DescribeImages", "GetDownloadUrlForLayer", "InitiateLayerUpload", "PutImage", "UploadLayerPart",
)  # fmt: skip


def add_provider(s: "Stack", p: "FoundationParams") -> Any:
    """ARN of the account's provider for GitHub, which is created here or existed before.

    No thumbprint: IAM trusts GitHub's certificate authority by itself (IAM User Guide: Obtain the thumbprint).
    """
    if p.github.oidc_provider == "existing":
        return provider_arn()
    provider = s.keep(
        iam.OIDCProvider("GitHubProvider", Url=f"https://{ISSUER}", ClientIdList=["sts.amazonaws.com"]),
        "Workflows get temporary credentials for a signed token. An account holds one.",
    )
    return GetAtt(provider, "Arn")


def provider_arn() -> Sub:
    """ARN of the account's provider for GitHub, no matter who created it."""
    return Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:oidc-provider/{ISSUER}")


def subject(github: "Repository", context: str) -> str:
    """The token's ``sub`` for ``pull_request`` or ``ref:refs/heads/main``, in the form that this repository sends.

    Repositories created, renamed or transferred after 2026-07-15 send ``repo:OWNER@ID/NAME@ID:...``, older ones
    ``repo:OWNER/NAME:...`` (GitHub Docs: OpenID Connect reference, immutable subject claims).
    """
    owner, _, name = github.repository.partition("/")
    if github.subject == "ids":
        owner, name = f"{owner}@{github.owner_id}", f"{name}@{github.repository_id}"
    return f"repo:{owner}/{name}:{context}"


def trust(
    github: "Repository",
    provider: Any,
    context: str,
    more: "Mapping[str, str] | None" = None,
    *,
    also: tuple[str, ...] = (),
) -> PolicyDocument:
    """Audience, exact subject and the repository's number, all of them; a wildcard would let other branches in.

    ``also`` are further contexts, of which a token has to name one.
    """
    subjects = [subject(github, one) for one in (context, *also)]
    return document(
        grant(
            "GitHub",
            Principal("Federated", provider),
            actions("sts", "AssumeRoleWithWebIdentity"),
            {
                "StringEquals": {
                    f"{ISSUER}:aud": "sts.amazonaws.com",
                    f"{ISSUER}:sub": subjects if also else subjects[0],
                    f"{ISSUER}:repository_id": str(github.repository_id),
                    **(more or {}),
                }
            },
        )
    )


def add_plan_role(s: "Stack", p: "FoundationParams", provider: Any, shared: list[iam.ManagedPolicy]) -> None:
    """``PLATFORM-plan``: for pull requests, and for the jobs of the GitHub environment ``drift`` that look every night.

    It reads stacks and creates ``gh-*`` change sets, which nobody executes.
    """
    role = s.add(
        iam.Role(
            "PlanRole",
            RoleName=f"{p.scope.platform}-plan",
            Description="Pull requests: what would change, as gh-* change sets that nobody executes",
            AssumeRolePolicyDocument=trust(p.github, provider, "pull_request", also=("environment:drift",)),
            ManagedPolicyArns=[Ref(policy) for policy in shared],
            Policies=[
                iam.Policy(
                    PolicyName="plan",
                    PolicyDocument=document(
                        *change_sets.describe(p, "gh-"),
                        change_sets.named("gh-"),
                        change_sets.by_name("TidyUp", p, "gh-", "DeleteChangeSet"),
                        deny(
                            "NothingIsExecuted",
                            actions(
                                "cloudformation",
                                *("CancelUpdateStack", "ContinueUpdateRollback", "ExecuteChangeSet", "RollbackStack"),
                            ),
                            ["*"],
                        ),
                    ),
                )
            ],
        ),
        "Anybody who can open a pull request gets this far: a preview, and no change.",
    )
    s.give("PlanRoleArn", GetAtt(role, "Arn"), "Role of pull requests")


def add_push_roles(s: "Stack", p: "FoundationParams", provider: Any) -> None:
    """``PLATFORM-push-SERVICE``, one for each service in a repository of its own: it pushes that service's images.

    The token names repository and owner by number (GitHub Docs: OpenID Connect reference; IAM User Guide: Available keys for
    AWS OIDC federation), so that a name which changes hands opens nothing.
    """
    for service, repository in p.repositories:
        name = logical(service)
        owner = {f"{ISSUER}:repository_owner_id": str(repository.owner_id)}
        role = s.add(
            iam.Role(
                f"{name}PushRole",
                RoleName=f"{p.scope.platform}-push-{service}",
                Description=f"Default branch of {repository.repository}: pushes images of {service}",
                AssumeRolePolicyDocument=trust(
                    repository, provider, f"ref:refs/heads/{repository.default_branch}", owner
                ),
                Policies=[
                    iam.Policy(
                        PolicyName="push",
                        PolicyDocument=_push(arns.here("ecr", f"repository/{p.scope.platform}/{service}")),
                    )
                ],
            ),
            f"{service} lives in a repository of its own. ECR's login takes no resource.",
        )
        s.give(f"{name}PushRoleArn", GetAtt(role, "Arn"), f"Role that pushes images of {service}")


def _push(repositories: Sub) -> PolicyDocument:
    return document(
        # The login is for a whole registry: this action takes no resource (Service Authorization Reference).
        allow("Login", actions("ecr", "GetAuthorizationToken"), ["*"]),
        allow("Push", actions("ecr", *_PUSH), [repositories]),
    )


def add_build_role(s: "Stack", p: "FoundationParams", provider: Any) -> None:
    """``PLATFORM-build``: for the default branch. It pushes images; versions are published by a role of home."""
    role = s.add(
        iam.Role(
            "BuildRole",
            RoleName=f"{p.scope.platform}-build",
            Description="Default branch: pushes images",
            AssumeRolePolicyDocument=trust(p.github, provider, f"ref:refs/heads/{p.github.default_branch}"),
            Policies=[iam.Policy(PolicyName="push", PolicyDocument=_push(change_sets.platform_repositories(p)))],
        ),
        "What is built runs code of others, so that it publishes nothing. ECR's login takes no resource.",
    )
    s.give("BuildRoleArn", GetAtt(role, "Arn"), "Role of builds of the default branch")
