"""Cases of the base template `ours-edge`: what is edited, and what it should mean."""

from tests.readings.case import Case

CASES = [
    Case(
        "record-elsewhere",
        "ours-edge",
        {"/ApiRecord/Properties/Name": "api2.example.com"},
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-basic.html",
        effects={"ApiRecord": "downtime"},
        exposures=(
            "anyone who looks up api2.example.com (A) can be led to ${Accelerator.DnsName}: a record in zone Z0123456789ABCDEFGHIJ, which is not of this stack",
        ),
        level="high",
    ),
]
