"""What the execution role may do with what runs: clusters, services, functions, scaling, alarms, logs, events."""

from typing import TYPE_CHECKING

from awacs.aws import Statement

from templates import arns
from templates.policies import actions, allow

if TYPE_CHECKING:
    from templates.params.account import PermissionsParams

SERVICES = (
    "CreateService", "DeleteService", "DescribeServiceDeployments", "DescribeServices",
    "ListServiceDeployments", "StopServiceDeployment",
    "UpdateService",
)  # fmt: skip
_CONTAINERS = (
    "*CapacityProvider*", "*ClusterSettings", "CreateCluster", "DeleteCluster", "DescribeClusters",
    "PutClusterCapacityProviders", "UpdateCluster", *SERVICES, "ListTagsForResource", "RegisterTaskDefinition", "TagResource",
    "UntagResource",
)  # fmt: skip
_FUNCTIONS = (
    "DeleteFunctionCodeSigningConfig", "DeleteFunctionConcurrency", "GetFunctionCodeSigningConfig",
    "PutFunctionCodeSigningConfig", "PutFunctionConcurrency", "*FunctionRecursionConfig", "*FunctionScalingConfig",
    "*RuntimeManagementConfig", "AddPermission", "CreateFunction", "DeleteFunction", "GetFunction", "GetPolicy",
    "GetProvisionedConcurrencyConfig", "ListTags", "PublishVersion", "RemovePermission", "TagResource", "UntagResource", "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
)  # fmt: skip
_MAPPINGS = (
    "DeleteEventSourceMapping",
    "GetEventSourceMapping",
    "ListTags",
    "TagResource",
    "UntagResource",
    "UpdateEventSourceMapping",
)
_GROUPS = (
    "CancelInstanceRefresh", "CreateAutoScalingGroup", "DeleteAutoScalingGroup", "StartInstanceRefresh",
    "UpdateAutoScalingGroup", "*LifecycleHook", "*MetricsCollection", "*NotificationConfiguration", "*Processes",
    "AttachTrafficSources", "CreateOrUpdateTags", "DeleteTags", "DetachTrafficSources",
)  # fmt: skip
_SCALING = (
    "Delete*", "DeregisterScalableTarget", "ListTagsForResource", "Put*", "RegisterScalableTarget", "TagResource",
    "UntagResource",
)  # fmt: skip
LOGS = (
    "*DataProtectionPolicy", "*KmsKey", "*RetentionPolicy", "CreateLogGroup", "DeleteLogGroup", "DeleteMetricFilter",
    "DescribeMetricFilters", "DescribeLogStreams", "ListTagsForResource", "PutLogGroupDeletionProtection",
    "PutMetricFilter", "TagResource", "UntagResource",
)  # fmt: skip
# Of a log group's handlers, these take no resource. A group's index policies are read even where it has none.
LOGS_ANYWHERE = ("CreateLogDelivery", "DescribeIndexPolicies", "DescribeLogGroups", "DescribeResourcePolicies")
_RULES = ("DeleteRule", "DescribeRule", "PutRule", "*Targets*", "ListTagsForResource", "TagResource", "UntagResource")


def statements(p: "PermissionsParams") -> list[Statement]:
    """ECS, Lambda, both kinds of autoscaling, CloudWatch, Logs, EventBridge and FIS."""
    ours, environment = p.names, f"{p.scope.platform}-{p.environment}"
    return [
        allow(
            "Containers",
            actions("ecs", *_CONTAINERS),
            [
                # The cluster, its services and their deployments, task definitions; a provider's name may not begin as it likes.
                *(arns.here("ecs", f"*/{name}") for name in (environment, f"{environment}/*", ours)),
                arns.here("ecs", f"capacity-provider/ec2-{environment}*"),
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
        *watching(p),
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
                *actions(
                    "application-autoscaling",
                    "DescribeScalableTargets",
                    "DescribeScal*Policies",
                    "DescribeScheduledActions",
                ),
                *actions("autoscaling", "Describe*"),
                *actions("cloudwatch", "GetMetricData"),
                *actions("ecs", "CreateCluster", "DeregisterTaskDefinition", "DescribeTaskDefinition"),
                *actions("logs", *LOGS_ANYWHERE, "DeleteLogDelivery", "DeleteResourcePolicy", "PutResourcePolicy"),
            ],
            ["*"],
        ),
    ]


def watching(p: "PermissionsParams") -> list[Statement]:
    """Alarms, dashboards and log groups."""
    ours, environment = p.names, f"{p.scope.platform}-{p.environment}"
    # Below /PLATFORM/ are the trail's group too, on which audit alarms put their filters, and the environments'.
    groups = [ours, f"/{p.scope.platform}/*", f"/aws/*/{ours}", f"aws-waf-logs-{environment}*"]
    alarms = (
        "DeleteAlarms", "DescribeAlarms", "ListTagsForResource", "PutCompositeAlarm", "PutMetricAlarm", "TagResource",
        "UntagResource",
    )  # fmt: skip
    boards = ("DeleteDashboards", "GetDashboard", "ListTagsForResource", "PutDashboard", "TagResource", "UntagResource")
    return [
        # A target-tracking policy creates alarms of its own, TargetTracking-...; they are deleted with it.
        allow(
            "Alarms",
            actions("cloudwatch", *alarms),
            [arns.here("cloudwatch", f"alarm:{name}") for name in (ours, f"{environment}/*", "TargetTracking-*")],
        ),
        allow("DescribeAlarms", actions("cloudwatch", "DescribeAlarms"), [arns.here("cloudwatch", "alarm:*")]),
        allow(
            "Dashboards",
            actions("cloudwatch", *boards),
            [arns.everywhere("cloudwatch", f"dashboard/{name}") for name in (environment, ours)],
        ),
        allow("LogGroups", actions("logs", *LOGS), [arns.here("logs", f"log-group:{name}") for name in groups]),
    ]
