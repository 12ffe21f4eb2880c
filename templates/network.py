"""The network: a VPC with public and private subnets, NAT, network ACLs, flow logs and endpoints."""

from troposphere import GetAtt, GetAZs, Join, Ref, Select, Sub, Tags, Template, ec2, iam, logs

from templates.params.network import NetworkParams
from templates.policies import actions, allow, document, trust
from templates.stack import Stack, arn

_ZONES = "ABC"


def build(p: NetworkParams) -> Template:
    """One stack with the VPC; gives ``VpcId``, ``PublicSubnets``, ``PrivateSubnets`` and ``PrivateRouteTables``."""
    s = Stack(p.scope, f"{p.scope.prefix}: network", architecture="One VPC; public subnets for the load balancer, private for tasks.")
    vpc = s.add(
        ec2.VPC(
            "Vpc",
            CidrBlock=p.cidr,
            EnableDnsSupport=True,
            EnableDnsHostnames=True,
            Tags=Tags(**s.tags(Name=p.scope.prefix)),
        ),
        "Everything of this environment runs in this network.",
    )
    s.give("VpcId", Ref(vpc), "The VPC")
    return s.template
