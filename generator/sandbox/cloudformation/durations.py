"""How long AWS takes for a resource, in seconds, so that time passes as there when the sandbox is not at full speed.

Assumed: orders of magnitude from watching stacks, not published by AWS. What a provider waits for itself (the rollout
of an ECS service) comes on top.
"""

from __future__ import annotations

_CREATE = {
    "AWS::RDS::DBInstance": 420,
    "AWS::CloudFront::Distribution": 240,
    "AWS::EC2::NatGateway": 100,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": 130,
    "AWS::EC2::VPCEndpoint": 60,
    "AWS::CertificateManager::Certificate": 60,
    "AWS::GlobalAccelerator::Accelerator": 45,
    "AWS::Route53::RecordSet": 35,
    "AWS::Route53::HostedZone": 40,
    "AWS::S3::Bucket": 20,
    "AWS::SQS::Queue": 60,
    "AWS::KMS::Key": 120,
    "AWS::IAM::Role": 16,
    "AWS::IAM::ManagedPolicy": 16,
    "AWS::DynamoDB::Table": 25,
    "AWS::ServiceDiscovery::PrivateDnsNamespace": 45,
}
_USUAL = 4


def seconds(type_name: str, act: str) -> float:
    """AWS's seconds for `CREATE`, `UPDATE` or `DELETE` of a type."""
    whole = _CREATE.get(type_name, _USUAL)
    return whole if act == "CREATE" else whole / 2 if act == "DELETE" else max(_USUAL, whole / 4)
