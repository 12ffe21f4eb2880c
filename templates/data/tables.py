"""DynamoDB tables, billed per request."""

from troposphere import AWSHelperFn, GetAtt, Ref, dynamodb

from templates.params.data import Index, Key, Table
from templates.stack import Stack, logical


def add_table(s: Stack, name: str, p: Table, key: AWSHelperFn) -> dynamodb.Table:
    """One table; gives ``TableXName``, ``TableXArn`` and, with a stream, ``TableXStreamArn``.

    CloudFormation names the table, so that one that was kept never blocks a new one.
    """
    # Every attribute that is a key of the table or of an index, once.
    parts: list[Table | Index] = [p, *p.indexes.values()]
    attributes = {key.name: key.type for part in parts for key, _ in _keys(part)}
    table = dynamodb.Table(
        logical("table", name),
        AttributeDefinitions=[
            dynamodb.AttributeDefinition(AttributeName=name, AttributeType=kind) for name, kind in attributes.items()
        ],
        KeySchema=_schema(p),
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=s.scope.protected,
        PointInTimeRecoverySpecification=dynamodb.PointInTimeRecoverySpecification(
            PointInTimeRecoveryEnabled=p.point_in_time_recovery
        ),
        SSESpecification=dynamodb.SSESpecification(SSEEnabled=True, SSEType="KMS", KMSMasterKeyId=key),
    )
    if p.indexes:
        table.GlobalSecondaryIndexes = [
            dynamodb.GlobalSecondaryIndex(
                IndexName=index_name,
                KeySchema=_schema(index),
                Projection=dynamodb.Projection(ProjectionType="ALL" if index.attributes == "all" else "KEYS_ONLY"),
            )
            for index_name, index in sorted(p.indexes.items())
        ]
    if p.ttl_attribute:
        table.TimeToLiveSpecification = dynamodb.TimeToLiveSpecification(AttributeName=p.ttl_attribute, Enabled=True)
    if p.stream:
        table.StreamSpecification = dynamodb.StreamSpecification(StreamViewType=p.stream)
    s.keep(
        table,
        f"Keeps the {name} items of the environment's services.",
        mutability={"KeySchema": "must-never-change"},
    )
    s.give(f"{table.title}Name", Ref(table), f"Table for {name}")
    s.give(f"{table.title}Arn", GetAtt(table, "Arn"), f"Table for {name}")
    if p.stream:
        s.give(f"{table.title}StreamArn", GetAtt(table, "StreamArn"), f"Stream of the table for {name}")
    return table


def _keys(part: Table | Index) -> list[tuple[Key, str]]:
    return [(part.partition_key, "HASH")] + ([(part.sort_key, "RANGE")] if part.sort_key else [])


def _schema(part: Table | Index) -> list[dynamodb.KeySchema]:
    return [dynamodb.KeySchema(AttributeName=key.name, KeyType=kind) for key, kind in _keys(part)]
