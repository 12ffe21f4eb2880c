"""Cases of the base template `ours-network`: what is edited, and what it should mean."""

from tests.readings.case import GONE, Case

CASES = [
    Case(
        "network-acl-open",
        "ours-network",
        {"/PrivateAclInVpc/Properties/CidrBlock": "0.0.0.0/0"},
        "https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html",
        exposures=(
            "everybody on the internet (0.0.0.0/0): every port is let through by a rule of PrivateAcl, if groups allow it too",
        ),
        level="medium",
        assumed=True,
    ),
    Case(
        "nat-moved",
        "ours-network",
        {"/NatGatewayA/Properties/SubnetId": {"Ref": "PublicSubnetB"}},
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
        effects={"NatGatewayA": "interruption", "PrivateDefaultRouteA": "interruption"},
        level="medium",
    ),
    Case(
        "private-subnet-public-route",
        "ours-network",
        {
            "/PrivateDefaultRouteA/Properties/NatGatewayId": GONE,
            "/PrivateDefaultRouteA/Properties/GatewayId": {"Ref": "InternetGateway"},
        },
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
        effects={"PrivateDefaultRouteA": "downtime"},
        exposures=(
            "everybody on the internet can reach subnets with route PrivateDefaultRouteA, in and out through an internet gateway",
        ),
        level="high",
    ),
    Case(
        "subnet-gives-addresses",
        "ours-network",
        {"/PrivateSubnetA/Properties/MapPublicIpOnLaunch": True},
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html",
        exposures=(
            "everybody on the internet can reach resources that start in subnet PrivateSubnetA by a public address, as far as groups allow",
        ),
        level="high",
    ),
    Case(
        "address-given-back",
        "ours-network",
        {
            "/NatGatewayC": GONE,
            "/NatAddressC": GONE,
            "/PrivateDefaultRouteC/Properties/NatGatewayId": {"Ref": "NatGatewayA"},
        },
        "https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithEIPs.html",
        effects={"NatAddressC": "irreversible", "NatGatewayC": "downtime", "PrivateDefaultRouteC": "interruption"},
        level="critical",
    ),
    Case(
        "endpoint-group-opened",
        "ours-network",
        {"/EndpointSecurityGroup/Properties/SecurityGroupIngress/0/CidrIp": "0.0.0.0/0"},
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        exposures=("everybody on the internet (0.0.0.0/0) can reach tcp 443 of EndpointSecurityGroup",),
        level="high",
    ),
    Case(
        "no-dns",
        "ours-network",
        {"/Vpc/Properties/EnableDnsSupport": False},
        "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
        effects={"Vpc": "downtime"},
        level="high",
    ),
]
