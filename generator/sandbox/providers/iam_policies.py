"""IAM managed policies and OIDC providers. `Ref` is the ARN of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.api_provider import ApiProvider, picked, unless
from generator.sandbox.providers.iam import GONE
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

# IAM keeps five versions of a policy (IAM and AWS STS quotas).
_VERSIONS = 5
_HOLDERS = (("Roles", "role", "RoleName"), ("Users", "user", "UserName"), ("Groups", "group", "GroupName"))


@provider("AWS::IAM::ManagedPolicy")
class ManagedPolicy(ApiProvider):
    """A change of the document makes a default version."""

    type_name = "AWS::IAM::ManagedPolicy"
    known = frozenset({"Description", "Groups", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Users"})
    gone = GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreatePolicy, attached to whom the template names."""
        name = props.get("ManagedPolicyName") or generated_name(ctx, limit=128)
        said = picked(props, "Description", "Path", "PolicyDocument")
        arn = call(ctx, "iam", "create_policy", PolicyName=name, **said)["Policy"]["Arn"]
        ctx.initiated(arn)
        self._attach(ctx, arn, {}, props)
        return self._made(ctx, arn)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """CreatePolicyVersion in place of the oldest, and attachments."""
        client = ctx.client("iam")
        if old["PolicyDocument"] != new["PolicyDocument"]:
            versions = client.list_policy_versions(PolicyArn=physical_id)["Versions"]
            spare = [item["VersionId"] for item in versions if not item["IsDefaultVersion"]]
            if len(versions) >= _VERSIONS:
                oldest = min(spare, key=lambda version: int(version[1:]))
                client.delete_policy_version(PolicyArn=physical_id, VersionId=oldest)
            document = new["PolicyDocument"]
            call(ctx, "iam", "create_policy_version", PolicyArn=physical_id, PolicyDocument=document, SetAsDefault=True)
        self._attach(ctx, physical_id, old, new)
        return self._made(ctx, physical_id)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeletePolicy, after its attachments of the template and its old versions."""
        client = ctx.client("iam")
        versions = client.list_policy_versions(PolicyArn=physical_id)["Versions"]
        self._attach(ctx, physical_id, props, {})
        for version in versions:
            if not version["IsDefaultVersion"]:
                client.delete_policy_version(PolicyArn=physical_id, VersionId=version["VersionId"])
        client.delete_policy(PolicyArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetPolicy, the default version's document and who has it."""
        del props
        client = ctx.client("iam")
        policy = client.get_policy(PolicyArn=physical_id)["Policy"]
        version = client.get_policy_version(PolicyArn=physical_id, VersionId=policy["DefaultVersionId"])[
            "PolicyVersion"
        ]
        holders = client.list_entities_for_policy(PolicyArn=physical_id)
        return {
            **picked(policy, "Description", "Path"),
            "ManagedPolicyName": policy["PolicyName"],
            "PolicyDocument": version["Document"],
            **{name: [item[key] for item in holders.get(f"Policy{name}", ())] for name, _, key in _HOLDERS},
        }

    def _made(self, ctx: Context, arn: str) -> Created:
        policy = ctx.client("iam").get_policy(PolicyArn=arn)["Policy"]
        attributes = {
            "PolicyArn": arn,
            "PolicyId": policy["PolicyId"],
            "DefaultVersionId": policy["DefaultVersionId"],
            "AttachmentCount": policy.get("AttachmentCount", 0),
            "PermissionsBoundaryUsageCount": policy.get("PermissionsBoundaryUsageCount", 0),
            "IsAttachable": policy.get("IsAttachable", True),
            "CreateDate": policy["CreateDate"].isoformat(),
            "UpdateDate": policy["UpdateDate"].isoformat(),
        }
        return Created(arn, attributes)

    def _attach(self, ctx: Context, arn: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        client = ctx.client("iam")
        for name, kind, key in _HOLDERS:
            before, after = old.get(name) or [], new.get(name) or []
            for holder in before:
                if holder not in after:
                    with unless(*GONE):
                        getattr(client, f"detach_{kind}_policy")(**{key: holder, "PolicyArn": arn})
            for holder in after:
                if holder not in before:
                    getattr(client, f"attach_{kind}_policy")(**{key: holder, "PolicyArn": arn})


@provider("AWS::IAM::OIDCProvider")
class OidcProvider(ApiProvider):
    """An issuer of tokens that the account trusts."""

    type_name = "AWS::IAM::OIDCProvider"
    known = frozenset({"ClientIdList", "Tags", "ThumbprintList", "Url"})
    gone = GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateOpenIDConnectProvider."""
        arn = call(
            ctx, "iam", "create_open_id_connect_provider", Url=props["Url"], Tags=self.tags(ctx, props),
            ClientIDList=props.get("ClientIdList"), ThumbprintList=props.get("ThumbprintList"),
        )["OpenIDConnectProviderArn"]  # fmt: skip
        return Created(arn, {"Arn": arn})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Audiences, thumbprints and tags."""
        client, which = ctx.client("iam"), {"OpenIDConnectProviderArn": physical_id}
        live = client.get_open_id_connect_provider(**which)
        before, after = live.get("ClientIDList", []), new.get("ClientIdList") or []
        for audience in before:
            if audience not in after:
                client.remove_client_id_from_open_id_connect_provider(**which, ClientID=audience)
        for audience in after:
            if audience not in before:
                client.add_client_id_to_open_id_connect_provider(**which, ClientID=audience)
        if "ThumbprintList" in new:
            client.update_open_id_connect_provider_thumbprint(**which, ThumbprintList=new["ThumbprintList"])
        if lost := dropped(old.get("Tags", []), self.tags(ctx, new)):
            client.untag_open_id_connect_provider(**which, TagKeys=lost)
        if tags := self.tags(ctx, new):
            client.tag_open_id_connect_provider(**which, Tags=tags)
        return Created(physical_id, {"Arn": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteOpenIDConnectProvider."""
        del props
        ctx.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetOpenIDConnectProvider; IAM keeps the URL without its scheme."""
        del props
        found = ctx.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=physical_id)
        return {
            "Url": f"https://{found['Url'].removeprefix('https://')}",
            "ClientIdList": found.get("ClientIDList", []),
            "ThumbprintList": found.get("ThumbprintList", []),
            "Tags": found.get("Tags", []),
        }
