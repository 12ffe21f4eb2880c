"""What AWS refuses is refused here too, in its words: stacks that depend on each other wrongly fail before AWS sees them.

Sources: Amazon EC2 API Reference, "Error codes for the Amazon EC2 API"; the errors of each operation in the API
References of Elastic Load Balancing, IAM, ACM and AWS WAF. Where a text is not in them it is *assumed*.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws

_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
_ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


class Place:
    """A VPC with a way out, two subnets, a NAT gateway, two groups, a load balancer and roles."""

    def __init__(self, aws: Aws) -> None:
        self.ec2, self.elb, self.iam, self.acm, self.waf = map(aws, ("ec2", "elbv2", "iam", "acm", "wafv2"))
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{at}.0/24", AvailabilityZone=f"eu-west-1{zone}")[
                "Subnet"
            ]["SubnetId"]
            for at, zone in enumerate("ab")
        ]
        self.gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        self.nat = self.ec2.create_nat_gateway(SubnetId=self.subnets[0], AllocationId=self.address)["NatGateway"][
            "NatGatewayId"
        ]
        self.table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=self.table, SubnetId=self.subnets[1])
        self.to_nat = {"RouteTableId": self.table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": self.nat}
        self.ec2.create_route(**self.to_nat)
        self.group, self.peer = (
            self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
            for name in ("group", "peer")
        )
        self.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=self.rule(self.peer))
        self.balancer = self.elb.create_load_balancer(Name="lb", Subnets=self.subnets, SecurityGroups=[self.group])[
            "LoadBalancers"
        ][0]["LoadBalancerArn"]
        self.targets = self.elb.create_target_group(Name="tg", Protocol="HTTP", Port=80, VpcId=self.vpc)[
            "TargetGroups"
        ][0]["TargetGroupArn"]
        self.certificate = self.acm.request_certificate(DomainName="a.example.com", ValidationMethod="DNS")[
            "CertificateArn"
        ]
        self.listener = self.listen(443, Protocol="HTTPS", Certificates=[{"CertificateArn": self.certificate}])[
            "Listeners"
        ][0]["ListenerArn"]
        self.route(5)

    def rule(self, peer: str) -> list[dict[str, Any]]:
        """TCP 80 from another group."""
        return [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": peer}]}]

    def listen(self, port: int, **said: Any) -> Any:
        """CreateListener."""
        said = {"Protocol": "HTTP", "DefaultActions": [{"Type": "forward", "TargetGroupArn": self.targets}], **said}
        return self.elb.create_listener(LoadBalancerArn=self.balancer, Port=port, **said)

    def route(self, priority: int, targets: str = "") -> Any:
        """CreateRule."""
        return self.elb.create_rule(
            ListenerArn=self.listener, Priority=priority, Conditions=[{"Field": "path-pattern", "Values": ["/a"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": targets or self.targets}],
        )  # fmt: skip

    def role(self, name: str, **said: Any) -> Any:
        """CreateRole."""
        return self.iam.create_role(**{"RoleName": name, "AssumeRolePolicyDocument": _TRUST, **said})

    def subnet(self, cidr: str, vpc: str = "") -> Any:
        """CreateSubnet."""
        return self.ec2.create_subnet(VpcId=vpc or self.vpc, CidrBlock=cidr)

    def protect(self) -> Any:
        """Turn deletion protection on, then DeleteLoadBalancer."""
        attributes = [{"Key": "deletion_protection.enabled", "Value": "true"}]
        self.elb.modify_load_balancer_attributes(LoadBalancerArn=self.balancer, Attributes=attributes)
        return self.elb.delete_load_balancer(LoadBalancerArn=self.balancer)

    def bound(self) -> Any:
        """DeletePolicy of a role's boundary."""
        arn = self.iam.create_policy(PolicyName="boundary", PolicyDocument=_ALLOW)["Policy"]["Arn"]
        self.role("bound", PermissionsBoundary=arn)
        return self.iam.delete_policy(PolicyArn=arn)

    def profiled(self) -> Any:
        """DeleteRole of a role in an instance profile."""
        self.role("inside")
        self.iam.create_instance_profile(InstanceProfileName="profile")
        self.iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="inside")
        return self.iam.delete_role(RoleName="inside")

    def shielded(self) -> Any:
        """DeleteWebACL of one that protects the load balancer."""
        look = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
        made = self.waf.create_web_acl(Name="w", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=look)
        acl = made["Summary"]
        self.waf.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=self.balancer)
        return self.waf.delete_web_acl(Name="w", Scope="REGIONAL", Id=acl["Id"], LockToken=acl["LockToken"])

    def foreign(self) -> Any:
        """CreateRoute to a gateway that is attached to nothing."""
        other = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        return self.ec2.create_route(RouteTableId=self.table, DestinationCidrBlock="10.9.0.0/16", GatewayId=other)

    def closed(self) -> Any:
        """CreateLoadBalancer in a VPC without a way out."""
        vpc = self.ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            self.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{at}.0/24", AvailabilityZone=f"eu-west-1{zone}")
            for at, zone in enumerate("ab")
        ]
        return self.elb.create_load_balancer(Name="x", Subnets=[item["Subnet"]["SubnetId"] for item in subnets])


