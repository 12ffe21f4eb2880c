"""What IAM, ACM and WAF refuse: policies that are not there or no JSON, and what is used.

Sources: AWS IAM API Reference, ACM API Reference, AWS WAF API Reference, the errors of each operation.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.shapes import client
from generator.sandbox.services.request_checks import refusal

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request


def _policy(request: Request, arn: str, text: str) -> None:
    """Raise unless a policy of the account is there; those of AWS are taken for there."""
    if f"::{request.account}:policy/" not in arn:
        return
    policies = client(request, "iam").get_paginator("list_policies").paginate(Scope="Local")
    if not any(item["Arn"] == arn for page in policies for item in page["Policies"]):
        raise AwsError("NoSuchEntity", text, 404)


def _document(text: Any) -> None:
    try:
        json.loads(text)
    except ValueError:
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json") from None


@refusal("iam", "CreateRole")
def impossible_role(request: Request, params: dict[str, Any]) -> None:
    """A trust policy is JSON, and the boundary is there."""
    _document(params.get("AssumeRolePolicyDocument", ""))
    if boundary := params.get("PermissionsBoundary"):
        _policy(request, boundary, f"Scope ARN: {boundary} does not exist or is not attachable.")


@refusal("iam", "PutRolePermissionsBoundary")
def missing_boundary(request: Request, params: dict[str, Any]) -> None:
    """The boundary is there."""
    boundary = params["PermissionsBoundary"]
    _policy(request, boundary, f"Scope ARN: {boundary} does not exist or is not attachable.")


@refusal("iam", "AttachRolePolicy")
def missing_policy(request: Request, params: dict[str, Any]) -> None:
    """The policy is there."""
    _policy(request, params["PolicyArn"], f"Policy {params['PolicyArn']} does not exist or is not attachable.")


@refusal("iam", "DeletePolicy")
def used_policy(request: Request, params: dict[str, Any]) -> None:
    """A policy stays while it is a role's boundary; ministack looks at attachments."""
    service = client(request, "iam")
    for page in service.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            held = service.get_role(RoleName=role["RoleName"])["Role"].get("PermissionsBoundary", {})
            if held.get("PermissionsBoundaryArn") == params["PolicyArn"]:
                raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.", 409)


@refusal("iam", "DeleteRole")
def profiled_role(request: Request, params: dict[str, Any]) -> None:
    """A role stays while it is in an instance profile."""
    for page in client(request, "iam").get_paginator("list_instance_profiles").paginate():
        for profile in page["InstanceProfiles"]:
            if any(role["RoleName"] == params["RoleName"] for role in profile["Roles"]):
                text = "Cannot delete entity, must remove roles from instance profile first."
                raise AwsError("DeleteConflict", text, 409)


@refusal("acm", "DeleteCertificate")
def used_certificate(request: Request, params: dict[str, Any]) -> None:
    """A certificate stays while a listener has it."""
    service, arn = client(request, "elbv2"), params["CertificateArn"]
    for balancer in service.describe_load_balancers()["LoadBalancers"]:
        for listener in service.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
            if any(item["CertificateArn"] == arn for item in listener.get("Certificates", ())):
                raise AwsError("ResourceInUseException", f"Certificate {arn} in account {request.account} is in use.")


@refusal("wafv2", "DeleteWebACL")
def associated_web_acl(request: Request, params: dict[str, Any]) -> None:
    """A web ACL stays while it protects something."""
    service = client(request, "wafv2")
    for acl in service.list_web_acls(Scope=params["Scope"])["WebACLs"]:
        if acl["Id"] != params["Id"] or params["Scope"] != "REGIONAL":
            continue
        if service.list_resources_for_web_acl(WebACLArn=acl["ARN"]).get("ResourceArns"):
            raise AwsError(
                "WAFAssociatedItemException",
                "AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s "  # noqa: RUF001 - AWS's text
                "associated with another resource.",
            )
