"""The effects of replacing or removing a resource."""

from collections.abc import Mapping

from generator.preview.risk import cited_fact
from generator.preview.risk.cited_fact import Fact
from generator.preview.risk.dependents import DEPENDENTS_AT_REMOVAL, DEPENDENTS_AT_REPLACEMENT
from generator.release.model.preview import Effect


def same_fact(*kinds: str, effect: Effect, why: str, source: str = "") -> dict[str, Fact]:
    """The same fact for several types. The source is each type's page unless one is given."""
    return {kind: Fact(effect, why, source or cited_fact.page(kind)) for kind in kinds}


_WATCHING = (
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::MetricFilter",
    "AWS::Budgets::Budget",
    "AWS::EC2::FlowLog",
    "AWS::FIS::ExperimentTemplate",
)

# What holds a place in a stack that is empty (generator.release.tombstone).
_NOTHING = same_fact("AWS::CloudFormation::WaitConditionHandle", effect="none", why="nothing uses it")

# Replacement makes the new resource first, points the others at it, and removes the old one in the end.
REPLACED: Mapping[str, Fact] = {
    **DEPENDENTS_AT_REPLACEMENT,
    **same_fact(*_WATCHING, effect="none", why="monitoring starts again; no running resource is changed"),
    "AWS::ECS::TaskDefinition": Fact(
        "none",
        "a new revision, as in every release; the service's rollout uses it",
        cited_fact.page("AWS::ECS::TaskDefinition"),
    ),
    **same_fact(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        effect="downtime",
        why="the new target group has no healthy target until the service has registered its tasks there",
        source=cited_fact.ELB_TARGETS,
    ),
    **same_fact(
        "AWS::ElasticLoadBalancingV2::Listener",
        effect="downtime",
        why="the port is closed until the new listener is there",
        source=cited_fact.ELB_LISTENERS,
    ),
    **same_fact(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        effect="interruption",
        why="requests are routed by the new rule, which needs a priority of its own",
        source=cited_fact.ELB_LISTENERS,
    ),
    **same_fact(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        effect="downtime",
        why="the new load balancer has another DNS name and other addresses",
    ),
    **same_fact(
        "AWS::ECS::Service",
        effect="downtime",
        why="a new service starts without tasks, and the old one is deleted with its tasks",
    ),
    **same_fact(
        "AWS::ECS::Cluster", effect="downtime", why="everything that runs in the cluster has to move to a new one"
    ),
    **same_fact("AWS::EC2::VPC", "AWS::EC2::Subnet", effect="downtime", why="everything in it has to move"),
    **same_fact(
        "AWS::EC2::NatGateway",
        effect="interruption",
        why="connections through the old gateway break, and callers may see another address",
        source=cited_fact.VPC_NAT,
    ),
    **same_fact(
        "AWS::EC2::EIP",
        effect="irreversible",
        why="the public address is released and can hardly be allocated again",
        source=cited_fact.EIP,
    ),
    **same_fact(
        "AWS::EC2::Route",
        "AWS::EC2::SubnetRouteTableAssociation",
        effect="interruption",
        why="packets have no route until the new one exists",
        source=cited_fact.VPC_ROUTES,
    ),
    **same_fact(
        "AWS::EC2::SecurityGroup",
        effect="interruption",
        why="everything that uses the group must change to the new one",
        source=cited_fact.VPC_GROUPS,
    ),
    **same_fact(
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
        effect="unknown",
        why="the new rule is created first; connections that only the old one allowed are cut off",
        source=cited_fact.VPC_GROUPS,
    ),
    **same_fact(
        "AWS::EC2::NetworkAclEntry",
        "AWS::EC2::NetworkAcl",
        "AWS::EC2::SubnetNetworkAclAssociation",
        effect="interruption",
        why="network ACLs are stateless: the new rules apply to packets at once",
        source=cited_fact.VPC_ACLS,
    ),
    **same_fact(
        "AWS::EC2::Instance",
        effect="data-loss",
        why="a new instance replaces it; the data on the old one's own disks is lost",
    ),
    **same_fact(
        "AWS::EC2::VPCEndpoint", effect="interruption", why="calls to the service fail until the new endpoint answers"
    ),
    **same_fact(
        "AWS::Route53::RecordSet",
        effect="interruption",
        why="resolvers return the old answer until its TTL ends",
        source=cited_fact.ROUTE53_TTL,
    ),
    **same_fact(
        "AWS::IAM::Role",
        "AWS::IAM::InstanceProfile",
        effect="unknown",
        why="users of the old role outside this stack lose it",
        source=cited_fact.IAM_EVALUATION,
    ),
    **same_fact("AWS::Lambda::Function", effect="interruption", why="callers that name the old function fail"),
    **same_fact(
        "AWS::CertificateManager::Certificate",
        effect="unknown",
        why="listeners change to the new certificate when it is issued; a name that is not in it is refused",
        source=cited_fact.page("AWS::CertificateManager::Certificate"),
    ),
    **same_fact("AWS::EC2::LaunchTemplate", effect="none", why="applies to instances that start from now on"),
    **same_fact(
        "AWS::ApplicationAutoScaling::ScalingPolicy", effect="none", why="applies to the next scaling decision"
    ),
}

