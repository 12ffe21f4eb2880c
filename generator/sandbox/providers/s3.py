"""S3: buckets and their policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.providers.api_provider import ApiProvider, code_of, picked, unless
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.s3_lifecycle import from_api, to_api

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.providers.provider import Context

_GONE = frozenset({"NoSuchBucket", "404"})
_NONE = frozenset(
    {
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "ObjectLockConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)


@provider("AWS::S3::Bucket")
class Bucket(ApiProvider):
    """`Ref` is the name. Not deleted while objects are in it, as on AWS."""

    type_name = "AWS::S3::Bucket"
    known = frozenset(
        {
            "BucketName", "BucketEncryption", "VersioningConfiguration", "ObjectLockEnabled", "ObjectLockConfiguration",
            "LifecycleConfiguration", "OwnershipControls", "PublicAccessBlockConfiguration", "Tags",
        }
    )  # fmt: skip
    gone = _GONE
    own_tags = False

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateBucket, then a call for each setting."""
        name = props.get("BucketName") or generated_name(ctx, limit=63, lower=True)
        s3 = ctx.client("s3")
        try:
            s3.head_bucket(Bucket=name)
        except s3.exceptions.ClientError as error:
            if code_of(error) not in _GONE:
                # Somebody else's: the name is taken all the same.
                raise self.taken(name) from error
        else:
            raise self.taken(name)
        place = {} if ctx.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": ctx.region}}
        lock = {"ObjectLockEnabledForBucket": True} if props.get("ObjectLockEnabled") else {}
        s3.create_bucket(Bucket=name, **place, **lock)
        ctx.initiated(name)
        self._settle(ctx, name, {}, props)
        return self._made(ctx, name)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """The same calls; a setting that left the template is taken away."""
        ctx.client("s3").head_bucket(Bucket=physical_id)
        self._settle(ctx, physical_id, old, new)
        return self._made(ctx, physical_id)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteBucket."""
        del props
        ctx.client("s3").delete_bucket(Bucket=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """One call for each setting that the template has."""
        s3 = ctx.client("s3")
        s3.head_bucket(Bucket=physical_id)
        live: dict[str, Any] = {"BucketName": physical_id}
        lock = self._ask(s3.get_object_lock_configuration, physical_id).get("ObjectLockConfiguration")
        live["ObjectLockEnabled"] = bool(lock)
        live["ObjectLockConfiguration"] = lock
        if "VersioningConfiguration" in props:
            live["VersioningConfiguration"] = picked(self._ask(s3.get_bucket_versioning, physical_id), "Status")
        if "BucketEncryption" in props:
            live["BucketEncryption"] = _encryption(self._ask(s3.get_bucket_encryption, physical_id))
        if "LifecycleConfiguration" in props:
            rules = self._ask(s3.get_bucket_lifecycle_configuration, physical_id).get("Rules")
            live["LifecycleConfiguration"] = rules and {"Rules": [from_api(rule) for rule in rules]}
        if "OwnershipControls" in props:
            live["OwnershipControls"] = self._ask(s3.get_bucket_ownership_controls, physical_id).get(
                "OwnershipControls"
            )
        if "PublicAccessBlockConfiguration" in props:
            live["PublicAccessBlockConfiguration"] = self._ask(s3.get_public_access_block, physical_id).get(
                "PublicAccessBlockConfiguration"
            )
        live["Tags"] = self._ask(s3.get_bucket_tagging, physical_id).get("TagSet", [])
        return live

    def _settle(self, ctx: Context, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        s3 = ctx.client("s3")
        for setting in _SETTINGS:
            if setting.name in new:
                getattr(s3, setting.put)(Bucket=name, **{setting.argument: setting.to_api(new[setting.name])})
            elif setting.name in old and isinstance(setting.clear, str):
                getattr(s3, setting.clear)(Bucket=name)
            elif setting.name in old:
                getattr(s3, setting.put)(Bucket=name, **{setting.argument: setting.clear})
        tags = self.tags(ctx, new)
        if tags:
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
        elif old.get("Tags"):
            s3.delete_bucket_tagging(Bucket=name)

    def _ask(self, call: Callable[..., Any], name: str) -> dict[str, Any]:
        with unless(*_NONE):
            found: dict[str, Any] = call(Bucket=name)
            return found
        return {}

    def _made(self, ctx: Context, name: str) -> Created:
        return Created(
            name,
            {
                "Arn": f"arn:aws:s3:::{name}",
                "DomainName": f"{name}.s3.amazonaws.com",
                "DualStackDomainName": f"{name}.s3.dualstack.{ctx.region}.amazonaws.com",
                "RegionalDomainName": f"{name}.s3.{ctx.region}.amazonaws.com",
                "WebsiteURL": f"http://{name}.s3-website-{ctx.region}.amazonaws.com",
            },
        )


def _to_rules(encryption: dict[str, Any]) -> dict[str, Any]:
    rules = [
        {
            ("ApplyServerSideEncryptionByDefault" if key == "ServerSideEncryptionByDefault" else key): value
            for key, value in rule.items()
        }
        for rule in encryption["ServerSideEncryptionConfiguration"]
    ]
    return {"Rules": rules}


def _encryption(answer: dict[str, Any]) -> dict[str, Any] | None:
    if not answer:
        return None
    rules = [
        {
            ("ServerSideEncryptionByDefault" if key == "ApplyServerSideEncryptionByDefault" else key): value
            for key, value in rule.items()
        }
        for rule in answer["ServerSideEncryptionConfiguration"]["Rules"]
    ]
    return {"ServerSideEncryptionConfiguration": rules}


def _lock(said: dict[str, Any]) -> dict[str, Any]:
    retention = said.get("Rule", {}).get("DefaultRetention")
    if not retention:
        return said
    whole = {key: int(value) if key in ("Days", "Years") else value for key, value in retention.items()}
    return {**said, "Rule": {"DefaultRetention": whole}}


class _Setting(NamedTuple):
    """A property with the call that puts it, and what takes it away: a call, or a value to put."""

    name: str
    put: str
    argument: str
    to_api: Callable[[Any], Any]
    clear: str | dict[str, Any]


_SETTINGS = (
    _Setting(
        "VersioningConfiguration",
        "put_bucket_versioning",
        "VersioningConfiguration",
        lambda said: picked(said, "Status"),
        {"Status": "Suspended"},
    ),
    _Setting(
        "BucketEncryption",
        "put_bucket_encryption",
        "ServerSideEncryptionConfiguration",
        _to_rules,
        "delete_bucket_encryption",
    ),
    _Setting(
        "ObjectLockConfiguration",
        "put_object_lock_configuration",
        "ObjectLockConfiguration",
        _lock,
        {"ObjectLockEnabled": "Enabled"},
    ),
    _Setting(
        "LifecycleConfiguration",
        "put_bucket_lifecycle_configuration",
        "LifecycleConfiguration",
        lambda said: {"Rules": [to_api(rule) for rule in said["Rules"]]},
        "delete_bucket_lifecycle",
    ),
    _Setting(
        "OwnershipControls",
        "put_bucket_ownership_controls",
        "OwnershipControls",
        lambda said: said,
        "delete_bucket_ownership_controls",
    ),
    _Setting(
        "PublicAccessBlockConfiguration",
        "put_public_access_block",
        "PublicAccessBlockConfiguration",
        lambda said: said,
        "delete_public_access_block",
    ),
)


@provider("AWS::S3::BucketPolicy")
class BucketPolicy(ApiProvider):
    """`Ref` is the name of the bucket."""

    type_name = "AWS::S3::BucketPolicy"
    known = frozenset({"Bucket", "PolicyDocument"})
    gone = _GONE | {"NoSuchBucketPolicy"}

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """PutBucketPolicy; a bucket that has one fails, as in CloudFormation."""
        with unless(*self.gone):
            ctx.client("s3").get_bucket_policy(Bucket=props["Bucket"])
            raise self.taken(props["Bucket"])
        return self._put(ctx, props)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """PutBucketPolicy again."""
        del old
        ctx.client("s3").get_bucket_policy(Bucket=physical_id)
        return self._put(ctx, new)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteBucketPolicy."""
        del props
        ctx.client("s3").delete_bucket_policy(Bucket=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetBucketPolicy."""
        del props
        return {
            "Bucket": physical_id,
            "PolicyDocument": ctx.client("s3").get_bucket_policy(Bucket=physical_id)["Policy"],
        }

    def _put(self, ctx: Context, props: dict[str, Any]) -> Created:
        ctx.client("s3").put_bucket_policy(Bucket=props["Bucket"], Policy=json.dumps(props["PolicyDocument"]))
        return Created(props["Bucket"], {})
