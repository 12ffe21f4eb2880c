"""IAM: what policies give away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.rules.iam.statements import Statement, statements
from generator.lint.rules.partial_values import shown
from generator.lint.rules.rule import rule
from generator.lint.rules.values import items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import TemplateView

_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"

# IAM User Guide, "Permissions boundaries" and the IAM actions that change what somebody may do (2026-10).
_ESCALATIONS = (
    "iam:addusertogroup",
    "iam:attachgrouppolicy",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:createpolicyversion",
    "iam:putgrouppolicy",
    "iam:putrolepolicy",
    "iam:putuserpolicy",
    "iam:setdefaultpolicyversion",
    "iam:updateassumerolepolicy",
    "iam:updateloginprofile",
)
# Reading objects of a public web site is meant for everyone; nothing else of S3 is.
_PUBLIC_READS = {"s3:getobject", "s3:getobjectversion"}
_TRANSPORT = "aws:securetransport"


def _grants(view: TemplateView) -> Iterator[Statement]:
    return (each for each in statements(view) if each.allows and each.document.kind == "identity")


def _all(statement: Statement) -> bool:
    return bool({"*", "*:*"} & set(statement.texts("Action")))


def _boundaries(view: TemplateView) -> set[str]:
    """The policies of the template that serve as a permissions boundary: they grant nothing by themselves."""
    bounds = (view.resource(each.get("PermissionsBoundary")) for each in view.of("AWS::IAM::Role", "AWS::IAM::User"))
    return {each.id for each in bounds if each is not None}


@rule(
    "W9601",
    severity="warning",
    title="A policy allows every action on every resource",
    why="Anyone who holds the policy is an administrator of the account, and so is anyone who takes over its holder.",
    source=f"IAM User Guide: Grant least privilege, {_GUIDE}best-practices.html#grant-least-privilege",
    fix="List the actions and the resources that are needed.",
)
def everything(view: TemplateView) -> Iterator[Problem]:
    """Allow `*` on `*` without a condition; policies that also deny are boundaries and are left alone."""
    boundaries: set[str] | None = None
    for each in _grants(view):
        if not (_all(each) and each.everywhere()) or each.conditional:
            continue
        if boundaries is None:
            boundaries = _boundaries(view)
        denies = any(other.body.get("Effect") == "Deny" for other in each.document.statements())
        if not denies and each.document.resource.id not in boundaries:
            yield each.problem("Action", message='Action "*" on Resource "*" makes the holder an administrator')


@rule(
    "W9602",
    severity="warning",
    title="iam:PassRole on every role",
    why="Passing any role to a service lends that service, and the caller behind it, the rights of the strongest role.",
    source=f"IAM User Guide: Grant a user permissions to pass a role to an AWS service, {_GUIDE}id_roles_use_passrole.html",
    fix="Name the roles in Resource and the service in a condition on iam:PassedToService.",
)
def pass_role(view: TemplateView) -> Iterator[Problem]:
    """PassRole named in Action, on `*`, without a condition on the service or the role."""
    for each in _grants(view):
        if _all(each) or each.conditional or not each.everywhere():
            continue
        if any(text.lower() in {"iam:passrole", "iam:pass*"} for text in each.texts("Action")):
            yield each.problem("Resource", message="iam:PassRole is allowed for every role of the account")


@rule(
    "W9603",
    severity="warning",
    title="A policy lets its holder give itself any right",
    why="These IAM actions on every resource give the same as administrator rights, although they do not look so.",
    source=f"IAM User Guide: Permissions boundaries for IAM entities, {_GUIDE}access_policies_boundaries.html",
    fix="Name the users, roles or policies, or require a permissions boundary with a condition on iam:PermissionsBoundary.",
)
def escalation(view: TemplateView) -> Iterator[Problem]:
    """Actions that change rights, on `*` and without a condition."""
    for each in _grants(view):
        if _all(each) or each.conditional or not each.everywhere():
            continue
        # Most statements name no action of IAM at all: a glance at the first letters spares the comparison.
        if not any(text[:4].lower() == "iam:" or {"*", "?"} & set(text[:4]) for text in each.texts("Action")):
            continue
        named = next(filter(None, map(each.granting, _ESCALATIONS)), None)
        if named is not None:
            yield each.problem("Action", message=f'"{named}" on Resource "*" lets the holder take every right')


@rule(
    "W9604",
    severity="warning",
    title="Allow with NotAction",
    why="It allows every action but the listed ones, with those of services that AWS adds tomorrow.",
    source=f"IAM User Guide: NotAction with Allow, {_GUIDE}reference_policies_elements_notaction.html",
    fix="List what is allowed in Action, or turn the statement into a Deny.",
)
def not_action(view: TemplateView) -> Iterator[Problem]:
    """Allow and NotAction in one statement of an identity or resource policy."""
    for each in statements(view):
        if each.allows and "NotAction" in each.body and each.document.kind in {"identity", "resource"}:
            yield each.problem("NotAction", message="Allow with NotAction allows every action that is not listed")


@rule(
    "W9605",
    severity="warning",
    title="Allow with NotResource",
    why="It allows the actions on every resource but the listed ones, with all that are created later.",
    source=f"IAM User Guide: NotResource with Allow, {_GUIDE}reference_policies_elements_notresource.html",
    fix="List the resources in Resource, or turn the statement into a Deny.",
)
def not_resource(view: TemplateView) -> Iterator[Problem]:
    """Allow and NotResource in one statement."""
    for each in statements(view):
        if each.allows and "NotResource" in each.body:
            yield each.problem("NotResource", message="Allow with NotResource covers every resource that is not listed")


@rule(
    "W9606",
    severity="warning",
    title="sts:AssumeRole on every role",
    why="The holder can take any role, of any account, whose trust policy names its account.",
    source=f"IAM User Guide: Granting a user permissions to switch roles, {_GUIDE}id_roles_use_permissions-to-switch.html",
    fix="Name the roles in Resource.",
)
def assume_any(view: TemplateView) -> Iterator[Problem]:
    """AssumeRole named in Action, on `*`, without a condition."""
    for each in _grants(view):
        if each.conditional or not each.everywhere():
            continue
        if any(text.lower() in {"sts:*", "sts:assumerole", "sts:assumerole*"} for text in each.texts("Action")):
            yield each.problem("Resource", message="sts:AssumeRole is allowed for every role")


@rule(
    "E9607",
    severity="error",
    title="A role that anyone may assume",
    why="Principal * in a trust policy stands for every identity of every AWS account.",
    source=f"IAM User Guide: Principal, all principals, {_GUIDE}reference_policies_elements_principal.html#principal-anonymous",
    fix="Name the accounts, roles or services, or narrow the statement with a condition such as aws:PrincipalOrgID.",
)
def open_trust(view: TemplateView) -> Iterator[Problem]:
    """Principal `*` in a trust policy without a condition."""
    for each in statements(view):
        if each.document.kind == "trust" and each.allows and each.anyone() and not each.conditional:
            yield each.problem("Principal", message="Every AWS account in the world may assume this role")


@rule(
    "W9608",
    severity="warning",
    title="A resource policy open to everyone",
    why="Principal * without a narrowing condition lets every AWS account, and for some services anonymous callers, in.",
    source=f"IAM User Guide: Principal, all principals, {_GUIDE}reference_policies_elements_principal.html#principal-anonymous",
    fix="Name the principals, or add a condition on aws:PrincipalOrgID, aws:SourceArn or aws:SourceAccount.",
)
def open_resource(view: TemplateView) -> Iterator[Problem]:
    """Principal `*` in a resource policy without any condition but on transport; public reads of S3 are left alone."""
    for each in statements(view):
        if each.document.kind != "resource" or not each.allows or not each.anyone():
            continue
        reads = {text.lower() for text in each.texts("Action")}
        public = each.document.resource.type == "AWS::S3::BucketPolicy" and reads and reads <= _PUBLIC_READS
        tests = [test.key.lower() for test in each.tests()]
        narrowed = each.conditional and (not tests or any(key != _TRANSPORT for key in tests))
        if not public and not narrowed:
            yield each.problem("Principal", message="This statement lets every AWS account in")


@rule(
    "W9609",
    severity="warning",
    title="A Lambda permission open to everyone",
    why="Principal * without a source lets every AWS account invoke the function at your cost.",
    source="AWS Lambda Developer Guide: Viewing resource-based IAM policies, "
    "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
    fix="Name the principal, or add SourceArn, SourceAccount or PrincipalOrgID.",
)
def open_function(view: TemplateView) -> Iterator[Problem]:
    """`AWS::Lambda::Permission` with Principal `*`; function URLs are public on purpose."""
    narrowing = (
        "SourceArn",
        "SourceAccount",
        "PrincipalOrgID",
        "FunctionUrlAuthType",
        "InvokedViaFunctionUrl",
        "EventSourceToken",
    )
    for each in view.of("AWS::Lambda::Permission"):
        if each.get("Principal") == "*" and not any(key in each.props for key in narrowing):
            yield each.problem("Principal", message="Every AWS account may invoke this function")


@rule(
    "W9610",
    severity="warning",
    title="AdministratorAccess attached",
    why="The AWS managed policy allows every action on every resource.",
    source=f"IAM User Guide: Grant least privilege, {_GUIDE}best-practices.html#grant-least-privilege",
    fix="Attach a policy that lists what is needed, or set a PermissionsBoundary beside it.",
)
def administrator(view: TemplateView) -> Iterator[Problem]:
    """AdministratorAccess on a role, user or group that has no permissions boundary."""
    for each in view.of("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for index, arn in enumerate(items(each.get("ManagedPolicyArns"))):
            if shown(arn).endswith(":policy/AdministratorAccess") and "PermissionsBoundary" not in each.props:
                yield each.problem("ManagedPolicyArns", index, message="AdministratorAccess allows everything")
