"""The certificate stack."""

from templates.certificate import build
from templates.params.network import CertificateParams
from tests.unit.templates.environment_cases import plain, properties, scope

BODY = plain(build(CertificateParams(scope=scope("certificate"), domain="example.org", hosted_zone_id="Z0123456789")))


def test_one_certificate_covers_the_domain_and_every_host_below_it() -> None:
    """A new service needs no new certificate: its host is below the domain."""
    certificate = properties(BODY, "Certificate")
    assert certificate["DomainName"] == "example.org"
    assert certificate["SubjectAlternativeNames"] == ["*.example.org"]


def test_validation_needs_no_person() -> None:
    """CloudFormation proves ownership through the zone; nobody waits for a mail."""
    certificate = properties(BODY, "Certificate")
    assert certificate["ValidationMethod"] == "DNS"
    assert certificate["DomainValidationOptions"] == [{"DomainName": "example.org", "HostedZoneId": "Z0123456789"}]


def test_it_stands_alone() -> None:
    """The stack takes nothing from others, so that the cluster can wait for it without a cycle."""
    assert "Parameters" not in BODY
    assert BODY["Outputs"]["CertificateArn"]["Value"] == {"Ref": "Certificate"}
