"""Anything reachable that a change adds is told, and asks for the class exposure: both sides of each way in or out."""

from typing import Any

import pytest

from generator.preview.meaning import meaning
from generator.preview.network.reach import WAYS
from generator.preview.replacement_schemas import known_types
from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.preview import Meaning

HARMLESS = {"Name": "a", "Image": "i@sha256:" + "0" * 64}


def read(kind: str, new: dict[str, Any], old: dict[str, Any] | None = None, **more: Any) -> Meaning:
    row = ResourceChange(logical_id="It", type=kind, action="Add" if old is None else "Modify")
    found = ChangeSet(
        arn="a", name="n", stack_id="arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1", stack_name="app",
        kind="UPDATE", changes=(row,),
    )  # fmt: skip
    before = {"Resources": {**more, **({"It": {"Type": kind, "Properties": old}} if old is not None else {})}}
    after = {"Resources": {**more, "It": {"Type": kind, "Properties": new}}}
    return meaning(found, before, after, region="eu-west-1")


def containers(**container: Any) -> dict[str, Any]:
    return {"ContainerDefinitions": [{**HARMLESS, **container}]}


OPENS = [
    ("AWS::ECS::TaskDefinition", containers(Privileged=True), "container a of It can do everything on its host as root: it is privileged"),
    ("AWS::ECS::TaskDefinition", containers(User="root"), "container a of It can change every file of its image: it runs as root"),
    ("AWS::ECS::TaskDefinition", containers(User="0:0"), "container a of It can change every file of its image: it runs as root"),
    ("AWS::ECS::TaskDefinition", containers(LinuxParameters={"Capabilities": {"Add": ["SYS_ADMIN"]}}), "container a of It can do what Linux keeps for root: capability SYS_ADMIN"),
    ("AWS::ECS::TaskDefinition", {"NetworkMode": "host"}, "the tasks of It can use the network of their host and of what else runs there"),
    ("AWS::ECS::TaskDefinition", {"PidMode": "host"}, "the tasks of It can use the processes of their host and of what else runs there"),
    ("AWS::ECS::TaskDefinition", {"Volumes": [{"Host": {"SourcePath": "/"}}]}, "the tasks of It can use the folder / of their host"),
    ("AWS::Route53::RecordSet", {"HostedZoneId": "Z1", "Name": "pay.example.com", "Type": "A", "ResourceRecords": ["6.6.6.6"]},
     "anyone who looks up pay.example.com (A) can be led to 6.6.6.6: a record in zone Z1, which is not of this stack"),
    ("AWS::Route53::RecordSetGroup", {"HostedZoneId": "Z1", "RecordSets": [{"Name": "x.y", "Type": "CNAME", "ResourceRecords": ["z"]}]},
     "anyone who looks up x.y (CNAME) can be led to z: a record in zone Z1, which is not of this stack"),
    ("AWS::SNS::Subscription", {"Protocol": "https", "Endpoint": "https://evil.example", "TopicArn": "t"}, "https https://evil.example can read what is published to t"),
    ("AWS::Lambda::Function", {"Layers": ["arn:aws:lambda:eu-west-1:999999999999:layer:x:1"]}, "the layer arn:aws:lambda:eu-west-1:999999999999:layer:x:1 can run inside of function It, with its role"),
    ("AWS::Events::Rule", {"Targets": [{"Arn": "arn:aws:events:eu-west-1:999999999999:event-bus/x"}]}, "arn:aws:events:eu-west-1:999999999999:event-bus/x can read the events that rule It matches"),
    ("AWS::S3::Bucket", {"ReplicationConfiguration": {"Rules": [{"Destination": {"Bucket": "arn:aws:s3:::evil", "Account": "999999999999"}}]}},
     "anyone who may read arn:aws:s3:::evil in account 999999999999 can read copies of the objects in bucket It"),
    ("AWS::EC2::VPCPeeringConnection", {"VpcId": "v", "PeerVpcId": "p", "PeerOwnerId": "999999999999"}, "network p of account 999999999999 can exchange packets with network v, as far as routes and groups allow"),
    ("AWS::EC2::TransitGatewayAttachment", {"TransitGatewayId": "tgw", "VpcId": "v"}, "whatever is on transit gateway tgw can exchange packets with network v, as far as routes and groups allow"),
    ("AWS::EC2::VPCEndpointServicePermissions", {"AllowedPrincipals": ["*"]}, "everybody on the internet can connect to the endpoint service of It"),
    ("AWS::EC2::EIP", {}, "everybody on the internet can reach what has the public address It, as far as its groups allow"),
    ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"NetworkInterfaces": [{"AssociatePublicIpAddress": True}]}}, "everybody on the internet can reach It by a public address, as far as its groups allow"),
    ("AWS::ApiGatewayV2::Api", {"ProtocolType": "HTTP"}, "everybody on the internet can reach the endpoint of API It, as far as its policy allows"),
    ("AWS::AppRunner::Service", {}, "everybody on the internet can reach service It by its public address"),
    ("AWS::CloudFront::Distribution", {}, "everybody on the internet can reach what distribution It serves"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "properties", "sentence"), OPENS)
def test_what_is_new_and_reachable_is_reported(kind: str, properties: dict[str, Any], sentence: str) -> None:
    """Added or changed to be so, it has its sentence and at least medium risk; what was so before has none."""
    found = read(kind, properties)
    assert sentence in [row.sentence for row in found.exposures]
    assert found.level not in ("none", "low")
    assert sentence not in [row.sentence for row in read(kind, {**properties, "Tags": []}, properties).exposures]


CLOSED = [
    ("AWS::ECS::TaskDefinition", {**containers(User="1000", Privileged=False), "NetworkMode": "awsvpc", "Volumes": [{"Name": "v"}]}),
    ("AWS::Route53::RecordSet", {"HostedZoneId": {"Ref": "Own"}, "Name": "a", "Type": "A"}),
    ("AWS::SNS::Subscription", {"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Own", "Arn"]}, "TopicArn": "t"}),
    ("AWS::Lambda::Function", {"Layers": [{"Ref": "Own"}]}),
    ("AWS::Events::Rule", {"Targets": [{"Arn": "arn:aws:sqs:eu-west-1:111122223333:q"}]}),
    ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"NetworkInterfaces": [{"AssociatePublicIpAddress": False}]}}),
    ("AWS::ApiGateway::RestApi", {"EndpointConfiguration": {"Types": ["PRIVATE"]}}),
    ("AWS::AppRunner::Service", {"NetworkConfiguration": {"IngressConfiguration": {"IsPubliclyAccessible": False}}}),
    ("AWS::EC2::VPCEndpointServicePermissions", {"AllowedPrincipals": ["arn:aws:iam::111122223333:root"]}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "properties"), CLOSED)
def test_what_stays_inside_is_not_reported(kind: str, properties: dict[str, Any]) -> None:
    """The stack's own zone, queue and layer, the account's own targets, and private endpoints open nothing."""
    own = {"Own": {"Type": "AWS::SQS::Queue", "Properties": {}}}
    ways = [row for row in read(kind, properties, **own).exposures if "its policy allows it" not in row.sentence]
    assert ways == []


def test_each_type_is_one_that_aws_has() -> None:
    """A table with a misspelt type would never tell anything."""
    assert set(WAYS) <= set(known_types())
