"""AWS WAF: web ACLs, what they protect and where they log."""

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

_RULES = (
    "AssociationConfig", "CaptchaConfig", "ChallengeConfig", "CustomResponseBodies", "DefaultAction", "Description", "Rules",
    "TokenDomains", "VisibilityConfig",
)  # fmt: skip
_GONE = frozenset({"WAFNonexistentItemException"})


@provider("AWS::WAFv2::WebACL")
class WebAcl(ApiProvider):
    """`Ref` is `name|id|scope`."""

    type_name = "AWS::WAFv2::WebACL"
    known = frozenset({*_RULES, "Name", "Scope", "Tags"})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateWebACL."""
        name, scope = props.get("Name") or generated_name(ctx, limit=128), props["Scope"]
        said = {"Rules": [], **picked(props, *_RULES)}
        made = call(ctx, "wafv2", "create_web_acl", Name=name, Scope=scope, Tags=self.tags(ctx, props), **said)
        return self._made(ctx, f"{name}|{made['Summary']['Id']}|{scope}")

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateWebACL with the lock token of now, and tags."""
        found, token = self._acl(ctx, physical_id)
        said = {"Rules": [], **picked(new, *_RULES)}
        call(ctx, "wafv2", "update_web_acl", LockToken=token, **self._which(physical_id), **said)
        if lost := dropped(old.get("Tags", []), self.tags(ctx, new)):
            ctx.client("wafv2").untag_resource(ResourceARN=found["ARN"], TagKeys=lost)
        if tags := self.tags(ctx, new):
            ctx.client("wafv2").tag_resource(ResourceARN=found["ARN"], Tags=tags)
        return self._made(ctx, physical_id)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteWebACL."""
        del props
        _, token = self._acl(ctx, physical_id)
        ctx.client("wafv2").delete_web_acl(LockToken=token, **self._which(physical_id))

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetWebACL and its tags."""
        del props
        found, _ = self._acl(ctx, physical_id)
        tags = ctx.client("wafv2").list_tags_for_resource(ResourceARN=found["ARN"])["TagInfoForResource"]["TagList"]
        return {**picked(found, *_RULES, "Name"), "Scope": self._which(physical_id)["Scope"], "Tags": tags}

    def _made(self, ctx: Context, physical_id: str) -> Created:
        found, _ = self._acl(ctx, physical_id)
        attributes = {
            "Arn": found["ARN"],
            "Id": found["Id"],
            "Capacity": found.get("Capacity", 0),
            "LabelNamespace": found.get("LabelNamespace") or f"awswaf:{ctx.account}:webacl:{found['Name']}:",
        }
        return Created(physical_id, attributes)

    def _which(self, physical_id: str) -> dict[str, str]:
        name, identifier, scope = physical_id.split("|")
        return {"Name": name, "Id": identifier, "Scope": scope}

    def _acl(self, ctx: Context, physical_id: str) -> tuple[dict[str, Any], str]:
        answer = ctx.client("wafv2").get_web_acl(**self._which(physical_id))
        return dict(answer["WebACL"]), str(answer["LockToken"])


@provider("AWS::WAFv2::WebACLAssociation")
class WebAclAssociation(ApiProvider):
    """`Ref` is `resource|web ACL`; both replace."""

    type_name = "AWS::WAFv2::WebACLAssociation"
    known = frozenset({"ResourceArn", "WebACLArn"})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """AssociateWebACL."""
        call(ctx, "wafv2", "associate_web_acl", **props)
        return Created(f"{props['ResourceArn']}|{props['WebACLArn']}", {})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Nothing changes in place."""
        del old
        self.look(ctx, physical_id, new)
        return Created(physical_id, {})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DisassociateWebACL, unless the resource has another meanwhile."""
        if self._acl(ctx, props["ResourceArn"]) == physical_id.rpartition("|")[2]:
            ctx.client("wafv2").disassociate_web_acl(ResourceArn=props["ResourceArn"])

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetWebACLForResource."""
        acl = self._acl(ctx, props["ResourceArn"])
        if acl is None:
            raise self.absent(physical_id)
        return {"ResourceArn": props["ResourceArn"], "WebACLArn": acl}

    def _acl(self, ctx: Context, resource: str) -> str | None:
        found = ctx.client("wafv2").get_web_acl_for_resource(ResourceArn=resource).get("WebACL")
        return str(found["ARN"]) if found else None


@provider("AWS::WAFv2::LoggingConfiguration")
class LoggingConfiguration(ApiProvider):
    """`Ref` is the web ACL's ARN."""

    type_name = "AWS::WAFv2::LoggingConfiguration"
    known = frozenset({"LogDestinationConfigs", "LoggingFilter", "RedactedFields", "ResourceArn"})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """PutLoggingConfiguration."""
        call(ctx, "wafv2", "put_logging_configuration", LoggingConfiguration=props)
        return Created(props["ResourceArn"], {"ManagedByFirewallManager": False})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """The same call: it replaces the configuration."""
        del old
        self.look(ctx, physical_id, new)
        return self.make(ctx, new)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteLoggingConfiguration."""
        del props
        ctx.client("wafv2").delete_logging_configuration(ResourceArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetLoggingConfiguration."""
        del props
        answer = ctx.client("wafv2").get_logging_configuration(ResourceArn=physical_id)
        return picked(answer["LoggingConfiguration"], *self.known)
