"""The effect of replacing or removing a resource on its dependents, if no other table has it.

What no page settles is unknown at best, and marked as assumed.
"""

from collections.abc import Mapping
from typing import NamedTuple

from generator.preview.risk.cited_fact import Fact, page
from generator.release.model.preview import Effect


class _Loss(NamedTuple):
    """The effects and sentences of a type. None if another table has the fact."""

    kind: str
    replaced: tuple[Effect, str] | None = None
    removed: tuple[Effect, str] | None = None
    weakens: bool = False
    source: str = ""


_API = "https://docs.aws.amazon.com"
_CAPACITY = "services that use it can't start tasks"
_DEFAULT_ACL = "its subnets fall back to the default network ACL"
_IN_USE = "RDS deletes it only when no instance uses it"
_NEITHER = "until the new policy exists, others have the permissions of neither policy"
_NO_TRAFFIC = "traffic no longer passes"
_NO_WAY = "the VPC has no route to the internet until the new gateway exists"
_OTHER_GROUP = "its instances move to the new one"
_UNFILTERED = "requests are not filtered until the new one exists"
_UNTIL = "no traffic passes until the new one exists"

_LOSSES = (
    _Loss("ApplicationAutoScaling::ScalableTarget", ("unknown", "the number of tasks follows the load again when policies are attached to the new one")),
    _Loss(
        "AutoScaling::AutoScalingGroup",
        ("unknown", "tasks on its instances start again on those of the new group"),
        ("downtime", "its instances are terminated, with all tasks on them"),
    ),
    _Loss("CertificateManager::Certificate", None, ("none", "ACM deletes it only when nothing uses it"),
          source=f"{_API}/acm/latest/APIReference/API_DeleteCertificate.html"),
    _Loss(
        "CloudFront::Distribution",
        ("downtime", "the new one has another domain name; DNS names of the old one get no answer"),
        ("downtime", "its DNS names no longer get an answer"),
    ),
    _Loss(
        "CloudFront::Function",
        ("unknown", "distributions run the new one when they name it"),
        ("unknown", "requests are no longer changed on their way"),
    ),
    _Loss(
        "CloudFront::OriginAccessControl",
        ("unknown", "the distribution signs with the new one when it is deployed"),
        ("unknown", "origins that accept only signed requests refuse the distribution"),
    ),
    _Loss(
        "CloudTrail::Trail",
        ("unknown", "calls during the change may not be recorded"),
        ("none", "calls are no longer recorded; no running resource is changed"),
        weakens=True,
    ),
    _Loss("EC2::InternetGateway", ("downtime", _NO_WAY)),
    _Loss("EC2::LaunchTemplate", None, ("unknown", "groups that use it can't start instances")),
    _Loss("EC2::NetworkAcl", None, ("unknown", _DEFAULT_ACL), weakens=True),
    _Loss("EC2::NetworkAclEntry", None, ("unknown", "packets that it allowed are dropped, and packets that it denied pass"), weakens=True),
    _Loss("EC2::RouteTable", ("unknown", "its subnets use the new one when they are associated with it"),
          ("downtime", "its subnets fall back to the VPC's main route table")),
    _Loss("EC2::SubnetNetworkAclAssociation", None, ("unknown", _DEFAULT_ACL), weakens=True),
    _Loss("EC2::SubnetRouteTableAssociation", None, ("downtime", "the subnet falls back to the VPC's main route table")),
    _Loss("EC2::VPCEndpoint", None, ("downtime", "calls to the service fail, or leave the VPC by another route")),
    _Loss("EC2::VPCGatewayAttachment", ("downtime", _NO_WAY)),
    _Loss("ECS::CapacityProvider", ("unknown", _CAPACITY), ("unknown", _CAPACITY)),
    _Loss("ECS::ClusterCapacityProviderAssociations", ("unknown", _CAPACITY), ("unknown", _CAPACITY)),
    _Loss("Events::Rule", ("unknown", "an event during the change is forwarded twice, or not at all")),
    _Loss("GlobalAccelerator::Accelerator", ("downtime", "the new one has other addresses"),
          ("downtime", "its addresses are released, and can't be allocated again")),
    _Loss("GlobalAccelerator::EndpointGroup", ("downtime", _UNTIL), ("downtime", _NO_TRAFFIC)),
    _Loss("GlobalAccelerator::Listener", ("downtime", _UNTIL), ("downtime", _NO_TRAFFIC)),
    _Loss("IAM::ManagedPolicy", ("unknown", "its principals get the permissions of the new one when that is attached")),
    _Loss("IAM::OIDCProvider", ("unknown", "roles that trust the old one accept no tokens until they trust the new one"),
          ("downtime", "nobody can sign in with its tokens")),
    _Loss("KMS::Alias", ("unknown", "calls that name the key by the old alias fail"),
          ("unknown", "calls that name the key by it fail")),
    _Loss("Lambda::EventSourceMapping", ("unknown", "events wait until the new one receives them")),
    _Loss("Lambda::Permission", ("unknown", "calls are refused until the new one exists")),
    _Loss("Logs::ResourcePolicy", ("unknown", _NEITHER), ("unknown", "services that it allowed to write logs can't write them")),
    _Loss("RDS::DBParameterGroup", ("unknown", _OTHER_GROUP), ("none", _IN_USE),
          source=f"{_API}/AmazonRDS/latest/APIReference/API_DeleteDBParameterGroup.html"),
    _Loss("RDS::DBSubnetGroup", ("unknown", _OTHER_GROUP), ("none", _IN_USE),
          source=f"{_API}/AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html"),
    _Loss("Route53::HealthCheck", ("unknown", "records use the new one when they name it"),
          ("unknown", "records that use it no longer know whether their target is healthy")),
    _Loss("S3::BucketPolicy", ("unknown", _NEITHER)),
    _Loss("SNS::Subscription", ("unknown", "a message during the change is delivered twice, or not at all")),
    _Loss("SNS::Topic", ("downtime", "the new one has another ARN, and only the subscribers of the stack")),
    _Loss("SNS::TopicPolicy", ("unknown", _NEITHER)),
    _Loss("SQS::QueuePolicy", ("unknown", _NEITHER)),
    _Loss("ServiceDiscovery::HttpNamespace", ("downtime", "services find each other again when all of them are registered in the new one"),
          ("downtime", "services can no longer find each other through it")),
    _Loss("WAFv2::LoggingConfiguration", ("unknown", "requests during the change may not be logged"), ("none", "requests are no longer logged"),
          weakens=True),
    _Loss("WAFv2::WebACL", ("unknown", _UNFILTERED), ("unknown", "requests to the protected resource are not filtered"), weakens=True),
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
