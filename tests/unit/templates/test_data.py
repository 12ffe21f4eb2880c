"""The data stack: database, tables, buckets."""

from typing import Any

import pytest

from templates.data import build
from templates.params.data import Bucket, Data, Database, DataParams, Index, Key, Table
from tests.unit.templates.environment_cases import findings, ids, plain, properties, scope, statements

Json = dict[str, Any]


def body(*, protected: bool = False, **more: Any) -> Json:
    """The stack for this data."""
    return plain(build(DataParams(scope=scope("data", protected=protected), data=Data(**more))))


POSTGRES = body(database=Database())
MYSQL = body(database=Database(engine="mysql"))
GUARDED = body(protected=True, database=Database(), tables={"orders": Table()}, buckets={"uploads": Bucket()})


def test_nothing_is_made_that_was_not_asked_for() -> None:
    """Each part stands alone: a bucket brings no database with it."""
    assert set(body(buckets={"uploads": Bucket()})["Resources"]) == {"BucketUploads", "BucketUploadsPolicy"}
    assert set(body(tables={"orders": Table()})["Resources"]) == {"TableOrders"}
    assert set(body(tables={"orders": Table()})["Parameters"]) == {"KeyArn"}


@pytest.mark.parametrize(
    ("template", "port", "family", "tls"),
    [(POSTGRES, "5432", "postgres17", "rds.force_ssl"), (MYSQL, "3306", "mysql8.4", "require_secure_transport")],
)
def test_the_database_speaks_tls_only(template: Json, port: str, family: str, tls: str) -> None:
    """Each engine listens on its own port and refuses clients that don't encrypt."""
    assert properties(template, "Database")["Port"] == port
    group = properties(template, "DatabaseParameters")
    assert group["Family"] == family
    assert group["Parameters"][tls] == "1"


@pytest.mark.parametrize(
    ("version", "engine", "family"),
    [("16.9", "postgres", "postgres16"), ("18.3", "postgres", "postgres18"), ("8.0.45", "mysql", "mysql8.0")],
)
def test_the_parameter_group_follows_the_version(version: str, engine: Any, family: str) -> None:
    """A version of one's own gets the family that RDS accepts with it."""
    template = body(database=Database(engine=engine, version=version))
    assert properties(template, "Database")["EngineVersion"] == version
    assert properties(template, "DatabaseParameters")["Family"] == family


@pytest.mark.parametrize(("upgrade_from", "allowed"), [("16", True), (None, None)])
def test_a_major_upgrade_is_allowed_for_the_release_that_names_it(
    upgrade_from: str | None, allowed: bool | None
) -> None:
    """`upgrade_from` sets the flag that RDS asks for, and without it nothing does."""
    template = body(database=Database(upgrade_from=upgrade_from))
    assert properties(template, "Database").get("AllowMajorVersionUpgrade") is allowed


def test_a_database_is_restored_beside_the_one_before() -> None:
    """It takes another identifier, and of what the snapshot has by itself nothing is written; each snapshot has its own."""
    restored, other = (properties(body(database=Database(restore_from=name)), "Database") for name in ("one", "two"))
    assert restored["DBSnapshotIdentifier"] == "one"
    assert len({restored["DBInstanceIdentifier"], other["DBInstanceIdentifier"], "slipway-prod-db"}) == 3
    assert not {"DBName", "MasterUsername", "StorageEncrypted", "KmsKeyId"} & set(restored)
    assert restored["ManageMasterUserPassword"] is True
    assert findings(body(database=Database(restore_from="one"))) == []


def test_a_table_has_its_indexes() -> None:
    """Each with its keys and what it holds; an attribute is defined once, anyone who uses it as a key."""
    indexes = {
        "by-owner": Index(partition_key=Key(name="owner"), sort_key=Key(name="pk")),
        "by-day": Index(partition_key=Key(name="day", type="N"), attributes="keys"),
    }
    table = properties(body(tables={"orders": Table(indexes=indexes)}), "TableOrders")
    assert [(i["IndexName"], i["Projection"]["ProjectionType"]) for i in table["GlobalSecondaryIndexes"]] == [
        ("by-day", "KEYS_ONLY"),
        ("by-owner", "ALL"),
    ]
    assert table["GlobalSecondaryIndexes"][1]["KeySchema"] == [
        {"AttributeName": "owner", "KeyType": "HASH"},
        {"AttributeName": "pk", "KeyType": "RANGE"},
    ]
    assert {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]} == {
        "pk": "S", "owner": "S", "day": "N",
    }  # fmt: skip


