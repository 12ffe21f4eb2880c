"""CloudWatch Logs: groups, metric filters and resource policies. `Ref` is the name of each."""

from __future__ import annotations

from generator.sandbox.providers.table import ResourceTable, Setting, Tags
from generator.sandbox.providers.table_provider import register_tables

_GONE = "ResourceNotFoundException"
_ARN = "arn:aws:logs:{region}:{account}:log-group:{id}"

register_tables(
    ResourceTable(
        "AWS::Logs::LogGroup",
        "logs",
        "create_log_group describe_log_groups delete_log_group",
        "KmsKeyId LogGroupClass LogGroupName RetentionInDays",
        name="LogGroupName",
        limit=512,
        key="LogGroupName/LogGroupNamePrefix",
        match="logGroupName",
        # As the API's arn does, it ends in an asterisk; tags take it without.
        attributes={"Arn": f"{_ARN}:*"},
        gone=_GONE,
        tags=Tags(of=_ARN),
        settings=(
            Setting("RetentionInDays", "put_retention_policy", clear="delete_retention_policy"),
            Setting("KmsKeyId", "associate_kms_key", clear="disassociate_kms_key"),
        ),
    ),
    ResourceTable(
        "AWS::Logs::MetricFilter",
        "logs",
        "put_metric_filter describe_metric_filters put_metric_filter delete_metric_filter",
        "FilterName FilterPattern LogGroupName MetricTransformations",
        name="FilterName",
        limit=512,
        key="FilterName/FilterNamePrefix",
        beside="LogGroupName",
        match="filterName",
        gone=_GONE,
        untold="LogGroupName",
    ),
    ResourceTable(
        "AWS::Logs::ResourcePolicy",
        "logs",
        "put_resource_policy describe_resource_policies put_resource_policy delete_resource_policy",
        "PolicyDocument PolicyName",
        name="PolicyName",
        match="policyName",
        gone=_GONE,
        overwrites=True,
    ),
)
