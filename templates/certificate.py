"""The certificate of an environment, validated through its own hosted zone."""

from troposphere import Ref, Template, certificatemanager

from templates.params.network import CertificateParams
from templates.stack import Stack


def build(p: CertificateParams) -> Template:
    """An ACM certificate for ``domain`` and ``*.domain``; gives ``CertificateArn``.

    CloudFormation writes the validation record into the zone and waits until ACM has issued the certificate. The
    wildcard shares the record of its base domain (AWS Certificate Manager User Guide: DNS validation). ACM renews the
    certificate as long as the record stands.
    """
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: certificate",
        architecture="One certificate for every host of the environment; stands alone so that no later stack waits in a cycle.",
    )
    certificate = s.add(
        certificatemanager.Certificate(
            "Certificate",
            DomainName=p.domain,
            SubjectAlternativeNames=[f"*.{p.domain}"],
            ValidationMethod="DNS",
            DomainValidationOptions=[
                certificatemanager.DomainValidationOption(DomainName=p.domain, HostedZoneId=p.hosted_zone_id)
            ],
        ),
        "The load balancer answers over HTTPS only.",
        must=["The hosted zone answers for the domain in public DNS, else validation never ends."],
    )
    s.give("CertificateArn", Ref(certificate), "Certificate for the domain and all names below it")
    return s.template