def test_no_template_ever_sees_the_password() -> None:
    """RDS makes the master password, keeps it in Secrets Manager under our key, and hands out only the secret's ARN."""
    database = properties(POSTGRES, "Database")
    assert database["ManageMasterUserPassword"] is True
    assert database["MasterUserSecret"] == {"KmsKeyId": {"Ref": "KeyArn"}}
    assert "MasterUserPassword" not in database
    assert POSTGRES["Outputs"]["DatabaseSecretArn"]["Value"] == {
        "Fn::GetAtt": ["Database", "MasterUserSecret.SecretArn"]
    }


def test_the_password_rotates_weekly_without_a_schedule() -> None:
    """Seven days is what RDS does by itself, so no resource is needed."""
    assert ids(POSTGRES, "SecretsManager::RotationSchedule") == []


@pytest.mark.parametrize(("days", "rate"), [(1, "rate(1 day)"), (30, "rate(30 days)")])
def test_another_interval_is_a_schedule_on_the_same_secret(days: int, rate: str) -> None:
    """The managed secret keeps its managed rotation, no Lambda function, and nothing rotates at deploy time."""
    template = body(database=Database(rotation_days=days))
    schedule = properties(template, "DatabaseRotation")
    assert schedule == {
        "SecretId": {"Fn::GetAtt": ["Database", "MasterUserSecret.SecretArn"]},
        "RotationRules": {"ScheduleExpression": rate},
        "RotateImmediatelyOnUpdate": False,
    }
    assert template["Resources"]["DatabaseRotation"]["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize(
    ("protected", "asked", "expected"),
    [(False, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
def test_multi_az_follows_protection_unless_asked(*, protected: bool, asked: bool | None, expected: bool) -> None:
    """Production has a standby by default; a plain yes or no wins."""
    template = body(protected=protected, database=Database(multi_az=asked))
    assert properties(template, "Database")["MultiAZ"] is expected


def test_protected_data_can_not_be_deleted_by_mistake() -> None:
    """In production the database and the tables refuse deletion, and everything outlives its stack."""
    assert properties(GUARDED, "Database")["DeletionProtection"] is True
    assert properties(GUARDED, "Database")["DeleteAutomatedBackups"] is False
    assert properties(GUARDED, "TableOrders")["DeletionProtectionEnabled"] is True
    for name in ("Database", "TableOrders", "BucketUploads"):
        resource = GUARDED["Resources"][name]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_a_failed_first_create_leaves_no_protected_table_behind() -> None:
    """Where tables can't be deleted they wait for the database, which is what most likely fails."""
    assert GUARDED["Resources"]["TableOrders"]["DependsOn"] == ["Database"]
    apart = body(database=Database(), tables={"orders": Table()}), body(protected=True, tables={"orders": Table()})
    assert not any("DependsOn" in template["Resources"]["TableOrders"] for template in apart)


def test_elsewhere_the_database_leaves_a_snapshot() -> None:
    """A development database can go with its stack, but what was in it is not lost."""
    database = POSTGRES["Resources"]["Database"]
    assert properties(POSTGRES, "Database")["DeletionProtection"] is False
    assert (database["DeletionPolicy"], database["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")


def test_nobody_reaches_the_database_until_a_service_opens_its_own_way() -> None:
    """The security group has no way in and none out, and the instance no public address."""
    group = properties(POSTGRES, "DatabaseSecurityGroup")
    assert group["SecurityGroupIngress"] == []
    assert [rule["CidrIp"] for rule in group["SecurityGroupEgress"]] == ["127.0.0.1/32"]
    assert properties(POSTGRES, "Database")["PubliclyAccessible"] is False
    assert ids(POSTGRES, "EC2::SecurityGroupIngress") == []


@pytest.mark.parametrize(
    ("template", "kinds"), [(POSTGRES, {"postgresql", "upgrade"}), (MYSQL, {"error", "slowquery"})]
)
def test_database_logs_are_ours_before_rds_makes_its_own(template: Json, kinds: set[str]) -> None:
    """Every exported log has a group with our key and an end, made before the instance that writes into it."""
    database = template["Resources"]["Database"]
    groups = {properties(template, name)["LogGroupName"]: name for name in ids(template, "Logs::LogGroup")}
    assert set(database["Properties"]["EnableCloudwatchLogsExports"]) == kinds
    assert set(groups) == {f"/aws/rds/instance/slipway-prod-db/{kind}" for kind in kinds}
    assert set(database["DependsOn"]) == set(groups.values())
    for name in groups.values():
        assert properties(template, name)["RetentionInDays"] == 7
        assert properties(template, name)["KmsKeyId"] == {"Ref": "KeyArn"}


def test_backups_are_kept_as_long_as_asked() -> None:
    """Snapshots carry the tags that say whose they are, and a fixed name keeps CloudFormation from replacing the data."""
    database = properties(body(database=Database(backup_days=35)), "Database")
    assert database["BackupRetentionPeriod"] == 35
    assert database["CopyTagsToSnapshot"] is True
    assert database["DBInstanceIdentifier"] == "slipway-prod-db"


def test_storage_is_encrypted_and_grows() -> None:
    """The environment's key encrypts the disk; a full disk grows up to the limit instead of stopping the database."""
    database = properties(POSTGRES, "Database")
    assert database["StorageEncrypted"] is True
    assert database["KmsKeyId"] == {"Ref": "KeyArn"}
    assert (database["AllocatedStorage"], database["MaxAllocatedStorage"]) == ("20", 100)


def test_a_table_has_the_keys_that_were_asked_for() -> None:
    """Partition and sort key, expiry and stream arrive as given; names come back as outputs."""
    table = Table(
        partition_key=Key(name="customer"),
        sort_key=Key(name="at", type="N"),
        ttl_attribute="expires",
        stream="NEW_IMAGE",
    )
    template = body(tables={"order-lines": table})
    made = properties(template, "TableOrderLines")
    assert made["KeySchema"] == [
        {"AttributeName": "customer", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ]
    assert made["AttributeDefinitions"] == [
        {"AttributeName": "customer", "AttributeType": "S"},
        {"AttributeName": "at", "AttributeType": "N"},
    ]
    assert made["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert made["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert made["SSESpecification"]["KMSMasterKeyId"] == {"Ref": "KeyArn"}
    assert set(template["Outputs"]) == {"TableOrderLinesName", "TableOrderLinesArn", "TableOrderLinesStreamArn"}


@pytest.mark.parametrize("recovery", [True, False])
def test_a_table_can_go_back_in_time_by_default(*, recovery: bool) -> None:
    """Point-in-time recovery is on by default."""
    made = properties(body(tables={"orders": Table(point_in_time_recovery=recovery)}), "TableOrders")
    assert made["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": recovery}
    assert Table().point_in_time_recovery is True


def test_a_bucket_is_private_and_encrypted() -> None:
    """No public access by any means, no ACLs, and the environment's key."""
    bucket = properties(GUARDED, "BucketUploads")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Ref": "KeyArn"}}
    assert rule["BucketKeyEnabled"] is True


def test_a_bucket_answers_over_modern_tls_only() -> None:
    """Everybody, the owner too, is refused without TLS or below version 1.2."""
    policy = statements(properties(GUARDED, "BucketUploadsPolicy")["PolicyDocument"])
    assert {name: each["Condition"] for name, each in policy.items()} == {
        "TlsOnly": {"Bool": {"aws:SecureTransport": "false"}},
        "Tls12OrNewer": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    }
    for each in policy.values():
        assert (each["Effect"], each["Principal"], each["Action"]) == ("Deny", "*", ["s3:*"])
        assert each["Resource"] == [{"Fn::GetAtt": ["BucketUploads", "Arn"]}, {"Fn::Sub": "${BucketUploads.Arn}/*"}]


@pytest.mark.parametrize(
    ("bucket", "rules"),
    [
        (Bucket(), {"abandoned-uploads", "old-versions"}),
        (Bucket(versioned=False), {"abandoned-uploads"}),
        (Bucket(expire_days=9), {"abandoned-uploads", "old-versions", "expire"}),
    ],
)
def test_what_nobody_needs_any_more_goes_away(bucket: Bucket, rules: set[str]) -> None:
    """Half uploads always, old versions where there are versions, objects only if asked."""
    made = properties(body(buckets={"uploads": bucket}), "BucketUploads")
    assert {each["Id"] for each in made["LifecycleConfiguration"]["Rules"]} == rules
    assert ("VersioningConfiguration" in made) is bucket.versioned


def test_old_versions_stay_as_long_as_asked() -> None:
    """An overwritten object can be had back for that many days."""
    (rule,) = (
        each
        for each in properties(body(buckets={"raw": Bucket(noncurrent_days=90)}), "BucketRaw")[
            "LifecycleConfiguration"
        ]["Rules"]
        if each["Id"] == "old-versions"
    )
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}


@pytest.mark.no_cover
def test_cfn_lint_finds_nothing() -> None:
    """Both engines, and everything at once, are clean with experimental and informational rules on."""
    full = body(
        protected=True,
        database=Database(rotation_days=30),
        tables={"orders": Table(sort_key=Key(name="sk"), stream="KEYS_ONLY", ttl_attribute="expires")},
        buckets={"uploads": Bucket(expire_days=1)},
    )
    assert findings(full, MYSQL) == []