REMOVED: Mapping[str, Fact] = {
    **_NOTHING,
    **DEPENDENTS_AT_REMOVAL,
    **{
        kind: fact._replace(weakens=True)
        for kind, fact in same_fact(
            *_WATCHING, effect="none", why="no notification is sent any more; no running resource is changed"
        ).items()
    },
    "AWS::ECS::TaskDefinition": Fact(
        "none",
        "the revision can't be started any more; running tasks continue",
        cited_fact.page("AWS::ECS::TaskDefinition"),
    ),
    **same_fact(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        effect="downtime",
        why="no requests are answered there any more",
        source=cited_fact.ELB_LISTENERS,
    ),
    **same_fact(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        effect="unknown",
        why="matching requests go to the target of the next rule or of the default rule",
        source=cited_fact.ELB_LISTENERS,
    ),
    "AWS::WAFv2::WebACLAssociation": Fact(
        "none",
        "requests are not filtered any more",
        cited_fact.page("AWS::WAFv2::WebACLAssociation"),
        weakens=True,
    ),
    **same_fact(
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SecretsManager::ResourcePolicy",
        effect="unknown",
        why="clients that only this rule allowed are refused",
        source=cited_fact.IAM_EVALUATION,
    ),
    **same_fact(
        "AWS::Route53::HostedZone",
        effect="irreversible",
        why="its names have no answer, and a new zone has other name servers",
    ),
    **same_fact(
        "AWS::EFS::MountTarget",
        effect="downtime",
        why="resources in its zone can't reach the files through it any more",
    ),
    **same_fact("AWS::ECS::Service", effect="downtime", why="its tasks are stopped"),
    **same_fact("AWS::ECS::Cluster", effect="downtime", why="nothing can run in it any more"),
    **same_fact(
        "AWS::Lambda::Function",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Permission",
        effect="downtime",
        why="it is not called any more",
    ),
    **same_fact(
        "AWS::EC2::Instance", effect="data-loss", why="the instance is terminated; the data on its own disks is lost"
    ),
    **same_fact(
        "AWS::EC2::EIP",
        effect="irreversible",
        why="the public address is released and can hardly be allocated again",
        source=cited_fact.EIP,
    ),
    **same_fact(
        "AWS::EC2::NatGateway",
        "AWS::EC2::Route",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::VPCGatewayAttachment",
        effect="downtime",
        why="packets have no route any more",
        source=cited_fact.VPC_ROUTES,
    ),
    **same_fact("AWS::EC2::VPC", "AWS::EC2::Subnet", effect="downtime", why="nothing can be in it any more"),
    **same_fact(
        "AWS::Route53::RecordSet",
        effect="downtime",
        why="the name has no answer when the old answer's TTL ends",
        source=cited_fact.ROUTE53_TTL,
    ),
    **same_fact(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        effect="unknown",
        why="the number of tasks does not follow the load any more",
        source=cited_fact.SCALING_TARGETS,
    ),
    **same_fact(
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::InstanceProfile",
        effect="unknown",
        why="its users lose its permissions",
        source=cited_fact.IAM_EVALUATION,
    ),
    **same_fact(
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
        effect="unknown",
        why="traffic that only this rule allowed is cut off",
        source=cited_fact.VPC_GROUPS,
    ),
    **same_fact(
        "AWS::Events::Rule",
        "AWS::SNS::Topic",
        "AWS::SNS::Subscription",
        effect="downtime",
        why="it forwards nothing any more",
    ),
}
