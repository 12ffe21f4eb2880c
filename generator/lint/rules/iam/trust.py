"""IAM: who may assume a role, and which managed policies it carries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.lint.rules.iam.known_names import service_principals
from generator.lint.rules.iam.statements import Statement, statements
from generator.lint.rules.partial_values import listed, shown
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
_SHARED = f"{_GUIDE}id_roles_providers_oidc_secure-by-default.html"

# The service that assumes the role at each property; `*` means each element. From the pages of the resource types (2026-10).
_ASSUMED_BY: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "AWS::ApiGateway::Account": ((("CloudWatchRoleArn",), "apigateway"),),
    "AWS::AppSync::DataSource": ((("ServiceRoleArn",), "appsync"),),
    "AWS::Backup::BackupSelection": ((("BackupSelection", "IamRoleArn"), "backup"),),
    "AWS::CloudTrail::Trail": ((("CloudWatchLogsRoleArn",), "cloudtrail"),),
    "AWS::CodeBuild::Project": ((("ServiceRole",), "codebuild"),),
    "AWS::CodePipeline::Pipeline": ((("RoleArn",), "codepipeline"),),
    "AWS::Config::ConfigurationRecorder": ((("RoleARN",), "config"),),
    "AWS::DLM::LifecyclePolicy": ((("ExecutionRoleArn",), "dlm"),),
    "AWS::EC2::FlowLog": ((("DeliverLogsPermissionArn",), "vpc-flow-logs"),),
    "AWS::ECS::Service": (
        (("LoadBalancers", "*", "AdvancedConfiguration", "RoleArn"), "ecs"),
        (("DeploymentConfiguration", "LifecycleHooks", "*", "RoleArn"), "ecs"),
        (("VolumeConfigurations", "*", "ManagedEBSVolume", "RoleArn"), "ecs"),
    ),
    "AWS::ECS::TaskDefinition": ((("ExecutionRoleArn",), "ecs-tasks"), (("TaskRoleArn",), "ecs-tasks")),
    "AWS::EKS::Cluster": ((("RoleArn",), "eks"),),
    "AWS::EKS::Nodegroup": ((("NodeRole",), "ec2"),),
    "AWS::Events::Rule": ((("Targets", "*", "RoleArn"), "events"),),
    "AWS::FIS::ExperimentTemplate": ((("RoleArn",), "fis"),),
    "AWS::Glue::Crawler": ((("Role",), "glue"),),
    "AWS::Glue::Job": ((("Role",), "glue"),),
    "AWS::IAM::InstanceProfile": ((("Roles", "*"), "ec2"),),
    "AWS::Lambda::Function": ((("Role",), "lambda"),),
    "AWS::Logs::SubscriptionFilter": ((("RoleArn",), "logs"),),
    "AWS::Pipes::Pipe": ((("RoleArn",), "pipes"),),
    "AWS::RDS::DBInstance": ((("MonitoringRoleArn",), "monitoring.rds"),),
    "AWS::S3::Bucket": ((("ReplicationConfiguration", "Role"), "s3"),),
    "AWS::Scheduler::Schedule": ((("Target", "RoleArn"), "scheduler"),),
    "AWS::StepFunctions::StateMachine": ((("RoleArn",), "states"),),
}
# Claims of which one must be tested, by issuer: providers that serve more than one customer. From the page behind
# _SHARED (2026-10); for GitHub, IAM takes `job_workflow_ref` in place of `sub`.
_GITHUB = "token.actions.githubusercontent.com"
_CLAIMS: dict[str, tuple[str, ...]] = {
    _GITHUB: ("sub", "job_workflow_ref"),
    "accounts.google.com": ("sub", "aud", "oaud"),
    "agent.buildkite.com": ("sub",),
    "api.pulumi.com/oidc": ("aud",),
    "app.terraform.io": ("sub",),
    "cognito-identity.amazonaws.com": ("aud",),
    "gitlab.com": ("sub",),
    "oidc.codefresh.io": ("sub",),
    "oidc.vercel.com": ("aud",),
    "proidc.upbound.io": ("sub",),
    "scalr.io": ("sub",),
}
# "AWS OIDC federation keys" of the IAM User Guide (2026-10).
_GITHUB_CLAIMS = frozenset(
    (
        "actor",
        "actor_id",
        "amr",
        "aud",
        "email",
        "enterprise_id",
        "environment",
        "job_workflow_ref",
        "ref",
        "repository",
        "repository_id",
        "repository_owner_id",
        "sub",
        "workflow",
    )
)
_SERVICE = re.compile(r"(?P<name>[a-z0-9-]+(?:\.[a-z0-9-]+)*?)(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?")


def _trusts(view: TemplateView) -> Iterator[Statement]:
    return (each for each in statements(view) if each.document.kind == "trust" and each.allows)


@rule(
    "E9619",
    severity="error",
    title="A service principal that does not exist",
    why="IAM refuses a trust policy, and most services a resource policy, that names an unknown principal.",
    source="IAM User Guide: AWS service principals, "
    f"{_GUIDE}reference_policies_elements_principal.html#principal-services",
    fix="Write the principal as the guide of the service gives it.",
)
def service_principal(view: TemplateView) -> Iterator[Problem]:
    """A principal that no service has, close to one that exists or known as a mistake."""
    for each in statements(view):
        for path, principal in each.principals("Service"):
            found = _SERVICE.fullmatch(principal) if isinstance(principal, str) else None
            meant = service_principals().meant(found["name"]) if found else None
            if meant:
                message = f'No service is called "{principal}"; did you mean "{meant}.amazonaws.com"?'
                yield each.problem(*path, message=message)


@rule(
    "E9620",
    severity="error",
    title="A role that its service cannot assume",
    why="The service assumes the role under its own principal; if the trust policy lacks it, creation or the first use fails.",
    source=f"IAM User Guide: Roles terms and concepts, service role, {_GUIDE}id_roles.html#iam-term-service-role",
    fix="Add the service to the Principal of the role's trust policy.",
)
def untrusted(view: TemplateView) -> Iterator[Problem]:
    """A role of this template used where a service assumes it, with a trust policy that names other services only."""
    for kind, places in _ASSUMED_BY.items():
        for user in view.of(kind):
            for place, service in places:
                for path, value in _at(user.props, place, ()):
                    role = view.resource(value)
                    if role is not None and role.type == "AWS::IAM::Role" and _refuses(view, role, service):
                        message = f"{role.id} does not trust {service}.amazonaws.com, which assumes it here"
                        yield user.problem(*path, message=message)


def _at(value: Any, place: tuple[str, ...], path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if not place:
        yield path, value
    elif place[0] == "*":
        for index, each in enumerate(value if isinstance(value, list) else []):
            yield from _at(each, place[1:], (*path, index))
    elif isinstance(value, dict) and place[0] in value:
        yield from _at(value[place[0]], place[1:], (*path, place[0]))


def _refuses(view: TemplateView, role: Resource, service: str) -> bool:
    own = [each for each in statements(view) if each.document.resource is role and each.document.kind == "trust"]
    if not own or any(_open(each) for each in own):
        return False
    names = [shown(principal) for each in own for _, principal in each.principals("Service")]
    return not any(name.startswith((f"{service}.", "${")) for name in names)


def _open(statement: Statement) -> bool:
    """Whether the statement may let in a service that it does not spell out."""
    effect, principal = statement.body.get("Effect"), statement.body.get("Principal")
    unclear = isinstance(effect, Unknown) or isinstance(principal, Unknown) or statement.anyone()
    return unclear or (isinstance(fields(principal).get("Service"), Unknown) and shown(principal).startswith("${"))


def _federations(view: TemplateView) -> Iterator[tuple[Statement, str]]:
    """Each statement that trusts an OpenID Connect provider, with the host of the issuer."""
    for each in _trusts(view):
        for _, principal in each.principals("Federated"):
            provider = view.resource(principal)
            text = shown(provider.get("Url")) if provider is not None else shown(principal)
            host = text.rpartition(":oidc-provider/")[2].removeprefix("https://").rstrip("/")
            if host and "${" not in host and ":saml-provider/" not in host:
                yield each, host


@rule(
    "E9621",
    severity="error",
    title="A shared token issuer trusted without saying for whom",
    why="The issuer signs tokens for all of its customers, so each of them may assume the role; IAM refuses new ones of this kind.",
    source=f"IAM User Guide: Identity-provider controls for shared OIDC providers, {_SHARED}",
    fix="Add a StringEquals condition on the claim that names your organisation and project.",
)
def no_subject(view: TemplateView) -> Iterator[Problem]:
    """An Allow for a shared issuer that tests none of the claims that tell its customers apart."""
    for each, host in _federations(view):
        claims = _CLAIMS.get(host)
        if claims is None or isinstance(each.body.get("Condition"), Unknown):
            continue
        tested = {test.key.lower() for test in each.tests()}
        if not tested & {f"{host}:{claim}" for claim in claims}:
            message = f"Every customer of {host} may assume this role: the condition tests no {host}:{claims[0]}"
            yield each.problem("Condition", message=message)


@rule(
    "E9622",
    severity="error",
    title="A token subject with a wildcard before the organisation ends",
    why="Anyone can register an organisation or a project whose name fits the pattern.",
    source=f"IAM User Guide: Create a role for GitHub, {_GUIDE}id_roles_providers_create_for-idp_oidc.html",
    fix='Spell out the organisation and the repository, as in "repo:ORG/REPO:environment:prod".',
)
def wide_subject(view: TemplateView) -> Iterator[Problem]:
    """A pattern for `sub` whose first wildcard stands before the first slash."""
    for each, host in _federations(view):
        if host not in _CLAIMS:
            continue
        for test in each.tests():
            if test.key.lower() != f"{host}:sub" or "like" not in test.operator.lower():
                continue
            for value in map(shown, test.values):
                fixed = re.split(r"[*?]", re.sub(r"\$\{[^}]*\}", "x", value))[0]
                if fixed != re.sub(r"\$\{[^}]*\}", "x", value) and "/" not in fixed:
                    yield each.problem(*test.path, message=f'"{value}" fits organisations of strangers')


@rule(
    "W9623",
    severity="warning",
    title="A token's audience is not checked",
    why="Without a test of aud a token that was issued for another audience is accepted too.",
    source=f"IAM User Guide: Create a role for OpenID Connect federation, {_GUIDE}id_roles_providers_create_for-idp_oidc.html",
    fix='Add "ISSUER:aud": "sts.amazonaws.com" to the StringEquals condition.',
)
def no_audience(view: TemplateView) -> Iterator[Problem]:
    """An Allow for GitHub's or GitLab's issuer that tests the subject but not the audience."""
    for each, host in _federations(view):
        tested = {test.key.lower() for test in each.tests()}
        if host in {_GITHUB, "gitlab.com"} and f"{host}:sub" in tested and f"{host}:aud" not in tested:
            yield each.problem("Condition", message=f"The condition tests no {host}:aud")


@rule(
    "E9627",
    severity="error",
    title="A claim of GitHub that AWS does not pass on",
    why="STS turns some claims of GitHub's tokens into condition keys; a test of another claim is never met.",
    source=f"IAM User Guide: OIDC federation keys, {_GUIDE}reference_policies_iam-condition-keys.html#condition-keys-wif",
    fix="Test sub, repository_id, repository_owner_id, environment, ref, workflow or job_workflow_ref.",
)
def github_claim(view: TemplateView) -> Iterator[Problem]:
    """A condition key of GitHub's issuer that STS does not know, such as event_name."""
    for each, host in _federations(view):
        for test in each.tests():
            issuer, _, claim = test.key.lower().partition(":")
            if host == _GITHUB and issuer == _GITHUB and claim not in _GITHUB_CLAIMS:
                yield each.problem(*test.path, message=f'STS passes on no claim "{claim}" of GitHub')


@rule(
    "E9624",
    severity="error",
    title="A federated principal with the wrong action",
    why="Identity providers use AssumeRoleWithWebIdentity or AssumeRoleWithSAML; AssumeRole is for AWS principals.",
    source="AWS STS API Reference: AssumeRoleWithWebIdentity, "
    "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html",
    fix="Allow sts:AssumeRoleWithWebIdentity for OpenID Connect, sts:AssumeRoleWithSAML for SAML.",
)
def federated_action(view: TemplateView) -> Iterator[Problem]:
    """Only federated principals, and none of the actions by which they can assume a role."""
    for each in _trusts(view):
        actions = listed(each.body.get("Action"))
        if set(fields(each.body.get("Principal"))) != {"Federated"} or not actions or Unknown in map(type, actions):
            continue
        if not any(map(each.covers, ("sts:assumerolewithwebidentity", "sts:assumerolewithsaml"))):
            yield each.problem("Action", message="A federated principal cannot use " + ", ".join(each.texts("Action")))