REFUSALS: list[tuple[str, str, Callable[[Place], Any]]] = [
    ("InvalidVpcID.NotFound", "does not exist", lambda p: p.subnet("10.0.9.0/24", "vpc-0")),
    ("InvalidSubnet.Range", "The CIDR '192.168.0.0/24' is invalid.", lambda p: p.subnet("192.168.0.0/24")),
    ("InvalidSubnet.Conflict", "conflicts with another subnet", lambda p: p.subnet("10.0.0.128/25")),
    ("InvalidSubnetID.NotFound", "does not exist", lambda p: p.ec2.create_nat_gateway(SubnetId="subnet-0")),
    ("InvalidAllocationID.NotFound", "does not exist",
     lambda p: p.ec2.create_nat_gateway(SubnetId=p.subnets[0], AllocationId="eipalloc-0")),
    ("Resource.AlreadyAssociated", "is already associated",
     lambda p: p.ec2.create_nat_gateway(SubnetId=p.subnets[0], AllocationId=p.address)),
    ("InvalidIPAddress.InUse", "is in use", lambda p: p.ec2.release_address(AllocationId=p.address)),
    ("DependencyViolation", "cannot be deleted", lambda p: p.ec2.delete_subnet(SubnetId=p.subnets[0])),
    ("DependencyViolation", "cannot be deleted", lambda p: p.ec2.delete_vpc(VpcId=p.vpc)),
    ("DependencyViolation", "cannot be deleted", lambda p: p.ec2.delete_route_table(RouteTableId=p.table)),
    ("DependencyViolation", "cannot be deleted", lambda p: p.ec2.delete_internet_gateway(InternetGatewayId=p.gateway)),
    ("DependencyViolation", "has some mapped public address(es)",
     lambda p: p.ec2.detach_internet_gateway(InternetGatewayId=p.gateway, VpcId=p.vpc)),
    ("RouteAlreadyExists", "The route identified by 0.0.0.0/0 already exists.", lambda p: p.ec2.create_route(**p.to_nat)),
    ("InvalidNatGatewayID.NotFound", "does not exist", lambda p: p.ec2.create_route(
        RouteTableId=p.table, DestinationCidrBlock="10.9.0.0/16", NatGatewayId="nat-0")),
    ("InvalidInternetGatewayID.NotFound", "does not exist", lambda p: p.ec2.create_route(
        RouteTableId=p.table, DestinationCidrBlock="10.9.0.0/16", GatewayId="igw-0")),
    ("InvalidParameterValue", "belong to different networks", Place.foreign),
    ("InvalidPermission.Duplicate", 'TCP, from port: 80, to port: 80, ALLOW" already exists',
     lambda p: p.ec2.authorize_security_group_ingress(GroupId=p.group, IpPermissions=p.rule(p.peer))),
    ("InvalidGroup.NotFound", "The security group 'sg-00000000' does not exist",
     lambda p: p.ec2.authorize_security_group_egress(GroupId=p.group, IpPermissions=p.rule("sg-00000000"))),
    ("DependencyViolation", "has a dependent object", lambda p: p.ec2.delete_security_group(GroupId=p.peer)),
    ("DependencyViolation", "has a dependent object", lambda p: p.ec2.delete_security_group(GroupId=p.group)),
    ("SubnetNotFound", "does not exist", lambda p: p.elb.create_load_balancer(Name="x", Subnets=["subnet-0"])),
    ("ValidationError", "At least two subnets in two different Availability Zones must be specified",
     lambda p: p.elb.create_load_balancer(Name="x", Subnets=p.subnets[:1])),
    ("InvalidSubnet", "has no internet gateway", Place.closed),
    ("OperationNotPermitted", "deletion protection is enabled", Place.protect),
    ("ValidationError", "The VPC ID 'vpc-0' is not found",
     lambda p: p.elb.create_target_group(Name="x", Protocol="HTTP", Port=80, VpcId="vpc-0")),
    ("ResourceInUse", "currently in use by a listener or a rule",
     lambda p: p.elb.delete_target_group(TargetGroupArn=p.targets)),
    ("DuplicateListener", "already exists on this port", lambda p: p.listen(443)),
    ("ValidationError", "A certificate must be specified", lambda p: p.listen(8443, Protocol="HTTPS")),
    ("TargetGroupNotFound", "not found", lambda p: p.listen(
        80, DefaultActions=[{"Type": "forward", "TargetGroupArn": f"{p.targets}x"}])),
    ("PriorityInUse", "Priority '5' is currently in use", lambda p: p.route(5)),
    ("TargetGroupNotFound", "not found", lambda p: p.route(6, f"{p.targets}x")),
    ("MalformedPolicyDocument", "invalid Json", lambda p: p.role("x", AssumeRolePolicyDocument="{")),
    ("NoSuchEntity", "does not exist or is not attachable",
     lambda p: p.role("x", PermissionsBoundary="arn:aws:iam::111122223333:policy/none")),
    ("NoSuchEntity", "does not exist or is not attachable", lambda p: (p.role("x"), p.iam.put_role_permissions_boundary(
        RoleName="x", PermissionsBoundary="arn:aws:iam::111122223333:policy/none"))),
    ("NoSuchEntity", "does not exist or is not attachable", lambda p: (p.role("x"), p.iam.attach_role_policy(
        RoleName="x", PolicyArn="arn:aws:iam::111122223333:policy/none"))),
    ("DeleteConflict", "attached to entities", Place.bound),
    ("DeleteConflict", "must remove roles from instance profile first", Place.profiled),
    ("ResourceInUseException", "is in use", lambda p: p.acm.delete_certificate(CertificateArn=p.certificate)),
    ("WAFAssociatedItemException", "associated with another resource", Place.shielded),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "act"), REFUSALS, ids=[f"{at}-{row[0]}" for at, row in enumerate(REFUSALS)])
