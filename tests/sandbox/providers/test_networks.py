"""What EC2 answers of gateways, endpoints, flow logs and ACLs, as its API Reference documents it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws


@pytest.fixture
def vpc(aws: Aws) -> str:
    """A VPC."""
    return str(aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def _subnet(aws: Aws, vpc: str, at: int = 0) -> str:
    made = aws("ec2").create_subnet(VpcId=vpc, CidrBlock=f"10.0.{at}.0/24", AvailabilityZone=f"eu-west-1{'abc'[at]}")
    return str(made["Subnet"]["SubnetId"])


def _acl_of(aws: Aws, subnet: str) -> dict[str, Any]:
    mine = [{"Name": "association.subnet-id", "Values": [subnet]}]
    [found] = aws("ec2").describe_network_acls(Filters=mine)["NetworkAcls"]
    return dict(found)


def _association(acl: dict[str, Any], subnet: str) -> str:
    return str(next(item["NetworkAclAssociationId"] for item in acl["Associations"] if item["SubnetId"] == subnet))


def test_a_subnet_has_the_default_acl_until_another_takes_its_place(aws: Aws, vpc: str) -> None:
    """Amazon VPC User Guide, "Network ACL basics": each subnet has one ACL, the default one at first; a new association has a new id."""
    ec2, subnet = aws("ec2"), _subnet(aws, vpc)
    default = _acl_of(aws, subnet)
    assert default["IsDefault"]
    first = _association(default, subnet)

    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    second = ec2.replace_network_acl_association(AssociationId=first, NetworkAclId=acl)["NewAssociationId"]
    assert second != first
    assert _acl_of(aws, subnet)["NetworkAclId"] == acl
    assert _association(_acl_of(aws, subnet), subnet) == second

    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_network_acl(NetworkAclId=acl)
    ec2.replace_network_acl_association(AssociationId=second, NetworkAclId=default["NetworkAclId"])
    ec2.delete_network_acl(NetworkAclId=acl)
    assert _acl_of(aws, subnet)["IsDefault"]


@pytest.mark.parametrize(
    ("association", "acl", "code"),
    [("aclassoc-0", "", "InvalidAssociationID.NotFound"), ("", "acl-0", "InvalidNetworkAclID.NotFound")],
)
def test_an_association_and_its_acl_must_be_there(aws: Aws, vpc: str, association: str, acl: str, code: str) -> None:
    """Amazon EC2 API Reference, ReplaceNetworkAclAssociation: both ids are looked for."""
    subnet = _subnet(aws, vpc)
    found = _acl_of(aws, subnet)
    with pytest.raises(ClientError, match=code):
        aws("ec2").replace_network_acl_association(
            AssociationId=association or _association(found, subnet), NetworkAclId=acl or found["NetworkAclId"]
        )


def test_acl_entries_keep_ports_and_icmp_types_and_numbers_are_given_once(aws: Aws, vpc: str) -> None:
    """Amazon EC2 API Reference, NetworkAclEntry and NetworkAclEntryAlreadyExists: the same number may serve both directions."""
    ec2 = aws("ec2")
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    tcp = {"NetworkAclId": acl, "RuleNumber": 10, "Protocol": "6", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    ports = {"From": 443, "To": 443}
    ec2.create_network_acl_entry(**tcp, Egress=False, PortRange=ports)
    icmp = {**tcp, "Protocol": "1", "IcmpTypeCode": {"Type": 8, "Code": 0}}
    ec2.create_network_acl_entry(**icmp, Egress=True)

    [found] = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    entries = {entry["Egress"]: entry for entry in found["Entries"]}
    assert entries[False]["PortRange"] == ports
    assert entries[True]["IcmpTypeCode"] == {"Type": 8, "Code": 0}
    with pytest.raises(ClientError, match="NetworkAclEntryAlreadyExists"):
        ec2.create_network_acl_entry(**tcp, Egress=False, PortRange=ports)

    ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=10, Egress=False)
    ec2.create_network_acl_entry(**tcp, Egress=False, PortRange={"From": 80, "To": 81})
    [found] = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    assert {"From": 80, "To": 81} in [entry.get("PortRange") for entry in found["Entries"]]


def test_an_interface_endpoint_has_interfaces_names_and_groups_that_change(aws: Aws, vpc: str) -> None:
    """Amazon EC2 API Reference, VpcEndpoint and ModifyVpcEndpoint: groups come and go, and the policy can be reset."""
    ec2, subnets = aws("ec2"), [_subnet(aws, vpc, 0), _subnet(aws, vpc, 1)]
    one, two = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "two")
    )
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.eu-west-1.logs", VpcEndpointType="Interface", SubnetIds=subnets,
        SecurityGroupIds=[one], PolicyDocument=policy, PrivateDnsEnabled=False,
    )["VpcEndpoint"]  # fmt: skip
    assert len(made["NetworkInterfaceIds"]) == len(subnets)
    assert made["DnsEntries"][0]["DnsName"].endswith(".logs.eu-west-1.vpce.amazonaws.com")
    assert (made["PrivateDnsEnabled"], made["PolicyDocument"]) == (False, policy)

    which = made["VpcEndpointId"]
    ec2.modify_vpc_endpoint(
        VpcEndpointId=which,
        AddSecurityGroupIds=[two],
        RemoveSecurityGroupIds=[one],
        ResetPolicy=True,
        PrivateDnsEnabled=True,
    )
    [found] = ec2.describe_vpc_endpoints(VpcEndpointIds=[which])["VpcEndpoints"]
    assert [group["GroupId"] for group in found["Groups"]] == [two]
    assert found["PrivateDnsEnabled"]
    assert json.loads(found["PolicyDocument"])["Statement"][0]["Action"] == "*"


def test_a_nat_gateway_shows_its_address_and_a_flow_log_its_defaults(aws: Aws, vpc: str) -> None:
    """Amazon EC2 API Reference, NatGatewayAddress and CreateFlowLogs: 600 seconds and the default format if nothing is said."""
    ec2 = aws("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=_subnet(aws, vpc), AllocationId=address)
    [gateway] = ec2.describe_nat_gateways()["NatGateways"]
    assert gateway["NatGatewayAddresses"][0]["AllocationId"] == address
    assert gateway["NatGatewayAddresses"][0]["NetworkInterfaceId"].startswith("eni-")

    ec2.create_flow_logs(
        ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogGroupName="flows",
        DeliverLogsPermissionArn="arn:aws:iam::111122223333:role/flows",
    )  # fmt: skip
    [log] = ec2.describe_flow_logs()["FlowLogs"]
    assert (log["MaxAggregationInterval"], log["LogGroupName"]) == (600, "flows")
    assert log["LogFormat"].startswith("${version} ${account-id}")
    assert log["DeliverLogsPermissionArn"] == "arn:aws:iam::111122223333:role/flows"
