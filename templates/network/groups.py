"""Security groups that let nothing in and nothing out until a rule says so."""

from collections.abc import Sequence

from troposphere import AWSHelperFn, ec2


def closed_group(
    name: str,
    about: str,
    vpc: AWSHelperFn,
    ingress: Sequence[ec2.SecurityGroupRule] = (),
    egress: Sequence[ec2.SecurityGroupRule] = (),
) -> ec2.SecurityGroup:
    """The security group ``name``, not yet added; ``about`` is its description (no apostrophes: EC2 refuses them).

    A group without egress rules gets one that allows everything, so "nothing" is a rule to an address that no packet
    leaves for (Amazon VPC User Guide: Security group rules).
    """
    return ec2.SecurityGroup(
        name,
        GroupDescription=about,
        VpcId=vpc,
        SecurityGroupIngress=list(ingress),
        SecurityGroupEgress=list(egress) or [_nowhere()],
    )


def tcp(port: int, cidr: object, about: str) -> ec2.SecurityGroupRule:
    """One TCP port, from or to a block of addresses."""
    return ec2.SecurityGroupRule(IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp=cidr, Description=about)


def _nowhere() -> ec2.SecurityGroupRule:
    return ec2.SecurityGroupRule(IpProtocol="-1", CidrIp="127.0.0.1/32", Description="No egress")
