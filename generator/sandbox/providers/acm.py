"""Certificates, validated by DNS as CloudFormation does it: it writes the records itself and waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.old_table import ResourceTable, Setting, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, surprising
from generator.sandbox.providers.provider import Created, ResourceFailure

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_TRANSPARENCY = "CertificateTransparencyLoggingPreference"


def _seen(found: dict[str, Any], props: dict[str, Any]) -> dict[str, Any]:
    """ACM adds the domain name to the alternative names, writes `RSA-2048`, and knows no hosted zone."""
    names = [name for name in found.get("SubjectAlternativeNames", ()) if name != found["DomainName"]]
    options = props.get("DomainValidationOptions", ())
    return {
        "KeyAlgorithm": str(found.get("KeyAlgorithm", "")).replace("-", "_"),
        "SubjectAlternativeNames": names,
        "DomainValidationOptions": [item for item in options if item["DomainName"] in {found["DomainName"], *names}],
    }


@surprising(
    ResourceTable(
        "AWS::CertificateManager::Certificate",
        "acm",
        "request_certificate describe_certificate delete_certificate",
        f"{_TRANSPARENCY} DomainName DomainValidationOptions KeyAlgorithm SubjectAlternativeNames ValidationMethod",
        key="CertificateArn",
        attributes={"CertificateArn": "{id}"},
        gone="ResourceNotFoundException",
        live={"ValidationMethod": "DomainValidationOptions[].ValidationMethod | [0]"},
        tags=Tags("add_tags_to_certificate", "remove_tags_from_certificate", "list_tags_for_certificate"),
        settings=(
            Setting(
                _TRANSPARENCY,
                "update_certificate_options",
                argument="Options",
                convert=lambda value: {_TRANSPARENCY: value},
            ),
        ),
        seen=_seen,
    )
)
class Certificate(TableProvider):
    """`Ref` is the ARN.

    With a `HostedZoneId`, CloudFormation creates the validation record in that zone and waits until the certificate is
    issued (AWS::CertificateManager::Certificate, Properties, DomainValidationOptions). The record stays when the
    certificate goes; so it does here.
    """

    def arguments(self, ctx: Context, operation: str, props: dict[str, Any]) -> dict[str, Any]:
        """The validation options are CloudFormation's, with the zone; the API's are others."""
        said = super().arguments(ctx, operation, props)
        return {name: value for name, value in said.items() if name != "DomainValidationOptions"}

    def created(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> Created:
        """The validation records, and waiting for ISSUED."""
        self._validate(ctx, physical_id, props)
        status = self.find(ctx, physical_id, props)["Status"]
        if status not in {"ISSUED", "PENDING_VALIDATION"}:
            raise ResourceFailure(f"Certificate {physical_id} is {status}", "NotStabilized")
        return super().created(ctx, physical_id, props)

    def _validate(self, ctx: Context, arn: str, props: dict[str, Any]) -> None:
        zones = {item["DomainName"]: item.get("HostedZoneId") for item in props.get("DomainValidationOptions", ())}
        for option in self.find(ctx, arn, props).get("DomainValidationOptions", ()):
            name = option["DomainName"].removeprefix("*.")
            zone = next((zones[domain] for domain in zones if name == domain or name.endswith(f".{domain}")), None)
            record = option.get("ResourceRecord")
            if not zone or not record:
                continue
            change = {
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": record["Name"], "Type": record["Type"], "TTL": 300,
                    "ResourceRecords": [{"Value": record["Value"]}],
                },
            }  # fmt: skip
            ctx.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
