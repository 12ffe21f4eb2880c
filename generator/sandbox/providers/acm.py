"""Certificates, validated by DNS as CloudFormation does it: it writes the records itself and waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.api_provider import ApiProvider, picked
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context


@provider("AWS::CertificateManager::Certificate")
class Certificate(ApiProvider):
    """`Ref` is the ARN.

    With a `HostedZoneId`, CloudFormation creates the validation record in that zone and waits until the certificate is
    issued (AWS::CertificateManager::Certificate, Properties, DomainValidationOptions). The record stays when the
    certificate goes; so it does here.
    """

    type_name = "AWS::CertificateManager::Certificate"
    known = frozenset(
        {"CertificateTransparencyLoggingPreference", "DomainName", "DomainValidationOptions", "KeyAlgorithm",
         "SubjectAlternativeNames", "Tags", "ValidationMethod"}
    )  # fmt: skip
    gone = frozenset({"ResourceNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """RequestCertificate, the validation records, and waiting for ISSUED."""
        said = picked(props, "DomainName", "KeyAlgorithm", "SubjectAlternativeNames", "ValidationMethod")
        arn = call(ctx, "acm", "request_certificate", Tags=self.tags(ctx, props), **said)["CertificateArn"]
        ctx.initiated(arn)
        self._validate(ctx, arn, props)
        found = self._certificate(ctx, arn)
        if found["Status"] not in {"ISSUED", "PENDING_VALIDATION"}:
            raise ResourceFailure(f"Certificate {arn} is {found['Status']}", "NotStabilized")
        return Created(arn, {"CertificateArn": arn})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Tags and the transparency log."""
        self._certificate(ctx, physical_id)
        client = ctx.client("acm")
        if "CertificateTransparencyLoggingPreference" in new:
            wanted = {"CertificateTransparencyLoggingPreference": new["CertificateTransparencyLoggingPreference"]}
            client.update_certificate_options(CertificateArn=physical_id, Options=wanted)
        if lost := dropped(old.get("Tags", []), self.tags(ctx, new)):
            client.remove_tags_from_certificate(CertificateArn=physical_id, Tags=[{"Key": key} for key in lost])
        if tags := self.tags(ctx, new):
            client.add_tags_to_certificate(CertificateArn=physical_id, Tags=tags)
        return Created(physical_id, {"CertificateArn": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteCertificate; refused while a load balancer uses it."""
        del props
        ctx.client("acm").delete_certificate(CertificateArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeCertificate. ACM adds the domain name to the alternative names, and knows no hosted zone."""
        found = self._certificate(ctx, physical_id)
        names = [name for name in found.get("SubjectAlternativeNames", ()) if name != found["DomainName"]]
        methods = [item.get("ValidationMethod") for item in found.get("DomainValidationOptions", ())]
        return {
            **picked(found, "DomainName"),
            "KeyAlgorithm": str(found.get("KeyAlgorithm", "")).replace("-", "_"),
            "SubjectAlternativeNames": names,
            "ValidationMethod": next((method for method in methods if method), None),
            "DomainValidationOptions": [
                option
                for option in props.get("DomainValidationOptions", ())
                if option["DomainName"] in {found["DomainName"], *names}
            ],
            "Tags": ctx.client("acm").list_tags_for_certificate(CertificateArn=physical_id)["Tags"],
        }

    def _certificate(self, ctx: Context, arn: str) -> dict[str, Any]:
        return dict(ctx.client("acm").describe_certificate(CertificateArn=arn)["Certificate"])

    def _validate(self, ctx: Context, arn: str, props: dict[str, Any]) -> None:
        zones = {item["DomainName"]: item.get("HostedZoneId") for item in props.get("DomainValidationOptions", ())}
        for option in self._certificate(ctx, arn).get("DomainValidationOptions", ()):
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
