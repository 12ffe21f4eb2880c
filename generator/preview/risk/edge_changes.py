"""Effects of changes in place on DNS, edge, firewalls, and sign-in."""

from collections.abc import Mapping

from generator.preview.risk.cited_fact import Fact, Json, PropertyChange, TypeRules, page
from generator.release.model.preview import Effect


def _any(kind: str, effect: Effect, why: str) -> tuple[str, TypeRules]:
    return kind, TypeRules({}, Fact(effect, why, page(kind)))


_DISTRIBUTION = page("AWS::CloudFront::Distribution")
_NEW_CONFIGURATION = Fact("unknown", "edge locations switch to the new configuration one after another", _DISTRIBUTION)
_NEW_FILES = Fact(
    "restart", "edge locations serve the files of another path one after another, within minutes", _DISTRIBUTION
)


def _without_paths(config: Json) -> Json:
    """A distribution's configuration without the paths of its origins, where that is what the template determines."""
    if not isinstance(config, dict) or not isinstance(config.get("Origins"), list):
        return config
    origins = [
        {name: value for name, value in origin.items() if name != "OriginPath"} if isinstance(origin, dict) else origin
        for origin in config["Origins"]
    ]
    return {**config, "Origins": origins}


def _distribution(change: PropertyChange) -> Fact:
    same = _without_paths(change.before) == _without_paths(change.after)
    return _NEW_FILES if same and change.before != change.after else _NEW_CONFIGURATION


EDGE: Mapping[str, TypeRules] = {
    "AWS::CloudFront::Distribution": TypeRules({"DistributionConfig": _distribution}, _NEW_CONFIGURATION),
    **dict(
        (
            _any("AWS::CertificateManager::Certificate", "none", "the certificate stays; its options change"),
            _any("AWS::CloudFront::Function", "unknown", "requests are changed on their way by the new code"),
            _any(
                "AWS::CloudFront::OriginAccessControl",
                "unknown",
                "the signature of requests to origins changes or is removed",
            ),
            _any(
                "AWS::EC2::VPCGatewayAttachment",
                "downtime",
                "the VPC has no route to the internet while the gateway changes",
            ),
            _any(
                "AWS::GlobalAccelerator::EndpointGroup",
                "unknown",
                "traffic is distributed over the endpoints differently",
            ),
            _any(
                "AWS::GlobalAccelerator::Listener", "unknown", "the ports, and the endpoints that they lead to, change"
            ),
            _any("AWS::IAM::InstanceProfile", "unknown", "tasks on its instances get the permissions of another role"),
            _any(
                "AWS::IAM::OIDCProvider",
                "unknown",
                "the set of people who may sign in with its tokens changes",
            ),
            _any("AWS::Route53::HealthCheck", "unknown", "the time until a target counts as unhealthy changes"),
            _any("AWS::WAFv2::LoggingConfiguration", "none", "the logged requests, or the place of the log, change"),
            _any("AWS::WAFv2::WebACL", "unknown", "the set of blocked requests changes"),
        )
    ),
}
