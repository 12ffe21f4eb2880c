"""What the templates don't show of networks, names and identities: moves, versions, zones by name, refusals."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.sandbox.endpoint import Control
from generator.sandbox.providers.provider import Provider, ResourceFailure
from generator.sandbox.providers.registry import provider_for
from tests.sandbox.conftest import ACCOUNT, Aws
from tests.sandbox.providers.resources import At

_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
_TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
ZONE = "Z0123456789ABCDEFGHIJ"


def _provider(name: str) -> Provider:
    found = provider_for(name)
    assert found is not None
    return found


@pytest.fixture
def zone(aws: Aws, control: Control) -> str:
    """A hosted zone for example.com."""
    aws("route53").list_hosted_zones()
    control.post("hosted-zone", {"id": ZONE, "name": "example.com", "account": ACCOUNT})
    return ZONE


def test_a_record_moves_in_one_batch_and_is_found_by_the_zones_name(aws: Aws, zone: str) -> None:
    """AWS::Route53::RecordSet: a new name or type replaces the record within its resource; HostedZoneName names the zone."""
    provider, ctx = _provider("AWS::Route53::RecordSet"), At(aws, "Record")
    old = {
        "HostedZoneName": "example.com.",
        "Name": "a.example.com",
        "Type": "A",
        "TTL": "60",
        "ResourceRecords": ["10.0.0.1"],
    }
    made = provider.create(ctx, old)
    assert (made.physical_id, provider.read(ctx, made.physical_id, old)) == ("a.example.com", old)
    with pytest.raises(ClientError, match="already exists"):
        provider.create(ctx, old)

    new = {**old, "Name": "b.example.com.", "TTL": "120"}
    moved = provider.update(ctx, made.physical_id, old, new)
    assert provider.read(ctx, moved.physical_id, new) == new
    names = [row["Name"] for row in aws("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]]
    assert "a.example.com." not in names
    provider.delete(ctx, moved.physical_id, new)
    provider.delete(ctx, moved.physical_id, new)


def test_a_certificate_is_validated_in_its_zone(aws: Aws, zone: str) -> None:
    """AWS::CertificateManager::Certificate, DomainValidationOptions: CloudFormation writes the record into the hosted zone named."""
    provider, ctx = _provider("AWS::CertificateManager::Certificate"), At(aws, "Certificate")
    props: dict[str, Any] = {
        "DomainName": "example.com", "SubjectAlternativeNames": ["*.example.com"], "ValidationMethod": "DNS",
        "DomainValidationOptions": [{"DomainName": "example.com", "HostedZoneId": zone}],
    }  # fmt: skip
    made = provider.create(ctx, props)
    assert ctx.said == [made.physical_id]
    rows = aws("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert any(row["Type"] == "CNAME" and row["Name"].startswith("_") for row in rows)
    assert aws("acm").describe_certificate(CertificateArn=made.physical_id)["Certificate"]["Status"] == "ISSUED"


def test_a_certificate_without_its_zone_fails_and_is_known_for_the_roll_back(aws: Aws) -> None:
    """A hosted zone that is not there fails the certificate with Route 53's reason; it is initiated, so it is deleted."""
    provider, ctx = _provider("AWS::CertificateManager::Certificate"), At(aws, "Certificate")
    options = [{"DomainName": "example.com", "HostedZoneId": "ZNONE"}]
    with pytest.raises(ClientError, match="No hosted zone found"):
        provider.create(
            ctx, {"DomainName": "example.com", "ValidationMethod": "DNS", "DomainValidationOptions": options}
        )
    assert len(ctx.said) == 1


