"""Cases of the base template `ours-data`: what is edited, and what it should mean."""

from tests.readings.case import GONE, Case

CASES = [
    Case(
        "database-renamed",
        "ours-data",
        {"/Database/Properties/DBName": "shop"},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html",
        effects={"Database": "refused"},
        level="high",
    ),
    Case(
        "database-renamed-and-kept",
        "ours-data",
        {"/Database/Properties/DBName": "shop", "/Database/Properties/DBInstanceIdentifier": GONE},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html",
        effects={"Database": "downtime"},
        level="high",
    ),
    Case(
        "database-renamed-and-deleted",
        "ours-data",
        {
            "/Database/Properties/DBName": "shop",
            "/Database/Properties/DBInstanceIdentifier": GONE,
            "/Database/UpdateReplacePolicy": "Delete",
        },
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
        effects={"Database": "data-loss"},
        level="critical",
    ),
    Case(
        "database-bigger-multi-az",
        "ours-data",
        {"/Database/Properties/DBInstanceClass": "db.m7g.large"},
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html",
        effects={"Database": "interruption"},
        level="medium",
    ),
    Case(
        "database-upgraded",
        "ours-data",
        {"/Database/Properties/EngineVersion": "18.1"},
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
        effects={"Database": "refused"},
        level="high",
    ),
    Case(
        "database-upgraded-as-allowed",
        "ours-data",
        {"/Database/Properties/EngineVersion": "18.1", "/Database/Properties/AllowMajorVersionUpgrade": True},
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
        effects={"Database": "downtime"},
        level="high",
    ),
    Case(
        "database-public",
        "ours-data",
        {"/Database/Properties/PubliclyAccessible": True},
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html",
        exposures=(
            "everybody on the internet can reach database Database by a public address, as far as its groups allow",
        ),
        level="high",
    ),
    Case(
        "database-backups-shrink",
        "ours-data",
        {"/Database/Properties/BackupRetentionPeriod": 3},
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html",
        effects={"Database": "data-loss"},
        level="critical",
    ),
    Case(
        "database-storage-grows",
        "ours-data",
        {"/Database/Properties/AllocatedStorage": "40"},
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html",
    ),
    Case(
        "database-single-az",
        "ours-data",
        {"/Database/Properties/MultiAZ": False},
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html",
        weakens=("Database",),
        level="medium",
    ),
    Case(
        "database-removed",
        "ours-data",
        {"/Database": GONE, "/TableOrders/DependsOn": GONE, "/TableSessions/DependsOn": GONE},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html",
        level="medium",
    ),
    Case(
        "database-opened",
        "ours-data",
        {
            "/DatabaseSecurityGroup/Properties/SecurityGroupIngress": [
                {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "0.0.0.0/0"}
            ]
        },
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        exposures=("everybody on the internet (0.0.0.0/0) can reach tcp 5432 of DatabaseSecurityGroup",),
        level="critical",
    ),
    Case(
        "log-retention-shrinks",
        "ours-data",
        {"/DatabasePostgresqlLog/Properties/RetentionInDays": 1},
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
        effects={"DatabasePostgresqlLog": "data-loss"},
        level="critical",
    ),
    Case(
        "log-retention-grows",
        "ours-data",
        {"/DatabasePostgresqlLog/Properties/RetentionInDays": 30},
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    ),
    Case(
        "log-group-renamed",
        "ours-data",
        {"/DatabaseUpgradeLog/Properties/LogGroupName": "/db/upgrade"},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
        effects={"DatabaseUpgradeLog": "data-loss"},
        level="critical",
    ),
    Case(
        "table-key-changes",
        "ours-data",
        {
            "/TableOrders/Properties/KeySchema/1/AttributeName": "when",
            "/TableOrders/Properties/AttributeDefinitions/1/AttributeName": "when",
        },
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html",
        effects={"TableOrders": "downtime"},
        level="high",
    ),
    Case(
        "table-forgets-by-age",
        "ours-data",
        {"/TableSessions/Properties/TimeToLiveSpecification": {"AttributeName": "gone", "Enabled": True}},
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html",
        effects={"TableSessions": "data-loss"},
        level="critical",
    ),
    Case(
        "table-without-recovery",
        "ours-data",
        {"/TableOrders/Properties/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled": False},
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html",
        effects={"TableOrders": "data-loss"},
        level="critical",
    ),
    Case(
        "table-retagged",
        "ours-data",
        {"/TableOrders/Properties/Tags": [{"Key": "owner", "Value": "b"}]},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html",
    ),
    Case(
        "bucket-expires-sooner",
        "ours-data",
        {"/BucketUploads/Properties/LifecycleConfiguration/Rules/2/ExpirationInDays": 30},
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
        effects={"BucketUploads": "data-loss"},
        level="critical",
    ),
    Case(
        "bucket-unblocked",
        "ours-data",
        {
            "/BucketAssets/Properties/PublicAccessBlockConfiguration/BlockPublicPolicy": False,
            "/BucketAssets/Properties/PublicAccessBlockConfiguration/RestrictPublicBuckets": False,
        },
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        exposures=(
            "everybody on the internet can reach bucket BucketAssets, if a policy or an ACL allows it: public access is no longer blocked",
        ),
        level="medium",
    ),
    Case(
        "bucket-for-everybody",
        "ours-data",
        {
            "/BucketAssetsPolicy/Properties/PolicyDocument/Statement/-": {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": {"Fn::Sub": "${BucketAssets.Arn}/*"},
            }
        },
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        gains=("everybody gains s3:GetObject on objects in bucket BucketAssets",),
        exposures=("everybody on the internet can use bucket BucketAssets: its policy allows it",),
        level="critical",
    ),
    Case(
        "bucket-plain-http",
        "ours-data",
        {"/BucketAssetsPolicy/Properties/PolicyDocument/Statement/0": GONE},
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
        gains=(
            (
                "everybody is no longer denied s3:* on bucket BucketAssets if aws:securetransport is false; a principal "
                "that another policy allows it may do it"
            ),
        ),
        level="medium",
        assumed=True,
    ),
    Case(
        "bucket-statements-swapped",
        "ours-data",
        {
            "/BucketAssetsPolicy/Properties/PolicyDocument/Statement": [
                {
                    "Action": "S3:*",
                    "Condition": {"NumericLessThan": {"s3:tlsversion": 1.2}},
                    "Effect": "Deny",
                    "Principal": {"AWS": "*"},
                    "Resource": [{"Fn::Sub": "${BucketAssets.Arn}/*"}, {"Fn::GetAtt": ["BucketAssets", "Arn"]}],
                },
                {
                    "Action": ["s3:*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    "Effect": "Deny",
                    "Principal": "*",
                    "Resource": [{"Fn::GetAtt": ["BucketAssets", "Arn"]}, {"Fn::Sub": "${BucketAssets.Arn}/*"}],
                },
            ]
        },
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    ),
]
