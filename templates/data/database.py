"""The relational database: RDS PostgreSQL or MySQL."""

from typing import NamedTuple
from zlib import crc32

from troposphere import AWSHelperFn, GetAtt, Ref, ec2, logs, rds, secretsmanager

from templates.network.groups import closed_group
from templates.params.data import RDS_ROTATION_DAYS, Database
from templates.stack import Stack


class _Engine(NamedTuple):
    """What differs between the engines (Amazon RDS User Guide, 2026-10)."""

    port: int
    family_parts: int  # how much of the version names the parameter group's family
    log_types: tuple[str, ...]
    parameters: dict[str, str]


_ENGINES = {
    "postgres": _Engine(
        5432, 1, ("postgresql", "upgrade"), {"rds.force_ssl": "1", "log_min_duration_statement": "1000"}
    ),
    "mysql": _Engine(
        3306,
        2,
        ("error", "slowquery"),
        {"require_secure_transport": "1", "slow_query_log": "1", "long_query_time": "1", "log_output": "FILE"},
    ),
}


def add_database(s: Stack, p: Database, key: AWSHelperFn) -> None:
    """The instance and what it needs; nobody may connect until a service's stack adds a rule to its security group.

    Gives ``DatabaseEndpoint``, ``DatabasePort``, ``DatabaseName``, ``DatabaseSecretArn``, ``DatabaseSecurityGroup``,
    ``DatabaseArn`` and ``DatabaseIdentifier``.
    """
    engine = _ENGINES[p.engine]
    # The identifier is fixed: its log groups can be created first, and CloudFormation refuses to replace it by an empty one.
    # One that is restored has a name of its own, so that it can take the place of the one before.
    identifier = f"{s.scope.prefix}-db"
    if p.restore_from:
        identifier += f"-{crc32(p.restore_from.encode()):08x}"
    group = s.add(
        closed_group(
            "DatabaseSecurityGroup",
            f"{identifier}: services add themselves",
            s.need("VpcId", "AWS::EC2::VPC::Id", "The VPC"),
        ),
        "The database accepts nobody by itself; each service that uses it opens its own way in.",
    )
    instance = _instance(s, p, engine, identifier, key)
    instance.VPCSecurityGroups = [Ref(group)]
    instance.DBSubnetGroupName = Ref(_subnets(s))
    instance.DBParameterGroupName = Ref(_parameters(s, p, engine))
    instance.DependsOn = _log_groups(s, p, engine, identifier, key)
    s.keep(
        instance,
        "The relational data of the environment's services.",
        # What is dear enough to protect is kept; elsewhere a last snapshot is enough and costs less.
        policy="RetainExceptOnCreate" if s.scope.protected else "Snapshot",
        must=["Its replacement is an empty database: restore by hand, never by a stack update."],
        mutability={"DBInstanceIdentifier": "must-never-change", "EngineVersion": "review-required"},
    )
    _rotation(s, p, instance)
    _outputs(s, p, instance, group)


def _instance(s: Stack, p: Database, engine: _Engine, identifier: str, key: AWSHelperFn) -> rds.DBInstance:
    protected = s.scope.protected
    instance = rds.DBInstance(
        "Database",
        DBInstanceIdentifier=identifier,
        Engine=p.engine,
        EngineVersion=p.runs,
        DBInstanceClass=p.instance_class,
        Port=str(engine.port),
        AllocatedStorage=str(p.storage_gb),
        MaxAllocatedStorage=p.max_storage_gb,
        StorageType="gp3",
        # RDS creates the password, keeps it in Secrets Manager and changes it; no template ever sees it.
        ManageMasterUserPassword=True,
        MasterUserSecret=rds.MasterUserSecret(KmsKeyId=key),
        MultiAZ=protected if p.multi_az is None else p.multi_az,
        PubliclyAccessible=False,
        DeletionProtection=protected,
        DeleteAutomatedBackups=not protected,
        BackupRetentionPeriod=p.backup_days,
        CopyTagsToSnapshot=True,
        AutoMinorVersionUpgrade=True,
        EnableCloudwatchLogsExports=list(engine.log_types),
    )
    if p.restore_from:
        # The snapshot has its own database, user and key, and RDS refuses others (AWS::RDS::DBInstance, DBSnapshotIdentifier).
        instance.DBSnapshotIdentifier = p.restore_from
    else:
        instance.DBName = p.name
        instance.MasterUsername = "platform"
        instance.StorageEncrypted = True
        instance.KmsKeyId = key
    if p.upgrade_from:
        instance.AllowMajorVersionUpgrade = True
    return instance


