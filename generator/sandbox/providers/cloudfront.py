"""CloudFront: distributions and functions."""

import uuid
from collections.abc import Mapping
from typing import Any

from generator.sandbox.providers.api_calls import flag
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising
from generator.sandbox.providers.tags import Tag

# CloudFormation's defaults for what the API wants said (AWS::CloudFront::Distribution CacheBehavior, DistributionConfig).
_METHODS = ["GET", "HEAD"]


@surprising("AWS::CloudFront::Distribution")
class Distribution(Resource):
    """CloudFormation's names and defaults are other than the API's, and its reference of the caller is for ever."""

    reference = ""

    def arguments(self, operation: str, props: Props) -> Props:
        """The whole configuration; at creation with the tags."""
        self.reference = self.reference or str(uuid.uuid4())
        said = {"DistributionConfig": {**_config(props["DistributionConfig"]), "CallerReference": self.reference}}
        if operation == self.table.create:
            return {"DistributionConfigWithTags": {**said, "Tags": self.wanted_tags()}}
        return said

    def change(self, found: Mapping[str, Any]) -> None:
        """UpdateDistribution with the reference that it was created with."""
        self.reference = found["DistributionConfig"]["CallerReference"]
        super().change(found)

    def look(self, found: Props) -> Props:
        """The configuration by CloudFormation's names."""
        config = found["DistributionConfig"]
        config["IPV6Enabled"] = config.get("IsIPV6Enabled", False)
        for behaviour in (config["DefaultCacheBehavior"], *config.get("CacheBehaviors", {}).get("Items", ())):
            methods = behaviour.get("AllowedMethods", {})
            behaviour["CachedMethods"] = methods.get("CachedMethods", {}).get("Items", _METHODS)
        return {"DistributionConfig": config}


def _config(said: Props) -> Props:
    config = {"Comment": "", "Enabled": True, **said}
    # The API's name for it is IsIPV6Enabled.
    config["IsIPV6Enabled"] = config.pop("IPV6Enabled", False)
    config["Origins"] = [_origin(origin) for origin in said["Origins"]]
    config["DefaultCacheBehavior"] = _behaviour(said["DefaultCacheBehavior"])
    config["CacheBehaviors"] = [_behaviour(behaviour) for behaviour in said.get("CacheBehaviors", ())]
    return config


def _origin(said: Props) -> Props:
    if "CustomOriginConfig" not in said:
        return said
    custom = dict(said["CustomOriginConfig"])
    protocols = custom.pop("OriginSSLProtocols", ["TLSv1", "SSLv3"])
    return {**said, "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginSslProtocols": protocols, **custom}}


def _behaviour(said: Props) -> Props:
    methods, cached = (said.get(name, _METHODS) for name in ("AllowedMethods", "CachedMethods"))
    allowed = {"Quantity": len(methods), "Items": methods, "CachedMethods": cached}
    rest = {key: value for key, value in said.items() if key != "CachedMethods"}
    return {**rest, "Compress": flag(said.get("Compress", False)), "AllowedMethods": allowed}


@surprising("AWS::CloudFront::Function")
class Function(Resource):
    """What was created or updated answers no request before it is published."""

    def wanted_tags(self) -> list[Tag]:
        """Without CloudFormation's own, which CreateFunction takes from nobody else (docs/sandbox.md)."""
        return [tag for tag in super().wanted_tags() if not tag["Key"].startswith("aws:")]

    def stabilize(self, answer: Mapping[str, Any]) -> None:
        """Publish what was created, if AutoPublish says so."""
        if flag(self.props.get("AutoPublish", False)):
            self.call("publish_function", IfMatch=answer.get("ETag") or answer["IfMatch"])

    def change(self, found: Mapping[str, Any]) -> None:
        """UpdateFunction, and publish that."""
        super().change(found)
        self.stabilize(self.find())

    def look(self, found: Props) -> Props:
        """The published code and configuration; whether it was to be published is not told."""
        stage = "LIVE" if flag(self.props.get("AutoPublish", False)) else "DEVELOPMENT"
        code = self.call("get_function", Stage=stage)["FunctionCode"].read().decode()
        config = {name: value for name, value in found["FunctionConfig"].items() if name != "KeyValueStoreAssociations"}
        live = {"FunctionCode": code, "FunctionConfig": config, "Name": found["Name"]}
        return {**live, "AutoPublish": self.props.get("AutoPublish")}
