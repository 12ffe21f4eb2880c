"""The home account's ports, put together from names that everybody can guess (``templates/home/names.py``)."""

from typing import NamedTuple

from generator.aws.images import EcrImages
from generator.aws.objects import Objects
from generator.aws.publish import Publisher
from generator.aws.queue import SqsQueue
from generator.aws.seal import KmsSeal
from generator.aws.session import Session
from generator.aws.table import DynamoTable
from generator.aws.versions import S3Versions


class Home(NamedTuple):
    """What the platform remembers of its releases."""

    table: DynamoTable
    queue: SqsQueue
    versions: S3Versions
    publisher: Publisher
    images: EcrImages
    seal: KmsSeal


def home(session: Session, platform: str, account: str) -> Home:
    """The ports of a home account in the session's Region. Makes no call.

    Args:
        session: in the home account.
        platform: name of the platform, as in ``stacks/platform.yaml``.
        account: 12 digits.
    """
    prefix, region = f"{platform}-home", session.region
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    s3 = session.api("s3")
    artifacts = Objects(s3, f"{prefix}-artifacts-{account}-{region}")
    return Home(
        DynamoTable(session.api("dynamodb"), f"{prefix}-releases"),
        SqsQueue(session.api("sqs"), f"https://sqs.{region}.{suffix}/{account}/{prefix}-releases"),
        S3Versions(artifacts),
        Publisher(artifacts),
        EcrImages(session.api("ecr")),
        KmsSeal(session.api("kms"), f"alias/{prefix}-audit", Objects(s3, f"{prefix}-audit-{account}-{region}")),
    )
