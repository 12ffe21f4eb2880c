"""CloudFront: distributions and origin access controls. `Ref` is the id of each."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, flag, named_as
from generator.sandbox.providers.api_provider import ApiProvider
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

# CloudFormation's defaults for what the API wants said (AWS::CloudFront::Distribution CacheBehavior, DistributionConfig).
_METHODS = ["GET", "HEAD"]


@provider("AWS::CloudFront::OriginAccessControl")
class OriginAccessControl(ApiProvider):
    """How CloudFront signs what it asks of an origin."""

    type_name = "AWS::CloudFront::OriginAccessControl"
    known = frozenset({"OriginAccessControlConfig"})
    gone = frozenset({"NoSuchOriginAccessControl"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateOriginAccessControl."""
        made = call(ctx, "cloudfront", "create_origin_access_control", **props)["OriginAccessControl"]
        return Created(made["Id"], {"Id": made["Id"]})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateOriginAccessControl with the ETag of now."""
        del old
        etag = ctx.client("cloudfront").get_origin_access_control(Id=physical_id)["ETag"]
        call(ctx, "cloudfront", "update_origin_access_control", Id=physical_id, IfMatch=etag, **new)
        return Created(physical_id, {"Id": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteOriginAccessControl."""
        del props
        client = ctx.client("cloudfront")
        etag = client.get_origin_access_control(Id=physical_id)["ETag"]
        client.delete_origin_access_control(Id=physical_id, IfMatch=etag)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetOriginAccessControl."""
        del props
        found = ctx.client("cloudfront").get_origin_access_control(Id=physical_id)["OriginAccessControl"]
        return {"OriginAccessControlConfig": found["OriginAccessControlConfig"]}


@provider("AWS::CloudFront::Distribution")
class Distribution(ApiProvider):
    """A distribution; AWS takes three to five minutes to deploy one, and more to disable and delete it."""

    type_name = "AWS::CloudFront::Distribution"
    known = frozenset({"DistributionConfig", "Tags"})
    gone = frozenset({"NoSuchDistribution"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateDistributionWithTags."""
        config = self._config(props, str(uuid.uuid4()))
        said = {"DistributionConfig": config, "Tags": {"Items": self.tags(ctx, props)}}
        made = call(ctx, "cloudfront", "create_distribution_with_tags", DistributionConfigWithTags=said)["Distribution"]
        ctx.initiated(made["Id"])
        return Created(made["Id"], {"Id": made["Id"], "DomainName": made["DomainName"]})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateDistribution with the ETag of now, and tags."""
        client = ctx.client("cloudfront")
        found = client.get_distribution(Id=physical_id)
        config = self._config(new, found["Distribution"]["DistributionConfig"]["CallerReference"])
        call(ctx, "cloudfront", "update_distribution", Id=physical_id, IfMatch=found["ETag"], DistributionConfig=config)
        arn = found["Distribution"]["ARN"]
        if lost := dropped(old.get("Tags", []), self.tags(ctx, new)):
            client.untag_resource(Resource=arn, TagKeys={"Items": lost})
        if tags := self.tags(ctx, new):
            client.tag_resource(Resource=arn, Tags={"Items": tags})
        return Created(physical_id, {"Id": physical_id, "DomainName": found["Distribution"]["DomainName"]})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Disable it, wait, DeleteDistribution."""
        del props
        client = ctx.client("cloudfront")
        found = client.get_distribution_config(Id=physical_id)
        etag, config = found["ETag"], found["DistributionConfig"]
        if config["Enabled"]:
            config["Enabled"] = False
            etag = client.update_distribution(Id=physical_id, IfMatch=etag, DistributionConfig=config)["ETag"]
        client.delete_distribution(Id=physical_id, IfMatch=etag)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetDistribution and its tags."""
        found = ctx.client("cloudfront").get_distribution(Id=physical_id)["Distribution"]
        config = found["DistributionConfig"]
        config["IPV6Enabled"] = config.get("IsIPV6Enabled", False)
        for behaviour in (config["DefaultCacheBehavior"], *config.get("CacheBehaviors", {}).get("Items", ())):
            methods = behaviour.get("AllowedMethods", {})
            behaviour["CachedMethods"] = methods.get("CachedMethods", {}).get("Items", _METHODS)
        tags = ctx.client("cloudfront").list_tags_for_resource(Resource=found["ARN"])["Tags"].get("Items", [])
        return {"DistributionConfig": named_as(props["DistributionConfig"], config), "Tags": tags}

    def _config(self, props: dict[str, Any], reference: str) -> dict[str, Any]:
        said = props["DistributionConfig"]
        config = {"Comment": "", "Enabled": True, **said, "CallerReference": reference}
        # The API's name for it is IsIPV6Enabled.
        config["IsIPV6Enabled"] = config.pop("IPV6Enabled", False)
        config["Origins"] = [self._origin(origin) for origin in said["Origins"]]
        config["DefaultCacheBehavior"] = self._behaviour(said["DefaultCacheBehavior"])
        config["CacheBehaviors"] = [self._behaviour(behaviour) for behaviour in said.get("CacheBehaviors", ())]
        return config

    def _origin(self, said: dict[str, Any]) -> dict[str, Any]:
        if "CustomOriginConfig" not in said:
            return said
        custom = dict(said["CustomOriginConfig"])
        protocols = custom.pop("OriginSSLProtocols", ["TLSv1", "SSLv3"])
        return {
            **said,
            "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginSslProtocols": protocols, **custom},
        }

    def _behaviour(self, said: dict[str, Any]) -> dict[str, Any]:
        methods = said.get("AllowedMethods", _METHODS)
        cached = said.get("CachedMethods", _METHODS)
        rest = {key: value for key, value in said.items() if key not in {"AllowedMethods", "CachedMethods"}}
        wrapped = {"Quantity": len(cached), "Items": cached}
        rest["Compress"] = flag(said.get("Compress", False))
        return {**rest, "AllowedMethods": {"Quantity": len(methods), "Items": methods, "CachedMethods": wrapped}}
