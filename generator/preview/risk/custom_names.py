"""Names that people give to resources: which property contains them, and how long they may be.

Source: CloudFormation User Guide, "Name type" ("You can't perform an update that causes a custom-named resource to be
replaced"), and the API Reference of each service for the length.
"""

from collections.abc import Mapping
from typing import NamedTuple


class CustomName(NamedTuple):
    """The property with a resource's name, and the most characters that it may have."""

    property: str
    longest: int


CUSTOM_NAMES: Mapping[str, CustomName] = {
    f"AWS::{kind}": CustomName(name, longest)
    for kind, name, longest in (
        ("AutoScaling::AutoScalingGroup", "AutoScalingGroupName", 255),
        ("CloudTrail::Trail", "TrailName", 128),
        ("CloudWatch::Alarm", "AlarmName", 255),
        ("CloudWatch::CompositeAlarm", "AlarmName", 255),
        ("CloudWatch::Dashboard", "DashboardName", 255),
        ("DynamoDB::GlobalTable", "TableName", 255),
        ("DynamoDB::Table", "TableName", 255),
        ("EC2::LaunchTemplate", "LaunchTemplateName", 128),
        ("EC2::SecurityGroup", "GroupName", 255),
        ("ECR::Repository", "RepositoryName", 256),
        ("ECS::CapacityProvider", "Name", 255),
        ("ECS::Cluster", "ClusterName", 255),
        ("ECS::Service", "ServiceName", 255),
        ("ElastiCache::ReplicationGroup", "ReplicationGroupId", 40),
        ("ElasticLoadBalancingV2::LoadBalancer", "Name", 32),
        ("ElasticLoadBalancingV2::TargetGroup", "Name", 32),
        ("Events::Rule", "Name", 64),
        ("IAM::Group", "GroupName", 128),
        ("IAM::InstanceProfile", "InstanceProfileName", 128),
        ("IAM::ManagedPolicy", "ManagedPolicyName", 128),
        ("IAM::Role", "RoleName", 64),
        ("IAM::User", "UserName", 64),
        ("Kinesis::Stream", "Name", 128),
        ("Lambda::Function", "FunctionName", 64),
        ("Logs::LogGroup", "LogGroupName", 512),
        ("RDS::DBCluster", "DBClusterIdentifier", 63),
        ("RDS::DBInstance", "DBInstanceIdentifier", 63),
        ("RDS::DBParameterGroup", "DBParameterGroupName", 255),
        ("RDS::DBSubnetGroup", "DBSubnetGroupName", 255),
        ("S3::Bucket", "BucketName", 63),
        ("SNS::Topic", "TopicName", 256),
        ("SQS::Queue", "QueueName", 80),
        ("SecretsManager::Secret", "Name", 512),
        ("StepFunctions::StateMachine", "StateMachineName", 80),
        ("WAFv2::WebACL", "Name", 128),
    )
}
