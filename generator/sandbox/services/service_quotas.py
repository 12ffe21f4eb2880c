"""Service Quotas, as far as pre-flight checks ask: the defaults of a new account.

Source: Service Quotas API Reference, GetServiceQuota; the default values are those of each service's quotas page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import operation

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request

_DEFAULTS = {
    ("ec2", "L-0263D0A3"): ("EC2-VPC Elastic IPs", 5.0),
    ("fargate", "L-3032A538"): ("Fargate On-Demand vCPU resource count", 6000.0),
    ("lambda", "L-B99A9384"): ("Concurrent executions", 1000.0),
    ("vpc", "L-F678F1CE"): ("VPCs per Region", 5.0),
}


@operation("servicequotas", "GetServiceQuota")
def get(request: Request) -> dict[str, Any]:
    """GetServiceQuota of the few that are known here."""
    service, code = request.text("ServiceCode"), request.text("QuotaCode")
    found = _DEFAULTS.get((service, code))
    if found is None:
        raise AwsError("NoSuchResourceException", f"The sandbox does not know the quota {code} of {service}.")
    arn = f"arn:aws:servicequotas:{request.region}:{request.account}:{service}/{code}"
    quota = {"ServiceCode": service, "QuotaCode": code, "QuotaArn": arn, "QuotaName": found[0], "Value": found[1]}
    return {"Quota": quota | {"Unit": "None", "Adjustable": True, "GlobalQuota": False}}