def test_what_aws_refuses_is_refused(aws: Aws, code: str, text: str, act: Callable[[Place], Any]) -> None:
    """A call that AWS would refuse for what is there, missing or in use gets AWS's code, and people read why."""
    place = Place(aws)
    with pytest.raises(ClientError) as refused:
        act(place)
    assert refused.value.response["Error"]["Code"] == code
    assert text in refused.value.response["Error"]["Message"]


def test_everything_goes_in_the_right_order(aws: Aws) -> None:
    """What is refused in the wrong order is done in the right one: nothing is kept that nobody uses."""
    place = Place(aws)
    place.elb.delete_load_balancer(LoadBalancerArn=place.balancer)
    place.elb.delete_target_group(TargetGroupArn=place.targets)
    place.acm.delete_certificate(CertificateArn=place.certificate)
    place.ec2.delete_nat_gateway(NatGatewayId=place.nat)
    place.ec2.release_address(AllocationId=place.address)
    place.ec2.detach_internet_gateway(InternetGatewayId=place.gateway, VpcId=place.vpc)
    place.ec2.delete_internet_gateway(InternetGatewayId=place.gateway)
    for table in place.ec2.describe_route_tables()["RouteTables"]:
        for item in table["Associations"]:
            if not item.get("Main"):
                place.ec2.disassociate_route_table(AssociationId=item["RouteTableAssociationId"])
    place.ec2.delete_route_table(RouteTableId=place.table)
    for group in (place.group, place.peer):
        place.ec2.delete_security_group(GroupId=group)
    for subnet in place.subnets:
        place.ec2.delete_subnet(SubnetId=subnet)
    place.ec2.delete_vpc(VpcId=place.vpc)
    assert place.vpc not in [vpc["VpcId"] for vpc in place.ec2.describe_vpcs()["Vpcs"]]


def test_a_load_balancer_is_in_the_zones_of_its_subnets(aws: Aws) -> None:
    """Elastic Load Balancing API Reference, AvailabilityZone: the zone of each subnet."""
    place = Place(aws)
    [found] = place.elb.describe_load_balancers()["LoadBalancers"]
    assert [zone["ZoneName"] for zone in found["AvailabilityZones"]] == ["eu-west-1a", "eu-west-1b"]
