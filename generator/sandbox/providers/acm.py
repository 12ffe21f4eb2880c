"""Certificates, validated by DNS as CloudFormation does it: it writes the records itself and waits."""

from collections.abc import Mapping
from typing import Any

from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table_provider import surprising


@surprising("AWS::CertificateManager::Certificate")
class Certificate(Resource):
    """With a `HostedZoneId`, CloudFormation creates the validation record in that zone and waits until ACM issues it.

    Source: AWS::CertificateManager::Certificate, Properties, DomainValidationOptions. The record stays when the certificate
    goes; so it does here.
    """

    def stabilize(self, answer: Mapping[str, Any]) -> None:
        """The validation records, and waiting for ISSUED."""
        del answer
        zones = {item["DomainName"]: item.get("HostedZoneId") for item in self.props.get("DomainValidationOptions", ())}
        for option in self.find().get("DomainValidationOptions", ()):
            name = option["DomainName"].removeprefix("*.")
            zone = next((zones[domain] for domain in zones if name == domain or name.endswith(f".{domain}")), None)
            if zone and (record := option.get("ResourceRecord")):
                values = {"TTL": 300, "ResourceRecords": [{"Value": record["Value"]}]}
                known = {"Name": record["Name"], "Type": record["Type"], **values}
                batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": known}]}
                self.ctx.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
        status = self.find()["Status"]
        if status not in {"ISSUED", "PENDING_VALIDATION"}:
            raise ResourceFailure(f"Certificate {self.id} is {status}", "NotStabilized")
