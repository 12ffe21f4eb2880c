"""AWS WAF: web ACLs, what they protect and where they log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.table import ResourceTable, Tags
from generator.sandbox.providers.table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_GONE = "WAFNonexistentItemException"

register_tables(
    ResourceTable(
        "AWS::WAFv2::WebACL",
        "wafv2",
        "create_web_acl get_web_acl update_web_acl delete_web_acl",
        "AssociationConfig CaptchaConfig ChallengeConfig CustomResponseBodies DefaultAction Description Name Rules Scope "
        "TokenDomains VisibilityConfig",
        name="Name",
        limit=128,
        id="{Name}|{Summary.Id}|{Scope}",
        key="Name|Id|Scope",
        attributes={
            "Arn": "ARN",
            "Id": "Id",
            "Capacity": "Capacity || `0`",
            "LabelNamespace": "LabelNamespace || join('', ['awswaf:', account, ':webacl:', Name, ':'])",
        },
        gone=_GONE,
        lock=("LockToken", "LockToken"),
        untold="Scope",
        tags=Tags(of="ARN"),
        said=lambda props: {"Rules": [], **props},
    ),
    ResourceTable(
        "AWS::WAFv2::LoggingConfiguration",
        "wafv2",
        "put_logging_configuration get_logging_configuration put_logging_configuration delete_logging_configuration",
        "LogDestinationConfigs LoggingFilter RedactedFields ResourceArn",
        id="{ResourceArn}",
        key="ResourceArn",
        attributes={"ManagedByFirewallManager": "`false`"},
        gone=_GONE,
        said=lambda props: {"LoggingConfiguration": props},
    ),
)


@surprising(
    ResourceTable(
        "AWS::WAFv2::WebACLAssociation",
        "wafv2",
        "associate_web_acl get_web_acl_for_resource disassociate_web_acl",
        "ResourceArn WebACLArn",
        id="{ResourceArn}|{WebACLArn}",
        key="ResourceArn",
        gone=_GONE,
        live={"WebACLArn": "ARN"},
        untold="ResourceArn",
    )
)
class WebAclAssociation(TableProvider):
    """`Ref` is `resource|web ACL`. A resource has one web ACL: the association may be another's by now."""

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DisassociateWebACL, unless the resource has another meanwhile."""
        found = self.call(ctx, self.table.read, physical_id, props).get("WebACL") or {}
        if found.get("ARN") == physical_id.rpartition("|")[2]:
            super().remove(ctx, physical_id, props)
