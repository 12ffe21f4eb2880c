"""What it means that a resource is replaced or removed, and which resources hold something that is then lost."""

from collections.abc import Mapping

from generator.preview.risk import facts
from generator.preview.risk.facts import Fact
from generator.release.model.reading import Effect

# What is lost with a resource of these types (cfn-lint's list of stateful types, which AWS's page on DeletionPolicy and
# W3011 rest on, and what holds names or material that can't be had again).
STATEFUL: Mapping[str, str] = {
    "AWS::Backup::BackupVault": "its recovery points",
    "AWS::CertificateManager::Certificate": "",
    "AWS::Cognito::UserPool": "its users",
    "AWS::DAX::Cluster": "what it holds in memory",
    "AWS::DocDB::DBCluster": "its data",
    "AWS::DocDB::DBInstance": "its data",
    "AWS::DynamoDB::GlobalTable": "its items",
    "AWS::DynamoDB::Table": "its items",
    "AWS::EC2::Volume": "its blocks",
    "AWS::ECR::PublicRepository": "its images",
    "AWS::ECR::Repository": "its images, and with them every version that could be rolled back to",
    "AWS::EFS::FileSystem": "its files",
    "AWS::EMR::Cluster": "what its disks hold",
    "AWS::ElastiCache::CacheCluster": "what it holds in memory",
    "AWS::ElastiCache::ReplicationGroup": "what it holds in memory",
    "AWS::ElastiCache::ServerlessCache": "what it holds in memory",
    "AWS::Elasticsearch::Domain": "its indexes",
    "AWS::FSx::FileSystem": "its files",
    "AWS::KMS::Key": "everything that it encrypted",
    "AWS::Kinesis::Stream": "its records",
    "AWS::KinesisFirehose::DeliveryStream": "records that are not delivered yet",
    "AWS::Logs::LogGroup": "its log events",
    "AWS::Neptune::DBCluster": "its data",
    "AWS::Neptune::DBInstance": "its data",
    "AWS::OpenSearchService::Domain": "its indexes",
    "AWS::Organizations::Account": "the account",
    "AWS::QLDB::Ledger": "its journal",
    "AWS::RDS::DBCluster": "its data",
    "AWS::RDS::DBInstance": "its data",
    "AWS::Redshift::Cluster": "its data",
    "AWS::S3::Bucket": "its objects",
    "AWS::SDB::Domain": "its items",
    "AWS::SQS::Queue": "its messages",
    "AWS::SSM::Parameter": "its value",
    "AWS::SecretsManager::Secret": "its value",
    "AWS::Timestream::Table": "its records",
}
FINAL = frozenset({"AWS::KMS::Key", "AWS::Organizations::Account"})  # nothing brings these back


def stateful(kind: str) -> bool:
    """Whether something is lost with a resource of this type."""
    return bool(STATEFUL.get(kind))


def _both(*kinds: str, effect: Effect, why: str, source: str = "") -> dict[str, Fact]:
    return {kind: Fact(effect, why, source or facts.page(kind)) for kind in kinds}


_WATCHING = (
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::MetricFilter",
    "AWS::Budgets::Budget",
    "AWS::EC2::FlowLog",
    "AWS::FIS::ExperimentTemplate",
)

# Replacement makes the new resource first, points the others at it, and removes the old one in the end.
REPLACED: Mapping[str, Fact] = {
    **_both(*_WATCHING, effect="none", why="watching starts anew; nothing that runs is touched"),
    "AWS::ECS::TaskDefinition": Fact(
        "none",
        "a new revision, as in every release; the service's rollout uses it",
        facts.page("AWS::ECS::TaskDefinition"),
    ),
    **_both(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        effect="downtime",
        why="the new target group has no healthy target until the service has registered its tasks there",
        source=facts.ELB_TARGETS,
    ),
    **_both(
        "AWS::ElasticLoadBalancingV2::Listener",
        effect="downtime",
        why="the port is closed until the new listener is there",
        source=facts.ELB_LISTENERS,
    ),
    **_both(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        effect="interruption",
        why="requests are routed by the new rule, which needs a priority of its own",
        source=facts.ELB_LISTENERS,
    ),
    **_both(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        effect="downtime",
        why="the new load balancer has another DNS name and other addresses",
    ),
    **_both(
        "AWS::ECS::Service",
        effect="downtime",
        why="a new service starts from nothing and the old one is deleted with its tasks",
    ),
    **_both("AWS::ECS::Cluster", effect="downtime", why="everything that runs in the cluster has to move to a new one"),
    **_both("AWS::EC2::VPC", "AWS::EC2::Subnet", effect="downtime", why="everything in it has to move"),
    **_both(
        "AWS::EC2::NatGateway",
        effect="interruption",
        why="connections through the old gateway break, and callers see another address",
        source=facts.VPC_NAT,
    ),
    **_both(
        "AWS::EC2::EIP",
        effect="irreversible",
        why="the public address is given back and can hardly be had again",
        source=facts.EIP,
    ),
    **_both(
        "AWS::EC2::Route",
        "AWS::EC2::SubnetRouteTableAssociation",
        effect="interruption",
        why="packets have no way until the new route is there",
        source=facts.VPC_ROUTES,
    ),
    **_both(
        "AWS::EC2::SecurityGroup",
        effect="interruption",
        why="everything that uses the group has to change to the new one",
        source=facts.VPC_GROUPS,
    ),
    **_both(
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
        effect="unknown",
        why="the new rule is there first; what only the old one let through is cut off",
        source=facts.VPC_GROUPS,
    ),
    **_both(
        "AWS::EC2::NetworkAclEntry",
        "AWS::EC2::NetworkAcl",
        "AWS::EC2::SubnetNetworkAclAssociation",
        effect="interruption",
        why="network ACLs are stateless: packets are judged by the new rules at once",
        source=facts.VPC_ACLS,
    ),
    **_both(
        "AWS::EC2::Instance",
        effect="data-loss",
        why="a new instance takes over; what the old one had on its own disks is gone",
    ),
    **_both(
        "AWS::EC2::VPCEndpoint", effect="interruption", why="calls to the service fail until the new endpoint answers"
    ),
    **_both(
        "AWS::Route53::RecordSet",
        effect="interruption",
        why="resolvers give the old answer until its TTL is over",
        source=facts.ROUTE53_TTL,
    ),
    **_both(
        "AWS::IAM::Role",
        "AWS::IAM::InstanceProfile",
        effect="unknown",
        why="whoever names the old role outside this stack loses it",
        source=facts.IAM_EVALUATION,
    ),
    **_both("AWS::Lambda::Function", effect="interruption", why="callers that name the old function fail"),
    **_both(
        "AWS::CertificateManager::Certificate",
        effect="none",
        why="listeners change to the new certificate once it is issued",
        source=facts.page("AWS::CertificateManager::Certificate"),
    ),
    **_both("AWS::EC2::LaunchTemplate", effect="none", why="counts for instances that start from now on"),
    **_both("AWS::ApplicationAutoScaling::ScalingPolicy", effect="none", why="counts for the next scaling decision"),
}

