"""Effects of changes in place on databases, tables, buckets, queues, keys, secrets and logs."""

from collections.abc import Mapping

from generator.preview.risk import cited_fact, list_rules, value_rules
from generator.preview.risk.cited_fact import Fact, Rule, TypeRules
from generator.preview.risk.expiry import expiry

_TABLE = cited_fact.page("AWS::DynamoDB::Table")
_BUCKET = cited_fact.page("AWS::S3::Bucket")
_KEY = cited_fact.page("AWS::KMS::Key")


def _none(source: str, why: str, *properties: str) -> dict[str, Rule]:
    return dict.fromkeys(properties, Fact("none", why, source))


_PARAMETERS = Fact(
    "unknown", "dynamic parameters apply at once, static ones after the next restart", cited_fact.RDS_SETTINGS
)

DATA_STORES: Mapping[str, TypeRules] = {
    "AWS::RDS::DBInstance": TypeRules(
        {
            "DBInstanceClass": value_rules.multi_az(
                "the instance gets another class and restarts", cited_fact.RDS_SETTINGS
            ),
            "EngineVersion": Fact(
                "downtime", "the engine is upgraded, with downtime also under Multi-AZ", cited_fact.RDS_UPGRADE
            ),
            "StorageType": value_rules.storage_type,
            "BackupRetentionPeriod": value_rules.backup_retention,
            "DBParameterGroupName": Fact("interruption", "the new parameters need a restart", cited_fact.RDS_SETTINGS),
            "OptionGroupName": Fact("unknown", "some options need a restart of the database", cited_fact.RDS_SETTINGS),
            "CACertificateIdentifier": Fact(
                "unknown",
                "engines that can't rotate certificates restart; clients must trust the new authority",
                cited_fact.RDS_SETTINGS,
            ),
            "MasterUserPassword": Fact(
                "unknown", "clients with the old password can't log in any more", cited_fact.RDS_SETTINGS
            ),
            "ManageMasterUserPassword": Fact(
                "unknown", "clients with the old password can't log in any more", cited_fact.RDS_SETTINGS
            ),
            "MasterUserSecret": Fact("unknown", "the password is encrypted with another key", cited_fact.RDS_SETTINGS),
            "VPCSecurityGroups": list_rules.groups(cited_fact.RDS_SETTINGS),
            "Port": Fact("downtime", "the database restarts and listens on another port", cited_fact.RDS_SETTINGS),
            "EnableIAMDatabaseAuthentication": Fact(
                "unknown", "logging in with IAM is switched on or off", cited_fact.RDS_SETTINGS
            ),
            "MultiAZ": Fact("none", "a standby is created or removed while the database runs", cited_fact.RDS_SETTINGS),
            "AllocatedStorage": value_rules.lower_number(
                "storage can't be reduced, so the update fails", "unknown", cited_fact.RDS_SETTINGS
            ),
            **_none(
                cited_fact.RDS_SETTINGS,
                "the database stays available",
                "MaxAllocatedStorage",
                "DeletionProtection",
                "CopyTagsToSnapshot",
                "PreferredBackupWindow",
                "PreferredMaintenanceWindow",
                "AutoMinorVersionUpgrade",
                "MonitoringInterval",
                "MonitoringRoleArn",
                "EnablePerformanceInsights",
                "PerformanceInsightsRetentionPeriod",
                "PerformanceInsightsKMSKeyId",
                "DatabaseInsightsMode",
                "EnableCloudwatchLogsExports",
                "AllowMajorVersionUpgrade",
                "DeleteAutomatedBackups",
                "PubliclyAccessible",
                "Iops",
                "StorageThroughput",
            ),
        }
    ),
    "AWS::RDS::DBCluster": TypeRules(
        {
            "EngineVersion": Fact("downtime", "the engine is upgraded", cited_fact.RDS_UPGRADE),
            "BackupRetentionPeriod": value_rules.backup_retention,
            "Port": Fact("downtime", "the database restarts and listens on another port", cited_fact.RDS_SETTINGS),
            **_none(
                cited_fact.RDS_SETTINGS,
                "the database stays available",
                "DeletionProtection",
                "CopyTagsToSnapshot",
                "EnableCloudwatchLogsExports",
                "PreferredBackupWindow",
                "PreferredMaintenanceWindow",
            ),
        }
    ),
    "AWS::RDS::DBParameterGroup": TypeRules({"Parameters": _PARAMETERS}),
    "AWS::RDS::DBClusterParameterGroup": TypeRules({"Parameters": _PARAMETERS}),
    "AWS::RDS::DBSubnetGroup": TypeRules(
        _none(
            cited_fact.page("AWS::RDS::DBSubnetGroup"),
            "applies to databases that are moved or created",
            "SubnetIds",
            "DBSubnetGroupDescription",
        )
    ),
    "AWS::DynamoDB::Table": TypeRules(
        {
            "TimeToLiveSpecification": value_rules.time_to_live,
            "PointInTimeRecoverySpecification": value_rules.point_in_time,
            "GlobalSecondaryIndexes": value_rules.indexes,
            "ProvisionedThroughput": Fact("unknown", "requests beyond the new capacity are throttled", _TABLE),
            "OnDemandThroughput": Fact("unknown", "requests beyond the new limit are throttled", _TABLE),
            "BillingMode": Fact("unknown", "the capacity for requests changes", _TABLE),
            "StreamSpecification": value_rules.switch(
                lambda edit: bool(edit.after),
                off=Fact("downtime", "consumers of the stream get no more records", _TABLE),
                on=Fact("unknown", "the stream gets another ARN if it changes", _TABLE),
            ),
            "SSESpecification": Fact("none", "the table is encrypted again while it is used", _TABLE),
            **_none(
                _TABLE,
                "the table stays available",
                "AttributeDefinitions",
                "DeletionProtectionEnabled",
                "TableClass",
                "ContributorInsightsSpecification",
                "WarmThroughput",
            ),
        }
    ),
    "AWS::S3::Bucket": TypeRules(
        {
            "LifecycleConfiguration": expiry,
            "VersioningConfiguration": value_rules.versioning,
            "ObjectLockConfiguration": Fact(
                "irreversible", "objects can't be deleted while they are locked; locking can't be switched off", _BUCKET
            ),
            "ObjectLockEnabled": Fact("irreversible", "object lock can't be switched off again", _BUCKET),
            **_none(
                _BUCKET,
                "objects are stored and read as before",
                "PublicAccessBlockConfiguration",
                "BucketEncryption",
                "LoggingConfiguration",
                "IntelligentTieringConfigurations",
                "InventoryConfigurations",
                "MetricsConfigurations",
                "AccelerateConfiguration",
            ),
            "NotificationConfiguration": Fact("unknown", "the notifications about objects change", _BUCKET),
            "CorsConfiguration": Fact("unknown", "which web pages may read the bucket changes", _BUCKET),
        }
    ),
    "AWS::Logs::LogGroup": TypeRules(
        {
            "RetentionInDays": value_rules.lower_number(
                "log events older than that are deleted", "data-loss", cited_fact.LOGS_RETENTION, absent=float("inf")
            ),
            **_none(
                cited_fact.LOGS_RETENTION,
                "applies to log events from now on",
                "KmsKeyId",
                "DataProtectionPolicy",
                "FieldIndexPolicies",
                "DeletionProtectionEnabled",
            ),
        }
    ),
    "AWS::KMS::Key": TypeRules(
        {
            "Enabled": value_rules.switch(
                lambda edit: True if edit.after is None else edit.after,
                off=Fact("downtime", "nothing that the key encrypted can be read while the key is disabled", _KEY),
                on=Fact("none", "the key can be used", _KEY),
            ),
            "EnableKeyRotation": Fact("none", "what older key material encrypted stays readable", _KEY),
            **_none(_KEY, "the key can still be used", "Description", "PendingWindowInDays", "RotationPeriodInDays"),
        }
    ),
    "AWS::KMS::Alias": TypeRules(
        {
            "TargetKeyId": Fact(
                "unknown", "from now on another key is used for encryption", cited_fact.page("AWS::KMS::Alias")
            )
        }
    ),
    "AWS::SecretsManager::Secret": TypeRules(
        {
            **dict.fromkeys(
                ("GenerateSecretString", "SecretString"),
                Fact(
                    "unknown",
                    "the secret gets a new value; whether the old value is still accepted is not documented",
                    cited_fact.SECRET_ROTATION,
                    assumed=True,
                ),
            ),
            **_none(cited_fact.SECRET_ROTATION, "the value stays", "Description", "KmsKeyId", "ReplicaRegions"),
        }
    ),
    "AWS::SQS::Queue": TypeRules(
        {
            "MessageRetentionPeriod": value_rules.lower_number(
                "messages older than that are deleted", "data-loss", cited_fact.SQS_RETENTION, absent=345600.0
            ),
            "VisibilityTimeout": value_rules.lower_number(
                "messages that take longer to process are delivered again",
                "unknown",
                cited_fact.SQS_RETENTION,
                absent=30.0,
            ),
            "MaximumMessageSize": value_rules.lower_number(
                "larger messages are refused", "unknown", cited_fact.SQS_RETENTION, absent=1048576.0
            ),
            **_none(
                cited_fact.SQS_RETENTION,
                "messages are still delivered",
                "RedrivePolicy",
                "RedriveAllowPolicy",
                "ReceiveMessageWaitTimeSeconds",
                "DelaySeconds",
                "SqsManagedSseEnabled",
                "KmsMasterKeyId",
                "KmsDataKeyReusePeriodSeconds",
            ),
        }
    ),
    "AWS::Kinesis::Stream": TypeRules(
        {
            "RetentionPeriodHours": value_rules.lower_number(
                "records older than that are deleted", "data-loss", cited_fact.KINESIS_RETENTION, absent=24.0
            )
        }
    ),
    "AWS::ECR::Repository": TypeRules(
        {
            "LifecyclePolicy": value_rules.image_expiry,
            **_none(
                cited_fact.page("AWS::ECR::Repository"),
                "images stay",
                "ImageTagMutability",
                "ImageTagMutabilityExclusionFilters",
                "ImageScanningConfiguration",
                "EmptyOnDelete",
            ),
        }
    ),
}
