"""S3: buckets and their policies. `Ref` is the name of the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from generator.sandbox.providers.api_provider import code_of, picked, unless
from generator.sandbox.providers.old_table import ResourceTable, Setting, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising
from generator.sandbox.providers.s3_lifecycle import from_api, to_api
from generator.sandbox.providers.tags import tags_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.provider import Context

_GONE = "NoSuchBucket 404"
_LOCK = "get_object_lock_configuration"
_NO_LOCK = "ObjectLockConfigurationNotFoundError"
_ENCRYPTION = "ServerSideEncryptionConfiguration"


def _rules(encryption: dict[str, Any]) -> dict[str, Any]:
    """A rule's default has another name in the API."""
    return {
        "Rules": [
            {
                ("ApplyServerSideEncryptionByDefault" if key == "ServerSideEncryptionByDefault" else key): rule[key]
                for key in rule
            }
            for rule in encryption[_ENCRYPTION]
        ]
    }


register_tables(
    ResourceTable(
        "AWS::S3::BucketPolicy",
        "s3",
        "put_bucket_policy get_bucket_policy put_bucket_policy delete_bucket_policy",
        "Bucket PolicyDocument",
        id="{Bucket}",
        key="Bucket",
        gone=f"{_GONE} NoSuchBucketPolicy",
        # A bucket that has one fails, as in CloudFormation.
        overwrites=True,
        renames={"PolicyDocument": "Policy"},
        untold="Bucket",
    )
)


@surprising(
    ResourceTable(
        "AWS::S3::Bucket",
        "s3",
        # DeleteBucket fails while objects are in it, as on AWS.
        "create_bucket head_bucket delete_bucket",
        "BucketEncryption BucketName LifecycleConfiguration ObjectLockConfiguration ObjectLockEnabled OwnershipControls "
        "PublicAccessBlockConfiguration VersioningConfiguration",
        name="BucketName",
        limit=63,
        lower=True,
        key="Bucket",
        attributes={
            "Arn": "arn:aws:s3:::{id}",
            "DomainName": "{id}.s3.amazonaws.com",
            "DualStackDomainName": "{id}.s3.dualstack.{region}.amazonaws.com",
            "RegionalDomainName": "{id}.s3.{region}.amazonaws.com",
            "WebsiteURL": "http://{id}.s3-website-{region}.amazonaws.com",
        },
        gone=_GONE,
        overwrites=True,
        renames={"BucketName": "Bucket", "ObjectLockEnabled": "ObjectLockEnabledForBucket"},
        live={"BucketName": "id"},
        tags=Tags("put_bucket_tagging", "delete_bucket_tagging", "get_bucket_tagging"),
        own_tags=False,
        settings=(
            Setting(
                "VersioningConfiguration", "put_bucket_versioning", default={"Status": "Suspended"},
                convert=lambda said: picked(said, "Status"), read="get_bucket_versioning", path="{Status: Status}",
            ),
            Setting(
                "BucketEncryption", "put_bucket_encryption", argument=_ENCRYPTION, convert=_rules,
                clear="delete_bucket_encryption", read="get_bucket_encryption", none=f"{_ENCRYPTION}NotFoundError",
                path=f"{_ENCRYPTION} && {{{_ENCRYPTION}: {_ENCRYPTION}.Rules[].{{BucketKeyEnabled: BucketKeyEnabled, "
                "ServerSideEncryptionByDefault: ApplyServerSideEncryptionByDefault}}",
            ),
            Setting("ObjectLockEnabled", read=_LOCK, path="ObjectLockConfiguration != `null`", none=_NO_LOCK),
            Setting(
                "ObjectLockConfiguration", "put_object_lock_configuration", default={"ObjectLockEnabled": "Enabled"},
                read=_LOCK, path="ObjectLockConfiguration", none=_NO_LOCK,
            ),
            Setting(
                "LifecycleConfiguration", "put_bucket_lifecycle_configuration", clear="delete_bucket_lifecycle",
                convert=lambda said: {"Rules": [to_api(rule) for rule in said["Rules"]]},
            ),
            Setting(
                "OwnershipControls", "put_bucket_ownership_controls", clear="delete_bucket_ownership_controls",
                read="get_bucket_ownership_controls", path="OwnershipControls", none="OwnershipControlsNotFoundError",
            ),
            Setting(
                "PublicAccessBlockConfiguration", "put_public_access_block", clear="delete_public_access_block",
                read="get_public_access_block", path="PublicAccessBlockConfiguration",
                none="NoSuchPublicAccessBlockConfiguration",
            ),
        ),
    )
)  # fmt: skip
class Bucket(TableProvider):
    """A surprise: a name may be taken by somebody else, tags are one whole set, and lifecycle rules have other names."""

    def there(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> bool:
        """Whether the name is taken, by whomever."""
        try:
            self.find(ctx, physical_id, props)
        except ClientError as error:
            return code_of(error) not in self.gone
        return True

    def arguments(self, ctx: Context, operation: str, props: dict[str, Any]) -> dict[str, Any]:
        """The bucket and its region, which us-east-1 does not take."""
        place = {} if ctx.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": ctx.region}}
        return super().arguments(ctx, operation, props) | place

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """One call for each setting that the template has."""
        live = super().look(ctx, physical_id, props)
        if "LifecycleConfiguration" in props:
            live["LifecycleConfiguration"] = None
            with unless("NoSuchLifecycleConfiguration"):
                rules = self.call(ctx, "get_bucket_lifecycle_configuration", physical_id, props).get("Rules")
                live["LifecycleConfiguration"] = rules and {"Rules": [from_api(rule) for rule in rules]}
        return live

    def retag(
        self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any], found: Mapping[str, Any]
    ) -> None:
        """PutBucketTagging or DeleteBucketTagging."""
        del found
        if wanted := self.wanted_tags(ctx, new):
            self.call(ctx, self.table.tags.add, physical_id, new, {"Tagging": {"TagSet": wanted}})
        elif self.said_tags(old):
            self.call(ctx, self.table.tags.remove, physical_id, new)

    def live_tags(self, ctx: Context, physical_id: str, props: dict[str, Any], found: Mapping[str, Any]) -> Any:
        """GetBucketTagging."""
        del found
        with unless("NoSuchTagSet"):
            live = tags_in(self.call(ctx, self.table.tags.read, physical_id, props))
            return self._said_tags(ctx, props, live)
        return []