REMOVED: Mapping[str, Fact] = {
    **_both(*_WATCHING, effect="none", why="nobody is told any more; nothing that runs is touched"),
    "AWS::ECS::TaskDefinition": Fact(
        "none", "the revision can't be started any more; tasks that run go on", facts.page("AWS::ECS::TaskDefinition")
    ),
    **_both(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        effect="downtime",
        why="nothing answers there any more",
        source=facts.ELB_LISTENERS,
    ),
    **_both("AWS::ECS::Service", effect="downtime", why="its tasks are stopped"),
    **_both("AWS::ECS::Cluster", effect="downtime", why="nothing can run in it any more"),
    **_both(
        "AWS::Lambda::Function",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Permission",
        effect="downtime",
        why="it is not called any more",
    ),
    **_both(
        "AWS::EC2::Instance", effect="data-loss", why="the instance is terminated; what its own disks hold is gone"
    ),
    **_both(
        "AWS::EC2::EIP",
        effect="irreversible",
        why="the public address is given back and can hardly be had again",
        source=facts.EIP,
    ),
    **_both(
        "AWS::EC2::NatGateway",
        "AWS::EC2::Route",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::VPCGatewayAttachment",
        effect="downtime",
        why="packets have no way any more",
        source=facts.VPC_ROUTES,
    ),
    **_both("AWS::EC2::VPC", "AWS::EC2::Subnet", effect="downtime", why="nothing can be in it any more"),
    **_both(
        "AWS::Route53::RecordSet",
        effect="downtime",
        why="the name leads nowhere once the answer's TTL is over",
        source=facts.ROUTE53_TTL,
    ),
    **_both(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        effect="unknown",
        why="the number of tasks does not follow the load any more",
        source=facts.SCALING_TARGETS,
    ),
    **_both(
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::InstanceProfile",
        effect="unknown",
        why="whoever uses it loses its rights",
        source=facts.IAM_EVALUATION,
    ),
    **_both(
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
        effect="unknown",
        why="traffic that only it let through is cut off",
        source=facts.VPC_GROUPS,
    ),
    **_both(
        "AWS::Events::Rule",
        "AWS::SNS::Topic",
        "AWS::SNS::Subscription",
        effect="downtime",
        why="what it sent on is not sent any more",
    ),
}

# Additions that change what is there already; other new resources touch nobody.
ADDED: Mapping[str, Fact] = {
    **_both(
        "AWS::EC2::NetworkAclEntry",
        effect="unknown",
        why="network ACLs are stateless: packets that the new rule denies are dropped at once",
        source=facts.VPC_ACLS,
    ),
    **_both(
        "AWS::EC2::SubnetNetworkAclAssociation",
        effect="interruption",
        why="the subnet's packets are judged by other rules at once",
        source=facts.VPC_ACLS,
    ),
    **_both(
        "AWS::EC2::SubnetRouteTableAssociation",
        effect="interruption",
        why="the subnet's packets take other routes at once",
        source=facts.VPC_ROUTES,
    ),
    **_both(
        "AWS::EC2::Route", effect="unknown", why="packets to these addresses take another way", source=facts.VPC_ROUTES
    ),
    **_both(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        effect="unknown",
        why="requests that match go elsewhere",
        source=facts.ELB_LISTENERS,
    ),
    **_both(
        "AWS::WAFv2::WebACLAssociation", effect="unknown", why="requests that the web ACL blocks no longer come through"
    ),
    **_both(
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::TopicPolicy",
        effect="unknown",
        why="what the policy denies is refused from now on",
        source=facts.IAM_EVALUATION,
    ),
}
