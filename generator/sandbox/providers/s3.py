"""S3: buckets."""

from botocore.exceptions import ClientError

from generator.sandbox.providers.api_calls import is_missing
from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising

# The parts of a lifecycle rule that the sandbox does.
_RULE = (
    "Id Status Prefix ExpirationInDays ExpiredObjectDeleteMarker AbortIncompleteMultipartUpload NoncurrentVersionExpiration "
    "Transitions"
)


@surprising("AWS::S3::Bucket")
class Bucket(Resource):
    """A name may be taken by somebody else, and of lifecycle rules the sandbox does a part."""

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
            if strange := ", ".join(sorted(rule.keys() - set(_RULE.split()))):
                raise ResourceFailure(f"The sandbox does not support {strange} in lifecycle rules; leave it out")
        return props
