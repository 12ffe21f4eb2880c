"""What the execution role may do with what runs: clusters, services, functions, scaling, alarms, logs, events."""

from typing import TYPE_CHECKING

from awacs.aws import Statement

from templates import arns
from templates.policies import actions, allow

if TYPE_CHECKING:
    from templates.params.account import PermissionsParams

_CONTAINERS = (
    "*CapacityProvider*", "*Cluster*", "*Service*", "ListTagsForResource", "RegisterTaskDefinition", "TagResource",
    "UntagResource",
)  # fmt: skip
_FUNCTIONS = (
    "*Alias", "*Function*", "*Permission", "*RuntimeManagementConfig", "GetPolicy", "GetProvisionedConcurrencyConfig",
    "ListTags", "PublishVersion", "TagResource", "UntagResource",
)  # fmt: skip
_MAPPINGS = ("*EventSourceMapping", "ListTags", "TagResource", "UntagResource")
_GROUPS = (
    "*AutoScalingGroup", "*InstanceRefresh", "*LifecycleHook", "*MetricsCollection", "*NotificationConfiguration",
    "*Processes", "*Tags", "*TrafficSources", "SetInstanceProtection",
)  # fmt: skip
_SCALING = (
    "Delete*", "DeregisterScalableTarget", "ListTagsForResource", "Put*", "RegisterScalableTarget", "TagResource",
    "UntagResource",
)  # fmt: skip
_LOGS = (
    "*KmsKey", "CreateLogGroup", "Delete*Policy", "DeleteLogGroup", "DeleteMetricFilter", "Describe*", "Get*",
    "ListTagsForResource", "Put*Policy", "PutLogGroupDeletionProtection", "PutMetricFilter", "TagResource",
    "UntagResource",
)  # fmt: skip
_RULES = ("*Rule", "*Targets*", "ListTagsForResource", "TagResource", "UntagResource")


def statements(p: "PermissionsParams") -> list[Statement]:
    """ECS, Lambda, both kinds of autoscaling, CloudWatch, Logs, EventBridge and FIS."""
    ours = f"{p.scope.platform}-*"
    return [
        allow(
            "Containers",
            actions("ecs", *_CONTAINERS),
            [
                # Clusters, services, task definitions: KIND/PLATFORM-...; a provider's name may not begin as it likes.
                arns.here("ecs", f"*/{ours}"),
                arns.here("ecs", f"capacity-provider/ec2-{ours}"),
            ],
        ),
        allow("Functions", actions("lambda", *_FUNCTIONS), [arns.here("lambda", f"function:{ours}")]),
        allow("Mappings", actions("lambda", *_MAPPINGS), [arns.here("lambda", "event-source-mapping:*")]),
        allow(
            "CreateMappings",
            actions("lambda", "CreateEventSourceMapping"),
            ["*"],
            {"ArnLike": {"lambda:FunctionArn": arns.here("lambda", f"function:{ours}")}},
        ),
        allow(
            "Groups",
            actions("autoscaling", *_GROUPS),
            [arns.here("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/*{ours}")],
        ),
        allow(
            "Scaling",
            actions("application-autoscaling", *_SCALING),
            [arns.here("application-autoscaling", "scalable-target/*")],
        ),
        *_watching(p, ours),
        allow("Rules", actions("events", *_RULES), [arns.here("events", f"rule/{ours}")]),
        allow(
            "Experiments",
            actions("fis", "*ExperimentTemplate", "ListTagsForResource", "TagResource", "UntagResource"),
            [arns.here("fis", "action/*"), arns.here("fis", "experiment-template/*")],
        ),
        # These take no resource (Service Authorization Reference of each service).
        allow(
            "RunningAnywhere",
            [
                *actions("application-autoscaling", "Describe*"),
                *actions("autoscaling", "Describe*"),
                *actions("cloudwatch", "GetMetricData"),
                *actions("ecs", "CreateCluster", "DeregisterTaskDefinition", "DescribeTaskDefinition"),
                *actions("lambda", "ListEventSourceMappings"),
                *actions("logs", "*LogDelivery", "*QueryDefinition*", "*ResourcePolic*", "DescribeLogGroups"),
            ],
            ["*"],
        ),
    ]


def _watching(p: "PermissionsParams", ours: str) -> list[Statement]:
    groups = [ours, f"/{p.scope.platform}/*", f"/aws/*/{ours}", f"aws-waf-logs-{ours}"]
    alarms = (
        "DeleteAlarms", "DescribeAlarms", "ListTagsForResource", "PutCompositeAlarm", "PutMetricAlarm", "TagResource",
        "UntagResource",
    )  # fmt: skip
    boards = ("DeleteDashboards", "GetDashboard", "ListTagsForResource", "PutDashboard", "TagResource", "UntagResource")
    return [
        # A target-tracking policy makes alarms of its own, TargetTracking-...; they go with it.
        allow(
            "Alarms",
            actions("cloudwatch", *alarms),
            [arns.here("cloudwatch", f"alarm:{name}") for name in (ours, "TargetTracking-*")],
        ),
        allow("DescribeAlarms", actions("cloudwatch", "DescribeAlarms"), [arns.here("cloudwatch", "alarm:*")]),
        allow("Dashboards", actions("cloudwatch", *boards), [arns.everywhere("cloudwatch", f"dashboard/{ours}")]),
        allow("LogGroups", actions("logs", *_LOGS), [arns.here("logs", f"log-group:{name}") for name in groups]),
    ]
