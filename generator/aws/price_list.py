"""The AWS Price List (``pricing:GetProducts``). It is served from us-east-1, eu-central-1 and ap-south-1 only."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

ENDPOINT_REGION = "us-east-1"


class PriceListError(Exception):
    """The list could not be read; the text says why and what to do."""


def client() -> Any:
    """A boto3 client with the credentials at hand."""
    import boto3

    return boto3.client("pricing", region_name=ENDPOINT_REGION)


class PriceList:
    """Products by attributes. Answers are kept, as many prices share a question.

    Args:
        pricing: a boto3 client of ``pricing``.
    """

    def __init__(self, pricing: Any) -> None:
        self._pricing = pricing
        self._known: dict[tuple[str, tuple[tuple[str, str], ...]], list[Any]] = {}

    def __call__(self, service: str, attributes: Mapping[str, str]) -> list[Any]:
        """Every product of a service with these attributes, parsed.

        Raises:
            PriceListError: no credentials, no permission, no network, or an answer that is not a price list.
        """
        key = (service, tuple(sorted(attributes.items())))
        if key not in self._known:
            self._known[key] = list(self._pages(service, attributes))
        return self._known[key]

    def _pages(self, service: str, attributes: Mapping[str, str]) -> Iterator[Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        asked: dict[str, Any] = {
            "ServiceCode": service,
            "FormatVersion": "aws_v1",
            "Filters": [
                {"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in sorted(attributes.items())
            ],
        }
        try:
            while True:
                page = self._pricing.get_products(**asked)
                yield from (json.loads(text) for text in page.get("PriceList", []))
                if not page.get("NextToken"):
                    return
                asked["NextToken"] = page["NextToken"]
        except (BotoCoreError, ClientError, ValueError) as error:
            raise PriceListError(
                f"{error}; allow pricing:GetProducts and run `slipway cost --refresh` again"
            ) from error