def test_a_policy_keeps_five_versions_and_its_holders(aws: Aws) -> None:
    """IAM and AWS STS quotas: five versions of a policy; CloudFormation deletes the oldest for a new one."""
    provider, ctx, iam = _provider("AWS::IAM::ManagedPolicy"), At(aws, "Policy"), aws("iam")
    for name in ("one", "two"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=_TRUST)
    old: dict[str, Any] = {"PolicyDocument": _POLICY, "Roles": ["one"]}
    made = provider.create(ctx, old)
    for at in range(6):
        document = {**_POLICY, "Statement": [{**_POLICY["Statement"][0], "Sid": f"Version{at}"}]}  # type: ignore[dict-item]
        new = {"PolicyDocument": document, "Roles": ["two"]}
        made = provider.update(ctx, made.physical_id, old, new)
        assert provider.read(ctx, made.physical_id, new) == new
        old = new
    assert len(iam.list_policy_versions(PolicyArn=made.physical_id)["Versions"]) == 5
    assert made.attributes["DefaultVersionId"] == "v7"
    assert iam.list_attached_role_policies(RoleName="one")["AttachedPolicies"] == []
    provider.delete(ctx, made.physical_id, old)
    assert iam.list_attached_role_policies(RoleName="two")["AttachedPolicies"] == []


def test_a_role_with_a_policy_of_somebody_else_is_not_deleted(aws: Aws) -> None:
    """IAM API Reference, DeleteRole: DeleteConflict; what other people attached is theirs to detach."""
    provider, ctx = _provider("AWS::IAM::Role"), At(aws, "Role")
    props = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
    made = provider.create(ctx, props)
    aws("iam").put_role_policy(RoleName=made.physical_id, PolicyName="theirs", PolicyDocument=json.dumps(_POLICY))
    with pytest.raises(ClientError, match="DeleteConflict"):
        provider.delete(ctx, made.physical_id, props)
    # It is no drift either: AWS::IAM::Policy resources put such policies.
    assert provider.read(ctx, made.physical_id, props) == props


def test_a_gateway_moves_between_attachments_and_rules_name_other_things_than_groups(aws: Aws) -> None:
    """AWS::EC2::VPCGatewayAttachment updates its gateway in place; security group rules take addresses of both kinds."""
    ec2, ctx = aws("ec2"), At(aws, "X")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    one, two = (ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"] for _ in range(2))
    attachment = _provider("AWS::EC2::VPCGatewayAttachment")
    old, new = {"VpcId": vpc, "InternetGatewayId": one}, {"VpcId": vpc, "InternetGatewayId": two}
    made = attachment.create(ctx, old)
    assert made.physical_id == f"IGW|{vpc}"
    attachment.update(ctx, made.physical_id, old, new)
    assert attachment.read(ctx, made.physical_id, new) == new

    group = _provider("AWS::EC2::SecurityGroup")
    rules = [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv6": "::/0", "Description": "v6"},
        {"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"},
    ]
    props = {"GroupDescription": "g", "VpcId": vpc, "SecurityGroupIngress": rules}
    made = group.create(ctx, props)
    assert group.read(ctx, made.physical_id, props) == props
    with pytest.raises(ResourceFailure, match="The sandbox does not support SourcePrefixListId"):
        group.update(
            ctx,
            made.physical_id,
            props,
            props | {"SecurityGroupIngress": [{"IpProtocol": "-1", "SourcePrefixListId": "pl-1"}]},
        )
    # Without rules of its own a group lets everything out (Amazon EC2 API Reference, CreateSecurityGroup).
    [found] = ec2.describe_security_groups(GroupIds=[made.physical_id])["SecurityGroups"]
    assert found["IpPermissionsEgress"][0]["IpProtocol"] == "-1"


def test_a_repository_with_images_stays_unless_it_may_be_emptied(aws: Aws) -> None:
    """AWS::ECR::Repository, EmptyOnDelete: by default a repository that holds images can't be deleted."""
    provider, ctx = _provider("AWS::ECR::Repository"), At(aws, "Repository")
    props: dict[str, Any] = {"RepositoryName": "team/app"}
    made = provider.create(ctx, props)
    aws("ecr").put_image(
        repositoryName="team/app", imageManifest=json.dumps({"schemaVersion": 2, "config": {}}), imageTag="1"
    )
    with pytest.raises(ClientError, match="RepositoryNotEmpty"):
        provider.delete(ctx, made.physical_id, props)
    provider.delete(ctx, made.physical_id, props | {"EmptyOnDelete": "true"})
    assert aws("ecr").describe_repositories()["repositories"] == []
