"""Parameters of the data stack: database, tables, buckets."""

from typing import Annotated, Literal

from msgspec import Meta, field

from templates.params.base import LogDays, Name, Scope, Section

# RDS User Guide, "Password management with Amazon RDS and AWS Secrets Manager": rotated every seven days by default.
RDS_ROTATION_DAYS = 7


# What a database gets that names no version (Amazon RDS User Guide, 2026-10).
DATABASE_VERSIONS = {"postgres": "17.11", "mysql": "8.4.11"}


class Database(Section):
    """An RDS instance; costs about 14 USD a month on db.t4g.micro, twice that with ``multi_az``."""

    engine: Literal["postgres", "mysql"] = "postgres"
    # cfn-lint 1.58 calls a bare "17" deprecated (W3691); minor versions are named.
    version: Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+){0,2}$")] | None = None
    upgrade_from: (
        Annotated[
            str,
            Meta(
                pattern=r"^[0-9]+(\.[0-9]+)?$",
                description="The major version that runs, such as `16`, for the release that upgrades it to another one.",
                examples=["16"],
            ),
        ]
        | None
    ) = None
    restore_from: (
        Annotated[
            str,
            Meta(
                pattern=r"^(arn:aws[a-z-]*:rds:[a-z0-9-]+:[0-9]{12}:snapshot:)?(rds:)?[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$",
                max_length=255,
                description="A snapshot, by name or ARN, from which a database is created that takes the place of the one before.",
                examples=["before-the-import"],
            ),
        ]
        | None
    ) = None
    instance_class: Annotated[str, Meta(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")] = "db.t4g.micro"
    storage_gb: Annotated[int, Meta(ge=20, le=65536)] = 20
    max_storage_gb: Annotated[int, Meta(ge=20, le=65536)] = 100
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")] = "app"
    # None: Multi-AZ where the environment is protected.
    multi_az: bool | None = None
    backup_days: Annotated[int, Meta(ge=1, le=35)] = 7
    rotation_days: Annotated[int, Meta(ge=1, le=365)] = RDS_ROTATION_DAYS
    log_retention_days: LogDays = 7

    @property
    def runs(self) -> str:
        """The version that the template names."""
        return self.version or DATABASE_VERSIONS[self.engine]


class Key(Section):
    """A DynamoDB key attribute."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,255}$")]
    type: Literal["S", "N", "B"] = "S"


class Index(Section):
    """A global secondary index of a table: its own keys, and which attributes it holds."""

    partition_key: Key
    sort_key: Key | None = None
    attributes: Literal["all", "keys"] = "all"


# Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB": global secondary indexes per table.
MAX_INDEXES = 20
IndexName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{3,255}$")]


class Table(Section):
    """A DynamoDB table, billed per request."""

    partition_key: Key = Key(name="pk")
    sort_key: Key | None = None
    ttl_attribute: str | None = None
    point_in_time_recovery: bool = True
    indexes: Annotated[
        dict[IndexName, Index],
        Meta(
            description="Global secondary indexes; of a table that exists, a release creates or deletes one, and the next follows."
        ),
    ] = {}
    stream: Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"] | None = None


class Bucket(Section):
    """A private, encrypted S3 bucket that answers over TLS only."""

    versioned: bool = True
    expire_days: Annotated[int, Meta(ge=1)] | None = None
    noncurrent_days: Annotated[int, Meta(ge=1)] = 30


class Data(Section):
    """What the environment keeps. Nothing is created unless it is named here."""

    database: Database | None = None
    tables: dict[Name, Table] = field(default_factory=dict)
    buckets: dict[Name, Bucket] = field(default_factory=dict)


class DataParams(Section):
    """The data stack; created only if ``data`` names something."""

    scope: Scope
    data: Data
