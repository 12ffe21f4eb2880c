"""Estimates the monthly cost of templates."""

from collections.abc import Callable, Iterator, Mapping

from generator.cost import compute, observability, storage, traffic
from generator.cost.compute import one
from generator.cost.model import Charge, Estimate, Line, Unknown
from generator.cost.price_table import Rates, Table, Unpriced
from generator.cost.template_resources import Context, Resource, Template, context, resources
from generator.cost.usage import Usage

Rule = Callable[[Resource, Context], Iterator[Charge]]

PRICED: Mapping[str, Rule] = {
    "AWS::ApplicationAutoScaling::ScalingPolicy": observability.scaling_policy,
    "AWS::AutoScaling::AutoScalingGroup": compute.group,
    "AWS::CloudWatch::Alarm": observability.alarm,
    "AWS::CloudWatch::CompositeAlarm": one("alarm_composite"),
    "AWS::CloudWatch::Dashboard": one("dashboard"),
    "AWS::DynamoDB::Table": storage.table,
    "AWS::EC2::EIP": traffic.address,
    "AWS::EC2::NatGateway": traffic.nat_gateway,
    "AWS::EC2::VPCEndpoint": traffic.endpoint,
    "AWS::ECR::Repository": storage.repository,
    "AWS::ECS::Cluster": compute.insights,
    "AWS::ECS::Service": compute.service,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": traffic.load_balancer,
    "AWS::GlobalAccelerator::Accelerator": traffic.accelerator,
    "AWS::KMS::Key": one("kms_key"),
    "AWS::Lambda::Function": compute.function,
    "AWS::Logs::LogGroup": storage.log_group,
    "AWS::RDS::DBInstance": storage.database,
    "AWS::Route53::HealthCheck": traffic.health_check,
    "AWS::S3::Bucket": storage.bucket,
    "AWS::SQS::Queue": storage.queue,
    "AWS::SecretsManager::Secret": one("secret"),
    "AWS::WAFv2::WebACL": traffic.web_acl,
}

# Free in themselves (each service's pricing page). What they move or call is priced at the resource that does it.
_FREE: Mapping[str, tuple[str, ...]] = {
    "CloudFormation": ("WaitConditionHandle",),
    "ApplicationAutoScaling": ("ScalableTarget",),
    "AutoScaling": ("LifecycleHook",),
    "Budgets": ("Budget",),
    "CertificateManager": ("Certificate",),
    "CloudFront": ("OriginAccessControl", "ResponseHeadersPolicy"),
    "CloudTrail": ("Trail",),
    "EC2": (
        "FlowLog",
        "InternetGateway",
        "LaunchTemplate",
        "NetworkAcl",
        "NetworkAclEntry",
        "Route",
        "RouteTable",
        "SecurityGroup",
        "SecurityGroupEgress",
        "SecurityGroupIngress",
        "Subnet",
        "SubnetNetworkAclAssociation",
        "SubnetRouteTableAssociation",
        "VPC",
        "VPCGatewayAttachment",
    ),
    "ECS": ("CapacityProvider", "ClusterCapacityProviderAssociations", "TaskDefinition"),
    "ElasticLoadBalancingV2": ("Listener", "ListenerRule", "TargetGroup"),
    "Events": ("Rule",),
    "GlobalAccelerator": ("EndpointGroup", "Listener"),
    "IAM": ("InstanceProfile", "ManagedPolicy", "OIDCProvider", "Policy", "Role", "ServiceLinkedRole"),
    "KMS": ("Alias",),
    "Lambda": ("EventSourceMapping", "Permission"),
    "Logs": ("MetricFilter", "ResourcePolicy"),
    "RDS": ("DBParameterGroup", "DBSubnetGroup", "OptionGroup"),
    "Route53": ("RecordSet",),
    "S3": ("BucketPolicy",),
    "SNS": ("Subscription", "Topic", "TopicPolicy"),
    "SQS": ("QueuePolicy",),
    "Scheduler": ("Schedule",),
    "SecretsManager": ("RotationSchedule", "SecretTargetAttachment"),
    "ServiceDiscovery": ("HttpNamespace",),
    "WAFv2": ("LoggingConfiguration", "WebACLAssociation"),
}
FREE = frozenset(f"AWS::{service}::{kind}" for service, kinds in _FREE.items() for kind in kinds)

# Known not to be known: what they cost depends on what somebody does with them.
DEPENDS: Mapping[str, str] = {
    "AWS::CloudFront::Distribution": "CloudFront costs by GB and request beyond 1 TB and 10 million a month, which are free",
    "AWS::CloudFront::Function": "0.10 USD for each million of calls beyond two million a month, which are free",
    "AWS::FIS::ExperimentTemplate": "an experiment costs 0.10 USD for each minute of each action while it runs",
}


def estimate(
    group: str, region: str, stacks: Mapping[str, Template], table: Table, usage: Usage | None = None
) -> Estimate:
    """Price every resource of an environment.

    Args:
        group: the environment's name, for the report.
        region: where it stands; the table may have to price it as another Region.
        stacks: stack name to template, as plain dicts.
        table: the prices.
        usage: the assumptions; left out, those that ``docs/cost.md`` explains.
    """
    priced_as = table.region(region)
    found = list(resources(stacks))
    lines: list[Line] = []
    unknown: list[Unknown] = []
    where = context(found, Rates(table.regions[priced_as]), usage or Usage())
    for r in found:
        rule = PRICED.get(r.type)
        if rule is None:
            if r.type not in FREE:
                unknown.append(Unknown(r.stack, r.name, r.type, DEPENDS.get(r.type, "no rule prices this type")))
            continue
        try:
            charges = list(rule(r, where))
        except Unpriced as reason:
            unknown.append(Unknown(r.stack, r.name, r.type, str(reason)))
            continue
        lines += [Line(r.stack, r.name, r.type, charge.what, charge.cost, charge.verified) for charge in charges]
    return Estimate(group, region, priced_as, table.date, tuple(lines), tuple(unknown))
