"""CloudTrail: trails. `Ref` is the trail's name."""

from __future__ import annotations

from generator.sandbox.providers.table import ResourceTable, Setting, Tags
from generator.sandbox.providers.table_provider import register_tables

register_tables(
    ResourceTable(
        "AWS::CloudTrail::Trail",
        "cloudtrail",
        "create_trail get_trail update_trail delete_trail",
        "CloudWatchLogsLogGroupArn CloudWatchLogsRoleArn EnableLogFileValidation EventSelectors IncludeGlobalServiceEvents "
        "IsLogging IsMultiRegionTrail IsOrganizationTrail KMSKeyId S3BucketName S3KeyPrefix SnsTopicName TrailName",
        name="TrailName",
        limit=128,
        key="Name/TrailName",
        attributes={"Arn": "TrailARN", "SnsTopicArn": "SnsTopicARN || ''"},
        gone="TrailNotFoundException",
        renames={"TrailName": "Name"},
        live={"EnableLogFileValidation": "LogFileValidationEnabled"},
        tags=Tags("add_tags", "remove_tags", "list_tags", of="TrailARN"),
        settings=(
            Setting("EventSelectors", "put_event_selectors", read="get_event_selectors", path="EventSelectors"),
            Setting("IsLogging", "start_logging", off="stop_logging", read="get_trail_status", path="IsLogging"),
        ),
    )
)
