"""What replacing or removing a resource does to those that depend on it, where no table of another kind says it.

What no page settles is unknown at best, and marked as assumed.
"""

from collections.abc import Mapping
from typing import NamedTuple

from generator.preview.risk.cited_fact import Fact, page
from generator.release.model.preview import Effect


class _Loss(NamedTuple):
    """The effects and sentences of a type; None where another table has the fact."""

    kind: str
    replaced: tuple[Effect, str] | None = None
    removed: tuple[Effect, str] | None = None
    weakens: bool = False
    source: str = ""


_API = "https://docs.aws.amazon.com"
_CAPACITY = "services that place tasks with it start none"
_DEFAULT_ACL = "its subnets fall back to the default network ACL"
_IN_USE = "RDS deletes it only when no instance uses it"
_NEITHER = "until the new policy is there, others have the rights of neither"
_NO_TRAFFIC = "traffic no longer passes"
_NO_WAY = "the VPC has no way to the internet until the new one is there"
_OTHER_GROUP = "its instances move to the new one"
_UNFILTERED = "requests pass unfiltered until the new one is there"
_UNTIL = "no traffic passes until the new one is there"

_LOSSES = (
    _Loss("ApplicationAutoScaling::ScalableTarget", ("unknown", "tasks follow the load again once policies are on the new one")),
    _Loss(
        "AutoScaling::AutoScalingGroup",
        ("unknown", "what runs on its instances starts again on those of the new group"),
        ("downtime", "its instances are terminated with all that runs on them"),
    ),
    _Loss("CertificateManager::Certificate", None, ("none", "ACM deletes it only when nothing uses it"),
          source=f"{_API}/acm/latest/APIReference/API_DeleteCertificate.html"),
    _Loss(
        "CloudFront::Distribution",
        ("downtime", "the new one has another domain name; names that lead to the old one get no answer"),
        ("downtime", "the names that lead to it no longer get an answer"),
    ),
    _Loss(
        "CloudFront::OriginAccessControl",
        ("unknown", "the distribution signs with the new one once it is deployed"),
        ("unknown", "origins that take signed requests alone refuse the distribution"),
    ),
    _Loss(
        "CloudTrail::Trail",
        ("unknown", "calls between the two trails may go unrecorded"),
        ("none", "calls are no longer recorded; no running resource is changed"),
        weakens=True,
    ),
    _Loss("EC2::InternetGateway", ("downtime", _NO_WAY)),
    _Loss("EC2::LaunchTemplate", None, ("unknown", "groups that start instances from it start none")),
    _Loss("EC2::NetworkAcl", None, ("unknown", _DEFAULT_ACL), weakens=True),
    _Loss("EC2::NetworkAclEntry", None, ("unknown", "what it allowed is dropped, and what it denied passes"), weakens=True),
    _Loss("EC2::RouteTable", ("unknown", "its subnets follow the new one once they are associated with it"),
          ("downtime", "its subnets fall back to the VPC's main route table")),
    _Loss("EC2::SubnetNetworkAclAssociation", None, ("unknown", _DEFAULT_ACL), weakens=True),
    _Loss("EC2::SubnetRouteTableAssociation", None, ("downtime", "the subnet falls back to the VPC's main route table")),
    _Loss("EC2::VPCEndpoint", None, ("downtime", "calls to the service fail, or leave the VPC another way")),
    _Loss("EC2::VPCGatewayAttachment", ("downtime", _NO_WAY)),
    _Loss("ECS::CapacityProvider", ("unknown", _CAPACITY), ("unknown", _CAPACITY)),
    _Loss("ECS::ClusterCapacityProviderAssociations", ("unknown", _CAPACITY), ("unknown", _CAPACITY)),
    _Loss("Events::Rule", ("unknown", "an event in between is sent on twice, or not at all")),
    _Loss("GlobalAccelerator::Accelerator", ("downtime", "the new one has other addresses"),
          ("downtime", "its addresses are given back, and nobody gets them again")),
    _Loss("GlobalAccelerator::EndpointGroup", ("downtime", _UNTIL), ("downtime", _NO_TRAFFIC)),
    _Loss("GlobalAccelerator::Listener", ("downtime", _UNTIL), ("downtime", _NO_TRAFFIC)),
    _Loss("IAM::ManagedPolicy", ("unknown", "whoever has it gets the rights of the new one when that is attached")),
    _Loss("IAM::OIDCProvider", ("unknown", "roles that trust the old one take nobody's tokens until they trust the new one"),
          ("downtime", "nobody can sign in with its tokens")),
    _Loss("KMS::Alias", ("unknown", "calls that name the key by the old alias fail"),
          ("unknown", "calls that name the key by it fail")),
    _Loss("Lambda::EventSourceMapping", ("unknown", "events wait until the new one takes them")),
    _Loss("Lambda::Permission", ("unknown", "calls are refused until the new one is there")),
    _Loss("Logs::ResourcePolicy", ("unknown", _NEITHER), ("unknown", "services that it let write logs write none")),
    _Loss("RDS::DBParameterGroup", ("unknown", _OTHER_GROUP), ("none", _IN_USE),
          source=f"{_API}/AmazonRDS/latest/APIReference/API_DeleteDBParameterGroup.html"),
    _Loss("RDS::DBSubnetGroup", ("unknown", _OTHER_GROUP), ("none", _IN_USE),
          source=f"{_API}/AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html"),
    _Loss("Route53::HealthCheck", ("unknown", "records follow the new one when they name it"),
          ("unknown", "records that follow it no longer know whether their target is healthy")),
    _Loss("S3::BucketPolicy", ("unknown", _NEITHER)),
    _Loss("SNS::Subscription", ("unknown", "a message in between is delivered twice, or not at all")),
    _Loss("SNS::Topic", ("downtime", "the new one has another ARN and no subscribers but those of the stack")),
    _Loss("SNS::TopicPolicy", ("unknown", _NEITHER)),
    _Loss("SQS::QueuePolicy", ("unknown", _NEITHER)),
    _Loss("ServiceDiscovery::HttpNamespace", ("downtime", "services find each other again when all are in the new one"),
          ("downtime", "services no longer find each other by it")),
    _Loss("WAFv2::LoggingConfiguration", ("unknown", "requests between the two may go unlogged"), ("none", "requests are no longer logged"),
          weakens=True),
    _Loss("WAFv2::WebACL", ("unknown", _UNFILTERED), ("unknown", "what it protects is reached unfiltered"), weakens=True),
    _Loss("WAFv2::WebACLAssociation", ("unknown", _UNFILTERED)),
)  # fmt: skip


def _facts(*, removed: bool) -> dict[str, Fact]:
    found = {}
    for loss in _LOSSES:
        if said := loss.removed if removed else loss.replaced:
            kind, weakens = f"AWS::{loss.kind}", removed and loss.weakens
            assumed = said[0] != "none"
            found[kind] = Fact(said[0], said[1], (not assumed and loss.source) or page(kind), assumed, weakens)
    return found


DEPENDENTS_AT_REPLACEMENT: Mapping[str, Fact] = _facts(removed=False)
DEPENDENTS_AT_REMOVAL: Mapping[str, Fact] = _facts(removed=True)
