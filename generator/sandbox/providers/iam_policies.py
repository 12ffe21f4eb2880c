"""IAM managed policies and OIDC providers. `Ref` is the ARN of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.iam import GONE
from generator.sandbox.providers.old_table import Members, ResourceTable, Setting, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context, Created

# IAM keeps five versions of a policy (IAM and AWS STS quotas).
_VERSIONS = 5
_HOLDERS = (("Roles", "role", "RoleName"), ("Users", "user", "UserName"), ("Groups", "group", "GroupName"))

register_tables(
    ResourceTable(
        "AWS::IAM::OIDCProvider",
        "iam",
        "create_open_id_connect_provider get_open_id_connect_provider delete_open_id_connect_provider",
        "ClientIdList ThumbprintList Url",
        found="",
        key="OpenIDConnectProviderArn",
        attributes={"Arn": "{id}"},
        gone=GONE,
        # IAM keeps the URL without its scheme.
        live={"Url": "https://{Url}"},
        tags=Tags("tag_open_id_connect_provider", "untag_open_id_connect_provider", read=""),
        settings=(Setting("ThumbprintList", "update_open_id_connect_provider_thumbprint"),),
        members=(
            Members(
                "ClientIdList",
                "add_client_id_to_open_id_connect_provider",
                "remove_client_id_from_open_id_connect_provider",
                argument="ClientID",
                first=False,
            ),
        ),
    )
)


@surprising(
    ResourceTable(
        "AWS::IAM::ManagedPolicy",
        "iam",
        "create_policy get_policy create_policy_version delete_policy",
        "Description Groups ManagedPolicyName Path PolicyDocument Roles Users",
        name="ManagedPolicyName",
        limit=128,
        id="Policy.Arn",
        key="PolicyArn",
        attributes={
            "PolicyArn": "Arn",
            "PolicyId": "PolicyId",
            "DefaultVersionId": "DefaultVersionId",
            "AttachmentCount": "AttachmentCount || `0`",
            "PermissionsBoundaryUsageCount": "PermissionsBoundaryUsageCount || `0`",
            "IsAttachable": "IsAttachable",
            "CreateDate": "CreateDate",
            "UpdateDate": "UpdateDate",
        },
        gone=GONE,
        renames={"ManagedPolicyName": "PolicyName"},
        always={"SetAsDefault": True},
        settings=tuple(
            Setting(name, read="list_entities_for_policy", path=f"Policy{name}[].{key}") for name, _, key in _HOLDERS
        ),
        members=tuple(
            Members(name, f"attach_{kind}_policy", f"detach_{kind}_policy", argument=key)
            for name, kind, key in _HOLDERS
        ),
    )
)
class ManagedPolicy(TableProvider):
    """A surprise: a change of the document makes a version, and only five are kept."""

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """CreatePolicyVersion, in place of the oldest."""
        versions = self._versions(ctx, physical_id)
        if old["PolicyDocument"] != new["PolicyDocument"] and len(versions) >= _VERSIONS - 1:
            oldest = min(versions, key=lambda version: int(version[1:]))
            ctx.client("iam").delete_policy_version(PolicyArn=physical_id, VersionId=oldest)
        return super().change(ctx, physical_id, old, new)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeletePolicy, after its old versions."""
        for version in self._versions(ctx, physical_id):
            ctx.client("iam").delete_policy_version(PolicyArn=physical_id, VersionId=version)
        super().remove(ctx, physical_id, props)

    def find(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetPolicy, with the default version's document and dates as text."""
        found = super().find(ctx, physical_id, props)
        which = {"PolicyArn": physical_id, "VersionId": found["DefaultVersionId"]}
        version = ctx.client("iam").get_policy_version(**which)["PolicyVersion"]
        dates = {name: found[name].isoformat() for name in ("CreateDate", "UpdateDate")}
        return {**found, **dates, "PolicyDocument": version["Document"]}

    def _versions(self, ctx: Context, arn: str) -> list[str]:
        """Those that are not the default."""
        versions = ctx.client("iam").list_policy_versions(PolicyArn=arn)["Versions"]
        return [item["VersionId"] for item in versions if not item["IsDefaultVersion"]]
