"""A fact: an effect, its reason in a sentence, and the AWS page that says so."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from generator.release.model.preview import Effect

Json = Any
Properties = Mapping[str, Json]

_DOCS = "https://docs.aws.amazon.com"
CHANGE_SETS = f"{_DOCS}/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html"
UPDATE_BEHAVIOURS = f"{_DOCS}/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html"
DELETION_POLICY = f"{_DOCS}/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"
REPLACE_POLICY = f"{_DOCS}/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html"
NAME_TYPE = f"{_DOCS}/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html"
RDS_STORAGE = f"{_DOCS}/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.html"
RDS_SETTINGS = f"{_DOCS}/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html"
RDS_UPGRADE = f"{_DOCS}/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html"
ECS_UPDATE = f"{_DOCS}/AmazonECS/latest/APIReference/API_UpdateService.html"
ECS_ROLLING = f"{_DOCS}/AmazonECS/latest/developerguide/deployment-type-ecs.html"
ELB_LISTENERS = f"{_DOCS}/elasticloadbalancing/latest/application/load-balancer-listeners.html"
ELB_TARGETS = f"{_DOCS}/elasticloadbalancing/latest/application/load-balancer-target-groups.html"
ELB_HEALTH = f"{_DOCS}/elasticloadbalancing/latest/application/target-group-health-checks.html"
DYNAMODB_TTL = f"{_DOCS}/amazondynamodb/latest/developerguide/TTL.html"
DYNAMODB_PITR = f"{_DOCS}/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html"
S3_LIFECYCLE = f"{_DOCS}/AmazonS3/latest/userguide/object-lifecycle-mgmt.html"
LOGS_RETENTION = f"{_DOCS}/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"
KMS_DELETION = f"{_DOCS}/kms/latest/developerguide/deleting-keys.html"
SQS_RETENTION = f"{_DOCS}/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"
SECRET_ROTATION = f"{_DOCS}/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html"
LAMBDA_UPDATE = f"{_DOCS}/lambda/latest/api/API_UpdateFunctionCode.html"
LAMBDA_URLS = f"{_DOCS}/lambda/latest/dg/urls-auth.html"
FARGATE_SPOT = f"{_DOCS}/AmazonECS/latest/developerguide/fargate-capacity-providers.html"
EVENTS_OFF = f"{_DOCS}/eventbridge/latest/APIReference/API_DisableRule.html"
VPC_GATEWAY = f"{_DOCS}/vpc/latest/userguide/VPC_Internet_Gateway.html"
LAMBDA_CONCURRENCY = f"{_DOCS}/lambda/latest/dg/configuration-concurrency.html"
VPC_GROUPS = f"{_DOCS}/vpc/latest/userguide/security-group-rules.html"
GROUP_DESCRIPTIONS = f"{_DOCS}/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html"
VPC_ACLS = f"{_DOCS}/vpc/latest/userguide/nacl-rules.html"
VPC_ROUTES = f"{_DOCS}/vpc/latest/userguide/VPC_Route_Tables.html"
VPC_NAT = f"{_DOCS}/vpc/latest/userguide/nat-gateway-basics.html"
VPC_DNS = f"{_DOCS}/vpc/latest/userguide/AmazonDNS-concepts.html"
EIP = f"{_DOCS}/vpc/latest/userguide/WorkWithEIPs.html"
ROUTE53_TTL = f"{_DOCS}/Route53/latest/DeveloperGuide/resource-record-sets-values-basic.html"
ECR_LIFECYCLE = f"{_DOCS}/AmazonECR/latest/userguide/LifecyclePolicies.html"
IAM_EVALUATION = f"{_DOCS}/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"
SCALING_TARGETS = f"{_DOCS}/autoscaling/application/APIReference/API_RegisterScalableTarget.html"
ASG_UPDATES = f"{_DOCS}/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html"
KINESIS_RETENTION = f"{_DOCS}/streams/latest/dev/kinesis-extended-retention.html"
EC2_RESIZE = f"{_DOCS}/AWSEC2/latest/UserGuide/ec2-instance-resize.html"
TRAIL = f"{_DOCS}/awscloudtrail/latest/APIReference/API_StopLogging.html"


class Fact(NamedTuple):
    """The effect of a change. ``assumed`` marks facts without a page, ``weakens`` that a protection is removed.

    ``fix`` is what to do instead of a change that AWS refuses.
    """

    effect: Effect
    why: str
    source: str = ""
    assumed: bool = False
    weakens: bool = False
    fix: str = ""


class PropertyChange(NamedTuple):
    """One top-level property as it was and as it will be; None is absent. ``old`` and ``new`` hold all of them."""

    before: Json
    after: Json
    old: Properties
    new: Properties


Rule = Fact | Callable[[PropertyChange], Fact]


class TypeRules(NamedTuple):
    """Effects of changes in place, for a resource type: by property, and ``otherwise``. None if nothing is known."""

    rules: Mapping[str, Rule] = {}
    otherwise: Fact | None = None


def page(kind: str) -> str:
    """The page of a resource type in the CloudFormation Template Reference, with what each property's update requires."""
    if kind.startswith("Custom::"):
        kind = "AWS::CloudFormation::CustomResource"
    name = "-".join(part.lower() for part in kind.split("::")[1:])
    return f"{_DOCS}/AWSCloudFormation/latest/TemplateReference/aws-resource-{name}.html"


def number(value: Json) -> float | None:
    """A number. None if the template does not determine it."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def truth(value: Json) -> bool | None:
    """A boolean. None if the template does not determine it."""
    match value:
        case bool():
            return value
        case str() if value.lower() in ("true", "false"):
            return value.lower() == "true"
    return None
