"""DynamoDB tables, billed per request."""

from troposphere import AWSHelperFn, GetAtt, Ref, dynamodb

from templates.params.data import Table
from templates.stack import Stack, logical


def add_table(s: Stack, name: str, p: Table, key: AWSHelperFn) -> dynamodb.Table:
    """One table; gives ``TableXName``, ``TableXArn`` and, with a stream, ``TableXStreamArn``.

    CloudFormation names the table, so that one that was kept never blocks a new one.
    """
    keys = [(p.partition_key, "HASH")] + ([(p.sort_key, "RANGE")] if p.sort_key else [])
    table = dynamodb.Table(
        logical("table", name),
        AttributeDefinitions=[
            dynamodb.AttributeDefinition(AttributeName=attribute.name, AttributeType=attribute.type)
            for attribute, _ in keys
        ],
        KeySchema=[dynamodb.KeySchema(AttributeName=attribute.name, KeyType=kind) for attribute, kind in keys],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=s.scope.protected,
        PointInTimeRecoverySpecification=dynamodb.PointInTimeRecoverySpecification(
            PointInTimeRecoveryEnabled=p.point_in_time_recovery
        ),
        SSESpecification=dynamodb.SSESpecification(SSEEnabled=True, SSEType="KMS", KMSMasterKeyId=key),
    )
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
