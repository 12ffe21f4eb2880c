"""What changes in place do to what stands before the platform: names, edge, firewalls, and who may sign in."""

from collections.abc import Mapping

from generator.preview.risk.cited_fact import Fact, TypeRules, page
from generator.release.model.preview import Effect


def _any(kind: str, effect: Effect, why: str) -> tuple[str, TypeRules]:
    return kind, TypeRules({}, Fact(effect, why, page(kind)))


EDGE: Mapping[str, TypeRules] = dict(
    (
        _any("AWS::CertificateManager::Certificate", "none", "the certificate stays; its options change"),
        _any("AWS::CloudFront::Distribution", "unknown", "each edge location answers by the new configuration in turn"),
        _any("AWS::CloudFront::OriginAccessControl", "unknown", "origins get requests signed otherwise, or not at all"),
        _any("AWS::EC2::VPCGatewayAttachment", "downtime", "the VPC has no way to the internet between the gateways"),
        _any(
            "AWS::GlobalAccelerator::EndpointGroup", "unknown", "traffic is distributed over the endpoints differently"
        ),
        _any("AWS::GlobalAccelerator::Listener", "unknown", "which ports are answered, and by which endpoint, changes"),
        _any("AWS::IAM::InstanceProfile", "unknown", "what runs on its instances gets the rights of another role"),
        _any("AWS::IAM::OIDCProvider", "unknown", "who may sign in with its tokens changes"),
        _any("AWS::Route53::HealthCheck", "unknown", "when records count their target as unhealthy changes"),
        _any("AWS::WAFv2::LoggingConfiguration", "none", "which requests are logged, and where, changes"),
        _any("AWS::WAFv2::WebACL", "unknown", "which requests are blocked changes"),
    )
)
