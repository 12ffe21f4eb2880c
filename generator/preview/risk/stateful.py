"""Which resources hold something that is lost with them."""

from collections.abc import Mapping

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


def is_stateful(kind: str) -> bool:
    """Whether something is lost with a resource of this type."""
    return bool(STATEFUL.get(kind))
