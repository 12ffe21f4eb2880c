"""Which entry of the AWS Price List each price of the table is, and how its entries are read.

Source: AWS Price List API Reference, ``GetProducts``; AWS Billing User Guide, "Reading the service price list files".
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Json = Any


class Query(NamedTuple):
    """One price: the service's code, the end of its usage type, other attributes, and what one unit of ours is of AWS's.

    The usage type starts with the Region's code, or with nothing: ``EU-NatGateway-Hours``.
    """

    service: str
    usage: str = ""
    attributes: Mapping[str, str] = {}
    units: float = 1.0


class Offer(NamedTuple):
    """What the list contains: USD for one unit of ours, and the date since when."""

    usd: float
    date: str


_ALB = {"operation": "LoadBalancing:Application"}
_MILLION = 1e6
QUERIES: Mapping[str, Query] = {
    "fargate_x86_vcpu_hour": Query("AmazonECS", "Fargate-vCPU-Hours:perCPU"),
    "fargate_x86_gb_hour": Query("AmazonECS", "Fargate-GB-Hours"),
    "fargate_arm_vcpu_hour": Query("AmazonECS", "Fargate-ARM-vCPU-Hours:perCPU"),
    "fargate_arm_gb_hour": Query("AmazonECS", "Fargate-ARM-GB-Hours"),
    "nat_hour": Query("AmazonEC2", "NatGateway-Hours"),
    "nat_gb": Query("AmazonEC2", "NatGateway-Bytes"),
    "ipv4_hour": Query("AmazonVPC", "PublicIPv4:InUseAddress"),
    "endpoint_hour": Query("AmazonVPC", "VpcEndpoint-Hours"),
    "endpoint_gb": Query("AmazonVPC", "VpcEndpoint-Bytes"),
    "alb_hour": Query("AWSELB", "LoadBalancerUsage", _ALB),
    "lcu_hour": Query("AWSELB", "LCUUsage", _ALB),
    "logs_gb": Query("AmazonCloudWatch", "DataProcessing-Bytes"),
    "logs_storage_gb": Query("AmazonCloudWatch", "TimedStorage-ByteHrs"),
    "alarm": Query("AmazonCloudWatch", "CW:AlarmMonitorUsage"),
    "alarm_fast": Query("AmazonCloudWatch", "CW:HighResAlarmMonitorUsage"),
    "alarm_composite": Query("AmazonCloudWatch", "CW:CompositeAlarmMonitorUsage"),
    "metric": Query("AmazonCloudWatch", "CW:MetricMonitorUsage"),
    "secret": Query("AWSSecretsManager", "AWSSecretsManager-Secrets"),
    "kms_key": Query("awskms", "KMS-Keys"),
    "dynamodb_reads_million": Query("AmazonDynamoDB", "ReadRequestUnits", {}, _MILLION),
    "dynamodb_writes_million": Query("AmazonDynamoDB", "WriteRequestUnits", {}, _MILLION),
    "dynamodb_gb": Query("AmazonDynamoDB", "TimedStorage-ByteHrs"),
    "dynamodb_backup_gb": Query("AmazonDynamoDB", "TimedPITRStorage-ByteHrs"),
    "s3_gb": Query("AmazonS3", "TimedStorage-ByteHrs"),
    "ecr_gb": Query("AmazonECR", "TimedStorage-ByteHrs"),
    "lambda_million": Query("AWSLambda", "Request", {}, _MILLION),
    "lambda_x86_gb_second": Query("AWSLambda", "Lambda-GB-Second"),
    "lambda_arm_gb_second": Query("AWSLambda", "Lambda-GB-Second-ARM"),
    "rds_gp3_gb": Query(
        "AmazonRDS", "RDS:GP3-Storage", {"databaseEngine": "PostgreSQL", "deploymentOption": "Single-AZ"}
    ),
    "ebs_gp3_gb": Query("AmazonEC2", "EBS:VolumeUsage.gp3"),
}
_RDS = {"databaseEngine": "PostgreSQL", "deploymentOption": "Single-AZ"}
_EC2 = {"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}
_PREFIX = re.compile(r"(?:[A-Z]{2,4}[0-9]?-|[a-z]{2}(?:-[a-z]+)+-[0-9]-)?")


def query(name: str) -> Query | None:
    """The query for a price of the table. None for prices that the list does not have in a usable form."""
    kind, _, size = name.partition(":")
    if size and kind in ("rds", "ec2"):
        service, fixed = ("AmazonRDS", _RDS) if kind == "rds" else ("AmazonEC2", _EC2)
        return Query(service, "", {**fixed, "instanceType": size})
    return QUERIES.get(name)


def filters(asked: Query, region: str) -> dict[str, str]:
    """Attributes that products must have. The usage type is compared afterwards, as its start differs by Region."""
    return {"regionCode": region, **asked.attributes}


def offer(asked: Query, products: Iterable[Json]) -> Offer | None:
    """The price of the matching products. None if there is none, or if several differ (nothing is guessed)."""
    found = {price for product in products if _fits(asked, product) for price in _on_demand(product)}
    if len({usd for usd, _ in found}) != 1:
        return None
    usd, _ = next(iter(found))
    return Offer(float(f"{usd * asked.units:.10g}"), max(date for _, date in found))


def _fits(asked: Query, product: Json) -> bool:
    attributes = product.get("product", {}).get("attributes", {})
    if any(attributes.get(key) != value for key, value in asked.attributes.items()):
        return False
    usage = str(attributes.get("usagetype", ""))
    return not asked.usage or (usage.endswith(asked.usage) and bool(_PREFIX.fullmatch(usage.removesuffix(asked.usage))))


def _on_demand(product: Json) -> Iterable[tuple[float, str]]:
    """``(USD, date)`` of the first tier that costs anything. Free tiers and volume discounts are left out."""
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        tiers = []
        for dimension in term.get("priceDimensions", {}).values():
            try:
                usd = float(dimension["pricePerUnit"]["USD"])
                start = float(dimension.get("beginRange") or 0)
            except (KeyError, TypeError, ValueError):
                continue
            if usd > 0:
                tiers.append((start, usd))
        if tiers:
            yield min(tiers)[1], str(term.get("effectiveDate", ""))[:10]
