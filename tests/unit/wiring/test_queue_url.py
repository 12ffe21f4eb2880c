"""The release queue is found where SQS answers: its URL is right in every partition, and written in one place."""

import re
from pathlib import Path

import boto3
import pytest

from generator.wiring.adapters import Home

ROOT = Path(__file__).parents[3]


def home(region: str) -> Home:
    return Home("slipway", "111122223333", region, "slipway-releases", "artifacts", "audit", "alias/slipway-audit")


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("eu-west-1", "https://sqs.eu-west-1.amazonaws.com/111122223333/slipway-releases"),
        ("us-east-1", "https://sqs.us-east-1.amazonaws.com/111122223333/slipway-releases"),
        ("cn-north-1", "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/slipway-releases"),
        ("cn-northwest-1", "https://sqs.cn-northwest-1.amazonaws.com.cn/111122223333/slipway-releases"),
        ("us-gov-west-1", "https://sqs.us-gov-west-1.amazonaws.com/111122223333/slipway-releases"),
        ("us-gov-east-1", "https://sqs.us-gov-east-1.amazonaws.com/111122223333/slipway-releases"),
    ],
)
def test_the_queue_is_where_sqs_answers(region: str, url: str) -> None:
    """In aws, aws-cn and aws-us-gov the URL begins with the endpoint that botocore has for SQS there.

    Source: AWS General Reference, Amazon SQS endpoints and quotas
    (https://docs.aws.amazon.com/general/latest/gr/sqs-service.html); botocore's endpoint rules of SQS.
    """
    assert home(region).queue_url() == url
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    endpoint = boto3.client("sqs", region_name=region, **keys).meta.endpoint_url
    assert url.startswith(f"{endpoint}/")


def test_another_endpoint_takes_the_same_path() -> None:
    """On this machine the queue has the account and the name that it has in AWS."""
    found = home("cn-north-1").queue_url("http://127.0.0.1:4566")
    assert found == "http://127.0.0.1:4566/111122223333/slipway-releases"


def test_the_url_is_written_in_one_place() -> None:
    """Nobody else puts SQS's host name, or an account and the table's name, into a URL."""
    pattern = re.compile(r"https://sqs|sqs\.\{|\{[a-z_.]*account\}/\{[a-z_.]*table\}")
    found = {
        str(path.relative_to(ROOT))
        for folder in ("generator", "bot", "templates")
        for path in (ROOT / folder).rglob("*.py")
        if pattern.search(path.read_text())
    }
    assert found == {"generator/wiring/adapters.py"}