def _subnets(s: Stack) -> rds.DBSubnetGroup:
    return s.add(
        rds.DBSubnetGroup(
            "DatabaseSubnets",
            DBSubnetGroupDescription="Private subnets",
            SubnetIds=s.need("PrivateSubnets", "List<AWS::EC2::Subnet::Id>", "Private subnets"),
        ),
        "The database stands in private subnets only.",
    )


def _parameters(s: Stack, p: Database, engine: _Engine) -> rds.DBParameterGroup:
    family = p.engine + ".".join(p.runs.split(".")[: engine.family_parts])
    return s.add(
        rds.DBParameterGroup(
            "DatabaseParameters",
            Description="TLS only, slow statements logged",
            Family=family,
            Parameters=engine.parameters,
        ),
        "Refuses connections without TLS and logs statements that take longer than a second.",
    )


def _log_groups(s: Stack, p: Database, engine: _Engine, identifier: str, key: AWSHelperFn) -> list[str]:
    """RDS would make these itself, unencrypted by our key and kept for ever."""
    titles: list[str] = []
    for kind in engine.log_types:
        titles.append(f"Database{kind.title()}Log")
        group = logs.LogGroup(
            titles[-1],
            LogGroupName=f"/aws/rds/instance/{identifier}/{kind}",
            RetentionInDays=p.log_retention_days,
            KmsKeyId=key,
        )
        # A named log group that outlives its stack would make the next create fail.
        s.keep(group, f"Keeps the database's {kind} log for a while.", policy="Delete")
    return titles


def _rotation(s: Stack, p: Database, instance: rds.DBInstance) -> None:
    """RDS rotates every seven days by itself; any other interval is a schedule on the secret that it manages.

    Managed rotation takes no Lambda function (AWS Secrets Manager User Guide: Managed rotation). A schedule can't be
    cancelled on a managed secret, so deleting it here leaves the secret as it is.
    """
    if p.rotation_days == RDS_ROTATION_DAYS:
        return
    schedule = secretsmanager.RotationSchedule(
        "DatabaseRotation",
        SecretId=GetAtt(instance, "MasterUserSecret.SecretArn"),
        RotationRules=secretsmanager.RotationRules(
            ScheduleExpression=f"rate({p.rotation_days} day{'s' * (p.rotation_days > 1)})"
        ),
        RotateImmediatelyOnUpdate=False,
    )
    s.keep(schedule, "Changes the master password on a schedule of our own.", policy="Retain")


def _outputs(s: Stack, p: Database, instance: rds.DBInstance, group: ec2.SecurityGroup) -> None:
    s.give("DatabaseEndpoint", GetAtt(instance, "Endpoint.Address"), "Host name of the database")
    s.give("DatabasePort", GetAtt(instance, "Endpoint.Port"), "Port of the database")
    s.give("DatabaseName", p.name, "Name of the first database in it")
    s.give(
        "DatabaseSecretArn", GetAtt(instance, "MasterUserSecret.SecretArn"), "Secret with the master user and password"
    )
    s.give("DatabaseSecurityGroup", Ref(group), "Services that use the database add a rule here")
    s.give("DatabaseArn", GetAtt(instance, "DBInstanceArn"), "The database instance")
    s.give("DatabaseIdentifier", Ref(instance), "Dimension of its metrics")
