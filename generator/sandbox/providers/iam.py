"""IAM roles and instance profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.api_provider import ApiProvider, picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

GONE = frozenset({"NoSuchEntity", "NoSuchEntityException"})


@provider("AWS::IAM::Role")
class Role(ApiProvider):
    """`Ref` is the role's name."""

    type_name = "AWS::IAM::Role"
    known = frozenset(
        {"AssumeRolePolicyDocument", "Description", "ManagedPolicyArns", "MaxSessionDuration", "Path", "PermissionsBoundary",
         "Policies", "RoleName", "Tags"}
    )  # fmt: skip
    gone = GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateRole with its boundary, then its policies."""
        name = props.get("RoleName") or generated_name(ctx, limit=64)
        said = picked(
            props, "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Path", "PermissionsBoundary"
        )
        call(ctx, "iam", "create_role", RoleName=name, Tags=self.tags(ctx, props), **said)
        ctx.initiated(name)
        self._policies(ctx, name, {}, props)
        return self._made(ctx, name)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Trust, description, duration, boundary, policies and tags."""
        made, client = self._made(ctx, physical_id), ctx.client("iam")
        trust = new["AssumeRolePolicyDocument"]
        call(ctx, "iam", "update_assume_role_policy", RoleName=physical_id, PolicyDocument=trust)
        description, duration = new.get("Description", ""), new.get("MaxSessionDuration", 3600)
        call(ctx, "iam", "update_role", RoleName=physical_id, Description=description, MaxSessionDuration=duration)
        if "PermissionsBoundary" in new:
            client.put_role_permissions_boundary(RoleName=physical_id, PermissionsBoundary=new["PermissionsBoundary"])
        elif "PermissionsBoundary" in old:
            client.delete_role_permissions_boundary(RoleName=physical_id)
        self._policies(ctx, physical_id, old, new)
        if lost := dropped(old.get("Tags", []), self.tags(ctx, new)):
            client.untag_role(RoleName=physical_id, TagKeys=lost)
        if tags := self.tags(ctx, new):
            client.tag_role(RoleName=physical_id, Tags=tags)
        return made

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteRole, after the policies that the template gave it; others in it make IAM refuse."""
        client = ctx.client("iam")
        client.get_role(RoleName=physical_id)
        self._policies(ctx, physical_id, props, {})
        client.delete_role(RoleName=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetRole and its policies; inline policies that the template does not name belong to other resources."""
        client = ctx.client("iam")
        role = client.get_role(RoleName=physical_id)["Role"]
        attached = client.list_attached_role_policies(RoleName=physical_id)["AttachedPolicies"]
        names = client.list_role_policies(RoleName=physical_id)["PolicyNames"]
        said = [policy["PolicyName"] for policy in props.get("Policies", ())]
        return {
            **picked(role, "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Path", "RoleName"),
            "PermissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "ManagedPolicyArns": [policy["PolicyArn"] for policy in attached],
            "Policies": [
                picked(client.get_role_policy(RoleName=physical_id, PolicyName=name), "PolicyName", "PolicyDocument")
                for name in said
                if name in names
            ],
            "Tags": client.list_role_tags(RoleName=physical_id)["Tags"],
        }

    def _made(self, ctx: Context, name: str) -> Created:
        role = ctx.client("iam").get_role(RoleName=name)["Role"]
        return Created(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def _policies(self, ctx: Context, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        client = ctx.client("iam")
        before = {policy["PolicyName"]: policy["PolicyDocument"] for policy in old.get("Policies") or ()}
        after = {policy["PolicyName"]: policy["PolicyDocument"] for policy in new.get("Policies") or ()}
        live = set(client.list_role_policies(RoleName=name)["PolicyNames"]) if before else set()
        for policy in before.keys() - after.keys():
            if policy in live:
                client.delete_role_policy(RoleName=name, PolicyName=policy)
        for policy, document in after.items():
            call(ctx, "iam", "put_role_policy", RoleName=name, PolicyName=policy, PolicyDocument=document)
        gone, wanted = old.get("ManagedPolicyArns") or [], new.get("ManagedPolicyArns") or []
        attached = {item["PolicyArn"] for item in client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]}
        for arn in gone:
            if arn not in wanted and arn in attached:
                client.detach_role_policy(RoleName=name, PolicyArn=arn)
        for arn in wanted:
            if arn not in attached:
                client.attach_role_policy(RoleName=name, PolicyArn=arn)


@provider("AWS::IAM::InstanceProfile")
class InstanceProfile(ApiProvider):
    """`Ref` is the profile's name."""

    type_name = "AWS::IAM::InstanceProfile"
    known = frozenset({"InstanceProfileName", "Path", "Roles"})
    gone = GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateInstanceProfile and its role; AWS takes two minutes."""
        name = props.get("InstanceProfileName") or generated_name(ctx, limit=128)
        call(ctx, "iam", "create_instance_profile", InstanceProfileName=name, **picked(props, "Path"))
        ctx.initiated(name)
        self._roles(ctx, name, props["Roles"])
        return self._made(ctx, name)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Another role."""
        del old
        made = self._made(ctx, physical_id)
        self._roles(ctx, physical_id, new["Roles"])
        return made

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteInstanceProfile without its roles."""
        del props
        self._roles(ctx, physical_id, [])
        ctx.client("iam").delete_instance_profile(InstanceProfileName=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetInstanceProfile."""
        del props
        found = ctx.client("iam").get_instance_profile(InstanceProfileName=physical_id)["InstanceProfile"]
        return picked(found, "InstanceProfileName", "Path") | {"Roles": [role["RoleName"] for role in found["Roles"]]}

    def _made(self, ctx: Context, name: str) -> Created:
        found = ctx.client("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
        return Created(name, {"Arn": found["Arn"]})

    def _roles(self, ctx: Context, name: str, wanted: list[str]) -> None:
        client = ctx.client("iam")
        live = [
            role["RoleName"]
            for role in client.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
        ]
        for role in live:
            if role not in wanted:
                client.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)
        for role in wanted:
            if role not in live:
                client.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
