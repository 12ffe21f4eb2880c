"""Every network, edge, identity and registry resource that `build` emits: made, read back, changed, deleted."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from generator.sandbox.cloudformation.resource_schemas import schema
from generator.sandbox.endpoint import Control
from generator.sandbox.providers.provider import ResourceFailure
from tests.sandbox.conftest import Aws
from tests.sandbox.providers.linked_resources import MINE, Estate, prepare
from tests.sandbox.providers.resources import Case, cases, emitted

CASES = tuple(cases(*emitted(*MINE)))
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Other", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
}
Change = Callable[[dict[str, Any]], object]


def _tag(name: str) -> Change:
    return lambda props: props.setdefault(name, []).append({"Key": "added", "Value": "later"})


def _asg(props: dict[str, Any]) -> None:
    props["MaxSize"] = "9"
    props["Tags"][-1]["Value"] = "renamed"


def _trust(props: dict[str, Any]) -> None:
    props["Description"] = "Changed."
    props["AssumeRolePolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    props["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    props["Policies"] = [{"PolicyName": "new", "PolicyDocument": _POLICY}]
    props.pop("PermissionsBoundary", None)


def _balancer(props: dict[str, Any]) -> None:
    for attribute in props["LoadBalancerAttributes"]:
        if attribute["Key"] == "deletion_protection.enabled":
            attribute["Value"] = "false"
    props["LoadBalancerAttributes"][0]["Value"] = "77"
    props["Tags"].pop(0)


def _group(props: dict[str, Any]) -> None:
    props["HealthCheckPath"] = "/ready"
    props["Matcher"] = {"HttpCode": "200-299"}
    props["TargetGroupAttributes"][0]["Value"] = "7"


def _security(props: dict[str, Any]) -> None:
    props["SecurityGroupIngress"] = [
        {"CidrIp": "10.9.0.0/16", "IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "Description": "new"}
    ]
    props["SecurityGroupEgress"] = [{"CidrIp": "0.0.0.0/0", "IpProtocol": "-1", "Description": "everything"}]


def _endpoint(props: dict[str, Any]) -> None:
    props["PolicyDocument"] = {"Version": "2012-10-17", "Statement": []}
    for name in ("RouteTableIds", "SecurityGroupIds", "SubnetIds"):
        if len(props.get(name, ())) > 1:
            props[name].pop()


def _template(props: dict[str, Any]) -> None:
    props["LaunchTemplateData"]["InstanceType"] = "m7g.xlarge"
    props["TagSpecifications"][0]["Tags"].append({"Key": "added", "Value": "later"})


def _distribution(props: dict[str, Any]) -> None:
    props["DistributionConfig"]["DefaultRootObject"] = "other.html"
    props["DistributionConfig"]["CacheBehaviors"].pop()
    props["Tags"].pop(0)


def _repository(props: dict[str, Any]) -> None:
    props["ImageTagMutability"] = "MUTABLE"
    props.pop("ImageTagMutabilityExclusionFilters", None)
    props.pop("LifecyclePolicy", None)
    props["RepositoryPolicyText"]["Statement"] = [
        {"Sid": "Other", "Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage"]}
    ]


def _set(*path: str | int, to: Any) -> Change:
    def change(props: Any) -> None:
        *parents, last = path
        for part in parents:
            props = props[part]
        props[last] = to

    return change


CHANGES: dict[str, Change] = {
    "AWS::AutoScaling::AutoScalingGroup": _asg,
    "AWS::Budgets::Budget": _set("Budget", "BudgetLimit", "Amount", to=1234),
    "AWS::CloudFront::Distribution": _distribution,
    "AWS::CloudFront::Function": _set("FunctionConfig", "Comment", to="Other words"),
    "AWS::CloudFront::OriginAccessControl": _set("OriginAccessControlConfig", "SigningBehavior", to="never"),
    "AWS::CloudTrail::Trail": _set("IsLogging", to=False),
    "AWS::EC2::LaunchTemplate": _template,
    "AWS::EC2::NetworkAclEntry": _set("RuleAction", to="deny"),
    "AWS::EC2::SecurityGroup": _security,
    "AWS::EC2::SecurityGroupEgress": _set("Description", to="Other words"),
    "AWS::EC2::SecurityGroupIngress": _set("Description", to="Other words"),
    "AWS::EC2::Subnet": _set("MapPublicIpOnLaunch", to=True),
    "AWS::EC2::VPC": _set("EnableDnsHostnames", to=False),
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::ECR::Repository": _repository,
    "AWS::ElasticLoadBalancingV2::Listener": _set("Port", to=8443),
    "AWS::ElasticLoadBalancingV2::ListenerRule": _set("Priority", to=4711),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": _group,
    "AWS::FIS::ExperimentTemplate": _set("Tags", to={"only": "this"}),
    "AWS::GlobalAccelerator::Accelerator": _set("Tags", to=[{"Key": "only", "Value": "this"}]),
    "AWS::GlobalAccelerator::EndpointGroup": _set("EndpointConfigurations", 0, "Weight", to=7),
    "AWS::GlobalAccelerator::Listener": _set("ClientAffinity", to="SOURCE_IP"),
    "AWS::IAM::InstanceProfile": _set("Roles", to=[]),
    "AWS::IAM::ManagedPolicy": _set("PolicyDocument", to=_POLICY),
    "AWS::IAM::OIDCProvider": _set("ClientIdList", to=["someone.else"]),
    "AWS::IAM::Role": _trust,
    "AWS::Route53::HealthCheck": _set("HealthCheckConfig", "ResourcePath", to="/ready"),
    "AWS::Route53::RecordSet": _set("AliasTarget", "EvaluateTargetHealth", to=False),
    "AWS::ServiceDiscovery::HttpNamespace": _set("Description", to="Other words"),
    "AWS::WAFv2::LoggingConfiguration": _set("LoggingFilter", "DefaultBehavior", to="KEEP"),
    "AWS::WAFv2::WebACL": _set("DefaultAction", to={"Block": {}}),
}
# Every property of these replaces them, but for the tags if they have any.
FIXED = {
    "AWS::EC2::NatGateway", "AWS::EC2::Route", "AWS::EC2::SubnetNetworkAclAssociation", "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::SubnetRouteTableAssociation", "AWS::WAFv2::WebACLAssociation",
}  # fmt: skip


# Attributes of the schemas that only features have which nobody here uses.
NEW = {"BlockPublicAccessStates", "AutoProvisionZones", "AutoScalingIps", "RouteTableId", "VpcEncryptionControl"}
TAGS = ("Tags", "ResourceTags", "HealthCheckTags")


@pytest.fixture
def estate(aws: Aws, control: Control) -> Estate:
    """An empty sandbox with the hosted zones that the configurations name."""
    return prepare(aws, control)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.template}.{case.logical_id}")
def test_resource_lives_as_its_template_says(case: Case, estate: Estate) -> None:
    """Whatever a template says of a resource is what its own API says: after creation, after an update, until it is gone."""
    provider, ctx, props, created = estate.make(case)
    assert provider.read(ctx, created.physical_id, props) == props
    spec = schema(case.definition["Type"])
    assert spec is not None
    listed = {name.split("/")[2] for name in spec.raw.get("readOnlyProperties", ())}
    assert listed - NEW <= {name.partition(".")[0] for name in created.attributes}

    new = copy.deepcopy(props)
    if change := CHANGES.get(case.definition["Type"]):
        change(new)
    elif case.definition["Type"] not in FIXED or "Tags" in props:
        _tag("Tags")(new)
    changed = provider.update(ctx, created.physical_id, props, new)
    assert provider.read(ctx, changed.physical_id, new) == new
    if change and new != props:
        assert provider.read(ctx, changed.physical_id, props) != props

    # Without its tags, but for those of the stack.
    bare = {name: value for name, value in new.items() if name not in TAGS}
    changed = provider.update(ctx, changed.physical_id, new, bare)
    empty = {name: type(new[name])() for name in TAGS if name in new}
    assert provider.read(ctx, changed.physical_id, bare | empty) == bare | empty

    provider.delete(ctx, changed.physical_id, bare)
    with pytest.raises((ResourceFailure, ctx.client("sts").exceptions.ClientError)) as gone:
        provider.read(ctx, changed.physical_id, bare)
    assert isinstance(gone.value, ResourceFailure), gone.value
    assert gone.value.code == "NotFound"
    provider.delete(ctx, changed.physical_id, bare)
