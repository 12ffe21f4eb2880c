"""VPC endpoints: private connections to AWS services, for principals of this account only."""

from awacs.aws import PolicyDocument, Principal
from troposphere import Ref, Sub, ec2

from templates.network.groups import closed_group, tcp
from templates.params.network import NetworkParams
from templates.policies import actions, document, grant
from templates.stack import Stack, logical, sub

# Endpoint to the prefix of the IAM actions that go through it, where the two differ.
_PREFIXES = {
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "monitoring": "cloudwatch",
    "ecs-agent": "ecs",
    "ecs-telemetry": "ecs",
}
# ECR hands out image layers from a bucket of its own (Amazon ECR User Guide: Interface VPC endpoints), and Amazon
# Linux 2023 its packages; both come signed by AWS or not at all, so they can't match this account.
_AWS_BUCKETS = (
    "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*",
    "arn:${AWS::Partition}:s3:::al2023-repos-${AWS::Region}-de612dc2/*",
)


def add_endpoints(
    s: Stack, p: NetworkParams, vpc: ec2.VPC, subnets: list[ec2.Subnet], tables: list[ec2.RouteTable]
) -> None:
    """Gateway endpoints (free) in every private route table, interface endpoints (paid) in every private subnet.

    Gives ``EndpointSecurityGroup`` if there are interface endpoints.
    """
    for service in p.endpoints.gateway:
        s.add(
            ec2.VPCEndpoint(
                logical("endpoint", service),
                VpcId=Ref(vpc),
                VpcEndpointType="Gateway",
                ServiceName=Sub(f"com.amazonaws.${{AWS::Region}}.{service}"),
                RouteTableIds=[Ref(table) for table in tables],
                PolicyDocument=_s3_policy() if service == "s3" else _dynamodb_policy(),
            ),
            f"Traffic to {service} stays inside AWS and costs no NAT. The policy only limits; it grants nothing by itself.",
        )
    if not p.endpoints.interface:
        return
    group = s.add(
        closed_group(
            "EndpointSecurityGroup", "Interface endpoints", Ref(vpc), ingress=[tcp(443, p.cidr, "HTTPS from the VPC")]
        ),
        "Endpoints answer the VPC on 443 and never call anyone.",
    )
    s.give("EndpointSecurityGroup", Ref(group), "Security group of the interface endpoints")
    for name in p.endpoints.interface:
        s.add(
            ec2.VPCEndpoint(
                logical("endpoint", name),
                VpcId=Ref(vpc),
                VpcEndpointType="Interface",
                ServiceName=Sub(f"com.amazonaws.${{AWS::Region}}.{name}"),
                SubnetIds=[Ref(subnet) for subnet in subnets],
                SecurityGroupIds=[Ref(group)],
                PrivateDnsEnabled=True,
                PolicyDocument=_own_account(_PREFIXES.get(name, name)),
            ),
            f"A private way to {name}. The policy only limits; it grants nothing by itself.",
        )


def _own_account(prefix: str) -> PolicyDocument:
    return document(
        grant("OwnAccount", Principal("*"), actions(prefix, "*"), _of_this_account(), ["*"]),
    )


def _s3_policy() -> PolicyDocument:
    return document(
        grant("OwnAccount", Principal("*"), actions("s3", "*"), _of_this_account(), ["*"]),
        grant("AwsOwnBuckets", Principal("*"), actions("s3", "GetObject"), resources=[Sub(b) for b in _AWS_BUCKETS]),
    )


def _dynamodb_policy() -> PolicyDocument:
    return document(
        grant(
            "OwnTables",
            Principal("*"),
            actions("dynamodb", "*"),
            _of_this_account(),
            [sub("arn:${AWS::Partition}:dynamodb:${AWS::Region}:*:table/*")],
        )
    )


def _of_this_account() -> dict[str, dict[str, object]]:
    return {"StringEquals": {"aws:PrincipalAccount": Ref("AWS::AccountId")}}
