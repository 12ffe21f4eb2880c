"""CloudFront: distributions and origin access controls. `Ref` is the id of each."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import flag
from generator.sandbox.providers.old_table import ResourceTable, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context, Created

# CloudFormation's defaults for what the API wants said (AWS::CloudFront::Distribution CacheBehavior, DistributionConfig).
_METHODS = ["GET", "HEAD"]

register_tables(
    # How CloudFront signs what it asks of an origin.
    ResourceTable(
        "AWS::CloudFront::OriginAccessControl",
        "cloudfront",
        "create_origin_access_control get_origin_access_control update_origin_access_control delete_origin_access_control",
        "OriginAccessControlConfig",
        key="Id",
        attributes={"Id": "{id}"},
        gone="NoSuchOriginAccessControl",
        lock=("IfMatch", "ETag"),
    )
)


def _config(said: dict[str, Any]) -> dict[str, Any]:
    config = {"Comment": "", "Enabled": True, **said}
    # The API's name for it is IsIPV6Enabled.
    config["IsIPV6Enabled"] = config.pop("IPV6Enabled", False)
    config["Origins"] = [_origin(origin) for origin in said["Origins"]]
    config["DefaultCacheBehavior"] = _behaviour(said["DefaultCacheBehavior"])
    config["CacheBehaviors"] = [_behaviour(behaviour) for behaviour in said.get("CacheBehaviors", ())]
    return config


def _origin(said: dict[str, Any]) -> dict[str, Any]:
    if "CustomOriginConfig" not in said:
        return said
    custom = dict(said["CustomOriginConfig"])
    protocols = custom.pop("OriginSSLProtocols", ["TLSv1", "SSLv3"])
    return {**said, "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginSslProtocols": protocols, **custom}}


def _behaviour(said: dict[str, Any]) -> dict[str, Any]:
    methods, cached = (said.get(name, _METHODS) for name in ("AllowedMethods", "CachedMethods"))
    rest = {key: value for key, value in said.items() if key not in {"AllowedMethods", "CachedMethods"}}
    rest["Compress"] = flag(said.get("Compress", False))
    return {**rest, "AllowedMethods": {"Quantity": len(methods), "Items": methods, "CachedMethods": cached}}


def _seen(found: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    config = found["DistributionConfig"]
    config["IPV6Enabled"] = config.get("IsIPV6Enabled", False)
    for behaviour in (config["DefaultCacheBehavior"], *config.get("CacheBehaviors", {}).get("Items", ())):
        methods = behaviour.get("AllowedMethods", {})
        behaviour["CachedMethods"] = methods.get("CachedMethods", {}).get("Items", _METHODS)
    return {"DistributionConfig": config}


@surprising(
    ResourceTable(
        "AWS::CloudFront::Distribution",
        "cloudfront",
        "create_distribution_with_tags get_distribution update_distribution delete_distribution",
        "DistributionConfig",
        key="Id",
        attributes={"Id": "{id}", "DomainName": "DomainName"},
        gone="NoSuchDistribution",
        lock=("IfMatch", "ETag"),
        tags=Tags(of="ARN"),
        seen=_seen,
    )
)
class Distribution(TableProvider):
    """AWS takes three to five minutes to deploy one, and more to disable and delete it.

    A surprise: CloudFormation's names and defaults are other than the API's, and its reference of the caller is for ever.
    """

    def arguments(self, ctx: Context, operation: str, props: dict[str, Any]) -> dict[str, Any]:
        """The whole configuration; at creation with the tags."""
        reference = {"CallerReference": props.get("CallerReference") or str(uuid.uuid4())}
        said = {"DistributionConfig": _config(props["DistributionConfig"]) | reference}
        if operation == self.table.create:
            return {"DistributionConfigWithTags": {**said, "Tags": self.wanted_tags(ctx, props)}}
        return said

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateDistribution with the reference that it was created with."""
        found = self.find(ctx, physical_id, new)
        reference = {"CallerReference": found["DistributionConfig"]["CallerReference"]}
        return super().change(ctx, physical_id, old | reference, new | reference)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Disable it, wait, DeleteDistribution."""
        found = self.find(ctx, physical_id, props)
        config, lock = found["DistributionConfig"], {"IfMatch": found["IfMatch"]}
        if config["Enabled"]:
            said = {"DistributionConfig": {**config, "Enabled": False}, **lock}
            self.call(ctx, "update_distribution", physical_id, props, said)
        super().remove(ctx, physical_id, props)
