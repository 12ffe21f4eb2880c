"""IAM: AWS managed policies that are named wrongly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.lint.rules.iam.known_names import managed_policies
from generator.lint.rules.partial_values import listed, shown
from generator.lint.rules.rule import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

_POLICY = re.compile(r"arn:(?:\$\{[^}]*\}|[^:$]+):iam::aws:policy/(?P<path>(?:[\w.-]+/)*)(?P<name>[\w+=,.@-]+)")


def _managed(view: TemplateView) -> Iterator[tuple[Resource, tuple[str | int, ...], re.Match[str]]]:
    for each in view.of("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::SSO::PermissionSet"):
        for key in ("ManagedPolicyArns", "ManagedPolicies", "PermissionsBoundary"):
            value = each.get(key)
            for index, arn in enumerate(listed(value)):
                found = _POLICY.fullmatch(shown(arn))
                if found:
                    yield each, (key, index) if isinstance(value, list) else (key,), found


@rule(
    "E9625",
    severity="error",
    title="An AWS managed policy under the wrong path, or withdrawn",
    why="The path is part of the ARN, and AWS does not let withdrawn policies be attached: creating the role fails.",
    source="AWS Managed Policy Reference, https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html",
    fix="Copy the ARN from the page of the policy.",
)
def managed_path(view: TemplateView) -> Iterator[Problem]:
    """A known policy with another path, or one of which AWS has taken back the name."""
    for each, place, found in _managed(view):
        path = managed_policies().path_of(found["name"])
        if path is not None and path != found["path"].rstrip("/"):
            right = f"policy/{path + '/' if path else ''}{found['name']}"
            yield each.problem(*place, message=f"{found['name']} is {right}, not policy/{found['path']}{found['name']}")
        elif path is None and found["name"] in managed_policies().retired:
            yield each.problem(*place, message=f"AWS has withdrawn the managed policy {found['name']}")


@rule(
    "W9626",
    severity="warning",
    title="An AWS managed policy that is not known",
    why="A policy that does not exist makes the creation of the role fail.",
    source="AWS Managed Policy Reference, https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html",
    fix="Look the name up; the list here is of October 2026.",
)
def managed_name(view: TemplateView) -> Iterator[Problem]:
    """A name that AWS has neither now nor had before."""
    for each, place, found in _managed(view):
        known = managed_policies()
        if known.path_of(found["name"]) is None and found["name"] not in known.retired:
            near = known.near(found["name"])
            yield each.problem(*place, message=f"There is no AWS managed policy {found['name']}{near}")
