"""IAM roles and instance profiles. `Ref` is the name of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import picked
from generator.sandbox.providers.old_table import Members, ResourceTable, Setting, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

GONE = "NoSuchEntity NoSuchEntityException"

register_tables(
    # AWS takes two minutes for one.
    ResourceTable(
        "AWS::IAM::InstanceProfile",
        "iam",
        "create_instance_profile get_instance_profile delete_instance_profile",
        "InstanceProfileName Path Roles",
        name="InstanceProfileName",
        limit=128,
        attributes={"Arn": "Arn"},
        gone=GONE,
        live={"Roles": "Roles[].RoleName"},
        members=(
            Members("Roles", "add_role_to_instance_profile", "remove_role_from_instance_profile", argument="RoleName"),
        ),
    )
)


@surprising(
    ResourceTable(
        "AWS::IAM::Role",
        "iam",
        "create_role get_role update_role delete_role",
        "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary Policies RoleName",
        name="RoleName",
        limit=64,
        attributes={"Arn": "Arn", "RoleId": "RoleId"},
        gone=GONE,
        defaults={"Description": "", "MaxSessionDuration": 3600},
        live={"PermissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn"},
        tags=Tags("tag_role", "untag_role", "list_role_tags"),
        settings=(
            Setting("AssumeRolePolicyDocument", "update_assume_role_policy", argument="PolicyDocument"),
            Setting("PermissionsBoundary", "put_role_permissions_boundary", clear="delete_role_permissions_boundary"),
            Setting("ManagedPolicyArns", read="list_attached_role_policies", path="AttachedPolicies[].PolicyArn"),
        ),
        members=(
            Members("Policies", "put_role_policy", "delete_role_policy", by="PolicyName"),
            Members("ManagedPolicyArns", "attach_role_policy", "detach_role_policy", argument="PolicyArn"),
        ),
    )
)
class Role(TableProvider):
    """A surprise: inline policies that the template does not name belong to other resources, and are no drift."""

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetRole, and the documents of the policies that the template names."""
        live, client = super().look(ctx, physical_id, props), ctx.client("iam")
        names = client.list_role_policies(RoleName=physical_id)["PolicyNames"] if "Policies" in props else ()
        live["Policies"] = [
            picked(client.get_role_policy(RoleName=physical_id, PolicyName=name), "PolicyName", "PolicyDocument")
            for name in (policy["PolicyName"] for policy in props.get("Policies", ()))
            if name in names
        ]
        return live
