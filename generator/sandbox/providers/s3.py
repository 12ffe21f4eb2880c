"""S3: buckets."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from generator.sandbox.providers.api_calls import is_missing, unless_missing
from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising
from generator.sandbox.providers.tags import tags_in

_RULE = frozenset(
    [
        "Id",
        "Status",
        "Prefix",
        "ExpirationInDays",
        "ExpiredObjectDeleteMarker",
        "AbortIncompleteMultipartUpload",
        "NoncurrentVersionExpiration",
        "Transitions",
    ]
)


@surprising("AWS::S3::Bucket")
class Bucket(Resource):
    """A name may be taken by somebody else, and tags are one whole set."""

    def there(self) -> bool:
        """Whether the name is taken, by whomever."""
        try:
            self.call(self.table.read)
        except ClientError as error:
            return not is_missing(error)
        return True

    def said(self, props: Props) -> Props:
        """Only lifecycle rules that the sandbox does."""
        for rule in props.get("LifecycleConfiguration", {}).get("Rules", ()):
            if strange := ", ".join(sorted(rule.keys() - _RULE)):
                raise ResourceFailure(f"The sandbox does not do {strange} in lifecycle rules; leave it out")
        return props

    def arguments(self, operation: str, props: Props) -> Props:
        """The bucket and its region, which us-east-1 does not take."""
        region = self.ctx.region
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        return super().arguments(operation, props) | place

    def retag(self, found: Mapping[str, Any]) -> None:
        """PutBucketTagging or DeleteBucketTagging."""
        del found
        if wanted := self.wanted_tags():
            self.call(self.table.tags.add, Tagging={"TagSet": wanted})
        elif self.said_tags(self.old):
            self.call(self.table.tags.remove)

    def live_tags(self, found: Mapping[str, Any]) -> Any:
        """GetBucketTagging."""
        del found
        live: Props = {}
        with unless_missing():
            live = self.call(self.table.tags.read)
        return self.not_ours(tags_in(live))
